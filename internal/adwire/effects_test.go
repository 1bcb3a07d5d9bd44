package adwire_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const arc = "1.2.840.113556.1.4."

// withoutEffect is the announced controls that may be sent and change nothing,
// each with the reason; docs/divergences.md has the same list.
var withoutEffect = map[string]string{
	arc + "521":  "no object moves to another domain: that needs Kerberos delegation",
	arc + "619":  "every change is safe before it is acknowledged, which is what doing without means",
	arc + "802":  "announces ranges; it is no control",
	arc + "1338": "names the catalogue that verifies names; one process knows them all",
	arc + "1341": "joins a read-only domain controller; none is joined over LDAP",
	arc + "1852": "there are no quotas to ask for",
	arc + "1907": "nothing tells of a shutdown: the connection ends",
	arc + "2206": "hints for an optimiser; answers are the same with and without",
	arc + "2256": "there are no quotas to pass over",
	arc + "2309": "shows when memberships end; none is limited, as without the feature for privileged access",
	arc + "2330": "a number for traces; there are none",
	arc + "2354": "switches tracing; there is none",
}

func integers(of ...int64) string {
	seq := ber.NewSequence("")
	for _, n := range of {
		seq.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, n, ""))
	}
	return string(seq.Bytes())
}

// A bench is a connection of an administrator with something to try controls on.
type bench struct {
	t *testing.T
	*ldap.Conn
	n int
}

func (b *bench) ou(children int) string {
	b.n++
	dn := "OU=bench" + strconv.Itoa(b.n) + "," + base
	add := func(dn string) {
		a := ldap.NewAddRequest(dn, nil)
		a.Attribute("objectClass", []string{"organizationalUnit"})
		require.NoError(b.t, b.Add(a))
	}
	add(dn)
	for i := range children {
		add("OU=" + strconv.Itoa(i) + "," + dn)
	}
	return dn
}

func (b *bench) group(members ...string) string {
	b.n++
	dn := "CN=group" + strconv.Itoa(b.n) + "," + staff
	a := ldap.NewAddRequest(dn, nil)
	a.Attribute("objectClass", []string{"group"})
	a.Attribute("member", members)
	require.NoError(b.t, b.Add(a))
	return dn
}

func (b *bench) user() string {
	b.n++
	return create(b.t, b.Conn, "bench"+strconv.Itoa(b.n))
}

func (b *bench) find(dn string, scope int, filter string, attrs []string, controls ...ldap.Control) (*ldap.SearchResult, error) {
	return b.Search(ldap.NewSearchRequest(dn, scope, ldap.NeverDerefAliases, 0, 0, false, filter, attrs, controls))
}

func (b *bench) count(dn, filter string, controls ...ldap.Control) int {
	res, err := b.find(dn, ldap.ScopeWholeSubtree, filter, []string{"name"}, controls...)
	require.NoError(b.t, err)
	return len(res.Entries)
}

func (b *bench) value(dn, name string, controls ...ldap.Control) string {
	res, err := b.find(dn, ldap.ScopeBaseObject, "(objectClass=*)", []string{name}, controls...)
	require.NoError(b.t, err)
	return res.Entries[0].GetAttributeValue(name)
}

func (b *bench) answers(oid, value string, filter string) *ldap.SearchResult {
	res, err := b.find(staff, ldap.ScopeSingleLevel, filter, []string{"name"}, ldap.NewControlString(oid, true, value))
	require.NoError(b.t, err)
	require.NotNil(b.t, ldap.FindControl(res.Controls, oid), "no response control %s", oid)
	return res
}

// withHints resets a password to what it is.
func (b *bench) withHints(oid string) {
	dn := b.user()
	m := ldap.NewModifyRequest(dn, []ldap.Control{ldap.NewControlString(oid, true, integers(1))})
	m.Replace("unicodePwd", []string{quoted("Looking-glass1")})
	assert.Error(b.t, b.Modify(m))
	require.NoError(b.t, reset(b.Conn, dn, "Looking-glass1", false))
}

func (b *bench) sorted(page ldap.Control) *ldap.SearchResult {
	controls := []ldap.Control{ldap.NewControlServerSideSortingWithSortKeys([]*ldap.SortKey{{AttributeType: "name"}})}
	if page != nil {
		controls = append(controls, page)
	}
	res, err := b.find(b.ou(3), ldap.ScopeSingleLevel, "(objectClass=*)", []string{"name"}, controls...)
	require.NoError(b.t, err)
	require.NotNil(b.t, ldap.FindControl(res.Controls, arc+"474"))
	return res
}

