package directory_test

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// Whatever is written, an answer from an index is the answer of looking at every
// object.
func TestIndexesAgreeWithScans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLab(t, directory.Windows2022)
		admin := l.admin()
		names := []string{"Ann", "Bob", "Cid", "Dan"}
		mails := []string{"a@x", "B@X", "c@x"}
		ask := func(filter string) []string {
			s, res := l.search(l.request(admin), staff, directory.SingleLevel, filter, "1.1")
			require.Equal(t, directory.Success, res.Code)
			out := s.dns()
			sort.Strings(out)
			return out
		}
		scan := func(filter string) []string { return ask("(!(!" + filter + "))") } // no index answers a negation
		ask("(mail=a@x)")                                                           // the index exists from here on
		ask("(mail=a*)")                                                            // and its order
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			name := rapid.SampledFrom(names).Draw(t, "name")
			dn := "CN=" + name + "," + staff
			mail := rapid.SampledFrom(mails).Draw(t, "mail")
			switch rapid.IntRange(0, 4).Draw(t, "do") {
			case 0:
				l.add(admin, dn, at("objectClass", "user"), at("sAMAccountName", name), at("mail", mail))
			case 1:
				l.modify(admin, dn, change(set, "mail", mail))
			case 2:
				l.modify(admin, dn, change(remove, "mail"))
			case 3:
				l.dc.Delete(context.Background(), l.request(admin), dn)
			case 4:
				other := rapid.SampledFrom(names).Draw(t, "other")
				l.dc.ModifyDN(context.Background(), l.request(admin), directory.ModifyDNRequest{DN: dn, NewRDN: "CN=" + other, DeleteOldRDN: true})
			}
		}
		for _, m := range mails {
			assert.Equal(t, scan("(mail="+m+")"), ask("(mail="+m+")"), m)
			assert.Equal(t, scan("(mail="+m[:1]+"*)"), ask("(mail="+m[:1]+"*)"), m)
		}
		for _, n := range names {
			assert.Equal(t, scan("(cn="+n+")"), ask("(cn="+n+")"), n)
			assert.Equal(t, scan("(cn="+n[:2]+"*"+n[2:]+")"), ask("(cn="+n[:2]+"*"+n[2:]+")"), n)
			assert.Equal(t, scan("(sAMAccountName="+n+")"), ask("(sAMAccountName="+n+")"), n)
			assert.Equal(t, scan("(anr="+n[:2]+")"), ask("(anr="+n[:2]+")"), n)
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	l.muted = true
	for i := range 8 {
		l.user(fmt.Sprintf("User %d", i))
	}
	admin := l.admin()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			dn := fmt.Sprintf("CN=User %d,%s", i, staff)
			for j := range 30 {
				r := l.request(admin)
				password := fmt.Sprintf("N3w!Passw0rd%d", j)
				res := l.dc.Modify(context.Background(), r, directory.ModifyRequest{DN: dn, Changes: []directory.ModifyChange{change(set, "unicodePwd", q(password))}})
				assert.Equal(t, directory.Success, res.Code, res.Diagnostic)
				_, res = l.dc.Bind(context.Background(), l.request(directory.Caller{}), directory.BindRequest{Version: 3, Name: dn, Password: secret.New(password)})
				assert.Equal(t, directory.Success, res.Code, res.Diagnostic)
				l.dc.Search(context.Background(), r, directory.SearchRequest{Base: base, Scope: directory.WholeSubtree, Filter: directory.MustFilter(fmt.Sprintf("(|(sn=%d)(displayName=User %d))", j, i))}, nil, &nowhere{})
				if j%10 == 0 {
					l.dc.Modify(context.Background(), r, directory.ModifyRequest{DN: "CN=Domain Guests,CN=Users," + base, Changes: []directory.ModifyChange{change(add, "member", dn)}})
				}
			}
		})
	}
	wg.Wait()
	s, _ := l.search(l.request(admin), "CN=Domain Guests,CN=Users,"+base, directory.BaseObject, "(objectClass=*)", "member")
	assert.Len(t, s.entries[0].Attributes[0].Values, 8)
}

