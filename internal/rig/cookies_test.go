package rig_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// A record of the cookies that a browser was given.
type given struct {
	http.RoundTripper
	mu      sync.Mutex
	cookies []*http.Cookie
}

func (g *given) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := g.RoundTripper.RoundTrip(r)
	if err == nil {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.cookies = append(g.cookies, res.Cookies()...)
	}
	return res, err
}

// values are the values that a cookie had, in their order.
func (g *given) values(name string) (list []string) {
	for _, c := range g.cookies {
		if c.Name == name && c.MaxAge >= 0 {
			list = append(list, c.Value)
		}
	}
	return list
}

// watched is a browser whose cookies are written down, over TLS or in clear.
func watched(t *testing.T, l *rig.Lab) (*browser, *given) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(l.CA)
	transport := &http.Transport{DialContext: l.Config.Network.DialContext, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	g := &given{RoundTripper: transport}
	return &browser{t, l, &http.Client{Jar: jar, Transport: g}}, g
}

var robotField = regexp.MustCompile(`name="robot" value="([^"]+)"`)

// identify goes through the first page, robot check included.
func (b *browser) identify(user string) {
	b.t.Helper()
	page := b.get("/passwordreset")
	found := robotField.FindStringSubmatch(page.body)
	require.NotNil(b.t, found, page.body)
	characters, ok := b.lab.Robot.Answer(found[1])
	require.True(b.t, ok)
	b.post("/passwordreset", "username", user, "robot", found[1], "form", "picture", "characters", characters)
}

func TestSessionsAreRenewedAtEachGateAndCookiesAreKept(t *testing.T) {
	for scheme, prefix := range map[string]string{"http": "", "https": "__Host-"} {
		t.Run(scheme, func(t *testing.T) {
			seed, err := tenant.Demo()
			require.NoError(t, err)
			l, err := rig.NewLab(t.Context(), rig.LabConfig{Seed: seed, RandSeed: 1, Network: memnet.New(), HTTPS: scheme == "https"})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, l.Close(context.WithoutCancel(t.Context()))) })
			require.True(t, strings.HasPrefix(l.PortalURL, scheme+"://"))
			b, g := watched(t, l)
			resetByAnAdministrator(t, b)
			signInWithASecondFactor(t, b)

			resets, signIns := g.values(prefix+"sspr-session"), g.values(prefix+"sspr-signin")
			require.Len(t, resets, 3, "one on the first page, and one more at each of two gates")
			require.Len(t, signIns, 2, "one with the password, another with the second factor")
			distinct := map[string]bool{}
			for _, v := range append(resets, signIns...) {
				distinct[v] = true
			}
			assert.Len(t, distinct, 5)
			worthless(t, l, prefix+"sspr-session", resets[:2], "/passwordreset/session", "has ended")
			worthless(t, l, prefix+"sspr-signin", signIns[:1], "/myaccount", "Sign in")

			for _, c := range g.cookies {
				assert.True(t, strings.HasPrefix(c.Name, prefix+"sspr-"), c.Name)
				assert.True(t, c.HttpOnly, c.Name)
				assert.Equal(t, scheme == "https", c.Secure, c.Name)
				assert.Contains(t, []http.SameSite{http.SameSiteLaxMode, http.SameSiteStrictMode}, c.SameSite, c.Name)
				assert.Equal(t, "/", c.Path, c.Name)
				assert.Empty(t, c.Domain, c.Name)
			}
		})
	}
}

// resetByAnAdministrator passes two gates and sets a password.
func resetByAnAdministrator(t *testing.T, b *browser) {
	t.Helper()
	const carol = "carol@northlight.example"
	b.identify(carol)
	b.post("/passwordreset/proof", "method", string(policy.Email))
	b.post("/passwordreset/answer", "code", b.mailed("carol@home.example"))
	p := b.post("/passwordreset/answer", "method", string(policy.AppCode), "code", b.code(carol))
	require.Contains(t, p.body, "Choose a new password")
	p = b.post("/passwordreset/password", "password", "Quiet-Meadow-93", "confirmation", "Quiet-Meadow-93")
	require.Contains(t, p.body, "has been reset")
}

func signInWithASecondFactor(t *testing.T, b *browser) {
	t.Helper()
	const alice = "alice@northlight.example"
	b.post("/signin", "username", alice, "password", demoPassword)
	b.get("/mysecurityinfo") // demands a second factor
	p := b.post("/signin/answer", "method", string(policy.AppCode), "code", b.code(alice))
	require.Equal(t, "/mysecurityinfo", p.path, p.body)
}

// worthless shows that values of a session's cookie lead nowhere any more.
func worthless(t *testing.T, l *rig.Lab, cookie string, values []string, path, says string) {
	t.Helper()
	for _, v := range values {
		b, _ := watched(t, l)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.PortalURL+path, nil)
		require.NoError(t, err)
		r.AddCookie(&http.Cookie{Name: cookie, Value: v})
		assert.Contains(t, b.read(b.Do(r)).body, says)
	}
}

// Whoever is deleted in the middle of a reset is at its end, and told so.
func TestAResetOfADeletedPersonIsOver(t *testing.T) {
	const frank = "frank@northlight.example"
	l := demoLab(t)
	b := browse(t, l)
	b.identify(frank)
	person, err := l.Tenant.User(t.Context(), frank)
	require.NoError(t, err)
	require.NoError(t, l.Tenant.DeleteUser(t.Context(), person.ID))
	p := b.post("/passwordreset/proof", "method", string(policy.Email))
	assert.Contains(t, p.body, "has ended")
}
