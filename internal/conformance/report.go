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
	Known       string   // why it differs, where the embedded directory does so by design
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
	Version  Dialect // "" was not said
	Lab      bool    // the target says that it is an embedded directory
	Outcomes []Outcome
}

// products are the names of the directories whose answers are expected.
var products = map[Dialect]string{Windows: "Windows Server", Windows2016: "Windows Server 2016", Windows2022: "Windows Server 2022", Samba: "Samba 4.17"}

// A Tally counts exchanges by how they went. Known ones differ by design: they
// are counted apart from those that differ.
type Tally struct{ Agree, Differ, Known, Omitted int }

func (t *Tally) add(o *Outcome) {
	switch {
	case o.Omitted != "":
		t.Omitted++
	case o.Agrees():
		t.Agree++
	case o.Known != "":
		t.Known++
	default:
		t.Differ++
	}
}

// row writes the counts as cells of the table.
func (t *Tally) row(name string, lab bool) string {
	known := ""
	if lab {
		known = fmt.Sprintf("%d\t", t.Known)
	}
	return fmt.Sprintf("%s\t%d\t%d\t%s%d\t\n", name, t.Agree, t.Differ, known, t.Omitted)
}

// Counts returns how many exchanges agree, differ and were left out.
func (r *Report) Counts() Tally {
	var all Tally
	for i := range r.Outcomes {
		all.add(&r.Outcomes[i])
	}
	return all
}

// Write prints the table of agreement by file, then every difference, then those
// that are known of the embedded directory, then what was left out and why.
func (r *Report) Write(w io.Writer) error {
	rows := map[string]*Tally{}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		if rows[o.Exchange.File] == nil {
			rows[o.Exchange.File] = &Tally{}
		}
		rows[o.Exchange.File].add(o)
	}
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s, held against what %s answers\n\n", r.Target, products[cmp.Or(r.Version, r.Dialect)])
	known := ""
	if r.Lab {
		known = "known\t"
	}
	fmt.Fprintf(table, "%s\tagree\tdiffer\t%sleft out\t\n", cmp.Or(r.Version, r.Dialect), known)
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprint(table, rows[name].row(strings.TrimSuffix(name, ".txt"), r.Lab))
	}
	all := r.Counts()
	fmt.Fprint(table, all.row("all", r.Lab))
	if err := table.Flush(); err != nil {
		return err
	}
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		if o.Omitted == "" && len(o.Differences) > 0 && o.Known == "" {
			fmt.Fprintf(w, "\n%s (%s:%d): %s\n", o.Exchange.ID, o.Exchange.File, o.Exchange.Line, o.Exchange.Title)
			writeDifferences(w, o)
		}
	}
	r.writeKnown(w)
	return r.writeOmitted(w)
}

func writeDifferences(w io.Writer, o *Outcome) {
	for _, d := range o.Differences {
		fmt.Fprintf(w, "  %s\n", d)
	}
}

// writeKnown lists the differences that the embedded directory has by design.
func (r *Report) writeKnown(w io.Writer) {
	if n := r.Counts().Known; n > 0 {
		fmt.Fprintf(w, "\nknown, by design, %d: the target says that it is a lab, and a lab differs here\n", n)
	}
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Known != "" {
			fmt.Fprintf(w, "%s (%s:%d): %s\n", o.Exchange.ID, o.Exchange.File, o.Exchange.Line, o.Known)
			writeDifferences(w, o)
		}
	}
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
			Known      string              `json:"known,omitempty"`
			Code       int                 `json:"code"`
			Text       string              `json:"text,omitempty"`
			Matched    string              `json:"matched,omitempty"`
			Entries    int                 `json:"entries,omitempty"`
			Attributes map[string][]string `json:"attributes,omitempty"`
		}{o.Exchange.ID, o.Omitted, o.Known, o.Code, o.Text, o.Matched, o.Entries, o.Attributes}
		if err := e.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