// Chapter 9.10: what changed, and who is told.
func TestDirSync(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	l.people(t)
	admin := l.admin()
	sync := func(cookie []byte) (*sink, directory.Result) {
		r := l.request(admin)
		r.Controls.DirSync = &directory.DirSync{Cookie: cookie}
		return l.search(r, base, directory.WholeSubtree, "(objectClass=user)", "*")
	}
	s, res := sync(nil)
	require.Equal(t, directory.Success, res.Code, res.Diagnostic)
	assert.Greater(t, len(s.entries), 5)
	cookie := res.Controls.DirSync.Cookie
	anna := "CN=Anna Long," + staff
	require.Equal(t, directory.Success, l.modify(admin, anna, change(set, "title", "Dr")).Code)
	require.Equal(t, directory.Success, l.reset(admin, anna, "N3w!Passw0rd").Code)
	require.Equal(t, directory.Success, l.dc.Delete(t.Context(), l.request(admin), "CN=Bob Short,"+staff).Code)
	s, res = sync(cookie)
	require.Equal(t, directory.Success, res.Code)
	require.Len(t, s.entries, 2, "%v", s.dns())
	var names []string
	for _, a := range s.entries[0].Attributes {
		names = append(names, a.Name)
	}
	sort.Strings(names)
	assert.Equal(t, []string{"instanceType", "objectGUID", "pwdLastSet", "title"}, names)
	assert.Contains(t, s.entries[1].DN, `\0ADEL:`)
	_, res = l.search(func() directory.Request {
		r := l.request(l.as("along@corp.example", "N3w!Passw0rd"))
		r.Controls.DirSync = &directory.DirSync{}
		return r
	}(), base, directory.WholeSubtree, "(objectClass=*)")
	assert.Equal(t, directory.InsufficientAccessRights, res.Code, "A09-143")
}

type channelSink chan directory.Entry

func (c channelSink) Entry(e directory.Entry) error { c <- e.Clone(); return nil }
func (c channelSink) Reference(...string) error     { return nil }

func TestNotification(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	admin := l.admin()
	r := l.request(admin)
	r.Controls.Notification = true
	_, res := l.search(r, staff, directory.SingleLevel, "(cn=x)")
	assert.Equal(t, "000020B9", prefix(res))
	ctx, cancel := context.WithCancel(t.Context())
	got := make(channelSink, 64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.dc.Search(ctx, r, directory.SearchRequest{Base: staff, Scope: directory.SingleLevel, Filter: directory.Present("objectClass"), Attributes: []string{"title"}}, nil, got)
	}()
	for told := false; !told; { // the search may not be waiting yet
		require.Equal(t, directory.Success, l.modify(admin, anna, change(set, "title", fmt.Sprint(time.Now().UnixNano()))).Code)
		select {
		case e := <-got:
			assert.Equal(t, anna, e.DN)
			told = true
		default:
		}
	}
	cancel()
	<-done
}

func TestAttributeScopedQuery(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	l.people(t)
	r := l.request(l.admin())
	source := "member"
	r.Controls.ASQ = &source
	s, res := l.search(r, "CN=Inner,"+staff, directory.BaseObject, "(objectClass=user)", "cn")
	require.Equal(t, directory.Success, res.Code)
	assert.Equal(t, []string{"CN=Anna Long," + staff}, s.dns())
	assert.Equal(t, directory.Success, *res.Controls.ASQResult)
}

// Pages and sorting hold for the objects that an attribute names, too.
func TestAttributeScopedQueryInPages(t *testing.T) {
	for _, dialect := range []directory.Dialect{directory.Windows2022, directory.Samba} {
		l := newLab(t, dialect)
		var members []string
		for _, name := range []string{"C", "A", "B"} {
			members = append(members, l.user(name))
		}
		admin, group, source := l.admin(), "CN=G,"+staff, "member"
		require.Equal(t, directory.Success, l.add(admin, group, at("objectClass", "group"), at("member", members...)).Code)
		r, cursors := l.request(admin), &directory.Cursors{}
		r.Controls.ASQ = &source
		r.Controls.Sort = &directory.Sort{Keys: []directory.SortKey{{Attribute: "cn"}}}
		var got []string
		for cookie := []byte(nil); ; {
			r.Controls.Paged = &directory.Paged{Size: 2, Cookie: cookie}
			s := &sink{}
			res := l.dc.Search(t.Context(), r, directory.SearchRequest{Base: group, Filter: directory.Present("objectClass"), Attributes: []string{"1.1"}}, cursors, s)
			require.Equal(t, directory.Success, res.Code, res.Diagnostic)
			require.NotNil(t, res.Controls.ASQResult)
			require.LessOrEqual(t, len(s.entries), 2)
			got = append(got, s.dns()...)
			if cookie = res.Controls.Paged.Cookie; len(cookie) == 0 {
				break
			}
		}
		assert.Equal(t, []string{members[1], members[2], members[0]}, got)
	}
}
