package e2e

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/conformance"
	"github.com/ssprlab/ssprlab/internal/sambaoracle"
	"github.com/ssprlab/ssprlab/internal/secret"
)

var (
	recordConformance = flag.String("conformance.record", "", "write what the Samba AD DC answers to this file")
	onlyConformance   = flag.String("conformance.only", "", "play only the exchanges of files that start with this")
)

// The suite as a stranger starts it, against a directory of another process.
func TestConformanceOfAFakead(t *testing.T) {
	demo, err := os.ReadFile(filepath.Join("..", "internal", "tenant", "demo.yaml"))
	require.NoError(t, err)
	for _, dialect := range []string{"windows-2022", "windows-2016", "samba"} {
		t.Run(dialect, func(t *testing.T) {
			seed := strings.Replace(string(demo), "dialect: windows-2022", "dialect: "+dialect, 1)
			file := filepath.Join(t.TempDir(), "seed.yaml")
			require.NoError(t, os.WriteFile(file, []byte(seed), 0o600))
			p := start(t, "fakead", slices.Concat([]string{"--seed=" + file, "--rand-seed=3", "--control-listen=127.0.0.1:0"}, anyDirectoryPorts, catalogueFlags)...)
			r := p.ready(t)
			record := filepath.Join(t.TempDir(), "answers.jsonl")
			code, out, errs := runProgram(t, oldPassword+"\n", "ssprctl", "--ready="+p.readyFile, "conformance", "run", "--with-lab", "--dialect="+dialect,
				"--url="+r.LDAPS, "--ldap-url="+r.LDAP, "--gc-url="+r.GC, "--gcs-url="+r.GCS, "--ca="+r.CA, "--bind-dn="+erin, "--record="+record,
				"--only=log-", "--only=signing-", "--only=notif", "--only=gc-", "--only=state-max-age-0", "--only=dse-admin", "--only=last-set-keeps", "--only=sasl-", "--only=version-")
			assert.Zero(t, code, out+errs)
			known := map[string]int{"windows-2022": 2, "windows-2016": 2, "samba": 3}[dialect]
			assert.Regexp(t, fmt.Sprintf(`(?m)^ +all +[0-9]+ +0 +%d +0$`, known), out, "nothing differs but what is known, nothing is left out")
			assert.Contains(t, out, fmt.Sprintf("known, by design, %d: ", known))
			assert.Regexp(t, `(?m)^sasl-gss-spnego .*: Negotiate does not work here`, out)
			answers, err := os.ReadFile(record)
			require.NoError(t, err)
			assert.Contains(t, string(answers), `{"id":"gc-base","code":0,`)
			assert.NotContains(t, string(answers), oldPassword)
		})
	}
	t.Run("the wrong dialect", func(t *testing.T) {
		f := newForeignDirectory(t)
		code, out, errs := runProgram(t, oldPassword+"\n", "ssprctl", "conformance", "run", "--dialect=samba", "--url="+f.ready.LDAPS, "--ldap-url="+f.ready.LDAP,
			"--ca="+f.ready.CA, "--bind-dn="+erin, "--only=dse-all", "--only=log-reset", "--only=gc-base")
		assert.Equal(t, 1, code)
		assert.Contains(t, errs, "1 of the 1 exchanges that were played differ")
		assert.Contains(t, out, "dse-all (01-server.txt:")
		assert.Contains(t, out, "left out, 3: it looks at the domain controller's Security log, which LDAP does not show\n  log-reset log-reset-refused log-reset-forbidden\n")
	})
}

// Every exchange agrees with a real domain controller in the Samba dialect.
func TestConformanceOfSamba(t *testing.T) {
	dc := sambaoracle.Start(t)
	all, err := conformance.All()
	require.NoError(t, err)
	var exchanges []conformance.Exchange
	for _, x := range all {
		if strings.HasPrefix(x.File, *onlyConformance) {
			exchanges = append(exchanges, x)
		}
	}
	var strict atomic.Value // address of the server that requires signing, while one does
	strict.Store("")
	second := sync.OnceValue(dc.Strict)
	target := conformance.Target{
		Dial: func(ctx context.Context, over string) (net.Conn, error) {
			port := map[string]string{"ldap": "389", "ldaps": "636", "gc": "3268", "gcs": "3269"}[over]
			return (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", net.JoinHostPort(cmp.Or(strict.Load().(string), dc.Address), port))
		},
		Signing: func(_ context.Context, required bool) error {
			strict.Store("")
			if required {
				strict.Store(second())
			}
			return nil
		},
		URL: dc.URL, BindDN: dc.AdminName, Password: secret.New(dc.AdminPassword), CA: dc.CA, Dialect: conformance.Samba,
		Age:    func(_ context.Context, dn string, by time.Duration) error { dc.Age(dn, by); return nil },
		Events: conformance.SambaLog(dc.Log()),
	}
	report, err := conformance.Run(t.Context(), target, "t1", exchanges)
	assert.NoError(t, err) // the report is worth more than the failure to clean up
	if *recordConformance != "" {
		f, err := os.Create(*recordConformance)
		require.NoError(t, err)
		require.NoError(t, report.Record(f))
		require.NoError(t, f.Close())
	}
	var text bytes.Buffer
	require.NoError(t, report.Write(&text))
	if report.Counts().Differ > 0 {
		t.Errorf("%s", text.String())
		return
	}
	t.Log(text.String())
}
