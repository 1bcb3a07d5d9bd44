package e2e

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory/security"
)

const (
	survivalWriters = 6
	survivalKills   = 3
	survivalBase    = "DC=corp,DC=northlight,DC=example"
	showDeleted     = "1.2.840.113556.1.4.417"
	sdFlags         = "1.2.840.113556.1.4.801"
)

// Someone is what a writer knows of an account that it made.
type someone struct {
	cn       string
	home     string // the OU; "" after a delete
	title    string
	password int
	must     bool    // change the password at the next logon
	wrong    int     // badPwdCount
	locked   bool    // lockoutTime is set
	groups   [2]bool // memberOf
}

// A plot is what a writer has made of its part of the directory.
type plot struct {
	people map[string]someone // by account name
	length int                // of passwords, in its fine-grained policy
	grants int                // inheritable entries on its OU
}

// A deed is one request of a writer, and what it makes of the plot.
type deed struct {
	what  string
	name  string // of the account
	do    func(g *gardener) error
	after plot
}

// locks reports whether the last of several wrong passwords is given.
func (d *deed) locks() bool {
	return d.after.people[d.name].locked && strings.HasPrefix(d.what, "wrong")
}

// bare is what a search can tell of a plot: no passwords, and of the deleted
// only that they are.
func (p plot) bare() plot {
	out := p
	out.people = map[string]someone{}
	for name, who := range p.people {
		who.password = 0
		if who.home == "" {
			who = someone{cn: who.cn, title: who.title, must: who.must}
		}
		out.people[name] = who
	}
	return out
}

// A gardener writes to one plot, and remembers what was acknowledged.
type gardener struct {
	number int
	made   int // accounts and passwords so far
	now    plot
	begun  *deed // was asked and not answered
	conn   *ldap.Conn
	second *ldap.Conn // for wrong passwords
}

func (g *gardener) ou() string { return fmt.Sprintf("OU=Plot %d,OU=Staff,%s", g.number, survivalBase) }

func (g *gardener) group(n int) string {
	return fmt.Sprintf("CN=Group %d of %d,%s", n, g.number, g.ou())
}

func (g *gardener) policy() string {
	return fmt.Sprintf("CN=Plot %d,CN=Password Settings Container,CN=System,%s", g.number, survivalBase)
}

func (g *gardener) dn(p someone) string { return "CN=" + p.cn + ",OU=" + p.home + "," + g.ou() }

func survivalPassword(n int) string { return fmt.Sprintf("Kept-for-good-%d", n) }

func quotedPassword(n int) string {
	b, _ := base64.StdEncoding.DecodeString(unicodePwd(survivalPassword(n)))
	return string(b)
}

// prepare makes what the writer works with: OUs, groups, and a fine-grained
// policy that locks the members of the first group after three wrong passwords.
func (g *gardener) prepare(t *testing.T, conn *ldap.Conn) {
	t.Helper()
	add := func(dn string, attrs map[string]string) {
		r := ldap.NewAddRequest(dn, nil)
		for name, value := range attrs {
			r.Attribute(name, []string{value})
		}
		require.NoError(t, conn.Add(r), dn)
	}
	add(g.ou(), map[string]string{"objectClass": "organizationalUnit"})
	add("OU=A,"+g.ou(), map[string]string{"objectClass": "organizationalUnit"})
	add("OU=B,"+g.ou(), map[string]string{"objectClass": "organizationalUnit"})
	for n := range 2 {
		add(g.group(n), map[string]string{"objectClass": "group", "sAMAccountName": fmt.Sprintf("plot%dg%d", g.number, n)})
	}
	add(g.policy(), map[string]string{
		"objectClass": "msDS-PasswordSettings", "msDS-PasswordSettingsPrecedence": strconv.Itoa(10 + g.number), "msDS-PasswordReversibleEncryptionEnabled": "FALSE",
		"msDS-PasswordHistoryLength": "0", "msDS-PasswordComplexityEnabled": "TRUE", "msDS-MinimumPasswordLength": "7", "msDS-MinimumPasswordAge": "0",
		"msDS-MaximumPasswordAge": "-36288000000000", "msDS-LockoutThreshold": "3", "msDS-LockoutObservationWindow": "-18000000000", "msDS-LockoutDuration": "-18000000000",
		"msDS-PSOAppliesTo": g.group(0),
	})
	g.now = plot{people: map[string]someone{}, length: 7}
}