func (b *bench) binned() {
	m := ldap.NewModifyRequest("", nil)
	m.Replace("enableOptionalFeature", []string{"CN=Partitions,CN=Configuration," + base + ":766ddcd8-acd0-445e-f3b9-a7f9b6744f2a"})
	if err := b.Modify(m); err != nil {
		require.True(b.t, ldap.IsErrorWithCode(err, ldap.LDAPResultAttributeOrValueExists), "%v", err)
	}
}

func code(err error) int {
	var e *ldap.Error
	if errors.As(err, &e) {
		return int(e.ResultCode)
	}
	return 0
}

// effects shows what each of the others does.
var effects = map[string]func(*bench){
	arc + "319": func(b *bench) {
		res, err := b.find(b.ou(3), ldap.ScopeSingleLevel, "(objectClass=*)", nil, ldap.NewControlPaging(2))
		require.NoError(b.t, err)
		assert.Len(b.t, res.Entries, 2)
	},
	arc + "801": func(b *bench) {
		dn := b.ou(0)
		whole := b.value(dn, "nTSecurityDescriptor", ldap.NewControlString(arc+"801", true, integers(7)))
		assert.Less(b.t, len(b.value(dn, "nTSecurityDescriptor", ldap.NewControlString(arc+"801", true, integers(1)))), len(whole))
	},
	arc + "473": func(b *bench) { assert.Equal(b.t, "0", b.sorted(nil).Entries[0].GetAttributeValue("name")) },
	arc + "474": func(b *bench) { b.sorted(nil) },
	arc + "528": func(b *bench) {
		_, err := b.find(base, ldap.ScopeBaseObject, "(name=x)", nil, ldap.NewControlString(arc+"528", true, ""))
		assert.Equal(b.t, 53, code(err), "a filter that notification does not take")
	},
	arc + "417": func(b *bench) {
		dn := b.ou(0)
		require.NoError(b.t, b.Del(ldap.NewDelRequest(dn, nil)))
		filter := "(lastKnownParent=" + base + ")"
		assert.Zero(b.t, b.count(base, filter))
		assert.NotZero(b.t, b.count(base, filter, ldap.NewControlString(arc+"417", true, "")))
	},
	arc + "841": func(b *bench) {
		res, err := b.DirSync(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, 0, 0, 0, false, "(objectClass=*)", nil, nil), 0, 0, nil)
		require.NoError(b.t, err)
		assert.NotNil(b.t, ldap.FindControl(res.Controls, arc+"841"))
	},
	arc + "2090": func(b *bench) {
		value := integers(0, 0)
		value = "\x30" + string(rune(len(value))) + value[2:] + "\x04\x00"
		res, err := b.find(base, ldap.ScopeWholeSubtree, "(objectClass=*)", nil, ldap.NewControlString(arc+"2090", true, value))
		require.NoError(b.t, err)
		assert.NotNil(b.t, ldap.FindControl(res.Controls, arc+"2090"))
	},
	arc + "529": func(b *bench) {
		res, err := b.find(base, ldap.ScopeBaseObject, "(objectClass=*)", nil, ldap.NewControlString(arc+"529", true, ""))
		require.NoError(b.t, err)
		assert.True(b.t, strings.HasPrefix(res.Entries[0].DN, "<GUID="), res.Entries[0].DN)
	},
	arc + "805": func(b *bench) {
		dn := b.ou(3)
		assert.Equal(b.t, 66, code(b.Del(ldap.NewDelRequest(dn, nil))))
		require.NoError(b.t, b.Del(ldap.NewDelRequest(dn, []ldap.Control{ldap.NewControlString(arc+"805", true, "")})))
	},
	arc + "2204": func(b *bench) {
		dn := b.ou(3)
		few := ldap.NewDelRequest(dn, []ldap.Control{ldap.NewControlString(arc+"2204", true, integers(2))})
		assert.Equal(b.t, 11, code(b.Del(few)), "four objects, two at a time")
		assert.Equal(b.t, 2, b.count(dn, "(objectClass=*)"))
		require.NoError(b.t, b.Del(few))
	},
	arc + "970": func(b *bench) {
		res := b.answers(arc+"970", "", "(sAMAccountName=Administrator)")
		assert.Len(b.t, res.Entries, 1)
		assert.Contains(b.t, ldap.FindControl(res.Controls, arc+"970").String(), "sAMAccountName=Administrator")
		assert.Empty(b.t, b.answers(arc+"970", "\x02\x00\x00\x00", "(sAMAccountName=Administrator)").Entries, "figures alone")
	},
	arc + "1339": func(b *bench) { b.noReferrals(ldap.NewControlString(arc+"1339", true, "")) },
	arc + "1340": func(b *bench) { b.noReferrals(ldap.NewControlString(arc+"1340", true, integers(1))) },
	arc + "1413": func(b *bench) {
		m := ldap.NewModifyRequest(b.ou(0), nil)
		m.Delete("description", nil)
		require.Error(b.t, b.Modify(m))
		m.Controls = []ldap.Control{ldap.NewControlString(arc+"1413", true, "")}
		assert.NoError(b.t, b.Modify(m))
	},
	"2.16.840.1.113730.3.4.9":  view,
	"2.16.840.1.113730.3.4.10": view,
	arc + "1504": func(b *bench) {
		member := b.user()
		value := ber.NewSequence("")
		value.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "member", ""))
		res, err := b.find(b.group(member), ldap.ScopeBaseObject, "(objectClass=*)", nil, ldap.NewControlString(arc+"1504", true, string(value.Bytes())))
		require.NoError(b.t, err)
		assert.Equal(b.t, member, res.Entries[0].DN)
	},
	arc + "1948": func(b *bench) {
		dn := b.group(b.user())
		_, err := b.find(dn, ldap.ScopeBaseObject, "(objectClass=*)", []string{"member;range=9-*"})
		require.Error(b.t, err)
		_, err = b.find(dn, ldap.ScopeBaseObject, "(objectClass=*)", []string{"member;range=9-*"}, ldap.NewControlString(arc+"1948", true, ""))
		assert.NoError(b.t, err)
	},
	arc + "1974": func(b *bench) {
		dn := b.ou(0)
		m := ldap.NewModifyRequest(dn, nil)
		m.Replace("description", []string{"same"})
		require.NoError(b.t, b.Modify(m))
		was := b.value(dn, "uSNChanged")
		require.NoError(b.t, b.Modify(m))
		assert.Equal(b.t, was, b.value(dn, "uSNChanged"), "nothing changed")
		m.Controls = []ldap.Control{ldap.NewControlString(arc+"1974", true, "")}
		require.NoError(b.t, b.Modify(m))
		assert.NotEqual(b.t, was, b.value(dn, "uSNChanged"))
		res, err := b.find(dn, ldap.ScopeBaseObject, "(objectClass=*)", []string{"msDS-ReplAttributeMetaData"})
		require.NoError(b.t, err)
		assert.Contains(b.t, strings.Join(res.Entries[0].GetAttributeValues("msDS-ReplAttributeMetaData"), ""), "<pszAttributeName>description</pszAttributeName>\n\t<dwVersion>2<")
	},
	arc + "2064": func(b *bench) {
		dn := b.ou(0)
		id := b.value(dn, "name")
		require.NoError(b.t, b.Del(ldap.NewDelRequest(dn, nil)))
		b.binned() // a tombstone is a recycled object from now on
		deleted, recycled := ldap.NewControlString(arc+"417", true, ""), ldap.NewControlString(arc+"2064", true, "")
		assert.Zero(b.t, b.count(base, "(name="+id+"*)", deleted))
		assert.Equal(b.t, 1, b.count(base, "(name="+id+"*)", recycled))
	},
	arc + "2065": func(b *bench) {
		b.binned()
		member := b.user()
		dn := b.group(member)
		require.NoError(b.t, b.Del(ldap.NewDelRequest(member, nil)))
		assert.Empty(b.t, b.value(dn, "member"))
		assert.NotEmpty(b.t, b.value(dn, "member", ldap.NewControlString(arc+"2065", true, ""), ldap.NewControlString(arc+"417", true, "")))
	},
	arc + "2066": func(b *bench) { b.withHints(arc + "2066") },
	arc + "2239": func(b *bench) { b.withHints(arc + "2239") },
	arc + "2205": func(b *bench) { b.answers(arc+"2205", "", "(objectClass=*)") },
	arc + "2211": func(b *bench) {
		dn := b.ou(3)
		for text, want := range map[string]int{integers(1, 4): 0, integers(4, 4): 0, integers(5, 9): 19, integers(0, 3): 19} {
			res, err := b.find(dn, ldap.ScopeWholeSubtree, "(objectClass=*)", nil, ldap.NewControlString(arc+"2211", true, text))
			assert.Equal(b.t, want, code(err))
			assert.Equal(b.t, want != 0, res == nil || len(res.Entries) == 0)
		}
	},
	arc + "2026": func(b *bench) {
		dn := "CN=RODC," + staff
		a := ldap.NewAddRequest(dn, nil)
		a.Attribute("objectClass", []string{"computer"})
		a.Attribute("sAMAccountName", []string{"RODC$"})
		a.Attribute("userAccountControl", []string{"83890176"}) // a workstation's type, TRUSTED_TO_AUTH_FOR_DELEGATION, PARTIAL_SECRETS_ACCOUNT
		user := b.user()
		a.Attribute("msDS-RevealOnDemandGroup", []string{user})
		require.NoError(b.t, b.Add(a))
		const name = "msDS-IsUserCachableAtRodc"
		input := string(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, user, "").Bytes())
		seq := "\x30" + string(rune(len(input))) + input
		assert.Equal(b.t, "1", b.value(dn, name, ldap.NewControlString(arc+"2026", true, seq)), "the account that the control names")
		assert.Equal(b.t, "0", b.value(dn, name), "the caller")
		assert.Empty(b.t, b.value(user, name, ldap.NewControlString(arc+"2026", true, seq)), "no domain controller")
	},
	arc + "2255": func(b *bench) {
		owner := b.user()
		dn := "OU=owned," + base
		sid := b.value(owner, "objectSid")
		a := ldap.NewAddRequest(dn, []ldap.Control{ldap.NewControlString(arc+"2255", true, sid)})
		a.Attribute("objectClass", []string{"organizationalUnit"})
		require.NoError(b.t, b.Add(a))
		assert.Contains(b.t, b.value(dn, "nTSecurityDescriptor", ldap.NewControlString(arc+"801", true, integers(1))), sid)
	},
}

