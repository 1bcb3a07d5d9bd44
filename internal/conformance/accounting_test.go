package conformance_test

import (
	"os"
	"path/filepath"
	"regexp"
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
	exchanges, err := conformance.All()
	require.NoError(t, err)
	byID := map[string]conformance.Exchange{}
	for _, x := range exchanges {
		byID[x.ID] = x
	}
	for d, id := range differences {
		if reason, none := strings.CutPrefix(id, "-"); none {
			assert.Regexp(t, `\w+: Test\w+`, reason, "%s has no exchange, and no reason or no other test", d)
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

var (
	differenceRow = regexp.MustCompile(`^\| D\d\d \|`)
	observationID = regexp.MustCompile(`A\d\d-\d{3}`)
	goTest        = regexp.MustCompile(`Test\w+`)
	goPackage     = regexp.MustCompile(`internal/[a-z/]+`)
)

// Every difference stands in the document in one line with its source, its grade
// and the test that the suite's own list names.
func TestTheDocumentNamesSourceGradeAndTestOfEveryDifference(t *testing.T) {
	differences, observed := lines(t, "differences.txt"), lines(t, "observations.txt")
	text, err := os.ReadFile("../../docs/divergences.md")
	require.NoError(t, err)
	grades := []string{"specified", "documented", "observed", "assumed"}
	seen := 0
	for line := range strings.Lines(string(text)) {
		if !differenceRow.MatchString(line) {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "| "), " | ")
		require.Len(t, cells, 7, line)
		number, source, grade, test := cells[0], cells[4], cells[5], cells[6]
		seen++
		assert.Equal(t, seen, orderOf(number), "%s stands out of order", number)
		for _, g := range strings.Split(grade, ", ") {
			assert.Contains(t, grades, g, "%s has another grade", number)
		}
		assert.Regexp(t, `MS-|RFC |AD \d|output|Learn|event-|ours`, source, "%s says not where the answer of Windows comes from", number)
		ids := observationID.FindAllString(source, -1)
		for _, id := range ids {
			assert.Contains(t, observed, id, number)
		}
		assert.True(t, len(ids) > 0 || strings.Contains(source, "outside of the record"), "%s says not where the answer of Samba comes from", number)
		want := differences[number]
		if !strings.HasPrefix(want, "-") {
			assert.Equal(t, "`"+want+"`", test, "%s names another exchange than differences.txt", number)
			continue
		}
		assert.Equal(t, goTest.FindAllString(want, -1), goTest.FindAllString(test, -1), number)
		for _, name := range goTest.FindAllString(test, -1) {
			assert.True(t, declares(t, goPackage.FindString(test), name), "%s: there is no %s", number, name)
		}
	}
	assert.Len(t, differences, seen, "the document and differences.txt have the same differences")
}

func orderOf(number string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(number, "D"))
	return n
}

// declares says whether a package has a test of that name.
func declares(t *testing.T, pkg, test string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", pkg, "*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.Contains(string(text), "\nfunc "+test+"(t *testing.T)") {
			return true
		}
	}
	return false
}
