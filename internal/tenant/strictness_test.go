package tenant_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/tenant"
)

// lean is a seed with one of everything, to be broken line by line.
const lean = `tenant:
  tenantName: Fabrikam
  initialDomain: fabrikam.onmicrosoft.example
  reset: {scope: selected, groupId: Everyone, questions: {toRegister: 3, toReset: 3, predefined: [first_pet, dream_job, first_school]}}
groups:
  - {name: Everyone, members: [ann@fabrikam.onmicrosoft.example]}
users:
  - userPrincipalName: ann@fabrikam.onmicrosoft.example
    password: Rabbit-hole7
    passwordAge: 2d
    licences: [AAD_PREMIUM]
    roles: [Helpdesk Administrator]
    methods:
      authenticationPhone: +1 4255550101
      apps: [{kind: softwareOath, secret: JBSWY3DPEHPK3PXPJBSWY3DP}]
      questions: [{question: first_pet, answer: Biscuit}]
    onPremises: {ou: Staff, groups: [Crew]}
domains:
  - dnsName: ad.fabrikam.example
    netbios: FABRIKAM
    policy: {minimumAge: 1d}
    ous: [{path: Staff}]
    groups: [{name: Crew, members: [ann]}]
    serviceAccounts:
      - {name: svc-sync, password: Rabbit-hole8, grants: [{rights: [writeback], on: Staff}]}
    passwordSettings: [{name: Long, precedence: 1, minimumLength: 16, appliesTo: [Crew]}]
agents:
  - {name: SYNC1, kind: connect-sync, domain: FABRIKAM, serviceAccount: svc-sync}
workstations:
  - {name: PC1, cachedUsers: [ann]}
mailboxes:
  - {address: ann@home.example, owner: ann@fabrikam.onmicrosoft.example}
`

