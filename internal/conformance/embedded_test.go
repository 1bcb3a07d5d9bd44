package conformance_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"flag"
	chacha "math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/adwire"
	"github.com/ssprlab/ssprlab/internal/conformance"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/memnet/tlstest"
	"github.com/ssprlab/ssprlab/internal/secret"
)

var only = flag.String("only", "", "play only the exchanges of files that start with this")

const (
	administratorPassword = "Adm1n!Passw0rd"
	host                  = "dc1.corp.example"
	labMarker             = "an embedded domain"
)

var listeners = map[string]string{"ldap": host + ":389", "ldaps": host + ":636", "gc": host + ":3268", "gcs": host + ":3269"}

// A labClock moves when it is told to, and a little with each look: two things
// never happen at the same moment.
type labClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *labClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Microsecond)
	return c.now
}

func (c *labClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A securityLog keeps what the domain controller writes until it is taken.
type securityLog struct {
	mu     sync.Mutex
	events []conformance.Event
}

func (l *securityLog) add(e directory.SecurityEvent) {
	fields := map[string]string{}
	for _, f := range e.Fields {
		fields[f.Name] = f.Value
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, conformance.WindowsEvent(e.ID, e.Success, fields))
}

func (l *securityLog) take(context.Context) ([]conformance.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.events
	l.events = nil
	return taken, nil
}

// embedded serves our directory in a dialect on a network in memory.
func embedded(t *testing.T, dialect directory.Dialect, build string) conformance.Target {
	t.Helper()
	clock := &labClock{now: time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC)}
	var log securityLog
	forest, err := directory.NewForest(directory.ForestConfig{
		OnEvent: log.add,
		Flavour: directory.Flavour{Dialect: dialect, Build: build}, Now: clock.Now(), Rand: chacha.NewChaCha8([32]byte{1}),
		Domains: []directory.DomainConfig{{DNSName: "corp.example", NetBIOS: "CORP", Password: administratorPassword}},
	})
	require.NoError(t, err)
	// The administrator must still be able to sign in when exchanges have aged
	// passwords by moving the clock.
	require.NoError(t, forest.Domains()[0].Set(clock.Now(), "CN=Administrator,CN=Users,DC=corp,DC=example", map[string][]string{"userAccountControl": {"66048"}}))
	require.NoError(t, forest.Domains()[0].Set(clock.Now(), "DC=corp,DC=example", map[string][]string{"description": {labMarker}}))
	cert, roots := tlstest.Identity(t, host)
	network := memnet.New()
	server := adwire.New(adwire.Config{Directory: forest.Domains()[0].DCs()[0], Now: clock.Now, TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
	for kind, address := range listeners {
		l, err := network.Listen(t.Context(), "tcp", address)
		require.NoError(t, err)
		options := adwire.Options{TLS: kind == "ldaps" || kind == "gcs", GlobalCatalog: kind == "gc" || kind == "gcs"}
		go func() { assert.NoError(t, server.Serve(context.Background(), l, options)) }()
	}
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		assert.Zero(t, server.Stats().Panics, "recovered panics")
	})
	target := conformance.Target{
		URL: "ldaps://" + host, BindDN: "CN=Administrator,CN=Users,DC=corp,DC=example", Password: secret.New(administratorPassword), CA: roots, Dialect: conformance.Windows,
		Dial: func(ctx context.Context, over string) (net.Conn, error) {
			return network.DialContext(ctx, "tcp", listeners[over])
		},
		Now: clock.Now, Advance: clock.Advance,
		Age: func(_ context.Context, _ string, by time.Duration) error { clock.Advance(by); return nil },
		Signing: func(_ context.Context, required bool) error {
			forest.Domains()[0].DCs()[0].RequireSigning(required)
			return nil
		},
		Events: log.take, LabMarker: labMarker,
	}
	if dialect == directory.Samba {
		target.Dialect = conformance.Samba
	} else {
		target.Version = conformance.Dialect(dialect)
	}
	return target
}

