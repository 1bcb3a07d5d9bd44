package notify

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"
)

// A letter is what a mail says, before it has a form.
type letter struct {
	Look       look
	Lang       string
	RTL        bool
	Wide       bool
	Heading    string
	Paragraphs []string // before the code or the facts
	Code       string
	Facts      []fact
	Closing    []string
	Footer     string
}

type fact struct{ Label, Value string }

// text is the plain form: paragraphs apart by blank lines, facts in columns.
func (l letter) text() string {
	var b strings.Builder
	for _, p := range append([]string{l.Heading}, l.Paragraphs...) {
		fmt.Fprintf(&b, "%s\r\n\r\n", p)
	}
	if l.Code != "" {
		fmt.Fprintf(&b, "    %s\r\n\r\n", l.Code)
	}
	width := 0
	for _, f := range l.Facts {
		width = max(width, len([]rune(f.Label)))
	}
	columns := 1 // of a character
	if l.Wide {
		columns = 2
	}
	for _, f := range l.Facts {
		value := f.Value
		if l.RTL {
			value = "\u2066" + value + "\u2069" // the value's own direction (Unicode UAX #9)
		}
		fmt.Fprintf(&b, "    %s:%s %s\r\n", f.Label, strings.Repeat(" ", columns*(width-len([]rune(f.Label)))), value)
	}
	if len(l.Facts) > 0 {
		b.WriteString("\r\n")
	}
	for _, p := range l.Closing {
		fmt.Fprintf(&b, "%s\r\n\r\n", p)
	}
	fmt.Fprintf(&b, "-- \r\n%s\r\n", l.Footer)
	return b.String()
}

// layoutSource is one table with inline styles: what mail programs agree on.
//
//go:embed layout.html
var layoutSource string

var layout = template.Must(template.New("mail").Parse(layoutSource))

// html is the same for mail programs that show it.
func (l letter) html() string {
	var b strings.Builder
	if err := layout.Execute(&b, l); err != nil {
		panic("notify: the layout does not fit a letter: " + err.Error()) // every letter has every field
	}
	return strings.ReplaceAll(strings.ReplaceAll(b.String(), "\r\n", "\n"), "\n", "\r\n")
}
