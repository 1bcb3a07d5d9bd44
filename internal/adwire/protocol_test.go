package adwire_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
)

func TestMessageIDsOfEveryLength(t *testing.T) {
	c := start(t, newFake()).raw()
	for _, id := range []int{1, 127, 128, 255, 256, 32767, 32768, 1 << 23, 1<<31 - 1} {
		send(t, c, searchMessage(id, alice, nil))
		_, r := answer(t, c, id)
		assert.Zero(t, r.Code)
	}
}

func TestTwoHundredSearchesInOneWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where none takes longer than its grace, they are answered in order
		c := start(t, newFake()).raw()
		var all []byte
		for id := 1; id <= 200; id++ {
			all = append(all, searchMessage(id, alice, nil)...)
		}
		send(t, c, all)
		for id := 1; id <= 200; id++ {
			_, r := answer(t, c, id)
			require.Zero(t, r.Code)
		}
	})
}

func TestRequestInSingleOctets(t *testing.T) {
	c := start(t, newFake()).raw()
	for _, o := range searchMessage(1, alice, nil) {
		send(t, c, []byte{o})
	}
	_, r := answer(t, c, 1)
	assert.Zero(t, r.Code)
}

func TestLongFormLengthsOfWindowsClients(t *testing.T) {
	l := start(t, newFake())
	c := l.raw()
	send(t, c, searchMessage(1, alice, rawControl("1.2.840.113556.1.4.2239", true,
		[]byte{0x30, 0x84, 0, 0, 0, 3, 0x02, 0x01, 0x01})))
	_, r := answer(t, c, 1)
	require.Zero(t, r.Code)
	require.NotNil(t, l.dir.last().Controls.PolicyHints)
	assert.Equal(t, 1, *l.dir.last().Controls.PolicyHints)
}

func TestQuickOperationOvertakesASlowOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newFake()
		dir.hold = make(chan struct{})
		c := start(t, dir).raw()
		send(t, c, searchMessage(1, slow, nil), searchMessage(2, alice, nil))
		_, r := answer(t, c, 2)
		assert.Zero(t, r.Code)
		close(dir.hold)
		_, r = answer(t, c, 1)
		assert.Equal(t, int(directory.NoSuchObject), r.Code)
	})
}

func TestAbandonedOperationIsCancelledAndNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newFake()
		c := start(t, dir).raw()
		send(t, c, searchMessage(1, slow, nil))
		synctest.Wait()
		send(t, c, abandonMessage(2, 1), abandonMessage(3, 77), searchMessage(4, alice, nil))
		_, r := answer(t, c, 4)
		assert.Zero(t, r.Code)
		synctest.Wait()
		require.Len(t, dir.causes, 1)
		assert.ErrorContains(t, dir.causes[0], "abandoned by the client")
	})
}

func TestBindWaitsForWhatIsOutstanding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newFake()
		dir.hold = make(chan struct{})
		c := start(t, dir).raw()
		send(t, c, deleteMessage(1, slow, nil), bindMessage(2, 3, alice, password), deleteMessage(3, bob, nil))
		synctest.Wait()
		time.Sleep(time.Second) // virtual
		assert.Empty(t, dir.binds)
		close(dir.hold)
		for id := 1; id <= 3; id++ {
			_, r := answer(t, c, id)
			assert.Zero(t, r.Code)
		}
		require.Len(t, dir.requests, 3)
		assert.Empty(t, dir.requests[0].Caller.DN(), "the slow delete keeps the identity it began with")
		assert.Equal(t, alice, dir.requests[2].Caller.DN())
	})
}

func TestAtMostSoManyOperationsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newFake()
		dir.hold = make(chan struct{})
		dir.limits.MaxRequestsPerConn = 3
		c := start(t, dir).raw()
		for id := 1; id <= 5; id++ {
			send(t, c, deleteMessage(id, slow, nil))
		}
		time.Sleep(time.Second) // virtual
		assert.Len(t, dir.entered, 3)
		close(dir.hold)
		for range 5 {
			_, err := c.Receive()
			require.NoError(t, err)
		}
	})
}

func TestSearchEndsAtItsTimeLimit(t *testing.T) {
	for name, tc := range map[string]struct {
		policy time.Duration
		client int
		want   time.Duration
	}{
		"the policy's":                  {policy: 2 * time.Minute, want: 2 * time.Minute},
		"the client's, when shorter":    {policy: 2 * time.Minute, client: 5, want: 5 * time.Second},
		"not the client's, when longer": {policy: 2 * time.Minute, client: 500, want: 2 * time.Minute},
		"the client's without a policy": {client: 7, want: 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := newFake()
				dir.limits.MaxQueryDuration = tc.policy
				c := start(t, dir).ldap()
				begin := time.Now()
				_, err := c.Search(ldap.NewSearchRequest(slow, ldap.ScopeBaseObject, 0, 0, tc.client, false, "(cn=*)", nil, nil))
				assert.Equal(t, tc.want, time.Since(begin))
				assert.True(t, ldap.IsErrorWithCode(err, ldap.LDAPResultTimeLimitExceeded), "%v", err)
				assert.ErrorContains(t, err, "00000057: LdapErr")
			})
		})
	}
}

