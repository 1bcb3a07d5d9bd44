package portal

import (
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestColoursAreReadable computes the contrast of every pair of colours that the
// sheet puts on each other, in both themes (WCAG 2.2, 1.4.3 and 1.4.11).
func TestColoursAreReadable(t *testing.T) {
	b, err := fs.ReadFile(staticFiles, "static/style.css")
	require.NoError(t, err)
	light, rest, ok := strings.Cut(string(b), "@media (prefers-color-scheme: dark)")
	require.True(t, ok)
	dark, _, ok := strings.Cut(rest, "\n}\n")
	require.True(t, ok)

	text := [][2]string{
		{"text", "card"},
		{"text", "ground"},
		{"text", "raised"},
		{"text", "tint"},
		{"text", "warn-ground"},
		{"soft", "card"},
		{"soft", "ground"},
		{"soft", "raised"},
		{"soft", "tint"},
		{"soft", "sky-1"},
		{"soft", "sky-2"},
		{"accent", "card"},
		{"accent", "ground"},
		{"accent", "raised"},
		{"accent", "tint"},
		{"accent-strong", "tint"},
		{"accent-strong", "card"},
		{"on-accent", "accent"},
		{"on-accent", "accent-strong"},
		{"good", "good-ground"},
		{"bad", "bad-ground"},
		{"bad", "card"},
		{"warn", "warn-ground"},
		{"warn", "card"},
		{"on-double", "double"},
	}
	shapes := [][2]string{
		{"edge", "card"},
		{"edge", "raised"},
		{"accent", "card"},
		{"bad", "card"},
		{"focus", "card"},
		{"focus", "ground"},
		{"focus", "raised"},
		{"focus", "sky-1"},
		{"focus", "sky-2"},
	}
	for theme, sheet := range map[string]string{"light": light, "dark": dark} {
		colours := colours(t, sheet)
		for _, p := range text {
			assert.GreaterOrEqual(t, contrast(t, colours, p), 4.5, "%s: %s on %s", theme, p[0], p[1])
		}
		for _, p := range shapes {
			assert.GreaterOrEqual(t, contrast(t, colours, p), 3.0, "%s: %s next to %s", theme, p[0], p[1])
		}
	}
}

var token = regexp.MustCompile(`--([a-z0-9-]+): #([0-9a-f]{6})\b`)

func colours(t *testing.T, sheet string) map[string]float64 {
	t.Helper()
	found := map[string]float64{}
	for _, m := range token.FindAllStringSubmatch(sheet, -1) {
		n, err := strconv.ParseUint(m[2], 16, 32)
		require.NoError(t, err)
		found[m[1]] = 0.2126*linear(n>>16) + 0.7152*linear(n>>8&0xff) + 0.0722*linear(n&0xff)
	}
	return found
}

func linear(octet uint64) float64 {
	c := float64(octet) / 255
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}

func contrast(t *testing.T, luminance map[string]float64, pair [2]string) float64 {
	t.Helper()
	require.Contains(t, luminance, pair[0])
	require.Contains(t, luminance, pair[1])
	a, b := luminance[pair[0]], luminance[pair[1]]
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}
