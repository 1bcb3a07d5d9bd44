package directory_test

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/secret"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const (
	base      = "DC=corp,DC=example"
	staff     = "OU=Staff," + base
	adminPass = "Adm1nistrator!"
	firstPass = "First-Secret1"
)

// A tester is a test, a benchmark or a property.
type tester interface {
	require.TestingT
	Helper()
	Fatal(args ...any)
}

// A lab is one domain with a clock, as tests of this package use it.
type lab struct {
	t      tester
	forest *directory.Forest
	domain *directory.Domain
	dc     *directory.DC
	now    time.Time
	events []directory.SecurityEvent
	muted  bool
}

func newLab(t tester, dialect directory.Dialect) *lab {
	l := &lab{t: t, now: start}
	f, err := directory.NewForest(directory.ForestConfig{
		Flavour: directory.Flavour{Dialect: dialect}, Now: start, Rand: chance.New(1).Stream("directory"),
		Domains: []directory.DomainConfig{{DNSName: "corp.example", NetBIOS: "CORP", Password: adminPass}},
		OnEvent: func(e directory.SecurityEvent) {
			if !l.muted {
				l.events = append(l.events, e)
			}
		},
	})
	require.NoError(t, err)
	l.forest, l.domain = f, f.Domains()[0]
	l.dc = l.domain.DCs()[0]
	require.NoError(t, l.domain.AddOU(l.now, staff))
	return l
}

func (l *lab) user(name string) string {
	l.t.Helper()
	dn, err := l.domain.AddUser(l.now, directory.UserSpec{
		Name: name, SAMAccountName: strings.ToLower(strings.ReplaceAll(name, " ", "")), Parent: staff,
		Password: secret.New(firstPass), PasswordAge: 48 * time.Hour, DisplayName: name,
	})
	require.NoError(l.t, err)
	return dn
}

func (l *lab) request(c directory.Caller) directory.Request {
	return directory.Request{Now: l.now, Caller: c, Channel: directory.Channel{Encrypted: true, URLScheme: "ldaps", RemoteAddr: "192.0.2.7:50000"}}
}

func (l *lab) bind(name, password string) (directory.Caller, directory.Result) {
	return l.dc.Bind(context.Background(), l.request(directory.Caller{}), directory.BindRequest{Version: 3, Name: name, Password: secret.New(password)})
}

func (l *lab) as(name, password string) directory.Caller {
	l.t.Helper()
	c, res := l.bind(name, password)
	require.Equal(l.t, directory.Success, res.Code, res.Diagnostic)
	return c
}

func (l *lab) admin() directory.Caller { return l.as(`CORP\Administrator`, adminPass) }

func quoted(password string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(`"` + password + `"`)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

func change(kind directory.ChangeKind, name string, values ...string) directory.ModifyChange {
	c := directory.ModifyChange{Kind: kind, Name: name}
	for _, v := range values {
		c.Values = append(c.Values, []byte(v))
	}
	return c
}

func (l *lab) modify(c directory.Caller, dn string, changes ...directory.ModifyChange) directory.Result {
	return l.dc.Modify(context.Background(), l.request(c), directory.ModifyRequest{DN: dn, Changes: changes})
}

func (l *lab) reset(c directory.Caller, dn, password string) directory.Result {
	return l.modify(c, dn, change(directory.ReplaceValues, "unicodePwd", string(quoted(password))))
}

func (l *lab) changePassword(c directory.Caller, dn, old, password string) directory.Result {
	return l.modify(c, dn, change(directory.DeleteValues, "unicodePwd", string(quoted(old))), change(directory.AddValues, "unicodePwd", string(quoted(password))))
}

type sink struct {
	entries []directory.Entry
	refs    []string
}

func (s *sink) Entry(e directory.Entry) error { s.entries = append(s.entries, e.Clone()); return nil }

func (s *sink) Reference(urls ...string) error {
	s.refs = append(s.refs, urls...)
	return nil
}

func (s *sink) dns() []string {
	var out []string
	for _, e := range s.entries {
		out = append(out, e.DN)
	}
	return out
}

func (l *lab) search(r directory.Request, base string, scope directory.Scope, filter string, attrs ...string) (*sink, directory.Result) {
	l.t.Helper()
	f, err := directory.ParseFilter(filter)
	require.NoError(l.t, err)
	s := &sink{}
	res := l.dc.Search(context.Background(), r, directory.SearchRequest{Base: base, Scope: scope, Filter: f, Attributes: attrs}, &directory.Cursors{}, s)
	return s, res
}

// values reads one attribute of one object as the caller sees it; nil when it
// is not there.
func (l *lab) values(c directory.Caller, dn, name string) []string {
	l.t.Helper()
	s, res := l.search(l.request(c), dn, directory.BaseObject, "(objectClass=*)", name)
	require.Equal(l.t, directory.Success, res.Code, res.Diagnostic)
	require.Len(l.t, s.entries, 1)
	var out []string
	for _, a := range s.entries[0].Attributes {
		for _, v := range a.Values {
			out = append(out, string(v))
		}
	}
	return out
}

func (l *lab) value(dn, name string) string {
	l.t.Helper()
	v := l.values(directory.System(), dn, name)
	if len(v) == 0 {
		return ""
	}
	return v[0]
}

func TestTheFirstReset(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	svc, err := l.domain.AddUser(l.now, directory.UserSpec{SAMAccountName: "svc-writeback", Password: secret.New("Svc-Secret-1")})
	require.NoError(t, err)
	o, ok := l.dc.Lookup(l.now, "svc-writeback")
	require.True(t, ok)

	c := l.as(svc, "Svc-Secret-1")
	res := l.reset(c, anna, "N3w!Passw0rd")
	assert.Equal(t, directory.InsufficientAccessRights, res.Code)
	assert.Equal(t, "00000005: SecErr: DSID-031A1190, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0\n\x00", res.Diagnostic)

	require.NoError(t, l.domain.Grant(l.now, base, security.WritebackGrant(o.SID)...))
	res = l.reset(c, anna, "N3w!Passw0rd")
	require.Equal(t, directory.Success, res.Code, res.Diagnostic)
	l.as("annalong@corp.example", "N3w!Passw0rd")
	l.as(`CORP\annalong`, "N3w!Passw0rd")
	_, res = l.bind(anna, "wrong")
	assert.Equal(t, directory.InvalidCredentials, res.Code)
	assert.Equal(t, "80090308: LdapErr: DSID-0C090434, comment: AcceptSecurityContext error, data 52e, v4f7c\x00", res.Diagnostic)

	s, res := l.search(l.request(c), base, directory.WholeSubtree, "(&(objectCategory=person)(sAMAccountName=AnnaLong))", "displayName", "pwdLastSet", "memberOf", "unicodePwd")
	require.Equal(t, directory.Success, res.Code, res.Diagnostic)
	require.Len(t, s.entries, 1)
	assert.Equal(t, anna, s.entries[0].DN)
	assert.Len(t, s.entries[0].Attributes, 2)
}
