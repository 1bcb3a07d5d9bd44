package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/control/client"
	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/relay"
)

// The passwords of these tests.
const (
	oldPassword = "Lantern-Harbour-62" // everybody's, in the demo
	newPassword = "Copper-Kettle-71"
	alice       = "alice@northlight.example"
)

// controlOf drives the portal of a ready file.
func controlOf(r rig.Ready) *client.Client {
	return &client.Client{URL: r.Portal, Token: r.ControlToken, HTTP: &http.Client{Timeout: patience}}
}

// resetFor does what a person does who forgot a password: it is newPassword then.
func resetFor(t testing.TB, c *client.Client, user string, methods ...policy.Method) api.AttemptResult {
	t.Helper()
	in := api.NewAttempt{Kind: policy.Reset, User: user, NewPassword: secret.New(newPassword)}
	for _, m := range methods {
		in.Proofs = append(in.Proofs, api.Proof{Method: m})
	}
	out, err := c.Attempt(t.Context(), in)
	require.NoError(t, err)
	return out
}

// bind proves a password: nil when the directory takes it.
func bind(t testing.TB, r rig.Ready, name, password string) error {
	t.Helper()
	conn := dial(t, r)
	defer conn.Close()
	return conn.Bind(name, password)
}

// dial connects to the directory of a ready file over TLS, trusting its CA alone.
func dial(t testing.TB, r rig.Ready) *ldap.Conn {
	t.Helper()
	pem, err := os.ReadFile(r.CA)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	conn, err := ldap.DialURL(r.LDAPS, ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}))
	require.NoError(t, err)
	conn.SetTimeout(patience)
	return conn
}

// anyDirectoryPorts makes a fakead listen where there is room.
var anyDirectoryPorts = []string{"--ldap-listen=127.0.0.1:0", "--ldaps-listen=127.0.0.1:0"}

// The services of docker-compose.yml, as plain processes with the very flags of
// the file: only names of hosts, ports and folders are this machine's.
func TestComposeTopology(t *testing.T) {
	project := composeProject(t)
	folder := t.TempDir()
	bus, err := relay.Embed(relay.EmbedConfig{Listen: "127.0.0.1:0"}) // stands in for the image nats:2, open as that is
	require.NoError(t, err)
	t.Cleanup(bus.Close)
	mails := device.NewMailbox(time.Now, 0)
	sink := device.NewSink(mails, nil)
	post, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = sink.Serve(post) }()
	t.Cleanup(func() { _ = sink.Shutdown(context.Background()) })

	here := []string{
		"nats://relay:4222", bus.URL(), "mail:1025", post.Addr().String(),
		"/ready/", folder + "/", "/tmp/", folder + "/",
	}
	run := func(service string) *program {
		s := project.Services[service]
		args := []string{}
		for _, a := range s.Command {
			a = strings.NewReplacer(here...).Replace(a)
			if flag, address, _ := strings.Cut(a, "="); strings.HasSuffix(flag, "listen") {
				_, _, err := net.SplitHostPort(address)
				require.NoError(t, err)
				a = flag + "=127.0.0.1:0"
			}
			args = append(args, a)
		}
		if service == "portal" { // the image gives its own directory ports no names
			args = append(args, anyDirectoryPorts...)
		}
		p, err := launch(service, self(programOf(s), args...), lastLine)
		require.NoError(t, err)
		for _, a := range args {
			if name, ok := strings.CutPrefix(a, "--ready="); ok {
				p.readyFile = name
			}
		}
		t.Cleanup(func() { assert.NoError(t, p.stop()) })
		return p
	}
	healthy := func(service string) {
		check := project.Services[service].HealthCheck.Test
		require.Equal(t, []string{"CMD", "/usr/local/bin/ssprctl"}, []string(check[:2]))
		var args []string
		for _, a := range check[2:] {
			args = append(args, strings.NewReplacer(here...).Replace(a))
		}
		code, _, stderr := runProgram(t, "", "ssprctl", args...)
		require.Zero(t, code, "%s is not well: %s", service, stderr)
	}

	directory := run("directory").ready(t)
	here = append(here, "ldap://127.0.0.1:10389", directory.LDAP, "ldaps://directory:10636", directory.LDAPS)
	healthy("directory")
	portal := run("portal").ready(t)
	here = append(here, "http://127.0.0.1:8080", portal.Portal)
	healthy("portal")
	assert.Empty(t, portal.LDAPS, "the cloud has no directory")
	require.NotEmpty(t, portal.ControlToken, "a public portal asks for a token")

	control := controlOf(portal)
	before := resetFor(t, control, alice, policy.AppCode)
	assert.Equal(t, policy.CodeWritebackNotEnabled, before.Code, "no agent has ever announced itself")

	run("agent")
	healthy("agent")
	out := resetFor(t, control, alice, policy.AppCode)
	require.Equal(t, journal.Done, out.Outcome, out.Attempt.Explanation)
	assert.NoError(t, bind(t, directory, alice, newPassword))
	assert.NotEmpty(t, out.Attempt.LDAP, "the agent's answer tells what it asked the directory")
	assert.NotEmpty(t, mails.List("alice@home.example", 0), "mail went to the service named by --smtp-relay")
}

