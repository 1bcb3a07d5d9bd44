package ssprtest_test

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/ssprtest"
)

const alice = "alice@northlight.example"

// The README's first Go test.
func TestForgottenPassword(t *testing.T) {
	lab := ssprtest.Start(t)
	alice := lab.Person("alice@northlight.example")

	alice.Resets("Rabbit-hole7!") // proofs from her own devices
	lab.Directory().MustBind(alice.UPN, "Rabbit-hole7!")

	refused := alice.TriesToReset("Another-one.88") // too young
	refused.MustBe(ssprtest.Refused, "on-premises-policy")

	lab.Clock.Advance(25 * time.Hour)
	alice.Resets("Another-one.88")
}

func TestEveryMethodPassesAGate(t *testing.T) {
	for _, m := range []ssprtest.Method{ssprtest.AppCode, ssprtest.Email, ssprtest.Text, ssprtest.Questions} {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			ssprtest.Start(t).Person(alice).Resets("Rabbit-hole7!", m)
		})
	}
}

func TestAHardwareTokenPassesAGate(t *testing.T) {
	lab := ssprtest.Start(t)
	bob := lab.Person("bob@northlight.example") // nothing is registered
	bob.TriesToReset("Rabbit-hole7!").MustBe(ssprtest.Refused, "methods")
	bob.GetsToken("NL-1")
	lab.Clock.Advance(30 * time.Second)
	bob.Resets("Rabbit-hole7!", ssprtest.AppCode)
	lab.Directory().MustBind(bob.UPN, "Rabbit-hole7!")
}

func TestLabsShareNothing(t *testing.T) {
	a, b := ssprtest.Start(t), ssprtest.Start(t)
	a.Person(alice).Resets("Rabbit-hole7!")
	a.Clock.Advance(time.Hour)

	for _, e := range b.Journal("") {
		assert.NotContains(t, e.Text, "alice", "nothing happened on the other side")
	}
	b.Directory().MustRefuse(alice, "Rabbit-hole7!", "52e")
	assert.NotEqual(t, a.Clock.Now().Truncate(time.Minute), b.Clock.Now().Truncate(time.Minute))
}

func TestAWholeLabInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := ssprtest.Start(t, ssprtest.InMemory())
		lab.Person(alice).Resets("Rabbit-hole7!")
		lab.Directory().MustBind(alice, "Rabbit-hole7!")
		time.Sleep(2 * time.Hour) // costs nothing
		lab.Directory().MustBind(alice, "Rabbit-hole7!")
	})
}

func TestBrokenOnPurpose(t *testing.T) {
	lab := ssprtest.Start(t)
	lab.Break(`[{"part":"agent","effect":"wrong-key"}]`)
	refused := lab.Person(alice).TriesToReset("Rabbit-hole7!")
	refused.MustBe(ssprtest.Failed, "on-premises-decryption")
	assert.Equal(t, "SSPR_0029", refused.Code)

	lab.Break(`[]`)
	lab.Person(alice).Resets("Rabbit-hole7!")

	seen := false
	for _, e := range lab.Journal("application") {
		seen = seen || e.ID == 32004 && e.CorrelationID == refused.CorrelationID
	}
	assert.True(t, seen, "event 32004 of the agent")
}

func TestTheDecisionRecordTellsWhy(t *testing.T) {
	lab := ssprtest.Start(t)
	lab.Set("tenant", `{"reset":{"scope":"none"}}`)
	refused := lab.Person(alice).TriesToReset("Rabbit-hole7!")
	refused.MustBe(ssprtest.Refused, "tenant-switch")
	assert.Equal(t, "SSPR_0009", refused.Code)
	assert.NotEmpty(t, refused.Remedy)
	assert.True(t, strings.HasSuffix(strings.TrimSpace(refused.Explanation), refused.Remedy), "the explanation ends with the smallest change")
}

func TestTheSecurityLogTellsGroupsAndComputers(t *testing.T) {
	lab := ssprtest.Start(t)
	admin := lab.Directory().Conn()
	defer admin.Close()
	require.NoError(t, admin.Bind("erin@northlight.example", "Lantern-Harbour-62"))
	const users = ",CN=Users,DC=corp,DC=northlight,DC=example"
	readers, pc := ldap.NewAddRequest("CN=readers"+users, nil), ldap.NewAddRequest("CN=PC7"+users, nil)
	readers.Attribute("objectClass", []string{"group"})
	readers.Attribute("sAMAccountName", []string{"readers"})
	readers.Attribute("groupType", []string{"8"})
	pc.Attribute("objectClass", []string{"computer"})
	pc.Attribute("sAMAccountName", []string{"PC7$"})
	pc.Attribute("userAccountControl", []string{"4096"})
	before := len(lab.Journal("security"))
	require.NoError(t, admin.Add(readers))
	require.NoError(t, admin.Add(pc))
	require.NoError(t, admin.Del(ldap.NewDelRequest("CN=readers"+users, nil)))
	require.NoError(t, admin.Del(ldap.NewDelRequest("CN=PC7"+users, nil)))
	var told []string
	for _, e := range lab.Journal("security")[before:] {
		told = append(told, strconv.Itoa(e.ID)+" "+e.Text)
	}
	assert.Equal(t, []string{
		"4759 A security-disabled universal group was created: readers",
		"4741 A computer account was created: PC7$", "4722 A user account was enabled: PC7$",
		"4763 A security-disabled universal group was deleted: readers", "4743 A computer account was deleted: PC7$",
	}, told)
}