// next draws something to do.
func (g *gardener) next(r *rand.Rand) deed {
	var alive, gone []string
	for _, name := range slices.Sorted(maps.Keys(g.now.people)) {
		if g.now.people[name].home == "" {
			gone = append(gone, name)
		} else {
			alive = append(alive, name)
		}
	}
	g.made++
	switch {
	case len(alive) < 3:
		return g.add()
	case len(gone) > 0 && r.IntN(6) == 0:
		return g.undelete(gone[r.IntN(len(gone))], "AB"[r.IntN(2):][:1])
	}
	name := alive[r.IntN(len(alive))]
	p := g.now.people[name]
	switch r.IntN(12) {
	case 0:
		return g.add()
	case 1:
		return g.remove(name)
	case 2, 3:
		p.cn = fmt.Sprintf("Known as %s %d", name, g.made)
		return g.rename(name, p)
	case 4:
		p.home = map[string]string{"A": "B", "B": "A"}[p.home]
		return g.rename(name, p)
	case 5, 6:
		return g.join(name, r.IntN(2))
	case 7:
		p.title = fmt.Sprintf("Title %d", g.made)
		return g.modify(name, p, "title", p.title)
	case 8:
		if p.must = !p.must; p.must {
			return g.modify(name, p, "pwdLastSet", "0")
		}
		return g.modify(name, p, "pwdLastSet", "-1")
	case 9:
		p.password, p.must, p.title = g.made, false, fmt.Sprintf("Title %d", g.made)
		return g.modify(name, p, "unicodePwd", quotedPassword(p.password), "title", p.title)
	case 10:
		return g.guess(name)
	default:
		if r.IntN(2) == 0 {
			return g.tighten()
		}
		return g.grant()
	}
}

func (g *gardener) with(name string, p someone) plot {
	after := g.now
	after.people = maps.Clone(after.people)
	after.people[name] = p
	return after
}

func (g *gardener) add() deed {
	name := fmt.Sprintf("plot%dp%d", g.number, g.made)
	p := someone{cn: name, home: "A", password: g.made}
	return deed{"add " + name, name, func(g *gardener) error {
		r := ldap.NewAddRequest(g.dn(p), nil)
		for attr, value := range map[string]string{
			"objectClass": "user", "sAMAccountName": name, "employeeNumber": strconv.Itoa(g.number), "userAccountControl": "512", "unicodePwd": quotedPassword(p.password),
		} {
			r.Attribute(attr, []string{value})
		}
		return g.conn.Add(r)
	}, g.with(name, p)}
}

func (g *gardener) remove(name string) deed {
	p := g.now.people[name]
	dn := g.dn(p)
	p.home = ""
	return deed{"delete " + dn, name, func(g *gardener) error { return g.conn.Del(ldap.NewDelRequest(dn, nil)) }, g.with(name, p)}
}

func (g *gardener) undelete(name, home string) deed {
	p := g.now.people[name]
	p.home = home
	return deed{"undelete " + name, name, func(g *gardener) error {
		found, err := g.conn.Search(ldap.NewSearchRequest(survivalBase, ldap.ScopeWholeSubtree, 0, 0, 0, false, "(&(isDeleted=TRUE)(sAMAccountName="+name+"))",
			[]string{"1.1"}, []ldap.Control{ldap.NewControlString(showDeleted, true, "")}))
		if err != nil || len(found.Entries) != 1 {
			return fmt.Errorf("%s is not among the deleted: %w", name, err)
		}
		m := ldap.NewModifyRequest(found.Entries[0].DN, []ldap.Control{ldap.NewControlString(showDeleted, true, "")})
		m.Delete("isDeleted", nil)
		m.Replace("distinguishedName", []string{g.dn(p)})
		return g.conn.Modify(m)
	}, g.with(name, p)}
}

