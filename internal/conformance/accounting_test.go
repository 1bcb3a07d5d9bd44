package conformance_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/conformance"
)

// lines reads a list of "KEY rest".
func lines(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, rest, _ := strings.Cut(line, " ")
		assert.NotContains(t, out, key, "%s says it twice", file)
		out[key] = strings.TrimSpace(rest)
	}
	return out
}

func TestEveryObservationIsRepresentedOrListedWithAReason(t *testing.T) {
	observed, unrepresented := lines(t, "observations.txt"), lines(t, "unrepresented.txt")
	require.Len(t, observed, 1177)
	exchanges, err := conformance.All()
	require.NoError(t, err)
	represented := map[string]string{}
	for _, x := range exchanges {
		for _, id := range x.Seen {
			assert.Contains(t, observed, id, "exchange %s represents an observation that does not exist", x.ID)
			assert.Empty(t, represented[id], "observation %s is represented twice, the second time by %s", id, x.ID)
			represented[id] = x.ID
		}
	}
	for id := range observed {
		reason, listed := unrepresented[id]
		assert.False(t, listed && represented[id] != "", "observation %s is represented by %s and listed as unrepresented", id, represented[id])
		assert.True(t, listed || represented[id] != "", "observation %s is neither represented nor listed with a reason", id)
		assert.False(t, listed && reason == "", "observation %s is listed without a reason", id)
	}
	for id := range unrepresented {
		assert.Contains(t, observed, id)
	}
}

// The answer that is expected of Samba is the one that was seen.
func TestExpectationsOfSambaAreTheObservations(t *testing.T) {
	observed := lines(t, "observations.txt")
	exchanges, err := conformance.All()
	require.NoError(t, err)
	for _, x := range exchanges {
		if x.Omit[conformance.Samba] != "" {
			continue
		}
		for _, id := range x.Seen {
			code := observed[id]
			if code == "-" || strings.HasPrefix(id, "A12") {
				continue
			}
			assert.Equal(t, code, strconv.Itoa(x.Codes[conformance.Samba].Code), "exchange %s expects another code of Samba than observation %s has", x.ID, id)
		}
	}
}

func TestTheSuiteHasSixHundredExchanges(t *testing.T) {
	exchanges, err := conformance.All()
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(exchanges), 600)
}

func TestEveryKnownDifferenceOfSambaIsShownByAnExchange(t *testing.T) {
	differences := lines(t, "differences.txt")
	require.Len(t, differences, 53)
	exchanges, err := conformance.All()
	require.NoError(t, err)
	byID := map[string]conformance.Exchange{}
	for _, x := range exchanges {
		byID[x.ID] = x
	}
	for d, id := range differences {
		if reason, none := strings.CutPrefix(id, "-"); none {
			assert.NotEmpty(t, strings.TrimSpace(reason), "%s has no exchange and no reason", d)
			continue
		}
		x, ok := byID[id]
		if !assert.True(t, ok, "%s: there is no exchange %s", d, id) {
			continue
		}
		apart := x.Codes[conformance.Windows] != x.Codes[conformance.Samba] || len(x.Omit) > 0
		for _, c := range x.Then {
			apart = apart || c.Dialect != ""
		}
		assert.True(t, apart, "%s: exchange %s expects the same of both dialects", d, id)
	}
}