// The portal opens the relay itself, and an agent with a key of its own dials
// out to it with the secret of the ready file.
func TestAgentInAnotherProcess(t *testing.T) {
	directory := start(t, "fakead", append(anyDirectoryPorts, "--rand-seed=5")...).ready(t)
	portal := start(t, "portal", append(anyPorts, "--relay-listen=127.0.0.1:0", "--no-agent", "--no-directory", "--rand-seed=5")...).ready(t)
	require.NotEmpty(t, portal.Relay)
	key := filepath.Join(t.TempDir(), "agent.key")
	flags := []string{
		"--relay=" + portal.Relay, "--relay-secret-file=" + portal.RelaySecretFile, "--domain=corp.northlight.example",
		"--directory=" + directory.LDAPS, "--ca=" + directory.CA, "--bind-dn=" + directory.BindDN,
		"--bind-password-file=" + directory.BindPasswordFile, "--base-dn=" + directory.BaseDN, "--key-file=" + key,
	}
	agent := start(t, "agent", flags...)
	control := controlOf(portal)
	out := resetFor(t, control, alice, policy.Email)
	require.Equal(t, journal.Done, out.Outcome, out.Attempt.Explanation)
	require.NoError(t, bind(t, directory, alice, newPassword))
	info, err := os.Stat(key)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, agent.stop())
	assert.Equal(t, policy.CodeOnPremisesConnection, resetFor(t, control, "karl@northlight.example", policy.Email).Code, "the agent has left")
	kept, err := os.ReadFile(key)
	require.NoError(t, err)
	start(t, "agent", flags...)
	out = resetFor(t, control, "karl@northlight.example", policy.Email)
	require.Equal(t, journal.Done, out.Outcome, out.Attempt.Explanation)
	again, err := os.ReadFile(key)
	require.NoError(t, err)
	assert.Equal(t, kept, again, "the key survives a restart")
}

// The portal's own agent writes to a directory of another process.
func TestPortalWritesToAnotherDirectory(t *testing.T) {
	directory := start(t, "fakead", append(anyDirectoryPorts, "--rand-seed=9", "--control-listen=127.0.0.1:0")...).ready(t)
	portal := start(t, "portal", append(anyPorts, "--rand-seed=9", "--directory="+directory.LDAPS, "--ca="+directory.CA,
		"--bind-dn="+directory.BindDN, "--bind-password-file="+directory.BindPasswordFile)...).ready(t)
	assert.Empty(t, portal.LDAPS, "there is no second directory")
	control := controlOf(portal)

	out := resetFor(t, control, alice, policy.AppCode)
	require.Equal(t, journal.Done, out.Outcome, out.Attempt.Explanation)
	assert.NoError(t, bind(t, directory, alice, newPassword))
	signIn, err := control.SignIn(t.Context(), "first", api.WorkstationSignIn{User: alice, Password: secret.New(newPassword)})
	require.NoError(t, err)
	assert.True(t, signIn.SignedIn, signIn.Message)

	out = resetFor(t, control, "paula@northlight.example", policy.Email)
	assert.Equal(t, journal.Refused, out.Outcome)
	assert.Equal(t, policy.PasswordRefusedByAD, out.PasswordReason, "the other directory's minimum age")
	assert.Error(t, bind(t, directory, "paula@northlight.example", newPassword))

	// The directory has a clock of its own, and its own control API moves it.
	require.NoError(t, controlOf(directory).Advance(t.Context(), 24*time.Hour))
	out = resetFor(t, control, "paula@northlight.example", policy.Email)
	require.Equal(t, journal.Done, out.Outcome, out.Attempt.Explanation)
	assert.NoError(t, bind(t, directory, "paula@northlight.example", newPassword))
}
