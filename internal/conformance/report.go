package conformance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// An Outcome is how one exchange went.
type Outcome struct {
	Exchange    *Exchange
	Omitted     string   // why it was not played; "" it was
	Unanswered  bool     // because nobody has said or seen what the dialect answers
	Differences []string // empty: it agrees
	Code        int
	Text        string
	Matched     string
	Entries     int
	Attributes  map[string][]string // those that were looked at
}

// note keeps what was read, for the record.
func (o *Outcome) note(name string, values []string) {
	if o.Attributes == nil {
		o.Attributes = map[string][]string{}
	}
	o.Attributes[name] = values
}

// Agrees says whether the exchange was played and went as expected.
func (o *Outcome) Agrees() bool { return o.Omitted == "" && len(o.Differences) == 0 }

// A Report is the outcome of a run.
type Report struct {
	Target   string
	Dialect  Dialect
	Outcomes []Outcome
}

// products are the names of the directories whose answers are expected.
var products = map[Dialect]string{Windows: "Windows Server", Samba: "Samba 4.17"}

// Counts returns how many exchanges agree, differ and were left out.
func (r *Report) Counts() (agree, differ, omitted int) {
	for i := range r.Outcomes {
		switch o := &r.Outcomes[i]; {
		case o.Omitted != "":
			omitted++
		case o.Agrees():
			agree++
		default:
			differ++
		}
	}
	return agree, differ, omitted
}

// Write prints the table of agreement by file, then every difference, then what
// was left out and why.
func (r *Report) Write(w io.Writer) error {
	type row struct{ agree, differ, omitted int }
	rows := map[string]*row{}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		one := rows[o.Exchange.File]
		if one == nil {
			one = &row{}
			rows[o.Exchange.File] = one
		}
		switch {
		case o.Omitted != "":
			one.omitted++
		case o.Agrees():
			one.agree++
		default:
			one.differ++
		}
	}
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s, held against what %s answers\n\n", r.Target, products[r.Dialect])
	fmt.Fprintf(table, "%s\tagree\tdiffer\tleft out\t\n", r.Dialect)
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t\n", strings.TrimSuffix(name, ".txt"), rows[name].agree, rows[name].differ, rows[name].omitted)
	}
	agree, differ, omitted := r.Counts()
	fmt.Fprintf(table, "all\t%d\t%d\t%d\t\n", agree, differ, omitted)
	if err := table.Flush(); err != nil {
		return err
	}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		if o.Omitted == "" && len(o.Differences) > 0 {
			fmt.Fprintf(w, "\n%s (%s:%d): %s\n", o.Exchange.ID, o.Exchange.File, o.Exchange.Line, o.Exchange.Title)
			for _, d := range o.Differences {
				fmt.Fprintf(w, "  %s\n", d)
			}
		}
	}
	return r.writeOmitted(w)
}

// writeOmitted lists what was left out by reason, the commonest first, and what
// there is no answer of the dialect for.
func (r *Report) writeOmitted(w io.Writer) error {
	ids := map[string][]string{}
	var unanswered []string
	for i := range r.Outcomes {
		switch o := &r.Outcomes[i]; {
		case o.Unanswered:
			unanswered = append(unanswered, fmt.Sprintf("  %s: %s\n", o.Exchange.ID, o.Omitted))
		case o.Omitted != "":
			ids[o.Omitted] = append(ids[o.Omitted], o.Exchange.ID)
		}
	}
	if len(unanswered) > 0 {
		fmt.Fprintf(w, "\nleft out, %d: no answer of %s is expected, for the reason given\n%s", len(unanswered), products[r.Dialect], strings.Join(unanswered, ""))
	}
	reasons := slices.SortedFunc(maps.Keys(ids), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(ids[b]), len(ids[a])), strings.Compare(a, b))
	})
	for _, why := range reasons {
		if _, err := fmt.Fprintf(w, "\nleft out, %d: %s\n%s", len(ids[why]), why, wrapped(ids[why])); err != nil {
			return err
		}
	}
	return nil
}

// wrapped writes words in lines of a readable width.
func wrapped(words []string) string {
	const width = 100
	var b strings.Builder
	line := " "
	for _, w := range words {
		if len(line)+1+len(w) > width {
			b.WriteString(line + "\n")
			line = " "
		}
		line += " " + w
	}
	return b.String() + line + "\n"
}

// Record writes the answers as JSON lines in the order of the exchanges.
func (r *Report) Record(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		line := struct {
			ID         string              `json:"id"`
			Omitted    string              `json:"omitted,omitempty"`
			Code       int                 `json:"code"`
			Text       string              `json:"text,omitempty"`
			Matched    string              `json:"matched,omitempty"`
			Entries    int                 `json:"entries,omitempty"`
			Attributes map[string][]string `json:"attributes,omitempty"`
		}{o.Exchange.ID, o.Omitted, o.Code, o.Text, o.Matched, o.Entries, o.Attributes}
		if err := e.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
