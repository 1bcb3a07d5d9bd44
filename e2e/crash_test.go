package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/control/client"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// mortal starts a program that the test will kill.
func mortal(t *testing.T, name string, args ...string) *program {
	t.Helper()
	ready := filepath.Join(t.TempDir(), name+".json")
	p, err := launch(name, self(name, append(args, "--ready="+ready)...), lastLine)
	require.NoError(t, err)
	p.readyFile = ready
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// kill ends a program as a power cut does: it learns nothing of it.
func (p *program) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Kill())
	<-p.exited
}

// The people of the crash test, and what they know.
const (
	crashPeople  = 120
	crashWriters = 8
	crashAfter   = 40 // acknowledged passwords, with the writers in full swing
)

func crashName(n int) string { return fmt.Sprintf("crash%d", n) }

func crashDN(n int) string {
	return "CN=" + crashName(n) + ",OU=Staff,DC=corp,DC=northlight,DC=example"
}

func crashOld(n int) string { return fmt.Sprintf("Before-the-crash-%d", n) }

func crashNew(n int) string { return fmt.Sprintf("Acknowledged-%d-indeed", n) }

// crashLDIF is a file with the people of the crash test.
func crashLDIF(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("version: 1\n")
	for n := range crashPeople {
		fmt.Fprintf(&text, "\ndn: %s\nchangetype: add\nobjectClass: user\nsAMAccountName: %s\nuserAccountControl: 512\nunicodePwd:: %s\n",
			crashDN(n), crashName(n), unicodePwd(crashOld(n)))
	}
	file := filepath.Join(t.TempDir(), "people.ldif")
	require.NoError(t, os.WriteFile(file, []byte(text.String()), 0o600))
	return file
}

// setPassword resets as the service account.
func setPassword(conn *ldap.Conn, n int) error {
	value, err := base64.StdEncoding.DecodeString(unicodePwd(crashNew(n)))
	if err != nil {
		return err
	}
	m := ldap.NewModifyRequest(crashDN(n), nil)
	m.Replace("unicodePwd", []string{string(value)})
	return conn.Modify(m)
}

