package ldif

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// width is the length of lines, their ends not counted (RFC 2849 leaves it
// open; 76 is what the directory tools write).
const width = 76

// A Writer writes records: the version first, an empty line after each. Its
// output is ASCII with line feeds, and a [Reader] returns the same records.
type Writer struct {
	w      *bufio.Writer
	begun  bool
	column int
}

// NewWriter returns a writer to w. Call Flush at the end.
func NewWriter(w io.Writer) *Writer { return &Writer{w: bufio.NewWriter(w)} }

// Comment writes text as a comment, a line for each of its lines.
func (w *Writer) Comment(text string) error {
	w.begin()
	for line := range strings.SplitSeq(strings.TrimRight(text, "\r\n"), "\n") {
		fmt.Fprintf(w.w, "# %s\n", strings.TrimRight(line, "\r"))
	}
	_, err := w.w.WriteString("\n")
	return err
}

// Write writes a record.
func (w *Writer) Write(r Record) error {
	if err := r.check(); err != nil {
		return fmt.Errorf("writing the record of %q: %w", r.DN, err)
	}
	w.begin()
	w.pair("dn", []byte(r.DN))
	for _, c := range r.Controls {
		w.control(c)
	}
	if r.Kind != Content {
		w.pair("changetype", []byte(r.Kind.String()))
	}
	for _, a := range r.Attributes {
		w.values(a.Name, a.Values)
	}
	for _, c := range r.Changes {
		w.pair(c.Kind.String(), []byte(c.Name))
		w.values(c.Name, c.Values)
		w.put("-")
		w.end()
	}
	if r.Kind == Rename {
		w.rename(r)
	}
	_, err := w.w.WriteString("\n")
	return err
}

// Flush writes what is still in memory.
func (w *Writer) Flush() error {
	w.begin()
	return w.w.Flush()
}

func (w *Writer) begin() {
	if !w.begun {
		w.begun = true
		w.pair("version", []byte("1"))
		w.end()
	}
}

func (w *Writer) rename(r Record) {
	w.pair("newrdn", []byte(r.NewRDN))
	flag := "0"
	if r.DeleteOldRDN {
		flag = "1"
	}
	w.pair("deleteoldrdn", []byte(flag))
	if r.NewSuperior != nil {
		w.pair("newsuperior", []byte(*r.NewSuperior))
	}
}

func (w *Writer) values(name string, values [][]byte) {
	for _, v := range values {
		w.pair(name, v)
	}
}

func (w *Writer) control(c Control) {
	w.put("control: ")
	w.put(c.OID)
	if c.Critical {
		w.put(" true")
	} else {
		w.put(" false")
	}
	if c.HasValue {
		w.spec(c.Value)
	}
	w.end()
}

// pair writes a whole line.
func (w *Writer) pair(name string, value []byte) {
	w.put(name)
	w.spec(value)
	w.end()
}

// spec writes a value-spec: text where that is safe, else base64.
func (w *Writer) spec(value []byte) {
	switch {
	case len(value) == 0:
		w.put(":")
	case safe(value):
		w.put(": ")
		w.put(string(value))
	default:
		w.put(":: ")
		w.put(base64.StdEncoding.EncodeToString(value))
	}
}

// put writes part of a line and folds it.
func (w *Writer) put(s string) {
	for w.column+len(s) > width {
		n := width - w.column
		_, _ = w.w.WriteString(s[:n])
		_, _ = w.w.WriteString("\n ")
		s, w.column = s[n:], 1
	}
	_, _ = w.w.WriteString(s)
	w.column += len(s)
}

func (w *Writer) end() {
	_, _ = w.w.WriteString("\n")
	w.column = 0
}

// safe reports whether a value may be written as it is: the SAFE-STRING of RFC
// 2849 without control characters, and no blank at the end.
func safe(v []byte) bool {
	for _, c := range v {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return v[0] != ' ' && v[0] != ':' && v[0] != '<' && v[len(v)-1] != ' '
}

// check refuses what cannot be written so that it is read again as it was.
func (r *Record) check() error {
	full := len(r.Attributes) > 0
	if full != (r.Kind == Content || r.Kind == Add) {
		return fmt.Errorf("kind %s with %d attributes: entries have some, changes have none", r.Kind, len(r.Attributes))
	}
	for _, a := range r.Attributes {
		if !validDescription(a.Name) || reserved(strings.ToLower(a.Name)) || len(a.Values) == 0 {
			return fmt.Errorf("attribute %q with %d values: want a description and at least one value", a.Name, len(a.Values))
		}
	}
	if len(r.Changes) > 0 && r.Kind != Modify {
		return fmt.Errorf("kind %s with modifications", r.Kind)
	}
	for _, c := range r.Changes {
		if !validDescription(c.Name) || len(c.Values) == 0 && (c.Kind == AddValues || c.Kind == IncrementValue) {
			return fmt.Errorf("%s of %q with %d values", c.Kind, c.Name, len(c.Values))
		}
	}
	for _, c := range r.Controls {
		if !validOID(c.OID) || r.Kind == Content {
			return fmt.Errorf("control %q of a %s record: only changes have controls, named by an object identifier", c.OID, r.Kind)
		}
	}
	return nil
}
