package e2e

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/control/api"
)

// A folder of files for programs to stumble over.
type badFiles struct{ folder string }

func (f badFiles) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(f.folder, name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// Every mistake in a command line, a file or an address ends the program at once
// with an error that names what is wrong and a remedy: exit code 2 for what the
// person typed, 1 for what the machine did not do.
func TestProgramsRefuseBadInput(t *testing.T) {
	f := badFiles{t.TempDir()}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	inUse := taken.Addr().String()
	directory := start(t, "fakead", append(anyDirectoryPorts, "--rand-seed=2")...).ready(t)
	stranger, _ := selfSigned(t, f.folder)

	seed := func(name, text string) string { return f.write(t, name+".yaml", text) }
	const person = "tenant: {tenantName: T, initialDomain: t.onmicrosoft.example}\nusers:\n  - userPrincipalName: a@t.onmicrosoft.example\n    password: Lantern-Harbour-62\n"
	ports := func(more ...string) []string { return append(append([]string(nil), anyPorts...), more...) }
	to := func(more ...string) []string {
		return ports(append([]string{"--directory=" + directory.LDAPS, "--bind-dn=" + directory.BindDN}, more...)...)
	}
	dial := func(more ...string) []string {
		return append([]string{"--relay=nats://127.0.0.1:1", "--domain=corp.northlight.example", "--directory=" + directory.LDAPS, "--directory-ready=" + filepath.Join(filepath.Dir(directory.CA), "fakead.json")}, more...)
	}
	for name, c := range map[string]struct {
		program string
		args    []string
		code    int
		says    []string
	}{
		"an unknown flag":                  {"portal", []string{"--lisen=:80"}, 2, []string{"-lisen", "--help"}},
		"an argument":                      {"portal", []string{"start"}, 2, []string{`"start"`, "--help"}},
		"a flag without its value":         {"fakead", []string{"--seed"}, 2, []string{"-seed"}},
		"no HOST:PORT":                     {"portal", []string{"--listen=8080"}, 2, []string{"--listen 8080", "HOST:PORT"}},
		"a catalogue others can reach":     {"fakead", []string{"--gcs-listen=0.0.0.0:0"}, 2, []string{"--gcs-listen 0.0.0.0:0", "--public"}},
		"a port in use, catalogue":         {"fakead", append(slices.Clone(anyDirectoryPorts), "--gc-listen="+inUse), 1, []string{"--gc-listen " + inUse, "address already in use", "port 0"}},
		"a listener that others can reach": {"portal", []string{"--ldap-listen=0.0.0.0:0"}, 2, []string{"--ldap-listen 0.0.0.0:0", "--public"}},
		"no time":                          {"portal", ports("--clock=yesterday"), 2, []string{"--clock yesterday", "2026-03-02T09:00:00Z"}},
		"no number":                        {"portal", ports("--rand-seed=lucky"), 2, []string{"--rand-seed lucky", "whole number"}},
		"a seed that is not there":         {"portal", ports("--seed=" + f.folder + "/none.yaml"), 2, []string{"--seed", "none.yaml", "no such file"}},
		"a seed that is no YAML":           {"portal", ports("--seed=" + seed("broken", "tenant: {\n")), 2, []string{"broken.yaml", "line "}},
		"an unknown key in a seed":         {"portal", ports("--seed=" + seed("key", person+"    pasword: Lantern-Harbour-62\n")), 2, []string{"key.yaml", "line 5", "pasword"}},
		"a wrong value in a seed":          {"fakead", append(anyDirectoryPorts, "--seed="+seed("value", person+"    passwordAge: long ago\n")), 2, []string{"value.yaml", "line 5", "passwordAge"}},
		"a limit passed in a seed":         {"portal", ports("--seed=" + seed("limit", "tenant:\n  tenantName: T\n  initialDomain: t.onmicrosoft.example\n  reset: {gates: 3}\n")), 2, []string{"limit.yaml", "line 4", "gates", "1 to 2"}},
		"a directory without a domain":     {"fakead", append(anyDirectoryPorts, "--seed="+seed("cloud", person)), 2, []string{"domain"}},
		"an unknown key in a config file":  {"portal", ports("--config=" + f.write(t, "config.yaml", "verbose: true\nsmtp_listen: 127.0.0.1:25\n")), 2, []string{"config.yaml", "line 2", "smtp_listen", `did you mean "smtp-listen"`}},
		"a port in use, pages":             {"portal", []string{"--listen=" + inUse, "--ldap-listen=127.0.0.1:0", "--ldaps-listen=127.0.0.1:0", "--smtp-listen=127.0.0.1:0"}, 1, []string{"--listen " + inUse, "address already in use", "port 0"}},
		"a port in use, LDAP":              {"fakead", []string{"--ldap-listen=" + inUse, "--ldaps-listen=127.0.0.1:0"}, 1, []string{"--ldap-listen " + inUse, "address already in use", "port 0"}},
		"a port in use, LDAPS":             {"fakead", []string{"--ldap-listen=127.0.0.1:0", "--ldaps-listen=" + inUse}, 1, []string{"--ldaps-listen " + inUse, "address already in use", "port 0"}},
		"a port in use, SMTP":              {"portal", append(ports(), "--smtp-listen="+inUse), 1, []string{"--smtp-listen " + inUse, "address already in use", "port 0"}},
		"a port in use, relay":             {"portal", ports("--relay-listen=" + inUse), 1, []string{"--relay-listen " + inUse, "address already in use"}},
		"a relay that is not there":        {"portal", ports("--relay=nats://127.0.0.1:1"), 1, []string{"--relay nats://127.0.0.1:1", "start the relay first"}},
		"two relays":                       {"portal", ports("--relay=nats://127.0.0.1:1", "--relay-listen=127.0.0.1:0"), 2, []string{"--relay", "--relay-listen"}},
		"a directory without an account":   {"portal", ports("--directory=ldaps://127.0.0.1:1"), 2, []string{"--bind-dn", "--bind-password-file"}},
		"an account without a directory":   {"portal", ports("--bind-dn=cn=x"), 2, []string{"--bind-dn", "--directory"}},
		"a password file that is away":     {"portal", to("--bind-password-file=" + f.folder + "/away"), 2, []string{"--bind-password-file", "away", "no such file"}},
		"a CA that is away":                {"portal", to("--bind-password-file="+directory.BindPasswordFile, "--ca="+f.folder+"/away.pem"), 2, []string{"--ca", "away.pem", "no such file"}},
		"a CA that is no certificate":      {"portal", to("--bind-password-file="+directory.BindPasswordFile, "--ca="+f.write(t, "text.pem", "not a certificate")), 2, []string{"--ca", "text.pem", "no certificate"}},
		"a CA of somebody else":            {"portal", to("--bind-password-file="+directory.BindPasswordFile, "--ca="+stranger), 1, []string{"--directory " + directory.LDAPS, "certificate"}},
		"a wrong password":                 {"portal", to("--ca="+directory.CA, "--bind-password-file="+f.write(t, "wrong", "not this")), 1, []string{"--directory " + directory.LDAPS, "52e"}},
		"an agent that is told nothing":    {"agent", nil, 2, []string{"is missing", "--relay", "--domain", "--directory"}},
		"a kind of agent that is none":     {"agent", dial("--kind=connect"), 2, []string{"--kind connect", "connect-sync", "cloud-sync"}},
		"a key file that is no key":        {"agent", dial("--key-file=" + f.write(t, "agent.key", "not a key")), 2, []string{"--key-file", "agent.key"}},
		"a key file that is a folder":      {"agent", dial("--key-file=" + f.folder), 2, []string{"--key-file", f.folder}},
		"a ready file that is none":        {"agent", []string{"--relay=nats://127.0.0.1:1", "--domain=x", "--directory=" + directory.LDAPS, "--directory-ready=" + f.write(t, "ready.json", "{")}, 2, []string{"--directory-ready", "ready.json"}},
		"an agent without a relay":         {"agent", dial(), 1, []string{"--relay nats://127.0.0.1:1"}},
		"ssprctl without a command":        {"ssprctl", nil, 2, []string{"no command"}},
		"ssprctl with a wrong command":     {"ssprctl", []string{"rest"}, 2, []string{`"rest"`, "--help"}},
		"ssprctl without a portal":         {"ssprctl", []string{"--url=http://127.0.0.1:1", "labs"}, 1, []string{"127.0.0.1:1", "refused"}},
		"a story with an unknown word":     {"ssprctl", []string{"scenario", "run", f.write(t, "word.txtar", "# A story\n\nrest alice\n")}, 2, []string{"word.txtar", "line 3", `"rest"`}},
		"a story that goes otherwise":      {"ssprctl", []string{"scenario", "run", f.write(t, "other.txtar", "# A story\nclock advance 1h\n-- transcript --\n> clock advance 2h\n")}, 1, []string{"other.txtar", "did not go as written"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runProgram(t, "", c.program, c.args...)
			assert.Equal(t, c.code, code, "%s%s", stdout, stderr)
			for _, words := range c.says {
				assert.Contains(t, stderr, words)
			}
			assert.Contains(t, "\n"+stderr, "\n"+c.program+": ")
			assert.NotContains(t, stderr, "goroutine ", "no stack")
		})
	}
	t.Run("a wrong value in the environment", func(t *testing.T) {
		cmd := self("portal", anyPorts...)
		cmd.Env = append(cmd.Env, "SSPR_NO_AGENT=perhaps")
		code, _, stderr := runCommand(t, "", cmd)
		assert.Equal(t, 2, code)
		assert.Contains(t, stderr, `SSPR_NO_AGENT: "perhaps"`)
	})
	for _, program := range []string{"portal", "fakead", "agent", "ssprctl"} {
		t.Run("help is no mistake: "+program, func(t *testing.T) {
			code, _, stderr := runProgram(t, "", program, "--help")
			assert.Zero(t, code)
			assert.Contains(t, stderr, program)
		})
	}
}

// A server that is sent nonsense says so and goes on serving.
func TestServersSurviveBadInput(t *testing.T) {
	p := start(t, "portal", append(anyPorts, "--rand-seed=6")...)
	r := p.ready(t)

	t.Run("forms", func(t *testing.T) {
		form := func(name, value string) string { return url.Values{name: {value}}.Encode() }
		for name, c := range map[string]struct {
			path, body string
			code       int
			says       []string
		}{
			"a field that is too long":   {"/passwordreset", form("username", strings.Repeat("a", 321)), 400, []string{"username", "320"}},
			"a field that is no UTF-8":   {"/passwordreset", "username=%ff%fe", 400, []string{"username", "UTF-8"}},
			"a body that is too large":   {"/passwordreset", form("username", strings.Repeat("a", 70_000)), 413, []string{"65536"}},
			"a body that is no form":     {"/passwordreset", "username=%zz", 400, []string{"cannot be read"}},
			"a password that is no text": {"/passwordreset/password", "password=%c3%28", 400, []string{"password", "UTF-8"}},
			"an answer that is too long": {"/passwordreset/answer", form("answer1", strings.Repeat("a", 2000)), 400, []string{"answer1", "1024"}},
		} {
			t.Run(name, func(t *testing.T) {
				resp, err := http.Post(r.Portal+c.path, "application/x-www-form-urlencoded", strings.NewReader(c.body))
				require.NoError(t, err)
				defer resp.Body.Close()
				text, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				assert.Equal(t, c.code, resp.StatusCode)
				for _, words := range c.says {
					assert.Contains(t, string(text), words)
				}
			})
		}
	})
	t.Run("a form of another site", func(t *testing.T) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.Portal+"/passwordreset", strings.NewReader("username=a"))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", "http://evil.example")
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		assert.Equal(t, http.StatusForbidden, resp.StatusCode)
	})
	t.Run("control API", func(t *testing.T) {
		for name, c := range map[string]struct {
			method, path, body string
			code               int
			says               string
		}{
			"no JSON":                {"POST", "/labs/demo/clock", "{", 400, "unexpected EOF"},
			"an unknown field":       {"POST", "/labs/demo/clock", `{"advanced":"1h"}`, 400, "advanced"},
			"no duration":            {"POST", "/labs/demo/clock", `{"advance":"soon"}`, 400, "soon"},
			"two changes at once":    {"POST", "/labs/demo/clock", `{"advance":"1h","freeze":true}`, 400, "exactly one"},
			"an unknown lab":         {"GET", "/labs/none/clock", "", 404, "none"},
			"an unknown user":        {"GET", "/labs/demo/users/nobody", "", 404, "nobody"},
			"an unknown fault":       {"PUT", "/labs/demo/faults", `[{"part":"disk","effect":"full"}]`, 400, "disk"},
			"a setting out of range": {"PATCH", "/labs/demo/tenant", `{"reset":{"gates":3}}`, 400, "gates"},
			"an unknown setting":     {"PATCH", "/labs/demo/tenant", `{"reset":{"gate":1}}`, 400, "gate"},
			"an unknown kind":        {"POST", "/labs/demo/attempts", `{"kind":"rest","user":"alice@northlight.example"}`, 400, "rest"},
			"a body without end":     {"POST", "/labs/demo/attempts", `{"user":"` + strings.Repeat("a", 20<<20) + `"}`, 413, "larger"},
			"a seed with a mistake":  {"POST", "/labs", `{"seed":"tenant:\n  tenantNam: T\n"}`, 400, "line 2"},
		} {
			t.Run(name, func(t *testing.T) {
				req, err := http.NewRequestWithContext(t.Context(), c.method, r.Portal+api.Base+c.path, strings.NewReader(c.body))
				require.NoError(t, err)
				req.Header.Set("Content-Type", "application/json")
				resp, err := http.DefaultClient.Do(req)
				require.NoError(t, err)
				defer resp.Body.Close()
				text, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				assert.Equal(t, c.code, resp.StatusCode, "%s", text)
				assert.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
				assert.Contains(t, string(text), c.says)
			})
		}
	})
	t.Run("LDAP", func(t *testing.T) {
		for name, message := range map[string][]byte{
			"no BER at all":              []byte("GET / HTTP/1.1\r\n\r\n"),
			"a length of four gigabytes": {0x30, 0x84, 0xff, 0xff, 0xff, 0xff},
			"an indefinite length":       {0x30, 0x80, 0x02, 0x01, 0x01, 0x00, 0x00},
			"a message without an ID":    {0x30, 0x00},
			"an unknown operation":       {0x30, 0x05, 0x02, 0x01, 0x01, 0x7e, 0x00},
			"a bind that is cut short":   {0x30, 0x0a, 0x02, 0x01, 0x01, 0x60, 0x05, 0x02, 0x01, 0x03, 0x04, 0x7f},
			"nesting without end":        append([]byte{0x30, 0x82, 0x04, 0x00}, bytes.Repeat([]byte{0x30, 0x80}, 512)...),
		} {
			t.Run(name, func(t *testing.T) {
				conn, err := net.Dial("tcp", strings.TrimPrefix(r.LDAP, "ldap://"))
				require.NoError(t, err)
				defer conn.Close()
				require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
				_, err = conn.Write(message)
				require.NoError(t, err)
				answer, err := io.ReadAll(conn)
				if err != nil {
					require.ErrorIs(t, err, syscall.ECONNRESET)
				}
				assert.Contains(t, string(answer), "1.3.6.1.4.1.1466.20036", "a notice of disconnection (RFC 4511 4.4.1)")
			})
		}
	})
	t.Run("the process lives", func(t *testing.T) {
		require.NoError(t, bind(t, r, alice, oldPassword))
		code, _, stderr := runProgram(t, "", "ssprctl", "health", r.Portal)
		assert.Zero(t, code, stderr)
	})
}

