package directory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
)

// A branch is a hub, another writable domain controller, and a read-only one in
// a site of its own, with people it may and may not know.
type branch struct {
	*replicas
	hub, rodc *lab
}

const (
	allowed  = "CN=Allowed RODC Password Replication Group,CN=Users," + base
	denied   = "CN=Denied RODC Password Replication Group,CN=Users," + base
	computer = "CN=RODC,OU=Domain Controllers," + base
)

func newBranch(t *testing.T) *branch {
	t.Helper()
	r := newReplicas(t, directory.DCConfig{Name: "DC1"}, directory.DCConfig{Name: "DC2"}, directory.DCConfig{Name: "RODC", ReadOnly: true, Site: "Branch"})
	b := &branch{replicas: r, hub: r.dcs[0], rodc: r.dcs[2]}
	for _, name := range []string{"Ann", "Bob", "Eve"} {
		b.hub.user(name)
	}
	require.NoError(t, b.hub.domain.AddMembers(r.now, allowed, "ann", "eve"))
	require.NoError(t, b.hub.domain.AddMembers(r.now, denied, "eve"))
	return b
}

func (b *branch) cut(on bool) {
	s := b.hub.domain.Settings()
	s.Replication.CutToHub = on
	b.hub.domain.SetSettings(s)
}

