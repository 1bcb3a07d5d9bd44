package schema_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

func TestWhatTheReferenceSaysOfAttributes(t *testing.T) {
	s := schema.Default()
	for name, want := range map[string]struct {
		oid     string
		attrtyp uint32
		guid    string
		link    int
	}{
		"unicodePwd":         {"1.2.840.113556.1.4.90", 0x9005a, "bf9679e1-0de6-11d0-a285-00aa003049e2", 0},
		"userPrincipalName":  {"1.2.840.113556.1.4.656", 0x90290, "28630ebb-41d5-11d1-a9c1-0000f80367c1", 0},
		"member":             {"2.5.4.31", 0x1f, "bf9679c0-0de6-11d0-a285-00aa003049e2", 2},
		"lockoutTime":        {"1.2.840.113556.1.4.662", 0x90296, "28630ebf-41d5-11d1-a9c1-0000f80367c1", 0},
		"mail":               {"0.9.2342.19200300.100.1.3", 0x150003, "bf967961-0de6-11d0-a285-00aa003049e2", 0},
		"displayName":        {"1.2.840.113556.1.2.13", 0x2000d, "bf967953-0de6-11d0-a285-00aa003049e2", 0},
		"msDS-PSOAppliesTo":  {"1.2.840.113556.1.4.2020", 0x907e4, "64c80f48-cdd2-4881-a86d-4e97b6f561fc", 2118},
		"userAccountControl": {"1.2.840.113556.1.4.8", 0x90008, "bf967a68-0de6-11d0-a285-00aa003049e2", 0},
	} {
		a := s.Attribute(name)
		require.NotNil(t, a, name)
		assert.Equal(t, want.oid, a.OID, name)
		assert.Equal(t, want.attrtyp, a.ATTRTYP, name)
		assert.Equal(t, want.guid, a.GUID.String(), name)
		assert.Equal(t, want.link, a.Link, name)
		assert.Same(t, a, s.Attribute(a.OID), "found by OID")
	}
	assert.Same(t, s.Attribute("memberOf"), s.Attribute("MEMBER").Other())
	assert.True(t, s.Attribute("tokenGroups").Constructed())
}

func TestClassesKnowTheirChainAndContents(t *testing.T) {
	s := schema.Default()
	user := s.Class("USER")
	var chain []string
	for _, c := range user.Chain {
		chain = append(chain, c.Name)
	}
	assert.Equal(t, []string{"top", "person", "organizationalPerson", "user"}, chain)
	for _, name := range []string{"sAMAccountName", "unicodePwd", "telephoneNumber", "userPrincipalName", "lockoutTime", "mail", "thumbnailPhoto", "memberOf", "objectSid"} {
		assert.True(t, user.May(s.Attribute(name)), name)
	}
	assert.False(t, user.May(s.Attribute("groupType")))
	assert.True(t, s.Class("computer").Is("user"))
	assert.Equal(t, "ou", s.Class("organizationalUnit").RDN.Name)
}

func TestFoldingIsItsOwnFixedPoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "in")
		for _, f := range []schema.Folding{schema.FoldWindows, schema.FoldSamba} {
			once := f.Fold(in)
			assert.Equal(t, once, f.Fold(once))
		}
	})
}

func TestFoldingIgnoresWhatWindowsIgnores(t *testing.T) {
	f := schema.FoldWindows.Fold
	assert.Equal(t, f("jose  garcia"), f(" José García "))
	assert.Equal(t, f("ＡＢＣ"), f("abc"), "width")
	assert.NotEqual(t, schema.FoldSamba.Fold("jose"), schema.FoldSamba.Fold("josé"), "accents count on Samba")
}

func BenchmarkFoldPlain(b *testing.B) {
	for b.Loop() {
		_ = schema.FoldWindows.Fold("anna.long@corp.example")
	}
}

func TestTimesOfTheWire(t *testing.T) {
	for text, at := range map[string]time.Time{
		"16010101000000.0Z":  time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC),
		"20260302090507.0Z":  time.Date(2026, 3, 2, 10, 5, 7, 999, time.FixedZone("CET", 3600)),
		"00070809101112.0Z":  time.Date(7, 8, 9, 10, 11, 12, 0, time.UTC),
		"99991231235959.0Z":  time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		"300280101000000.0Z": time.Date(30028, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		assert.Equal(t, text, schema.FormatTime(at))
	}
}
