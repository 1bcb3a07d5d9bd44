package security

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// octets reads the spaced hexadecimal of the published vectors.
func octets(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return b
}

func TestSIDHasTheOctetsOfThePublishedVectors(t *testing.T) {
	for text, want := range map[string]string{
		"S-1-5-11":                     "01 01 00 00 00 00 00 05 0b 00 00 00",
		"S-1-5-32-544":                 "01 02 00 00 00 00 00 05 20 00 00 00 20 02 00 00",
		"S-1-5-21-1000-2000-3000-1104": "01 05 00 00 00 00 00 05 15 00 00 00 e8 03 00 00 d0 07 00 00 b8 0b 00 00 50 04 00 00",
		"S-1-0x100000000000-1":         "01 01 10 00 00 00 00 00 01 00 00 00",
		"S-1-5":                        "01 00 00 00 00 00 00 05",
	} {
		t.Run(text, func(t *testing.T) {
			s, err := ParseSID(text)
			require.NoError(t, err)
			assert.Equal(t, octets(t, want), s.Bytes())
			assert.Equal(t, text, s.String())
		})
	}
}

func TestWellKnownSIDsSpellWhatTheirCommentsSay(t *testing.T) {
	for text, sid := range map[string]SID{
		"S-1-1-0": Everyone, "S-1-3-0": CreatorOwner, "S-1-3-1": CreatorGroup, "S-1-3-4": OwnerRights,
		"S-1-5-2": Network, "S-1-5-4": Interactive, "S-1-5-6": Service, "S-1-5-7": Anonymous,
		"S-1-5-9": EnterpriseDomainControllers, "S-1-5-10": Self, "S-1-5-11": AuthenticatedUsers,
		"S-1-5-15": ThisOrganization, "S-1-5-18": System, "S-1-5-19": LocalService, "S-1-5-20": NetworkService, "S-1-5-32": Builtin,
		"S-1-5-32-544": BuiltinAdministrators, "S-1-5-32-545": BuiltinUsers, "S-1-5-32-546": BuiltinGuests,
		"S-1-5-32-548": BuiltinAccountOperators, "S-1-5-32-549": BuiltinServerOperators, "S-1-5-32-550": BuiltinPrintOperators,
		"S-1-5-32-551": BuiltinBackupOperators, "S-1-5-32-552": BuiltinReplicator, "S-1-5-32-554": BuiltinPreWindows2000,
		"S-1-5-32-555": BuiltinRemoteDesktopUsers, "S-1-5-32-557": BuiltinIncomingForestTrustBuilders,
		"S-1-5-32-560": BuiltinWindowsAuthorizationAccess, "S-1-5-32-561": BuiltinTerminalServerLicense,
	} {
		assert.Equal(t, text, sid.String())
	}
}

func TestSIDRefuses(t *testing.T) {
	for why, text := range map[string]string{
		"no numbers":             "S-1",
		"another revision":       "S-2-5-11",
		"words":                  "Everyone",
		"sign":                   "S-1-5-+11",
		"too large a number":     "S-1-5-4294967296",
		"too large an authority": "S-1-281474976710656-1",
		"octal by prefix":        "S-1-0b1-1",
		"sixteen numbers":        "S-1-5" + strings.Repeat("-1", 16),
		"empty":                  "",
	} {
		t.Run(why, func(t *testing.T) {
			_, err := ParseSID(text)
			assert.Error(t, err)
		})
	}
	for why, b := range map[string]string{
		"short header":      "01 01 00 00 00 00 00",
		"missing number":    "01 02 00 00 00 00 00 05 20 00 00 00",
		"something follows": "01 01 00 00 00 00 00 05 0b 00 00 00 00",
		"revision":          "02 01 00 00 00 00 00 05 0b 00 00 00",
		"sixteen numbers":   "01 10 00 00 00 00 00 05" + strings.Repeat("00000000", 16),
	} {
		t.Run(why, func(t *testing.T) {
			_, err := SIDFromBytes(octets(t, b))
			assert.Error(t, err)
		})
	}
}

func TestSIDOfAnAccountIsItsDomainAndRID(t *testing.T) {
	account := MustSID("S-1-5-21-1000-2000-3000-1104")
	assert.Equal(t, uint32(1104), account.RID())
	assert.Equal(t, "S-1-5-21-1000-2000-3000", account.Domain().String())
	assert.Equal(t, account, account.Domain().WithRID(1104))
	assert.Zero(t, SID("").RID())
	assert.Empty(t, SID("").Domain())
	assert.Empty(t, SID("").String())
}

func genSID() *rapid.Generator[SID] {
	return rapid.Custom(func(t *rapid.T) SID {
		return NewSID(rapid.Uint64Range(0, 1<<48-1).Draw(t, "authority"), rapid.SliceOfN(rapid.Uint32(), 0, 15).Draw(t, "sub")...)
	})
}

func TestEverySIDSurvivesTextAndOctets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := genSID().Draw(t, "sid")
		fromText, err := ParseSID(s.String())
		require.NoError(t, err)
		assert.Equal(t, s, fromText)
		fromOctets, err := SIDFromBytes(s.Bytes())
		require.NoError(t, err)
		assert.Equal(t, s, fromOctets)
	})
}

func FuzzParseSID(f *testing.F) {
	for _, seed := range []string{"S-1-5-32-544", "s-1-0x100000000000-1", "S-1-5-21-1-2-3-4", "S-1--5", "S-1-5-", "AU"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSID(text)
		if err != nil {
			return
		}
		again, err := ParseSID(s.String())
		require.NoError(t, err)
		assert.Equal(t, s, again)
	})
}

func TestGUIDHasTheOctetsOfThePublishedVectors(t *testing.T) {
	for text, want := range map[string]string{
		"00299570-246d-11d0-a768-00aa006e0529": "70 95 29 00 6d 24 d0 11 a7 68 00 aa 00 6e 05 29",
		"00112233-4455-6677-8899-aabbccddeeff": "33 22 11 00 55 44 77 66 88 99 aa bb cc dd ee ff",
	} {
		g, err := ParseGUID(text)
		require.NoError(t, err)
		assert.Equal(t, octets(t, want), g[:])
		assert.Equal(t, text, g.String())
		for how, other := range map[string]string{
			"braces": "{" + text + "}", "upper case": strings.ToUpper(text), "wire": hex.EncodeToString(g[:]),
		} {
			again, err := ParseGUID(other)
			require.NoError(t, err, how)
			assert.Equal(t, g, again, how)
		}
	}
}

func TestGUIDRefuses(t *testing.T) {
	for why, text := range map[string]string{
		"empty":          "",
		"short":          "00299570-246d-11d0-a768-00aa006e052",
		"dash misplaced": "0029957-0246d-11d0-a768-00aa006e0529",
		"not hex":        "0029957g-246d-11d0-a768-00aa006e0529",
		"wire not hex":   "0029957g246d11d0a76800aa006e0529",
		"one brace":      "{00299570-246d-11d0-a768-00aa006e0529",
	} {
		_, err := ParseGUID(text)
		assert.Error(t, err, why)
	}
}

func FuzzParseGUID(f *testing.F) {
	f.Add("00299570-246d-11d0-a768-00aa006e0529")
	f.Add("{00299570-246D-11d0-a768-00aa006e0529}")
	f.Add("709529006d24d011a76800aa006e0529")
	f.Fuzz(func(t *testing.T, text string) {
		g, err := ParseGUID(text)
		if err != nil {
			return
		}
		again, err := ParseGUID(g.String())
		require.NoError(t, err)
		assert.Equal(t, g, again)
	})
}
