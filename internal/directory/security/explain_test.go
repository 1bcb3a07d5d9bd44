package security

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestADecisionSaysWhoDecided(t *testing.T) {
	for why, c := range map[string]struct {
		sddl       string
		privileges Privileges
		want       Mask
		reason     string
		allowed    bool
	}{
		"granted":              {"D:(A;;RP;;;SY)(A;;RP;;;AU)", 0, ReadProperty, "RP is granted by entry 2, (A;;RP;;;AU)", true},
		"granted by two":       {"D:(A;;RP;;;WD)(A;;RPWP;;;AU)", 0, ReadProperty | WriteProperty, "RP is granted by entry 1, (A;;RP;;;WD); WP is granted by entry 2, (A;;RPWP;;;AU)", true},
		"denied":               {"D:(A;;RP;;;WD)(D;;WP;;;WD)(A;;WP;;;WD)", 0, ReadProperty | WriteProperty, "WP is denied by entry 2, (D;;WP;;;WD)", false},
		"nobody grants":        {"D:(A;;RP;;;WD)", 0, ReadProperty | WriteProperty, "no entry grants WP", false},
		"owner":                {"O:AUD:", 0, WriteDAC, "WD belongs to the owner", true},
		"privilege":            {"D:", SecurityPrivilege, AccessSystemSecurity, "0x1000000 comes with a privilege", true},
		"privilege, no SACL":   {"D:", 0, AccessSystemSecurity, "no entry grants 0x1000000", false},
		"no DACL":              {"O:SY", 0, Delete, "SD is everybody's, there is no DACL", true},
		"no DACL, but no SACL": {"O:SY", 0, AccessSystemSecurity, "no entry grants 0x1000000", false},
		"nothing":              {"D:", 0, 0, "nothing was asked for", true},
	} {
		t.Run(why, func(t *testing.T) {
			tok := NewToken(svc, c.privileges, Everyone, AuthenticatedUsers)
			q := Query{Want: c.want}
			e := Explain(tok, MustSDDL(c.sddl, corp), "", q, Rules{})
			assert.Equal(t, c.allowed, e.Allowed)
			assert.Equal(t, c.reason, e.Reason(corp))
			assert.Equal(t, c.allowed, Allowed(tok, MustSDDL(c.sddl, corp), "", q, Rules{}))
		})
	}
}

func TestTakingOneRightAway(t *testing.T) {
	head, _, _ := tree(t, Rules{}, "")
	head = Grant(head, Rules{}, WritebackGrant(svc)...)
	user := func(head *Descriptor) *Descriptor {
		return below(below(head, ClassOrganizationalUnit, Rules{}), ClassUser, Rules{})
	}
	ask := func(d *Descriptor) []bool {
		return answers(t, tokenOf(svc), d, alice, Rules{}, askReset, askLockout, askPwdLast)
	}
	require.Equal(t, []bool{true, true, true}, ask(user(head)))
	for right, want := range map[GUID][]bool{
		RightUserForceChangePassword: {false, true, true},
		AttrLockoutTime:              {true, false, true},
		AttrPwdLastSet:               {true, true, false},
	} {
		assert.Equal(t, want, ask(user(Revoke(head, For(svc, right)))))
	}
	inherited := user(head)
	assert.Equal(t, []bool{true, true, true}, ask(Revoke(inherited, func(ACE) bool { return true })), "inherited entries stay")
	assert.Equal(t, []bool{true, true, true}, ask(user(head)), "the head given is not changed")
	assert.Len(t, Grant(&Descriptor{}, Rules{}, WritebackGrant(svc)...).DACL.ACEs, 5)
	assert.Nil(t, Revoke(&Descriptor{}, func(ACE) bool { return true }).DACL)
}
