package tenant_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// The first four are published by those who read the form off the wire; the
// last two were computed independently of this code.
var vectors = []struct{ password, nt, salt, iterations, hash string }{
	{"Pa$$w0rd", "92937945b518814341de3f726500d4ff", "317ee9d1dec6508fa510", "100", "f4a257ffec53809081a605ce8ddedfbc9df9777b80256763bc0a6dd895ef404f"},
	{"Pa$$w0rd", "92937945b518814341de3f726500d4ff", "60eaffd2c886b419df7a", "1000", "ab9c532104713157395a70da85cc8a1b418508753c6997f02341d541328ef16b"},
	{"Pa$$w0rd", "92937945b518814341de3f726500d4ff", "46c0c5d9095185ce5cf8", "1000", "6bb7b360d9105ed5157460b343d5d143e465a59195bc9b568718268c334ea4a9"},
	{"Pa$$w0rd", "92937945b518814341de3f726500d4ff", "a42b92067e4b8123101a", "1000", "f0fc762ea9051ef754652becd83ee5e54c1c857c1c0965abac5d85de9c143911"},
	{"Lab-Passw0rd!2026", "7563bfa9ff2f93e98114eb79ccd219a8", "00112233445566778899", "1000", "d266921bb195d3d578dd62b6ebf5223c41364b483033dba023e2e491569a7a1e"},
	{"Correct Horse 7", "aa4a04b1a3d1e3c1d94a0293c89819a8", "0102030405060708090a", "1000", "8489ed7025a1cffcba72bc239f71e3a98a80cd8f3f6caeca98416c3b5fb57d3a"},
}

func TestCredentialsHaveTheFormOfPasswordHashSync(t *testing.T) {
	for _, v := range vectors {
		nt := tenant.NTHash(secret.New(v.password))
		assert.Equal(t, v.nt, hex.EncodeToString(nt[:]), v.password)

		var c tenant.Credential
		require.NoError(t, c.UnmarshalText([]byte(fmt.Sprintf("v1;PPH1_MD4,%s,%s,%s;", v.salt, v.iterations, v.hash))))
		assert.True(t, c.Matches(secret.New(v.password)), "%s with salt %s", v.password, v.salt)
		assert.True(t, c.MatchesHash(nt))
		assert.False(t, c.Matches(secret.New(v.password+"x")))

		if v.iterations == "1000" {
			salt, err := hex.DecodeString(v.salt)
			require.NoError(t, err)
			made, err := tenant.NewCredential(secret.New(v.password), strings.NewReader(string(salt)))
			require.NoError(t, err)
			assert.Equal(t, c.Reveal(), made.Reveal())
		}
	}
}

func TestCredentialsNeverPrint(t *testing.T) {
	c, err := tenant.NewCredential(secret.New("Rabbit-hole7"), chance.New(1).Stream("salt"))
	require.NoError(t, err)
	printed := fmt.Sprintf("%v %+v %#v %s", c, c, c, struct{ C tenant.Credential }{c})
	assert.NotContains(t, printed, "PPH1")
	assert.Contains(t, c.Reveal(), "PPH1_MD4")
}

func TestBrokenCredentialsAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no version":      "PPH1_MD4,00112233445566778899,1000," + strings.Repeat("a", 64) + ";",
		"short salt":      "v1;PPH1_MD4,0011,1000," + strings.Repeat("a", 64) + ";",
		"upper-case hash": "v1;PPH1_MD4,00112233445566778899,1000," + strings.Repeat("A", 64) + ";",
		"no iterations":   "v1;PPH1_MD4,00112233445566778899,0," + strings.Repeat("a", 64) + ";",
	} {
		t.Run(name, func(t *testing.T) {
			var c tenant.Credential
			assert.Error(t, c.UnmarshalText([]byte(text)))
		})
	}
}

