package adwire_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// octets is a value in the form of filters.
func octets(b []byte) string {
	var text strings.Builder
	for _, o := range b {
		fmt.Fprintf(&text, `\%02x`, o)
	}
	return text.String()
}

// What an LDAP ping is answered, over LDAP and without a bind (MS-ADTS 6.3.3).
func TestLDAPPing(t *testing.T) {
	plain, secure := domain(t)
	admin := secure()
	require.NoError(t, admin.Bind(administrator, password))
	create(t, admin, "along")
	m := ldap.NewModifyRequest(create(t, admin, "gone"), nil)
	m.Replace("userAccountControl", []string{"514"})
	require.NoError(t, admin.Modify(m))
	head, err := admin.Search(ldap.NewSearchRequest(base, ldap.ScopeBaseObject, 0, 0, 0, false, "(objectClass=*)", []string{"objectGUID", "objectSid"}, nil))
	require.NoError(t, err)
	guid, sid := octets(head.Entries[0].GetRawAttributeValue("objectGUID")), octets(head.Entries[0].GetRawAttributeValue("objectSid"))
	zone, err := admin.Search(ldap.NewSearchRequest("DC=DomainDnsZones,"+base, ldap.ScopeBaseObject, 0, 0, 0, false, "(objectClass=*)", []string{"objectGUID"}, nil))
	require.NoError(t, err)

	const (
		us   = "(DnsDomain=corp.northlight.example)"
		v6   = `(NtVer=\06\00\00\00)`
		none = 0
	)
	ask := func(filter string) []byte {
		t.Helper()
		found, err := plain().Search(ldap.NewSearchRequest("", ldap.ScopeBaseObject, 0, 0, 0, false, filter, []string{"netlogon"}, nil))
		require.NoError(t, err, filter)
		require.Len(t, found.Entries, 1, "an entry without attributes is the answer, too")
		return found.Entries[0].GetRawAttributeValue("netlogon")
	}
	for name, c := range map[string]struct {
		filter string
		code   uint16
	}{
		"no domain is the default one":            {v6, 23},
		"a DNS name":                              {us + v6, 23},
		"with a dot at its end":                   {"(DnsDomain=corp.northlight.example.)" + v6, 23},
		"another DNS name":                        {"(DnsDomain=other.example)" + v6, none},
		"an empty DNS name":                       {"(DnsDomain=)" + v6, none},
		"an application partition":                {"(DnsDomain=DomainDnsZones.corp.northlight.example)" + v6, 23},
		"a GUID":                                  {"(DomainGuid=" + guid + ")" + v6, 23},
		"a GUID of nobody":                        {"(DomainGuid=" + strings.Repeat(`\11`, 16) + ")" + v6, none},
		"a GUID of the wrong length":              {us + `(DomainGuid=\00\01)` + v6, none},
		"a SID":                                   {us + "(DomainSid=" + sid + ")" + v6, 23},
		"a SID alone":                             {"(DomainSid=" + sid + ")" + v6, 23},
		"a SID of another domain":                 {us + `(DomainSid=\01\01\00\00\00\00\00\05\0b\00\00\00)` + v6, none},
		"a broken SID":                            {us + `(DomainSid=\01)` + v6, none},
		"a SID and an application partition":      {"(DomainGuid=" + octets(zone.Entries[0].GetRawAttributeValue("objectGUID")) + ")(DomainSid=" + sid + ")" + v6, none},
		"an account":                              {us + "(User=along)" + v6, 23},
		"an account of the right type":            {us + `(User=along)(AAC=\10\00\00\00)` + v6, 23},
		"a type in fewer octets":                  {us + `(User=along)(AAC=\10)` + v6, 23},
		"an account of another type":              {us + `(User=along)(AAC=\80\00\00\00)` + v6, 25},
		"no type at all":                          {us + `(User=along)(AAC=\00\00\00\00)` + v6, 25},
		"one of several types":                    {us + `(User=along)(AAC=\90\01\00\00)` + v6, 23},
		"a type that is too long":                 {us + `(User=along)(AAC=\10\00\00\00\00)` + v6, none},
		"a disabled account":                      {us + `(User=gone)(AAC=\10\00\00\00)` + v6, 25},
		"a domain controller":                     {us + `(User=DC1$)(AAC=\00\01\00\00)` + v6, 23},
		"a group":                                 {us + `(User=Domain Admins)(AAC=\10\00\00\00)` + v6, 25},
		"nobody":                                  {us + `(User=nobody)(AAC=\10\00\00\00)` + v6, 25},
		"no account, whatever the type":           {us + `(User=)(AAC=\10\00\00\00)` + v6, 23},
		"an account in an application partition":  {"(DnsDomain=DomainDnsZones.corp.northlight.example)(User=along)" + v6, 25},
		"the client's name and what nobody knows": {us + "(Host=laptop)(DnsHostName=laptop.example)(Foo=bar)" + v6, 23},
		"Windows 2000's form":                     {us + `(NtVer=\02\00\00\00)`, 19},
		"that form, and nobody":                   {us + `(User=nobody)(NtVer=\02\00\00\00)`, 21},
		"NT 4's form":                             {us + `(NtVer=\01\00\00\00)`, 19},
		"no version":                              {us, 19},
		"a version that is not defined":           {us + `(NtVer=\06\01\00\00)`, none},
		"a version that is too long":              {us + `(NtVer=\06\00\00\00\00)`, none},
		"the same element twice":                  {us + us + v6, none},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask("(&" + c.filter + ")")
			if c.code == none {
				assert.Empty(t, got)
				return
			}
			require.Greater(t, len(got), 8)
			assert.Equal(t, c.code, binary.LittleEndian.Uint16(got))
			assert.Equal(t, "\xff\xff\xff\xff", string(got[len(got)-4:]))
		})
	}
	for _, filter := range []string{`(NtVer=\06\00\00\00)`, "(|" + us + v6 + ")", "(&(!" + us + ")" + v6 + ")", "(&(&" + us + ")" + v6 + ")", "(objectClass=*)"} {
		assert.Empty(t, ask(filter), "%s is no conjunction of equalities", filter)
	}

	// The fields, with names that are pointed at (MS-ADTS 6.3.1.9, 6.3.7).
	guidOctets := string(head.Entries[0].GetRawAttributeValue("objectGUID"))
	want := guidOctets + "\x04corp\x0anorthlight\x07example\x00" + "\xc0\x18" + "\x03dc1\xc0\x18" + "\x0aNORTHLIGHT\x00" + "\x03DC1\x00" + "\x05along\x00" +
		"\x17Default-First-Site-Name\x00"
	site := len("\x17\x00\x00\x00flag") + strings.Index(want, "\x17Default")
	want += "\xc0" + string(rune(site)) + "\x05\x00\x00\x00\xff\xff\xff\xff"
	assert.Equal(t, want, string(ask("(&" + us + "(User=along)" + v6 + ")")[8:]))
	assert.Contains(t, string(ask(`(&`+us+`(NtVer=\0e\00\00\00))`)), "\x10\x02\x00\x00\x00", "an address is asked for")
	old := string(ask(`(&` + us + `(User=along)(NtVer=\01\00\00\00))`))
	assert.Equal(t, "\x13\x00\\\x00\\\x00D\x00C\x001\x00\x00\x00a\x00l\x00o\x00n\x00g\x00\x00\x00N\x00O\x00R\x00T\x00H\x00L\x00I\x00G\x00H\x00T\x00\x00\x00\x01\x00\x00\x00\xff\xff\xff\xff", old)
}