// hammer lets several writers set one password after the other and kills the
// directory when enough have been acknowledged. Nobody is written twice, so that
// the grace of the previous password cannot hide a loss.
func hammer(t *testing.T, p *program) (asked, acknowledged map[int]bool) {
	t.Helper()
	r := p.ready(t)
	password, err := os.ReadFile(r.BindPasswordFile)
	require.NoError(t, err)
	asked, acknowledged = map[int]bool{}, map[int]bool{}
	var mu sync.Mutex
	enough := make(chan struct{})
	var writers sync.WaitGroup
	for w := range crashWriters {
		conn := dial(t, r)
		require.NoError(t, conn.Bind(r.BindDN, strings.TrimSpace(string(password))))
		writers.Go(func() {
			defer conn.Close()
			for n := w; n < crashPeople; n += crashWriters {
				mu.Lock()
				asked[n] = true
				mu.Unlock()
				if setPassword(conn, n) != nil {
					return // the directory is gone
				}
				mu.Lock()
				acknowledged[n] = true
				if len(acknowledged) == crashAfter {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	p.kill(t)
	writers.Wait()
	return asked, acknowledged
}

// Every password that the directory acknowledged is the password after it was
// killed, and nobody else's has changed.
func TestAcknowledgedPasswordsSurviveAKill(t *testing.T) {
	flags := append([]string{"--data=" + filepath.Join(t.TempDir(), "lab"), "--ldif=" + crashLDIF(t)}, anyDirectoryPorts...)
	first := mortal(t, "fakead", flags...)
	ca, err := os.ReadFile(first.ready(t).CA)
	require.NoError(t, err)
	asked, acknowledged := hammer(t, first)
	require.GreaterOrEqual(t, len(acknowledged), crashAfter)

	again := start(t, "fakead", flags...).ready(t)
	same, err := os.ReadFile(again.CA)
	require.NoError(t, err)
	assert.Equal(t, string(ca), string(same), "clients go on trusting the directory")
	conn := dial(t, again)
	defer conn.Close()
	for n := range crashPeople {
		name := `NORTHLIGHT\` + crashName(n)
		switch {
		case acknowledged[n]:
			assert.NoError(t, conn.Bind(name, crashNew(n)), "%s: the new password was acknowledged", name)
		case asked[n]: // asked and not answered: one of the two
			if conn.Bind(name, crashNew(n)) != nil {
				assert.NoError(t, conn.Bind(name, crashOld(n)), name)
			}
		default:
			assert.NoError(t, conn.Bind(name, crashOld(n)), "%s: nobody asked for a new password", name)
		}
	}
}

// What the portal has answered is still so after it was killed: in the
// directory, in the tenant, and in the journal up to the last second.
func TestAPortalGoesOnAfterAKill(t *testing.T) {
	flags := append([]string{"--data=" + filepath.Join(t.TempDir(), "lab"), "--rand-seed=7"}, anyPorts...)
	first := mortal(t, "portal", flags...)
	r := first.ready(t)
	door := &client.Client{URL: r.Portal, Token: r.ControlToken}
	const password = "Rabbit-hole-after-all-7"
	out, err := door.Attempt(t.Context(), api.NewAttempt{Kind: policy.Reset, User: "alice@northlight.example", NewPassword: secret.New(password)})
	require.NoError(t, err)
	require.Equal(t, journal.Done, out.Outcome)
	_, err = door.Patch(t.Context(), "users/bob@northlight.example", json.RawMessage(`{"displayName":"Robert Ferris"}`))
	require.NoError(t, err)
	first.kill(t)

	p := start(t, "portal", flags...)
	again := p.ready(t)
	require.NoError(t, bind(t, again, `NORTHLIGHT\alice`, password))
	door = &client.Client{URL: again.Portal, Token: again.ControlToken}
	bob, err := door.Get(t.Context(), "users/bob@northlight.example")
	require.NoError(t, err)
	assert.Contains(t, string(bob), "Robert Ferris")
	require.NoError(t, door.Advance(t.Context(), 25*time.Hour), "past the minimum age of the new password")
	out, err = door.Attempt(t.Context(), api.NewAttempt{Kind: policy.Reset, User: "alice@northlight.example", NewPassword: secret.New(password + "7")})
	require.NoError(t, err)
	assert.Equal(t, journal.Done, out.Outcome, "the lab goes on")
	require.NoError(t, p.stop())

	last := start(t, "portal", flags...).ready(t)
	door = &client.Client{URL: last.Portal, Token: last.ControlToken}
	clock, err := door.Clock(t.Context())
	require.NoError(t, err)
	assert.Greater(t, time.Until(clock.Now), 24*time.Hour, "the clock goes on from where it was")
	attempts, err := door.Attempts(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, attempts)
	assert.Equal(t, out.CorrelationID, attempts[0].CorrelationID, "decision records survive an orderly end")
}

// Where somebody usually signs in from is known after a kill, too: guesses from
// elsewhere lock out whoever comes from there, and not the person at home.
func TestFamiliarPlacesSurviveAKill(t *testing.T) {
	flags := append([]string{"--data=" + filepath.Join(t.TempDir(), "lab")}, anyPorts...)
	// signIn is where a sign-in from a loopback address leads to.
	signIn := func(r rig.Ready, from, password string) string {
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		transport := &http.Transport{DialContext: dialer.DialContext}
		defer transport.CloseIdleConnections()
		answer, err := (&http.Client{Jar: jar, Transport: transport}).PostForm(r.Portal+"/signin", url.Values{"username": {"alice@northlight.example"}, "password": {password}})
		require.NoError(t, err)
		defer answer.Body.Close()
		_, err = io.Copy(io.Discard, answer.Body)
		require.NoError(t, err)
		return answer.Request.URL.Path
	}
	const home, away, right = "127.0.0.1", "127.0.0.2", "Lantern-Harbour-62"
	first := mortal(t, "portal", flags...)
	require.Equal(t, "/myaccount", signIn(first.ready(t), home, right))
	first.kill(t)

	again := start(t, "portal", flags...).ready(t)
	for n := range 10 {
		require.Equal(t, "/signin", signIn(again, away, fmt.Sprint("Not-it-", n)))
	}
	assert.Equal(t, "/signin", signIn(again, away, right), "locked out there")
	assert.Equal(t, "/myaccount", signIn(again, home, right))
}

// A later start that says otherwise than the first is told so.
func TestDataKeepsSeedAndChance(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	require.NoError(t, start(t, "fakead", append([]string{"--data=" + dir, "--rand-seed=7"}, anyDirectoryPorts...)...).stop())
	seed := filepath.Join(t.TempDir(), "seed.yaml")
	require.NoError(t, os.WriteFile(seed, append(tenant.DemoYAML(), "# another file\n"...), 0o600))
	other := filepath.Join(t.TempDir(), "open")
	require.NoError(t, os.Mkdir(other, 0o755))
	for name, c := range map[string]struct {
		flags []string
		text  string
	}{
		"another chance":             {[]string{"--data=" + dir, "--rand-seed=8"}, "--rand-seed 8"},
		"another seed":               {[]string{"--data=" + dir, "--seed=" + seed}, "of another seed"},
		"another file of people":     {[]string{"--data=" + dir, "--ldif=" + crashLDIF(t)}, "--ldif"},
		"a directory open to others": {[]string{"--data=" + other}, "chmod 700"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := runCommand(t, "", self("fakead", append(c.flags, anyDirectoryPorts...)...))
			assert.Equal(t, 2, code)
			assert.Contains(t, stderr, c.text)
			assert.Contains(t, stderr, "--data")
		})
	}
}

// binLDIF is a file with an enterprise administrator, whose password never
// expires, and people to delete.
func binLDIF(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(crashLDIF(t))
	require.NoError(t, err)
	text = fmt.Appendf(text, "\ndn: CN=Enterprise Admins,CN=Users,DC=corp,DC=northlight,DC=example\nchangetype: modify\nadd: member\nmember: %s\n-\n"+
		"\ndn: %[1]s\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 66048\n-\n", crashDN(0))
	file := filepath.Join(t.TempDir(), "bin.ldif")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	return file
}

// deletedState is what is left of a deleted account: the attributes that tell
// its state, or nothing.
func deletedState(t *testing.T, conn *ldap.Conn, name string) (names []string) {
	t.Helper()
	found, err := conn.Search(ldap.NewSearchRequest("DC=corp,DC=northlight,DC=example", ldap.ScopeWholeSubtree, 0, 0, 0, false,
		"(&(isDeleted=TRUE)(sAMAccountName="+name+"))", []string{"isDeleted", "isRecycled", "pwdLastSet"},
		[]ldap.Control{ldap.NewControlString("1.2.840.113556.1.4.2064", true, "")}))
	require.NoError(t, err)
	for _, e := range found.Entries {
		for _, a := range e.Attributes {
			names = append(names, a.Name)
		}
	}
	return names
}

// The recycle bin that an administrator switched on is on after the directory
// was killed, and what is in it passes away on the lab's clock.
func TestTheRecycleBinSurvivesAKill(t *testing.T) {
	flags := append([]string{"--data=" + filepath.Join(t.TempDir(), "lab"), "--ldif=" + binLDIF(t), "--control-listen=127.0.0.1:0"}, anyDirectoryPorts...)
	first := mortal(t, "fakead", flags...)
	conn := dial(t, first.ready(t))
	defer conn.Close()
	require.NoError(t, conn.Bind(crashDN(0), crashOld(0)))
	enable := ldap.NewModifyRequest("", nil)
	enable.Add("enableOptionalFeature", []string{"CN=Partitions,CN=Configuration,DC=corp,DC=northlight,DC=example:766ddcd8-acd0-445e-f3b9-a7f9b6744f2a"})
	require.NoError(t, conn.Modify(enable))
	first.kill(t)

	second := mortal(t, "fakead", flags...)
	r := second.ready(t)
	conn = dial(t, r)
	defer conn.Close()
	require.NoError(t, conn.Bind(crashDN(0), crashOld(0)))
	assert.True(t, ldap.IsErrorWithCode(conn.Modify(enable), ldap.LDAPResultAttributeOrValueExists), "it is on already")
	require.NoError(t, conn.Del(ldap.NewDelRequest(crashDN(1), nil)))
	assert.ElementsMatch(t, []string{"isDeleted", "pwdLastSet"}, deletedState(t, conn, crashName(1)), "the bin keeps everything")
	door := &client.Client{URL: r.Portal, Token: r.ControlToken}
	require.NoError(t, door.Advance(t.Context(), 181*24*time.Hour))
	assert.ElementsMatch(t, []string{"isDeleted", "isRecycled"}, deletedState(t, conn, crashName(1)))
	require.NoError(t, door.Advance(t.Context(), 180*24*time.Hour))
	assert.Empty(t, deletedState(t, conn, crashName(1)))
	require.NoError(t, conn.Del(ldap.NewDelRequest(crashDN(2), nil)))
	second.kill(t)

	r = start(t, "fakead", flags...).ready(t)
	conn = dial(t, r)
	defer conn.Close()
	require.NoError(t, conn.Bind(crashDN(0), crashOld(0)))
	assert.Empty(t, deletedState(t, conn, crashName(1)), "gone for good")
	assert.ElementsMatch(t, []string{"isDeleted", "pwdLastSet"}, deletedState(t, conn, crashName(2)))
}