func TestNotificationIsSentAtOnceAndHasNoTimeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newFake()
		dir.limits.MaxConnIdleTime = time.Minute
		c := start(t, dir).raw()
		send(t, c, searchMessage(1, slow, rawControl("1.2.840.113556.1.4.528", true, nil)))
		m, err := c.Receive()
		require.NoError(t, err)
		assert.Equal(t, byte(0x64), m.Tag)
		time.Sleep(24 * time.Hour) // virtual
		send(t, c, abandonMessage(2, 1), searchMessage(3, alice, nil))
		_, r := answer(t, c, 3)
		assert.Zero(t, r.Code)
	})
}

func TestWritesArriveAsTheyWereSent(t *testing.T) {
	l := start(t, newFake())
	c := l.bound()

	m := ldap.NewModifyRequest(alice, nil)
	m.Replace("description", []string{"a"})
	m.Delete("telephoneNumber", nil)
	m.Add("description", []string{"b", "c"})
	m.Increment("logonCount", "1")
	m.Replace("unicodePwd", []string{"\"\x00p\x00\xff\x80\"\x00"})
	require.NoError(t, c.Modify(m))
	assert.Equal(t, []directory.ModifyRequest{{DN: alice, Changes: []directory.ModifyChange{
		{Kind: directory.ReplaceValues, Name: "description", Values: [][]byte{[]byte("a")}},
		{Kind: directory.DeleteValues, Name: "telephoneNumber"},
		{Kind: directory.AddValues, Name: "description", Values: [][]byte{[]byte("b"), []byte("c")}},
		{Kind: directory.IncrementValue, Name: "logonCount", Values: [][]byte{[]byte("1")}},
		{Kind: directory.ReplaceValues, Name: "unicodePwd", Values: [][]byte{[]byte("\"\x00p\x00\xff\x80\"\x00")}},
	}}}, l.dir.modifies)

	a := ldap.NewAddRequest("cn=carol", nil)
	a.Attribute("objectClass", []string{"top", "user"})
	require.NoError(t, c.Add(a))
	assert.Equal(t, []directory.AddRequest{{DN: "cn=carol", Attributes: []directory.Attribute{
		{Name: "objectClass", Values: [][]byte{[]byte("top"), []byte("user")}},
	}}}, l.dir.adds)

	require.NoError(t, c.ModifyDN(ldap.NewModifyDNRequest("cn=carol", "cn=caro", true, "")))
	require.NoError(t, c.ModifyDN(ldap.NewModifyDNRequest("cn=caro", "cn=caro", false, "ou=staff")))
	assert.Equal(t, []directory.ModifyDNRequest{
		{DN: "cn=carol", NewRDN: "cn=caro", DeleteOldRDN: true},
		{DN: "cn=caro", NewRDN: "cn=caro", NewSuperior: new("ou=staff")},
	}, l.dir.renames)

	require.NoError(t, c.Del(ldap.NewDelRequest("cn=caro", nil)))
	assert.Equal(t, []string{"cn=caro"}, l.dir.deletes)

	for value, want := range map[string]bool{"alice": true, "bob": false} {
		got, err := c.Compare(alice, "sAMAccountName", value)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	assert.Equal(t, alice, l.dir.last().Caller.DN())
}

func TestAnswersArriveAsTheyWereGiven(t *testing.T) {
	l := start(t, newFake())
	c := l.ldap()
	res, err := c.Search(search(alice))
	require.NoError(t, err)
	require.Len(t, res.Entries, 1)
	assert.Equal(t, alice, res.Entries[0].DN)
	assert.Equal(t, []byte{0, 1, 0xff, 0x80}, res.Entries[0].GetRawAttributeValue("objectGUID"))

	_, err = c.Search(search("cn=nobody"))
	var refused *ldap.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, uint16(ldap.LDAPResultNoSuchObject), refused.ResultCode)
	assert.Equal(t, "dc=corp,dc=example", refused.MatchedDN)
	assert.Equal(t, "0000208D: NameErr\x00", refused.Err.Error(), "the final NUL is part of the text")

	_, err = c.Search(search(alice))
	assert.NoError(t, err, "a refused search leaves the connection open")
}