// Our directory answers every exchange as the dialect's domain controller does,
// but for a list of known differences; what is on the list and agrees must come
// off it.
func TestEmbeddedDirectoryAgreesInEachDialect(t *testing.T) {
	exchanges, err := conformance.All()
	require.NoError(t, err)
	exchanges = slices.DeleteFunc(exchanges, func(x conformance.Exchange) bool { return !strings.HasPrefix(x.File, *only) })
	for _, dialect := range []struct {
		name  directory.Dialect
		build string
	}{{directory.Windows2022, ""}, {directory.Windows2016, ""}, {directory.Samba, ""}} {
		t.Run(string(dialect.name), func(t *testing.T) {
			t.Parallel()
			target := embedded(t, dialect.name, dialect.build)
			report, err := conformance.Run(t.Context(), target, "t1", exchanges)
			require.NoError(t, err)
			known, err := conformance.KnownOfLab(target.Dialect)
			require.NoError(t, err)
			for _, o := range report.Outcomes {
				_, listed := known[o.Exchange.ID]
				assert.False(t, listed && o.Agrees(), "%s agrees now: take it off the list of known differences", o.Exchange.ID)
				delete(known, o.Exchange.ID)
			}
			if *only == "" {
				assert.Empty(t, known, "known differences of exchanges that do not exist")
			}
			n := report.Counts()
			if n.Differ > 0 {
				var text bytes.Buffer
				require.NoError(t, report.Write(&text))
				t.Errorf("%s", text.String())
			}
			t.Logf("%+v", n)
		})
	}
}

// What the embedded directory does by design is no fault of it, is told all the
// same, and excuses no other directory and no other answer.
func TestKnownDifferencesAreThoseOfALabAlone(t *testing.T) {
	all, err := conformance.All()
	require.NoError(t, err)
	exchange := func(id string) conformance.Exchange {
		i := slices.IndexFunc(all, func(x conformance.Exchange) bool { return x.ID == id })
		require.GreaterOrEqual(t, i, 0)
		return all[i]
	}
	two := []conformance.Exchange{exchange("sasl-gssapi"), exchange("dse-all")}
	play := func(target conformance.Target, exchanges ...conformance.Exchange) (conformance.Tally, string) {
		report, err := conformance.Run(t.Context(), target, "t1", exchanges)
		require.NoError(t, err)
		var text bytes.Buffer
		require.NoError(t, report.Write(&text))
		return report.Counts(), text.String()
	}
	target := embedded(t, directory.Windows2022, "4f7c")
	n, text := play(target, two...)
	assert.Equal(t, conformance.Tally{Agree: 1, Known: 1}, n)
	assert.Contains(t, text, "known, by design, 1: ")
	assert.Regexp(t, `sasl-gssapi \(02-binds.txt:[0-9]+\): Kerberos does not work here, .*\n  code 7 .*, want 14\n`, text)

	elsewhere := exchange("sasl-gssapi")
	elsewhere.Codes = map[conformance.Dialect]conformance.Answer{conformance.Windows: {Code: 7, Text: "something else"}}
	n, _ = play(target, elsewhere)
	assert.Equal(t, conformance.Tally{Differ: 1}, n, "another difference of the same exchange is news")

	target.LabMarker = "another directory"
	n, text = play(target, two...)
	assert.Equal(t, conformance.Tally{Agree: 1, Differ: 1}, n)
	assert.NotContains(t, text, "known")
}

// Over LDAP alone, nobody can make a password older: shorter maximum ages do for
// Windows; for Samba the exchanges are left out with the reason.
func TestOldPasswordsOverLDAPAlone(t *testing.T) {
	all, err := conformance.All()
	require.NoError(t, err)
	ages := slices.DeleteFunc(all, func(x conformance.Exchange) bool {
		return !slices.ContainsFunc(x.Given, func(s conformance.Step) bool { return s.Kind == "age" })
	})
	for dialect, want := range map[directory.Dialect]struct{ played, omitted int }{directory.Windows2022: {21, 0}, directory.Samba: {7, 14}} {
		t.Run(string(dialect), func(t *testing.T) {
			target := embedded(t, dialect, "4f7c")
			target.Age = nil
			report, err := conformance.Run(t.Context(), target, "t1", ages)
			require.NoError(t, err)
			n := report.Counts()
			var text bytes.Buffer
			require.NoError(t, report.Write(&text))
			assert.Zero(t, n.Differ, text.String())
			assert.Equal(t, want.played, n.Agree)
			assert.Equal(t, want.omitted, n.Omitted)
			if n.Omitted > 0 {
				assert.Contains(t, text.String(), "Samba takes a maximum age of a day or less for none")
			}
		})
	}
}
