package ldif

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// A Reader reads the records of a file one after the other. It takes what the
// RFC says, and a little more that is met in practice: text in UTF-8 that is
// not base64, files without a version, contents and changes in one file.
type Reader struct {
	lines  lines
	ahead  []byte // a line that was read too early
	kept   bool
	inside bool // a record or the version has been seen
	failed error
}

// NewReader returns a reader of r.
func NewReader(r io.Reader) *Reader {
	return &Reader{lines: lines{r: bufio.NewReader(r)}}
}

// Read returns the next record, or io.EOF after the last. A mistake in the file
// is a [*SyntaxError], and is returned again by every later call.
func (r *Reader) Read() (Record, error) {
	if r.failed != nil {
		return Record{}, r.failed
	}
	rec, err := r.record()
	if err != nil {
		r.failed = err
		return Record{}, err
	}
	return rec, nil
}

// line returns the next line; at the end of the file it is empty once, so that
// the last record ends like the others.
func (r *Reader) line() ([]byte, error) {
	if r.kept {
		r.kept = false
		return r.ahead, nil
	}
	return r.lines.next()
}

func (r *Reader) unread(line []byte) { r.ahead, r.kept = line, true }

// body returns the next line of a record, nil where it ends.
func (r *Reader) body() ([]byte, error) {
	line, err := r.line()
	if errors.Is(err, io.EOF) || err == nil && len(line) == 0 {
		return nil, nil
	}
	return line, err
}

func (r *Reader) wrong(format string, args ...any) error {
	return wrong(r.lines.start, format, args...)
}

// record reads one record.
func (r *Reader) record() (Record, error) {
	rec := Record{}
	for {
		line, err := r.line()
		if err != nil {
			return rec, err
		}
		if len(line) == 0 {
			continue
		}
		name, value, err := r.split(line)
		if err != nil {
			return rec, err
		}
		first := !r.inside
		r.inside = true
		switch {
		case first && strings.EqualFold(name, "version"):
			if string(value) != "1" {
				return rec, r.wrong("version %q: only version 1 exists (RFC 2849)", value)
			}
			continue
		case !strings.EqualFold(name, "dn"):
			return rec, r.wrong("%q where a record begins: every record begins with dn, and an empty line stands before it", name)
		}
		rec.Line = r.lines.start
		if rec.DN, err = r.text("dn", value); err != nil {
			return rec, err
		}
		return rec, r.rest(&rec)
	}
}

// rest reads what follows the dn.
func (r *Reader) rest(rec *Record) error {
	for {
		line, err := r.body()
		if err != nil {
			return err
		}
		if line == nil {
			if len(rec.Controls) > 0 {
				return r.wrong("the record of %q has a control but no changetype: say which change it goes with", rec.DN)
			}
			return wrong(rec.Line, "the record of %q says nothing: give attributes, or a changetype", rec.DN)
		}
		word, _, _ := bytes.Cut(line, []byte{':'})
		switch strings.ToLower(string(word)) {
		case "control":
			c, err := r.control(line)
			if err != nil {
				return err
			}
			rec.Controls = append(rec.Controls, c)
		case "changetype":
			return r.change(rec, line)
		default:
			if len(rec.Controls) > 0 {
				return r.wrong("a changetype must follow the control of %q: only changes have controls", rec.DN)
			}
			r.unread(line)
			return r.attributes(rec)
		}
	}
}

// change reads a change record from its changetype.
func (r *Reader) change(rec *Record, line []byte) error {
	_, value, err := r.split(line)
	if err != nil {
		return err
	}
	switch word := strings.ToLower(string(value)); word {
	case "add":
		rec.Kind = Add
		return r.attributes(rec)
	case "delete":
		rec.Kind = Delete
		return r.ends(rec)
	case "modify":
		rec.Kind = Modify
		return r.modifications(rec)
	case "modrdn", "moddn":
		rec.Kind = Rename
		return r.rename(rec)
	}
	return r.wrong("changetype %q: want add, delete, modify, modrdn or moddn", value)
}

// ends checks that nothing more belongs to the record.
func (r *Reader) ends(rec *Record) error {
	line, err := r.body()
	if err != nil || line == nil {
		return err
	}
	return r.wrong("%.40q after the %s of %q: an empty line must stand between records", line, rec.Kind, rec.DN)
}

// attributes reads the lines of an entry.
func (r *Reader) attributes(rec *Record) error {
	at := map[string]int{}
	for {
		line, err := r.body()
		if err != nil {
			return err
		}
		if line == nil {
			break
		}
		name, value, err := r.split(line)
		if err != nil {
			return err
		}
		key := strings.ToLower(name)
		if reserved(key) {
			return r.wrong("%s among the attributes of %q: an empty line must stand before a dn, and control and changetype follow it", key, rec.DN)
		}
		i, seen := at[key]
		if !seen {
			i = len(rec.Attributes)
			at[key] = i
			rec.Attributes = append(rec.Attributes, Attribute{Name: name})
		}
		rec.Attributes[i].Values = append(rec.Attributes[i].Values, value)
	}
	if len(rec.Attributes) == 0 {
		return wrong(rec.Line, "the %s of %q has no attribute: give at least objectClass", rec.Kind, rec.DN)
	}
	return nil
}

