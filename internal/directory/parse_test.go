package directory

import (
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

func windowsNames() nameRules {
	return nameRules{schema: schema.Default(), oids: true, semicolon: true}
}

func drawName(t *rapid.T) dname {
	s := schema.Default()
	value := rapid.StringOfN(rapid.RuneFrom([]rune(`aZ ,+"\<>;=#/äß漢0.-`+"\n\r")), 1, 12, -1)
	var d dname
	for range rapid.IntRange(1, 5).Draw(t, "depth") {
		a := s.MustAttribute(rapid.SampledFrom([]string{"cn", "ou", "dc", "o"}).Draw(t, "type"))
		d = append(d, rdn{a, value.Draw(t, "value")})
	}
	return d
}

func TestNamesSurviveTheirOwnText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawName(t)
		again, err := windowsNames().parse(d.String())
		require.NoError(t, err, d.String())
		assert.Equal(t, d, again)
		assert.Equal(t, d.String(), again.String())
	})
}

func TestNamesAgreeWithGoLDAP(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawName(t)
		theirs, err := ldap.ParseDN(d.String())
		require.NoError(t, err, d.String())
		require.Len(t, theirs.RDNs, len(d))
		for i, r := range theirs.RDNs {
			assert.True(t, strings.EqualFold(d[i].attr.Name, r.Attributes[0].Type))
			assert.Equal(t, d[i].value, r.Attributes[0].Value, d.String())
		}
	})
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"CN=a,DC=b", `CN="a, b",O=c`, `CN=a\2Cb`, "CN=a+OU=b", "2.5.4.3=x", "CN=#040161", " cn = x ; dc = y", `CN=\0ADEL:x`, "<GUID=00>", "<SID=S-1-5-32>", "<WKGUID=x,y>", "CN=", "=", "CN=a,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		form, err := windowsNames().parseForm(s)
		if err != nil || len(form.dn) == 0 {
			return
		}
		again, err := windowsNames().parse(form.dn.String())
		if err != nil {
			t.Fatalf("%q prints as %q, which does not parse: %v", s, form.dn.String(), err)
		}
		if again.String() != form.dn.String() {
			t.Fatalf("%q prints as %q and then as %q", s, form.dn.String(), again.String())
		}
	})
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"(cn=*)", "(&(a=b)(|(c>=d)(e<=f))(!(g~=h)))", "(cn=a*b*c)", "(userAccountControl:1.2.840.113556.1.4.803:=2)", "(cn:dn:=x)", `(cn=\2a)`, "(&)", "(|)", "((", "(a=(b))", "(cn=a**b)", "(:1.2:=x)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, err := ParseFilter(s)
		_, theirs := ldap.CompileFilter(s)
		if err == nil && theirs != nil {
			// go-ldap is stricter in few places only; whatever we accept must not be
			// the empty text.
			if strings.TrimSpace(s) == "" {
				t.Fatalf("%q was accepted", s)
			}
		}
	})
}

func TestFiltersAgreeWithGoLDAP(t *testing.T) {
	attribute := rapid.SampledFrom([]string{"cn", "sAMAccountName", "objectClass", "2.5.4.3", "member"})
	value := rapid.StringOfN(rapid.RuneFrom([]rune(`ab ä=,*()\`+"\x00")), 1, 6, -1)
	var draw func(t *rapid.T, depth int) string
	draw = func(t *rapid.T, depth int) string {
		v := func() string { return ldap.EscapeFilter(value.Draw(t, "value")) }
		a := attribute.Draw(t, "attribute")
		kind := rapid.IntRange(0, 8).Draw(t, "kind")
		if depth > 3 {
			kind = min(kind, 5)
		}
		switch kind {
		case 0:
			return "(" + a + "=" + v() + ")"
		case 1:
			return "(" + a + ">=" + v() + ")"
		case 2:
			return "(" + a + "<=" + v() + ")"
		case 3:
			return "(" + a + "=*)"
		case 4:
			return "(" + a + "=" + v() + "*" + v() + ")"
		case 5:
			return "(" + a + ":1.2.840.113556.1.4.803:=" + v() + ")"
		case 6:
			return "(&" + draw(t, depth+1) + draw(t, depth+1) + ")"
		case 7:
			return "(|" + draw(t, depth+1) + draw(t, depth+1) + ")"
		}
		return "(!" + draw(t, depth+1) + ")"
	}
	rapid.Check(t, func(t *rapid.T) {
		text := draw(t, 0)
		_, theirs := ldap.CompileFilter(text)
		require.NoError(t, theirs, text)
		_, err := ParseFilter(text)
		assert.NoError(t, err)
	})
	for _, bad := range []string{"", "cn=x", "(cn=x", "(cn=x))", "(=x)", "(&(cn=x)", "(!)", `(cn=\zz)`, "(cn=a(b)", "(a b=c)"} {
		_, err := ParseFilter(bad)
		assert.Error(t, err, bad)
	}
	deep := strings.Repeat("(!", 600) + "(cn=x)" + strings.Repeat(")", 600)
	_, err := ParseFilter(deep)
	assert.ErrorContains(t, err, "512")
}