func TestReferralsAndReferences(t *testing.T) {
	dir := newFake()
	dir.answer = &directory.Result{Code: directory.Referral, Referrals: []string{"ldap://other.example/dc=other"}}
	_, err := start(t, dir).ldap().Search(search(alice))
	var referred *ldap.Error
	require.ErrorAs(t, err, &referred)
	require.EqualValues(t, ldap.LDAPResultReferral, referred.ResultCode)
	assert.Contains(t, fmt.Sprint(referred.Packet.Children[1].Children[3].Children[0].Data), "ldap://other.example")
}

func TestPagesOfAThousandEntries(t *testing.T) {
	l := start(t, newFake())
	res, err := l.ldaps().SearchWithPaging(ldap.NewSearchRequest("cn=many", ldap.ScopeWholeSubtree, 0, 0, 0, false, "(cn=*)", []string{"cn"}, nil), 300)
	require.NoError(t, err)
	require.Len(t, res.Entries, 1000)
	assert.Equal(t, "cn=user0999,cn=many", res.Entries[999].DN)
	assert.Equal(t, 300, l.dir.last().Controls.Paged.Size)
	assert.Equal(t, "900", string(l.dir.last().Controls.Paged.Cookie))
}

func TestWhoAmI(t *testing.T) {
	l := start(t, newFake())
	c := l.ldap()
	who, err := c.WhoAmI(nil)
	require.NoError(t, err)
	assert.Empty(t, who.AuthzID)
	require.NoError(t, c.Bind(alice, password))
	who, err = c.WhoAmI(nil)
	require.NoError(t, err)
	assert.Equal(t, "u:"+alice, who.AuthzID)
}

func TestNineMegabyteValue(t *testing.T) {
	l := start(t, newFake())
	c := l.bound()
	big := strings.Repeat("\x00\xffphoto", 9<<20/7)
	m := ldap.NewModifyRequest(alice, nil)
	m.Replace("jpegPhoto", []string{big})
	require.NoError(t, c.Modify(m))
	res, err := c.Search(search(alice))
	require.NoError(t, err)
	assert.Equal(t, big, res.Entries[0].GetAttributeValue("jpegPhoto"))
}

func TestWhatAnOperationKnowsOfItsConnection(t *testing.T) {
	now := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	l := start(t, newFake(), withClock(now))
	_, err := l.ldap().Search(search(""))
	require.NoError(t, err)
	r := l.dir.last()
	assert.Equal(t, now, r.Now)
	assert.Equal(t, "ldap", r.Channel.URLScheme)
	assert.False(t, r.Channel.Encrypted)
	assert.True(t, strings.HasPrefix(r.Channel.RemoteAddr, "127.0.0.1:"))

	_, err = l.ldaps().Search(search(""))
	require.NoError(t, err)
	assert.Equal(t, "ldaps", l.dir.last().Channel.URLScheme)
	assert.True(t, l.dir.last().Channel.Encrypted)

	_, err = client(t, l.dial(globalAddr), false).Search(search(""))
	require.NoError(t, err)
	assert.True(t, l.dir.last().Channel.GlobalCatalog)
}

func TestUnbindEndsTheConnection(t *testing.T) {
	l := start(t, newFake())
	c := l.raw()
	send(t, c, searchMessage(1, alice, nil), unbind, searchMessage(2, alice, nil))
	_, r := answer(t, c, 1)
	assert.Zero(t, r.Code)
	_, err := c.Receive()
	assert.Error(t, err)
	assert.EqualValues(t, 1, l.server.Stats().Operations)
}

func TestOperationThatPanicsIsAnsweredAndCounted(t *testing.T) {
	l := start(t, newFake())
	l.panics = 2
	c := l.raw()
	send(t, c, deleteMessage(1, "cn=panic", nil), bindMessage(2, 3, "cn=panic", "x"), searchMessage(3, alice, nil))
	for id := 1; id <= 2; id++ {
		_, r := answer(t, c, id)
		assert.Equal(t, int(directory.Other), r.Code)
	}
	_, r := answer(t, c, 3)
	assert.Zero(t, r.Code)
}

func TestConcurrentClients(t *testing.T) {
	l := start(t, newFake())
	done := make(chan error)
	for range 16 {
		c := l.raw()
		go func() {
			done <- func() error {
				for range 20 {
					if _, err := c.Bind(alice, password); err != nil {
						return err
					}
					if _, err := c.SetPassword(bob, "x", true); err != nil {
						return err
					}
					if r, err := c.BaseSearch(alice); err != nil || r.Entries != 1 {
						return fmt.Errorf("%d entries, %w", r.Entries, err)
					}
				}
				return nil
			}()
		}()
	}
	for range 16 {
		require.NoError(t, <-done)
	}
	assert.EqualValues(t, 16*60, l.server.Stats().Operations)
}