// Ctrl-C ends everything in order within a second, whatever is open.
func TestProgramsEndInOrder(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			p := start(t, "portal", append(anyPorts, "--relay-listen=127.0.0.1:0")...)
			r := p.ready(t)
			bound := dial(t, r)
			defer bound.Close()
			require.NoError(t, bound.Bind(alice, oldPassword))
			stream, err := http.Get(r.Portal + "/lab/mailbox/stream")
			require.NoError(t, err)
			defer stream.Body.Close()
			require.Equal(t, http.StatusOK, stream.StatusCode)
			waiting := make(chan struct{})
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			control := controlOf(r)
			go func() {
				defer close(waiting)
				_, _ = control.Mailbox(ctx, "alice@home.example", "", patience)
			}()
			post, err := net.Dial("tcp", r.SMTP)
			require.NoError(t, err)
			defer post.Close()
			_, err = post.Read(make([]byte, 3)) // the greeting
			require.NoError(t, err)

			began := time.Now()
			require.NoError(t, p.cmd.Process.Signal(signal))
			select {
			case <-p.exited:
			case <-time.After(patience):
				t.Fatal("the portal does not end")
			}
			assert.Less(t, time.Since(began), 2*time.Second, "a second, and as much again for a busy machine")
			assert.Zero(t, p.cmd.ProcessState.ExitCode(), p.output())
			<-waiting // the long poll ends with the portal, well or not
			for _, address := range []string{strings.TrimPrefix(r.Portal, "http://"), strings.TrimPrefix(r.LDAP, "ldap://"), r.SMTP} {
				_, err := net.Dial("tcp", address)
				assert.Error(t, err, "%s is closed", address)
			}
		})
	}
}
