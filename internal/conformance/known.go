package conformance

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed known/*.txt
var knownLists embed.FS

// A Known difference is one that the embedded directory itself has, by design.
// Only the code that stands in the list is known: any other is news.
type Known struct {
	Code int
	Why  string
}

// KnownOfLab returns the differences that the embedded directory has by design in
// a dialect, by exchange.
func KnownOfLab(d Dialect) (map[string]Known, error) {
	text, err := knownLists.ReadFile("known/" + string(d) + ".txt")
	if err != nil {
		return nil, fmt.Errorf("no list of known differences for the dialect %q: %w", d, err)
	}
	out := map[string]Known{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, rest, _ := strings.Cut(line, " ")
		number, why, _ := strings.Cut(rest, " ")
		code, err := strconv.Atoi(number)
		if err != nil || why == "" {
			return nil, fmt.Errorf("known/%s.txt: %q is no exchange, code and reason", d, line)
		}
		out[id] = Known{code, why}
	}
	return out, nil
}

// excuse says of an outcome of the embedded directory that it differs in the code
// that is known and in nothing else.
func excuse(known map[string]Known, out *Outcome) {
	k, listed := known[out.Exchange.ID]
	if listed && len(out.Differences) == 1 && strings.HasPrefix(out.Differences[0], fmt.Sprintf("code %d ", k.Code)) {
		out.Known = k.Why
	}
}