func TestPasswordsOfTheSeedAndLaterOnes(t *testing.T) {
	s, ctx := demo(t), t.Context()
	frank, err := s.FindPerson(ctx, "frank@northlight.example")
	require.NoError(t, err)

	is := func(password string) bool {
		ok, err := s.Matches(ctx, frank.ID, secret.New(password))
		require.NoError(t, err)
		return ok
	}
	assert.True(t, is("Lantern-Harbour-62"))
	assert.False(t, is("lantern-harbour-62"))

	later := noon.Add(1)
	require.NoError(t, s.SetPassword(ctx, frank.ID, secret.New("Copper-Kettle-19"), true, later))
	assert.True(t, is("Copper-Kettle-19"))
	assert.False(t, is("Lantern-Harbour-62"))
	u, err := s.User(ctx, frank.ID)
	require.NoError(t, err)
	assert.True(t, u.MustChangePassword)
	assert.Equal(t, later, u.LastPasswordChange)
	assert.Equal(t, later, u.SignInSessionsValidFrom, "tokens issued before are revoked")

	wrote, err := s.SyncPasswordHash(ctx, frank.ID, tenant.NTHash(secret.New("Copper-Kettle-19")), true, later.Add(2))
	require.NoError(t, err)
	assert.False(t, wrote, "the run after a writeback brings nothing new")
	wrote, err = s.SyncPasswordHash(ctx, frank.ID, tenant.NTHash(secret.New("Copper-Kettle-19")), false, later.Add(2))
	require.NoError(t, err)
	assert.True(t, wrote, "the same password, no longer temporary")
	wrote, err = s.SyncPasswordHash(ctx, frank.ID, tenant.NTHash(secret.New("From-AD-77")), false, later.Add(2))
	require.NoError(t, err)
	assert.True(t, wrote)
	assert.True(t, is("From-AD-77"))
}

func TestOnlyPasswordsTheCloudKnowsCanMatch(t *testing.T) {
	s, ctx := demo(t), t.Context()
	for name, known := range map[string]bool{"alice": true, "frank": true, "nina": false, "oscar": false} {
		p, err := s.FindPerson(ctx, name+"@northlight.example")
		require.NoError(t, err)
		ok, err := s.Matches(ctx, p.ID, secret.New("Lantern-Harbour-62"))
		require.NoError(t, err)
		assert.Equal(t, known, ok, "%s (%s)", name, p.Hosting)
		empty, err := s.Matches(ctx, p.ID, secret.New(""))
		require.NoError(t, err)
		assert.False(t, empty, name)
	}
}

func TestAResetEndsSmartLockout(t *testing.T) {
	s, ctx := demo(t), t.Context()
	u, err := s.UpdateUser(ctx, "frank@northlight.example", func(u *tenant.User) error {
		u.Lockout.Familiar.LockedUntil = noon.Add(1e12)
		return nil
	})
	require.NoError(t, err)
	_, locked := u.Lockout.Locked(true, noon)
	require.True(t, locked)
	require.NoError(t, s.SetPassword(ctx, u.ID, secret.New("Copper-Kettle-19"), false, noon))
	u, err = s.User(ctx, u.ID)
	require.NoError(t, err)
	_, locked = u.Lockout.Locked(true, noon)
	assert.False(t, locked)
}

func TestSyncedPasswordsDoNotExpireInTheCloudUnlessEnforced(t *testing.T) {
	s, ctx := demo(t), t.Context()
	policies := func(upn string) string {
		p, err := s.FindPerson(ctx, upn)
		require.NoError(t, err)
		require.NoError(t, s.SetPassword(ctx, p.ID, secret.New("Copper-Kettle-19"), false, noon))
		p, err = s.Person(ctx, p.ID)
		require.NoError(t, err)
		return p.PasswordPolicies
	}
	alice, err := s.FindPerson(ctx, "alice@northlight.example")
	require.NoError(t, err)
	assert.Equal(t, "DisablePasswordExpiration", alice.PasswordPolicies)
	assert.Equal(t, "DisablePasswordExpiration", policies("alice@northlight.example"), "once, however often it is stamped")
	assert.Empty(t, policies("frank@northlight.example"), "a cloud user is not stamped")

	_, err = s.PatchTenant(ctx, []byte(`{"expiry": {"enforceForSynced": true}}`))
	require.NoError(t, err)
	alice, err = s.Person(ctx, alice.ID)
	require.NoError(t, err)
	assert.Equal(t, "DisablePasswordExpiration", alice.PasswordPolicies, "until the next change")
	assert.Empty(t, policies("alice@northlight.example"))
}

func TestTheSourceAnchorFindsTheUser(t *testing.T) {
	s, ctx := demo(t), t.Context()
	alice, err := s.User(ctx, "alice@northlight.example")
	require.NoError(t, err)
	found, err := s.UserByImmutableID(ctx, alice.OnPremises.ImmutableID)
	require.NoError(t, err)
	assert.Equal(t, alice.ID, found.ID)
	_, err = s.UserByImmutableID(ctx, "")
	assert.Error(t, err, "cloud users have none and are not found by it")
}