func (g *gardener) rename(name string, to someone) deed {
	from := g.now.people[name]
	return deed{"rename " + g.dn(from), name, func(g *gardener) error {
		return g.conn.ModifyDN(ldap.NewModifyDNRequest(g.dn(from), "CN="+to.cn, true, "OU="+to.home+","+g.ou()))
	}, g.with(name, to)}
}

func (g *gardener) join(name string, n int) deed {
	p := g.now.people[name]
	dn, leaves := g.dn(p), p.groups[n]
	p.groups[n] = !leaves
	return deed{"member " + dn, name, func(g *gardener) error {
		m := ldap.NewModifyRequest(g.group(n), nil)
		if leaves {
			m.Delete("member", []string{dn})
		} else {
			m.Add("member", []string{dn})
		}
		return g.conn.Modify(m)
	}, g.with(name, p)}
}

func (g *gardener) modify(name string, to someone, pairs ...string) deed {
	dn := g.dn(to)
	return deed{pairs[0] + " of " + dn, name, func(g *gardener) error {
		m := ldap.NewModifyRequest(dn, nil)
		for i := 0; i < len(pairs); i += 2 {
			m.Replace(pairs[i], []string{pairs[i+1]})
		}
		return g.conn.Modify(m)
	}, g.with(name, to)}
}

// guess binds with a wrong password, which counts where the first group's policy
// applies, or unlocks who has been locked.
func (g *gardener) guess(name string) deed {
	p := g.now.people[name]
	dn := g.dn(p)
	if p.locked {
		p.locked, p.wrong = false, 0
		return g.modify(name, p, "lockoutTime", "0")
	}
	if p.groups[0] {
		p.wrong++
		p.locked = p.wrong == 3
	}
	return deed{"wrong password of " + dn, name, func(g *gardener) error {
		err := g.second.Bind(dn, "Nobody has this one 1")
		if ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
			return nil
		}
		if err == nil {
			return ldap.NewError(ldap.LDAPResultSuccess, errors.New("a wrong password opens"))
		}
		return err
	}, g.with(name, p)}
}

func (g *gardener) tighten() deed {
	after := g.now
	after.length = 7 + g.made%8
	return deed{"policy", "", func(g *gardener) error {
		m := ldap.NewModifyRequest(g.policy(), nil)
		m.Replace("msDS-MinimumPasswordLength", []string{strconv.Itoa(after.length)})
		return g.conn.Modify(m)
	}, after}
}

// grant adds an entry to the OU that everybody below inherits.
func (g *gardener) grant() deed {
	after := g.now
	after.grants++
	trustee := security.MustSID(fmt.Sprintf("S-1-5-21-1-2-3-%d", after.grants))
	return deed{"grant", "", func(g *gardener) error {
		_, sd, err := readDescriptor(g.conn, g.ou())
		if err != nil {
			return err
		}
		m := ldap.NewModifyRequest(g.ou(), []ldap.Control{onlyDACL()})
		m.Replace("nTSecurityDescriptor", []string{string(security.Grant(sd, security.Rules{}, security.WritebackGrant(trustee)[0]).Bytes())})
		return g.conn.Modify(m)
	}, after}
}

func onlyDACL() ldap.Control { return ldap.NewControlString(sdFlags, true, "\x30\x03\x02\x01\x04") }