// modifications reads the parts of a modify, each ended by a dash.
func (r *Reader) modifications(rec *Record) error {
	for {
		line, err := r.body()
		if err != nil || line == nil {
			return err
		}
		word, value, err := r.split(line)
		if err != nil {
			return err
		}
		c := Change{Kind: -1, Name: string(value)}
		for k, w := range changeWords {
			if strings.EqualFold(word, w) {
				c.Kind = ChangeKind(k)
			}
		}
		if c.Kind < 0 {
			return r.wrong("%q where a modification begins: want add, delete, replace or increment, and the name of the attribute", word)
		}
		if !validDescription(c.Name) {
			return r.wrong("%s %q: want the name of an attribute", c.Kind, c.Name)
		}
		if err := r.modification(rec, &c); err != nil {
			return err
		}
		rec.Changes = append(rec.Changes, c)
	}
}

// modification reads the values of one part.
func (r *Reader) modification(rec *Record, c *Change) error {
	begun := r.lines.start
	for {
		line, err := r.body()
		if err != nil {
			return err
		}
		if line == nil {
			return wrong(begun, "the %s of %s in %q does not end: close it with a line that holds only -", c.Kind, c.Name, rec.DN)
		}
		if string(line) == "-" {
			break
		}
		name, value, err := r.split(line)
		if err != nil {
			return err
		}
		if !strings.EqualFold(name, c.Name) {
			return r.wrong("%q inside the %s of %s: close that with a line that holds only -", name, c.Kind, c.Name)
		}
		c.Values = append(c.Values, value)
	}
	if len(c.Values) == 0 && (c.Kind == AddValues || c.Kind == IncrementValue) {
		return wrong(begun, "the %s of %s has no value: write %[2]s: and the value on the next line", c.Kind, c.Name)
	}
	return nil
}

// rename reads newrdn, deleteoldrdn and perhaps newsuperior.
func (r *Reader) rename(rec *Record) error {
	want := []string{"newrdn", "deleteoldrdn", "newsuperior"}
	for i, word := range want {
		line, err := r.body()
		if err != nil {
			return err
		}
		if line == nil {
			if i == 2 {
				return nil
			}
			return wrong(rec.Line, "the %s of %q has no %s", rec.Kind, rec.DN, word)
		}
		name, value, err := r.split(line)
		if err != nil {
			return err
		}
		if !strings.EqualFold(name, word) {
			return r.wrong("%q where %s belongs: a %s has newrdn, deleteoldrdn, and perhaps newsuperior, in this order", name, word, rec.Kind)
		}
		text, err := r.text(word, value)
		if err != nil {
			return err
		}
		switch {
		case i == 0:
			rec.NewRDN = text
		case i == 2:
			rec.NewSuperior = &text
		case text != "0" && text != "1":
			return r.wrong("deleteoldrdn %q: want 0 or 1", text)
		default:
			rec.DeleteOldRDN = text == "1"
		}
	}
	return r.ends(rec)
}

// split reads "name: value", "name:: base64" or "name:< URL".
func (r *Reader) split(line []byte) (name string, value []byte, err error) {
	before, after, found := bytes.Cut(line, []byte{':'})
	if !found {
		return "", nil, r.wrong("%.40q has no colon: write attribute: value, and begin a continued line with a blank", line)
	}
	name = string(before)
	if !validDescription(name) {
		return "", nil, r.wrong("%.40q is no attribute description: letters, digits and -, then options such as ;lang-de", name)
	}
	value, err = r.value(name, after)
	return name, value, err
}

// value reads a value-spec, without its first colon.
func (r *Reader) value(name string, spec []byte) ([]byte, error) {
	if len(bytes.TrimLeft(spec, " ")) == 0 {
		return []byte{}, nil
	}
	switch spec[0] {
	case '<':
		return nil, r.wrong("the value of %s is the URL %q, which is not fetched: put the value itself here, in base64 after ::", name, bytes.TrimLeft(spec[1:], " "))
	case ':':
		text := bytes.Trim(spec[1:], " ")
		raw := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
		n, err := base64.StdEncoding.Strict().Decode(raw, text)
		if err != nil || bytes.ContainsAny(text, "\r\n") {
			return nil, r.wrong("the value of %s is not base64: write text after one colon, base64 after two", name)
		}
		return raw[:n], nil
	}
	value := bytes.TrimLeft(spec, " ")
	if !utf8.Valid(value) || bytes.ContainsAny(value, "\x00\r") {
		return nil, r.wrong("the value of %s is not plain text: write it in base64 after ::", name)
	}
	return value, nil
}

func (r *Reader) text(name string, value []byte) (string, error) {
	if !utf8.Valid(value) {
		return "", r.wrong("the %s is not UTF-8", name)
	}
	return string(value), nil
}

// control reads "control: OID [true|false][value-spec]".
func (r *Reader) control(line []byte) (Control, error) {
	var c Control
	_, rest, _ := bytes.Cut(line, []byte{':'})
	head, spec, hasValue := bytes.Cut(rest, []byte{':'})
	words := strings.Fields(string(head))
	if len(words) == 0 || len(words) > 2 || !validOID(words[0]) {
		return c, r.wrong("control %q: want an object identifier, then perhaps true or false, then perhaps a colon and a value", bytes.TrimLeft(rest, " "))
	}
	c.OID = words[0]
	if len(words) == 2 {
		switch strings.ToLower(words[1]) {
		case "true":
			c.Critical = true
		case "false":
		default:
			return c, r.wrong("criticality %q of control %s: want true or false", words[1], c.OID)
		}
	}
	if !hasValue {
		return c, nil
	}
	var err error
	c.HasValue = true
	c.Value, err = r.value("control "+c.OID, spec)
	return c, err
}
