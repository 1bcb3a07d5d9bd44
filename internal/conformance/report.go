package conformance

import (
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
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Omitted != "" {
			fmt.Fprintf(w, "\nleft out %s (%s): %s\n", o.Exchange.ID, o.Exchange.Title, o.Omitted)
		}
	}
	return nil
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