// readDescriptor reads the access list of an object, and how many entries of
// [gardener.grant] it has.
func readDescriptor(conn *ldap.Conn, dn string) (grants int, sd *security.Descriptor, err error) {
	found, err := conn.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, 0, 0, 0, false, "(objectClass=*)", []string{"nTSecurityDescriptor"}, []ldap.Control{onlyDACL()}))
	if err != nil {
		return 0, nil, err
	}
	if sd, err = security.ParseDescriptor(found.Entries[0].GetRawAttributeValue("nTSecurityDescriptor")); err != nil {
		return 0, nil, err
	}
	for _, ace := range sd.DACL.ACEs {
		if strings.HasPrefix(ace.SID.String(), "S-1-5-21-1-2-3-") {
			grants++
		}
	}
	return grants, sd, nil
}

// work does one deed after the other until the directory is gone.
func (g *gardener) work(r *rand.Rand, acknowledged func()) error {
	for {
		d := g.next(r)
		g.begun = &d
		if err := d.do(g); err != nil {
			if refused, ok := errors.AsType[*ldap.Error](err); ok && refused.ResultCode < ldap.ErrorNetwork {
				return fmt.Errorf("%s: %w", d.what, err)
			}
			return nil // the directory is gone
		}
		g.now, g.begun = d.after, nil
		acknowledged()
	}
}

// settle takes over what the directory has: all that was acknowledged, and what
// was only asked either whole or not at all.
func (g *gardener) settle(t *testing.T, conn *ldap.Conn) {
	t.Helper()
	got := g.read(t, conn)
	last := "nothing"
	if d := g.begun; d != nil {
		last = d.what
		if assert.ObjectsAreEqual(d.after.bare(), got) {
			g.now = d.after
		} else if was := d.after; d.locks() {
			// The count and the lock are two things that a domain controller writes.
			who := was.people[d.name]
			who.wrong--
			was = g.with(d.name, who)
			if assert.ObjectsAreEqual(was.bare(), got) {
				g.now = was
			}
		}
	}
	g.begun = nil
	require.Equal(t, g.now.bare(), got, "plot %d; asked and not answered: %s", g.number, last)
}

// opens checks the passwords of those who can sign in without a trace.
func (g *gardener) opens(t *testing.T, conn *ldap.Conn) {
	t.Helper()
	for name, p := range g.now.people {
		if p.home == "" || p.locked || p.wrong > 0 {
			continue
		}
		err := conn.Bind(name+"@corp.northlight.example", survivalPassword(p.password))
		if p.must {
			assert.ErrorContains(t, err, "data 773", name)
		} else {
			assert.NoError(t, err, name)
		}
	}
}

