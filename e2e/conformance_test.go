package e2e

import (
	"bytes"
	"context"
	"flag"
	"os"
	"strings"
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
	target := conformance.Target{
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
	if _, differ, _ := report.Counts(); differ > 0 {
		t.Errorf("%s", text.String())
		return
	}
	t.Log(text.String())
}
