package journal

import (
	"fmt"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// Explain renders the decision record for a terminal or a failed test: what was
// asked, each check in order, what was offered and done, what went over the
// wire, and last the smallest change that would have let it pass.
func (a Attempt) Explain() string {
	var e explanation
	e.heading(a)
	e.checks(a.Checks)
	e.offers(a.Offers)
	e.steps(a.Started, a.Steps)
	e.envelope(a.Envelope)
	e.exchanges(a.LDAP)
	e.events(a.Events)
	e.linef("smallest change that would have let it pass: %s", a.smallestChange())
	return e.String()
}

// smallestChange is the attempt's own remedy, else that of the check that failed.
func (a Attempt) smallestChange() string {
	if a.Remedy != "" {
		return a.Remedy
	}
	switch a.Outcome {
	case Done:
		return "none needed, it passed"
	case Open, "":
		return "none yet, it is still open"
	case Cancelled:
		return "not to cancel"
	}
	for _, c := range a.Checks {
		if c.Verdict == policy.Failed && c.Remedy != "" {
			return c.Remedy
		}
	}
	return "not known"
}

// An explanation is the text as it grows.
type explanation struct{ strings.Builder }

func (e *explanation) linef(format string, args ...any) {
	e.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " "))
	e.WriteByte('\n')
}

// table writes a title and rows whose columns are as wide as they must be. A
// row that begins with an empty cell continues the one above.
func (e *explanation) table(title string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	var width []int
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] { // the last column is as long as it likes
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	e.linef("%s", title)
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if i == len(row)-1 {
				line.WriteString(cell)
				break
			}
			line.WriteString(cell + strings.Repeat(" ", width[i]-len([]rune(cell))+2))
		}
		e.linef("  %s", line.String())
	}
	e.linef("")
}

func (e *explanation) heading(a Attempt) {
	verdict := string(a.Outcome)
	for _, word := range []string{string(a.Code), a.Cause} {
		if word != "" {
			verdict += ", " + word
		}
	}
	when := a.Started.UTC().Format("2006-01-02 15:04:05 MST")
	if a.Ended != nil {
		when += fmt.Sprintf(", ended after %s", a.Ended.Sub(a.Started).Round(time.Millisecond))
	}
	rows := [][]string{{"correlation", a.CorrelationID}, {"started", when}}
	if a.UserID != "" {
		rows = append(rows, []string{"object", a.UserID})
	}
	if a.Gates > 0 {
		rows = append(rows, []string{"gates", fmt.Sprint(a.Gates)})
	}
	e.table(fmt.Sprintf("%s of %s: %s", a.Kind, orDash(a.UserPrincipalName), verdict), rows)
}

var marks = map[policy.Verdict]string{policy.Passed: "ok", policy.Failed: "FAIL", policy.Skipped: "-"}

func (e *explanation) checks(checks []policy.Check) {
	var rows [][]string
	for _, c := range checks {
		say := c.Detail
		if say == "" {
			say = c.Rule
		}
		rows = append(rows, []string{marks[c.Verdict], c.Name, say})
		if c.Verdict != policy.Failed {
			continue
		}
		if c.Detail != "" && c.Rule != "" {
			rows = append(rows, []string{"", "", "rule: " + c.Rule})
		}
		if c.Source != "" {
			rows = append(rows, []string{"", "", "source: " + c.Source})
		}
		if len(c.Input) > 0 {
			rows = append(rows, []string{"", "", "input: " + facts(c.Input)})
		}
	}
	e.table("checks", rows)
}

func facts(input []policy.Fact) string {
	var list []string
	for _, f := range input {
		list = append(list, f.Name+"="+orDash(f.Value))
	}
	return strings.Join(list, ", ")
}

func (e *explanation) offers(gates []GateOffers) {
	for _, g := range gates {
		var rows [][]string
		for _, o := range g.Offers {
			word := "withheld"
			if o.Offered {
				word = "offered"
			}
			rows = append(rows, []string{word, string(o.Method), orDash(o.Target), o.Reason})
		}
		e.table(fmt.Sprintf("methods at gate %d", g.Gate), rows)
	}
}

func (e *explanation) steps(start time.Time, steps []Step) {
	var rows [][]string
	for _, s := range steps {
		rows = append(rows, []string{"+" + s.Time.Sub(start).Round(time.Millisecond).String(), s.What, s.Detail})
	}
	e.table("steps", rows)
}

func (e *explanation) envelope(v *Envelope) {
	if v == nil {
		return
	}
	rows := [][]string{
		{"message", fmt.Sprintf("%s, %d octets, %s", v.MessageID, v.Size, v.Algorithms)},
		{"domain", v.Domain},
		{"key", v.KeyID},
		{"life", fmt.Sprintf("sealed %s, expires after %s", v.Sealed.UTC().Format("15:04:05.000"), v.Expires.Sub(v.Sealed))},
	}
	if v.Answered.IsZero() {
		rows = append(rows, []string{"answer", "none"})
	} else {
		rows = append(rows, []string{"answer", fmt.Sprintf("after %s by %s", v.Answered.Sub(v.Sealed), orDash(v.Agent))})
	}
	e.table("writeback message", rows)
}

func (e *explanation) exchanges(list []Exchange) {
	var rows [][]string
	server := ""
	for _, x := range list {
		if server == "" {
			server = x.Server
		}
		rows = append(rows, []string{x.Operation, orDash(x.DN), fmt.Sprintf("%d %s", x.Code, x.CodeName)})
		for _, d := range x.Detail {
			rows = append(rows, []string{"", "", d})
		}
		for _, c := range x.Controls {
			rows = append(rows, []string{"", "", "control " + c})
		}
		if x.Entries > 0 {
			rows = append(rows, []string{"", "", fmt.Sprintf("%d entries", x.Entries)})
		}
		if x.Diagnostic != "" {
			rows = append(rows, []string{"", "", "said " + strings.TrimRight(x.Diagnostic, "\x00")})
		}
		if x.Server != server {
			rows = append(rows, []string{"", "", "at " + x.Server})
		}
	}
	e.table("directory "+server, rows)
}

func (e *explanation) events(refs []EventRef) {
	var rows [][]string
	for _, r := range refs {
		id := ""
		if r.ID != 0 {
			id = fmt.Sprint(r.ID)
		}
		rows = append(rows, []string{fmt.Sprintf("#%d", r.Seq), string(r.Channel), id, r.Text})
	}
	e.table("journal", rows)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