// read is the plot as searches show it. It checks that the directory agrees with
// itself: both ends of links, indexes, and what is inherited or computed.
func (g *gardener) read(t *testing.T, conn *ldap.Conn) plot {
	t.Helper()
	find := func(base, filter string, attrs ...string) []*ldap.Entry {
		found, err := conn.Search(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, 0, 0, 0, false, filter, attrs, []ldap.Control{ldap.NewControlString(showDeleted, true, "")}))
		require.NoError(t, err, filter)
		return found.Entries
	}
	number := func(e *ldap.Entry, name string) int {
		n, _ := strconv.Atoi(e.GetAttributeValue(name))
		return n
	}
	out := plot{people: map[string]someone{}, length: number(find(g.policy(), "(objectClass=*)", "msDS-MinimumPasswordLength")[0], "msDS-MinimumPasswordLength")}
	var err error
	out.grants, _, err = readDescriptor(conn, g.ou())
	require.NoError(t, err)
	var members, listed [2][]string
	for n := range members {
		members[n] = find(g.group(n), "(objectClass=*)", "member")[0].GetAttributeValues("member")
	}
	for _, e := range find(survivalBase, fmt.Sprintf("(employeeNumber=%d)", g.number),
		"cn", "sAMAccountName", "isDeleted", "title", "pwdLastSet", "badPwdCount", "lockoutTime", "memberOf", "msDS-ResultantPSO") {
		name := e.GetAttributeValue("sAMAccountName")
		for _, filter := range []string{"(sAMAccountName=" + name + ")", "(!(!(sAMAccountName=" + name + ")))"} { // with the index, and without
			at := find(survivalBase, filter, "1.1")
			require.Len(t, at, 1, filter)
			assert.Equal(t, e.DN, at[0].DN)
		}
		p := someone{cn: e.GetAttributeValue("cn"), title: e.GetAttributeValue("title"), must: e.GetAttributeValue("pwdLastSet") == "0"}
		if e.GetAttributeValue("isDeleted") == "TRUE" {
			p.cn, _, _ = strings.Cut(p.cn, "\n")
			out.people[name] = p
			continue
		}
		place, ok := strings.CutSuffix(e.DN, ","+g.ou())
		require.True(t, ok, e.DN)
		p.home = place[len(place)-1:]
		p.wrong, p.locked = number(e, "badPwdCount"), number(e, "lockoutTime") != 0
		for n := range members {
			if p.groups[n] = slices.Contains(e.GetAttributeValues("memberOf"), g.group(n)); p.groups[n] {
				listed[n] = append(listed[n], e.DN)
			}
		}
		assert.Equal(t, p.groups[0], e.GetAttributeValue("msDS-ResultantPSO") == g.policy(), "the policy of %s", e.DN)
		inherited, _, err := readDescriptor(conn, e.DN)
		require.NoError(t, err)
		assert.Equal(t, out.grants, inherited, "entries that %s inherits", e.DN)
		out.people[name] = p
	}
	for n := range members {
		assert.ElementsMatch(t, members[n], listed[n], "both ends of the links of %s", g.group(n))
	}
	return out
}

// Whatever kind of change the directory acknowledged is there after it was
// killed, and it agrees with itself. It is killed several times.
func TestEveryKindOfChangeSurvivesAKill(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("drawn from %d", seed)
	draw := rand.New(rand.NewPCG(seed, 0))
	flags := append([]string{"--data=" + filepath.Join(t.TempDir(), "lab"), "--ldif=" + binLDIF(t)}, anyDirectoryPorts...)
	p := mortal(t, "fakead", flags...)
	admin := func() *ldap.Conn {
		conn := dial(t, p.ready(t))
		t.Cleanup(func() { _ = conn.Close() })
		require.NoError(t, conn.Bind(crashDN(0), crashOld(0)))
		return conn
	}
	conn := admin()
	enable := ldap.NewModifyRequest("", nil)
	enable.Add("enableOptionalFeature", []string{"CN=Partitions,CN=Configuration," + survivalBase + ":766ddcd8-acd0-445e-f3b9-a7f9b6744f2a"})
	require.NoError(t, conn.Modify(enable))
	var gardeners []*gardener
	for n := range survivalWriters {
		g := &gardener{number: n}
		g.prepare(t, conn)
		gardeners = append(gardeners, g)
	}
	for range survivalKills {
		left := 40 + draw.IntN(160)
		var mu sync.Mutex
		enough := make(chan struct{})
		acknowledged := func() {
			mu.Lock()
			defer mu.Unlock()
			if left--; left == 0 {
				close(enough)
			}
		}
		var writers sync.WaitGroup
		for _, g := range gardeners {
			g.conn, g.second = admin(), dial(t, p.ready(t))
			r := rand.New(rand.NewPCG(draw.Uint64(), 0))
			writers.Go(func() { assert.NoError(t, g.work(r, acknowledged)) })
		}
		<-enough
		p.kill(t)
		writers.Wait()

		p = mortal(t, "fakead", flags...)
		conn = admin()
		for _, g := range gardeners {
			g.settle(t, conn)
		}
	}
	last := dial(t, p.ready(t))
	defer last.Close()
	for _, g := range gardeners {
		g.opens(t, last)
	}
}