// bind is the outcome of a bind at the read-only domain controller: 0, or the
// sub-code.
func (b *branch) bind(name, password string) string {
	_, res := b.rodc.bind(`CORP\`+name, password)
	if res.Code == directory.Success {
		return "0"
	}
	_, rest, _ := strings.Cut(res.Diagnostic, "data ")
	code, _, _ := strings.Cut(rest, ",")
	return code
}

// revealed lists whose passwords the read-only domain controller was given.
func (b *branch) revealed() (names []string) {
	for _, v := range b.hub.values(b.who, computer, "msDS-RevealedList") {
		parts := strings.Split(v, ":")
		if parts[2] == "unicodePwd" {
			cn, _, _ := strings.Cut(parts[3], ",")
			names = append(names, cn)
		}
	}
	return names
}

// AD reference 11.4: who is known at a branch whose line is down.
func TestAReadOnlyDomainControllerKeepsThePasswordsItMay(t *testing.T) {
	b := newBranch(t)
	b.cut(true)
	for _, name := range []string{"ann", "bob", "eve", "Administrator"} {
		assert.Equal(t, "51f", b.bind(name, firstPass), "%s: nothing is known, and nobody can be asked", name)
	}
	b.cut(false)
	assert.Equal(t, "0", b.bind("ann", firstPass))
	assert.Equal(t, "0", b.bind("bob", firstPass))
	assert.Equal(t, "0", b.bind("eve", firstPass))
	assert.Equal(t, "0", b.bind("Administrator", adminPass))
	assert.Equal(t, []string{"CN=Ann"}, b.revealed(), "Bob is not allowed, Eve is denied, and so are administrators")
	b.cut(true)
	assert.Equal(t, "0", b.bind("ann", firstPass))
	assert.Equal(t, "52e", b.bind("ann", "wrong"))
	assert.Equal(t, "51f", b.bind("bob", firstPass))
	assert.Equal(t, "51f", b.bind("eve", firstPass))
	assert.Equal(t, "51f", b.bind("Administrator", adminPass))
}

func TestTheHubNotesWhoSignsInAtABranch(t *testing.T) {
	b := newBranch(t)
	require.Equal(t, "0", b.bind("ann", firstPass))
	require.Equal(t, "0", b.bind("bob", firstPass))
	assert.Equal(t, []string{computer}, b.hub.values(b.who, "CN=Ann,"+staff, "msDS-RevealedDSAs"))
	assert.Empty(t, b.hub.values(b.who, "CN=Bob,"+staff, "msDS-RevealedDSAs"))
	assert.Equal(t, []string{computer}, b.hub.values(b.who, "CN=Bob,"+staff, "msDS-AuthenticatedAtDC"))
	assert.ElementsMatch(t, []string{"CN=Ann," + staff, "CN=Bob," + staff}, b.hub.values(b.who, computer, "msDS-AuthenticatedToAccountlist"))
	users := b.hub.values(b.who, computer, "msDS-RevealedUsers")
	require.Len(t, users, 5, "hash, history and the like, each")
	for _, v := range users {
		assert.Regexp(t, "^B:96:[0-9A-F]{96}:CN=Ann,", v)
	}
	assert.Equal(t, []string{allowed}, b.hub.values(b.who, computer, "msDS-RevealOnDemandGroup"))
	assert.Contains(t, b.hub.values(b.who, computer, "msDS-NeverRevealGroup"), denied)
}

// The groups are read when somebody signs in, and an account may be named itself.
func TestThePolicyOfABranchIsItsAttributes(t *testing.T) {
	b := newBranch(t)
	b.ok(b.hub.modify(b.who, computer, change(add, "msDS-RevealOnDemandGroup", "CN=Bob,"+staff)))
	require.Equal(t, "0", b.bind("bob", firstPass))
	b.ok(b.hub.modify(b.who, computer, change(add, "msDS-NeverRevealGroup", "CN=Ann,"+staff)))
	require.Equal(t, "0", b.bind("ann", firstPass))
	assert.Equal(t, []string{"CN=Bob"}, b.revealed())
}

// A password that changed at the hub ends what the branch has, when it arrives.
func TestABranchForgetsAPasswordThatWasChanged(t *testing.T) {
	b := newBranch(t)
	require.Equal(t, "0", b.bind("ann", firstPass))
	b.ok(b.hub.reset(b.who, "CN=Ann,"+staff, "N3w!Passw0rd"))
	assert.Empty(t, b.revealed(), "the hub knows that it is the old one")
	b.cut(true)
	assert.Equal(t, "0", b.bind("ann", firstPass), "the branch does not know yet")
	assert.Equal(t, "52e", b.bind("ann", "N3w!Passw0rd"))
	b.cut(false)
	assert.Equal(t, "0", b.bind("ann", "N3w!Passw0rd"), "wrong here, right there")
	assert.Equal(t, []string{"CN=Ann"}, b.revealed())
	b.cut(true)
	assert.Equal(t, "0", b.bind("ann", "N3w!Passw0rd"))

	b.cut(false)
	b.ok(b.hub.reset(b.who, "CN=Ann,"+staff, "0ther!Passw0rd"))
	b.wait(4 * time.Hour)
	b.bind("nobody", "x") // somebody comes by: the change arrives, the password does not
	b.cut(true)
	assert.Equal(t, "51f", b.bind("ann", "0ther!Passw0rd"))
	assert.Equal(t, "51f", b.bind("ann", "N3w!Passw0rd"))
}

// Nothing reaches a branch that is cut off; everything does when the line is
// back.
func TestABranchThatIsCutOffCatchesUp(t *testing.T) {
	b := newBranch(t)
	b.cut(true)
	b.ok(b.hub.modify(b.who, "CN=Ann,"+staff, change(set, "title", "Dr")))
	b.ok(b.hub.modify(b.who, "CN=Ann,"+staff, change(set, "pwdLastSet", "0")))
	b.wait(48 * time.Hour)
	assert.Empty(t, b.at(2, "CN=Ann,"+staff, "title"))
	assert.NotEqual(t, "0", b.at(2, "CN=Ann,"+staff, "pwdLastSet"))
	b.cut(false)
	assert.Equal(t, "Dr", b.at(2, "CN=Ann,"+staff, "title"))
	assert.Equal(t, "0", b.at(2, "CN=Ann,"+staff, "pwdLastSet"))
}

// Failures at a branch are counted at the hub; a branch that is cut off locks by
// itself.
func TestABranchCountsWrongPasswords(t *testing.T) {
	b := newBranch(t)
	p := b.hub.domain.Policy()
	p.LockoutThreshold = 3
	require.NoError(t, b.hub.domain.SetPolicy(b.now, p))
	require.Equal(t, "0", b.bind("ann", firstPass))
	assert.Equal(t, "52e", b.bind("ann", "wrong-1"))
	assert.Equal(t, "1", b.at(0, "CN=Ann,"+staff, "badPwdCount"))
	b.cut(true)
	assert.Equal(t, "52e", b.bind("ann", "wrong-2"))
	assert.Equal(t, "52e", b.bind("ann", "wrong-3"))
	assert.Equal(t, "52e", b.bind("ann", "wrong-4"))
	assert.Equal(t, "775", b.bind("ann", firstPass))
	assert.Empty(t, b.at(0, "CN=Ann,"+staff, "lockoutTime"), "the hub hears nothing")
	b.hub.as("ann@corp.example", firstPass)
	b.cut(false)
	assert.Equal(t, "0", b.bind("ann", firstPass), "the hub decides again")
}

// Passwords are brought to a branch before its line goes down, and taken away
// from one that was stolen (replicateSingleObject, rODCPurgeAccount).
func TestPasswordsAreBroughtAndPurged(t *testing.T) {
	b := newBranch(t)
	source := "CN=NTDS Settings,CN=DC1,CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration," + base + ":"
	bring := func(c directory.Caller, dn string) directory.Result {
		return b.rodc.modify(c, "", change(add, "replicateSingleObject", source+dn+":SECRETS_ONLY"))
	}
	assert.Equal(t, directory.InsufficientAccessRights, bring(b.hub.as("bob@corp.example", firstPass), "CN=Ann,"+staff).Code)
	assert.Equal(t, directory.InsufficientAccessRights, bring(b.who, "CN=Bob,"+staff).Code, "the policy decides, not the administrator")
	assert.Equal(t, directory.OperationsError, b.hub.modify(b.who, "", change(add, "replicateSingleObject", source+"CN=Ann,"+staff+":SECRETS_ONLY")).Code)
	b.ok(bring(b.who, "CN=Ann,"+staff))
	b.cut(true)
	assert.Equal(t, "0", b.bind("ann", firstPass))
	b.cut(false)
	assert.Equal(t, directory.UnwillingToPerform, b.hub.modify(b.who, "", change(add, "rODCPurgeAccount", "CN=Ann,"+staff)).Code)
	b.ok(b.rodc.modify(b.who, "", change(add, "rODCPurgeAccount", "CN=Ann,"+staff)))
	assert.Empty(t, b.revealed())
	b.cut(true)
	assert.Equal(t, "51f", b.bind("ann", firstPass))
	assert.Equal(t, directory.Unavailable, bring(b.who, "CN=Ann,"+staff).Code)

	b.cut(false)
	b.ok(b.hub.modify(b.who, "CN=Ann,"+staff, change(set, "title", "Dr")))
	assert.Empty(t, b.at(2, "CN=Ann,"+staff, "title"))
	b.ok(b.rodc.modify(b.who, "", change(add, "replicateSingleObject", source+"CN=Ann,"+staff)))
	assert.Equal(t, "Dr", b.at(2, "CN=Ann,"+staff, "title"), "an object without its password")
}

// What was revealed is known to a fork and after a restart.
func TestABranchKeepsPasswordsInAFork(t *testing.T) {
	b := newBranch(t)
	require.Equal(t, "0", b.bind("ann", firstPass))
	b.wait(24 * time.Hour)
	b.bind("nobody", "x")
	fork := newReplicas(t, directory.DCConfig{Name: "DC1"}, directory.DCConfig{Name: "DC2"}, directory.DCConfig{Name: "RODC", ReadOnly: true, Site: "Branch"})
	require.NoError(t, fork.dcs[0].forest.Apply(b.hub.forest.Changes()))
	c := &branch{replicas: fork, hub: fork.dcs[0], rodc: fork.dcs[2]}
	c.wait(24 * time.Hour)
	c.cut(true)
	assert.Equal(t, "0", c.bind("ann", firstPass))
	assert.Equal(t, "51f", c.bind("bob", firstPass))
}

// msDS-IsUserCachableAtRodc tells what the policy says, to those who may know
// (MS-ADTS 3.1.1.4.5.32).
func TestWhosePasswordAReadOnlyDomainControllerMayHave(t *testing.T) {
	b := newBranch(t)
	const name = "msDS-IsUserCachableAtRodc"
	ask := func(who directory.Caller, dn, of string) (*sink, directory.Result) {
		r := b.hub.request(who)
		if of != "" {
			r.Controls.InputDN = &of
		}
		return b.hub.search(r, dn, directory.BaseObject, "(objectClass=*)", name)
	}
	const settings = "CN=NTDS Settings,CN=RODC,CN=Servers,CN=Branch,CN=Sites,CN=Configuration," + base
	for _, dn := range []string{computer, settings, strings.TrimPrefix(settings, "CN=NTDS Settings,")} {
		for who, want := range map[string]string{"Ann": "1", "Bob": "0", "Eve": "0"} {
			s, res := ask(b.who, dn, "CN="+who+","+staff)
			require.Equal(t, directory.Success, res.Code, res.Diagnostic)
			require.Len(t, s.entries[0].Attributes, 1, dn)
			assert.Equal(t, want, string(s.entries[0].Attributes[0].Values[0]), "%s at %s", who, dn)
		}
	}
	s, res := ask(b.who, "CN=DC1,OU=Domain Controllers,"+base, "")
	require.Equal(t, directory.Success, res.Code)
	assert.Empty(t, s.entries[0].Attributes, "a writable one has all")
	_, res = ask(b.hub.as(`CORP\ann`, firstPass), computer, "")
	assert.Equal(t, directory.OperationsError, res.Code)
	assert.Equal(t, "00002121", prefix(res))
}