func TestEachMistakeInASeedIsToldWithItsLine(t *testing.T) {
	_, err := tenant.ParseSeed([]byte(lean))
	require.NoError(t, err, "the seed that is broken below")

	for name, c := range map[string]struct{ old, new, want string }{
		"unknown key":              {"password: R", "pasword: R", `line 9: users[0].pasword: unknown key "pasword": the keys here are`},
		"unknown setting":          {"groupId:", "group:", `line 4: tenant.reset.group: unknown key "group"`},
		"no tenant name":           {"  tenantName: Fabrikam\n", "", `tenant.tenantName: is missing: give the organisation a name`},
		"tenant of two lines":      {"tenantName: Fabrikam", `tenantName: "Fabri\nkam"`, `line 2: tenant.tenantName: holds U+000A, a line break`},
		"name with a bell":         {"    password: R", "    displayName: \"Ann\\a\"\n    password: R", `line 9: users[0].displayName: holds U+0007, a line break, control character`},
		"given name of two lines":  {"    password: R", "    givenName: \"An\\u2028n\"\n    password: R", `line 9: users[0].givenName: holds U+2028`},
		"bad domain name":          {"initialDomain: fabrikam.onmicrosoft.example", "initialDomain: fabrikam_corp", `line 3: tenant.initialDomain: "fabrikam_corp" is no DNS name`},
		"scope without a group":    {"groupId: Everyone", "groupId: Nobody", `line 4: tenant.reset.groupId: "Nobody" is no group of this file`},
		"bad GUID":                 {"  - {name: Everyone,", "  - {name: Everyone, id: 12,", `line 6: groups[0].id: must be text, not a number: put it in quotes`},
		"bad GUID text":            {"  - {name: Everyone,", "  - {name: Everyone, id: x,", `line 6: groups[0].id: "x" is no GUID`},
		"unknown member":           {"members: [ann@", "members: [zoe@", `line 6: groups[0].members[0]: "zoe@fabrikam.onmicrosoft.example" is neither a user nor a group`},
		"foreign domain":           {"userPrincipalName: ann@fabrikam.onmicrosoft.example", "userPrincipalName: ann@other.example", `line 8: users[0].userPrincipalName: "ann@other.example" is in a domain that the tenant does not have: use one of fabrikam.onmicrosoft.example`},
		"full stop before the @":   {"userPrincipalName: ann@", "userPrincipalName: ann.@", `line 8: users[0].userPrincipalName: "ann.@fabrikam.onmicrosoft.example": no period may stand directly before @; remove it`},
		"name too long":            {"userPrincipalName: ann@", "userPrincipalName: " + strings.Repeat("n", 65) + "@", `line 8: users[0].userPrincipalName: 65 characters before @, at most 64 allowed`},
		"space in a name":          {"userPrincipalName: ann@", "userPrincipalName: an n@", `line 8: users[0].userPrincipalName: "an n@fabrikam.onmicrosoft.example": character ' ' is not allowed; use letters`},
		"unknown role":             {"Helpdesk Administrator", "Helpdesk Wizard", `line 12: users[0].roles[0]: "Helpdesk Wizard" is no role`},
		"unknown licence":          {"[AAD_PREMIUM]", "[P1]", `line 11: users[0].licences[0]: "P1" is no licence: write an ID or one of AAD_PREMIUM,`},
		"negative age":             {"passwordAge: 2d", "passwordAge: -2d", `line 10: users[0].passwordAge: is -2d: write how long ago`},
		"bad phone":                {"+1 4255550101", "14255550101x", `line 14: users[0].methods.authenticationPhone: "14255550101x" is no phone number: write "+CC NUMBER"`},
		"bad secret":               {"secret: JBSWY3DPEHPK3PXPJBSWY3DP", "secret: not-base-32", `line 15: users[0].methods.apps[0]: has a secret that is not base32`},
		"push to a plain app":      {"kind: softwareOath,", "kind: softwareOath, push: true,", `line 15: users[0].methods.apps[0].push: is true for a softwareOath`},
		"short answer":             {"answer: Biscuit", "answer: B", `line 16: users[0].methods.questions[0]: an answer needs at least 3 characters`},
		"question not offered":     {"question: first_pet, answer", "question: first_car, answer", `line 16: users[0].methods.questions[0]: the question is not offered`},
		"cloud and on-premises":    {"    password: R", "    hosting: cloud\n    password: R", `line 9: users[0].hosting: is "cloud", and onPremises is given: leave one of them out`},
		"hosting without account":  {"    onPremises: {ou: Staff, groups: [Crew]}", "    hosting: federated", `line 17: users[0].hosting: is "federated", and onPremises is missing`},
		"unknown unit":             {"onPremises: {ou: Staff", "onPremises: {ou: Stuff", `line 17: users[0].onPremises.ou: "Stuff" is no organizational unit of ad.fabrikam.example`},
		"unknown AD group":         {"groups: [Crew]}", "groups: [Crow]}", `line 17: users[0].onPremises.groups[0]: "Crow" is no group of ad.fabrikam.example`},
		"unknown AD domain":        {"onPremises: {", "onPremises: {domain: NOWHERE, ", `line 17: users[0].onPremises.domain: "NOWHERE" is no domain of this file`},
		"long account name":        {"onPremises: {", "onPremises: {samAccountName: abcdefghijklmnopqrstu, ", `line 17: users[0].onPremises.samAccountName: "abcdefghijklmnopqrstu" is too long: at most 20 characters`},
		"name taken":               {"onPremises: {", "onPremises: {samAccountName: SVC-sync, ", `line 17: users[0].onPremises.samAccountName: "SVC-sync" is the name of domains[0].serviceAccounts[0].name already`},
		"two of one name":          {"    ous:", "    accounts: [{samAccountName: x, displayName: ann, ou: Staff, password: Rabbit-hole9}]\n    ous:", `users[0].onPremises: "ann" is the common name of domains[0].accounts[0] too, in the same container`},
		"long NetBIOS name":        {"netbios: FABRIKAM", "netbios: FABRIKAM-INDUSTRIES", `line 20: domains[0].netbios: "FABRIKAM-INDUSTRIES" is no NetBIOS name: use 1 to 15`},
		"unknown dialect":          {"    netbios", "    dialect: novell\n    netbios", `line 20: domains[0].dialect: "novell" is not known: use one of "windows-2016", "windows-2022", "samba"`},
		"minimum above maximum":    {"minimumAge: 1d", "minimumAge: 43d", `line 21: domains[0].policy.minimumAge: is 43d, not shorter than the maximum age of 42d`},
		"window above duration":    {"minimumAge: 1d", "lockoutWindow: 1h", `line 21: domains[0].policy.lockoutWindow: is 1h, longer than the lockout duration of 30m`},
		"history out of range":     {"minimumAge: 1d", "history: 1025", `line 21: domains[0].policy.history: is 1025: use 0 to 1024`},
		"unit without its parent":  {"{path: Staff}", "{path: Staff}, {path: Labs/Cold}", `line 22: domains[0].ous[1].path: "Labs/Cold" lies in "Labs", which is not listed before it`},
		"unknown right":            {"[writeback]", "[fullControl]", `line 25: domains[0].serviceAccounts[0].grants[0].rights[0]: "fullControl" is not known: use one of "writeback"`},
		"precedence nought":        {"precedence: 1", "precedence: 0", `line 26: domains[0].passwordSettings[0].precedence: is 0: use 1 or more`},
		"policy for nobody known":  {"appliesTo: [Crew]", "appliesTo: [Kru]", `line 26: domains[0].passwordSettings[0].appliesTo[0]: "Kru" is no account or group`},
		"agent of no domain":       {"domain: FABRIKAM", "domain: OTHER", `line 28: agents[0].domain: "OTHER" is no domain of this file`},
		"agent at no controller":   {"serviceAccount: svc-sync", "serviceAccount: svc-sync, controller: DC2", `line 28: agents[0].controller: "DC2" is no domain controller of ad.fabrikam.example`},
		"PC at no controller":      {"name: PC1", "name: PC1, controller: DC2", `line 30: workstations[0].controller: "DC2" is no domain controller of ad.fabrikam.example`},
		"read-only PDC":            {"netbios: FABRIKAM", "netbios: FABRIKAM\n    controllers: [{name: A, readOnly: true}]", `line 21: domains[0].controllers[0].readOnly: A is the first of ad.fabrikam.example, its PDC emulator, and cannot be read-only`},
		"listener by flag":         {"netbios: FABRIKAM", "netbios: FABRIKAM\n    controllers: [{name: A, ldapListen: '127.0.0.1:1389'}]", `line 21: domains[0].controllers[0].ldapListen: the first domain controller of the first domain is served where --ldap-listen`},
		"listener nowhere":         {"netbios: FABRIKAM", "netbios: FABRIKAM\n    controllers: [{name: A}, {name: B, ldapsListen: '1636'}]", `line 21: domains[0].controllers[1].ldapsListen: "1636" is no HOST:PORT`},
		"catalogue nowhere":        {"netbios: FABRIKAM", "netbios: FABRIKAM\n    controllers: [{name: A}, {name: B, gcsListen: '3269'}]", `line 21: domains[0].controllers[1].gcsListen: "3269" is no HOST:PORT`},
		"negative latency":         {"netbios: FABRIKAM", "netbios: FABRIKAM\n    settings: {replication: {first: -1s}}", `line 21: domains[0].settings.replication.first: is -1s: write a duration from 0s`},
		"log of an odd size":       {"netbios: FABRIKAM", "netbios: FABRIKAM\n    settings: {securityLogMaximumKB: 100}", `line 21: domains[0].settings.securityLogMaximumKB: is 100: write a multiple of 64, up to 4194240`},
		"sweep that never comes":   {"netbios: FABRIKAM", "netbios: FABRIKAM\n    settings: {adminSDProtectFrequency: 0s}", `line 21: domains[0].settings.adminSDProtectFrequency: is 0s: write a duration from 1m to 2h`},
		"agent as nobody":          {"serviceAccount: svc-sync", "serviceAccount: svc", `line 28: agents[0].serviceAccount: "svc" is no service account of ad.fabrikam.example`},
		"agent without a kind":     {"kind: connect-sync, ", "", `line 28: agents[0].kind: is missing`},
		"workstation of strangers": {"cachedUsers: [ann]", "cachedUsers: [zoe]", `line 30: workstations[0].cachedUsers[0]: "zoe" has no account in ad.fabrikam.example`},
		"bad mailbox":              {"address: ann@home.example", "address: ann", `line 32: mailboxes[0].address: "ann" is no e-mail address`},
		"not YAML":                 {"groups:\n", "groups: [\n", "line "},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, lean, c.old)
			_, err := tenant.ParseSeed([]byte(strings.Replace(lean, c.old, c.new, 1)))
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	bad := strings.NewReplacer("+1 4255550101", "'0425'", "netbios: FABRIKAM", "netbios: F.", "[AAD_PREMIUM]", "[P1]").Replace(lean)
	_, err := tenant.ParseSeed([]byte(bad))
	var problems tenant.Problems
	require.ErrorAs(t, err, &problems)
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	assert.Equal(t, []int{11, 14, 20, 28}, lines, "in the order of the file; line 28 names the domain")
}

func TestNoMistakeRepeatsAPassword(t *testing.T) {
	for _, swap := range [][2]string{{"password: Rabbit-hole7", "password: [Rabbit-hole7]"}, {"answer: Biscuit", "answer: {a: Biscuit}"}, {"secret: JBSWY3DPEHPK3PXPJBSWY3DP", "secret: Rabbit-hole7"}} {
		_, err := tenant.ParseSeed([]byte(strings.Replace(lean, swap[0], swap[1], 1)))
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "Rabbit")
		assert.NotContains(t, err.Error(), "Biscuit")
	}
}

func FuzzParseSeedNeverPanics(f *testing.F) {
	f.Add(lean)
	f.Add("tenant: {tenantName: A, initialDomain: a.example}\nusers: [{userPrincipalName: a@a.example, onPremises: {}}]")
	f.Add("tenant: {}\ndomains: [{dnsName: a, netbios: a, controllers: [{name: ''}]}]")
	f.Add("tenant: null\nusers: null\ngroups: [null]")
	f.Fuzz(func(t *testing.T, text string) {
		if seed, err := tenant.ParseSeed([]byte(text)); err == nil {
			build(t, seed)
		}
	})
}