func view(b *bench) {
	value := ber.NewSequence("")
	for _, n := range []int64{0, 1} {
		value.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, n, ""))
	}
	at := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
	for _, n := range []int64{2, 0} {
		at.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, n, ""))
	}
	value.AppendChild(at)
	res := b.sorted(ldap.NewControlString("2.16.840.1.113730.3.4.9", true, string(value.Bytes())))
	assert.Equal(b.t, "1", res.Entries[0].GetAttributeValue("name"))
	assert.NotNil(b.t, ldap.FindControl(res.Controls, "2.16.840.1.113730.3.4.10"))
}

func (b *bench) noReferrals(c ldap.Control) {
	plain, err := b.find(base, ldap.ScopeWholeSubtree, "(name=nobody)", nil)
	require.NoError(b.t, err)
	require.NotEmpty(b.t, plain.Referrals)
	res, err := b.find(base, ldap.ScopeWholeSubtree, "(name=nobody)", nil, c)
	require.NoError(b.t, err)
	assert.Empty(b.t, res.Referrals)
}

func TestEveryAnnouncedControlHasAnEffectOrAReasonForNone(t *testing.T) {
	_, secure := domain(t)
	c := secure()
	require.NoError(t, c.Bind(administrator, password))
	root, err := c.Search(search(""))
	require.NoError(t, err)
	announced := root.Entries[0].GetAttributeValues("supportedControl")
	require.NotEmpty(t, announced)
	seen := map[string]bool{}
	for _, oid := range announced {
		if seen[oid] = true; withoutEffect[oid] != "" {
			assert.Nil(t, effects[oid], "%s has an effect: strike its reason", oid)
			continue
		}
		effect := effects[oid]
		if !assert.NotNil(t, effect, "%s is announced: show what it does, or say why nothing", oid) {
			continue
		}
		t.Run(oid, func(t *testing.T) {
			_, secure := domain(t)
			b := &bench{t: t, Conn: secure()}
			require.NoError(t, b.Bind(administrator, password))
			effect(b)
		})
	}
	for oid := range withoutEffect {
		assert.True(t, seen[oid], "%s is not announced", oid)
	}
}
