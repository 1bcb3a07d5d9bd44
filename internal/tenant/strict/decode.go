package strict

import (
	"encoding"
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Codec reads and writes values. The zero value works.
type Codec struct {
	// Words holds the closed sets: the values that a string type may take.
	Words map[reflect.Type][]string
	// ReadOnly names keys that views show and patches may not set, so that the
	// message can say so.
	ReadOnly []string
	// Partial switches off the check for required keys: a patch names only
	// what it changes.
	Partial bool
	// Reveal makes JSON show secrets: for snapshots of a lab, never for views.
	Reveal bool
}

// Decode writes the document into the struct that into points to, and returns
// every problem it met, nil when none. What the document does not name stays.
func (c Codec) Decode(d Doc, into any) Problems {
	w := &decoder{Codec: c}
	w.value("", d.root, reflect.ValueOf(into).Elem())
	return w.problems
}

// A Defaulter is a value that knows what its left-out fields mean. It is asked
// when a document adds one to a list, a map or an optional field.
type Defaulter interface{ SetDefaults() }

func fill(v reflect.Value) {
	if d, ok := v.Addr().Interface().(Defaulter); ok {
		d.SetDefaults()
	}
}

type decoder struct {
	Codec
	problems Problems
}

func (w *decoder) wrong(path string, line int, format string, args ...any) {
	w.problems = append(w.problems, Problem{path, line, fmt.Sprintf(format, args...)})
}

func (w *decoder) expect(path string, n *node, k kind) bool {
	if n.kind == k {
		return true
	}
	hint := ""
	if k == textKind && (n.kind == numberKind || n.kind == boolKind) {
		hint = ": put it in quotes"
	}
	w.wrong(path, n.line, "must be %s, not %s%s", k, n.kind, hint)
	return false
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
	bytesType    = reflect.TypeFor[[]byte]()
	textReader   = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// value writes n into v.
func (w *decoder) value(path string, n *node, v reflect.Value) {
	if n.kind == nullKind {
		v.SetZero()
		return
	}
	t := v.Type()
	switch {
	case t == durationType, t == bytesType, t == timeType, v.CanAddr() && v.Addr().Type().Implements(textReader):
		if w.expect(path, n, textKind) {
			w.text(path, n, v)
		}
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(t.Elem()))
			fill(v.Elem())
		}
		w.value(path, n, v.Elem())
	case reflect.Struct:
		w.object(path, n, v)
	case reflect.Map:
		w.table(path, n, v)
	case reflect.Slice:
		w.list(path, n, v)
	case reflect.String:
		w.word(path, n, v)
	case reflect.Bool:
		if w.expect(path, n, boolKind) {
			v.SetBool(n.text == "true")
		}
	case reflect.Int, reflect.Int64, reflect.Int32:
		w.integer(path, n, v)
	default:
		panic("strict: no document can hold a " + t.String())
	}
}

func (w *decoder) text(path string, n *node, v reflect.Value) {
	var err error
	switch p := v.Addr().Interface().(type) {
	case *time.Duration:
		*p, err = ParseDuration(n.text)
	case *time.Time:
		*p, err = time.Parse(time.RFC3339, n.text)
		if err != nil {
			err = fmt.Errorf(`must be a time in RFC 3339 form such as "2026-03-02T09:00:00Z"`)
		}
	case *[]byte:
		*p, err = base64.StdEncoding.DecodeString(n.text)
	case encoding.TextUnmarshaler:
		err = p.UnmarshalText([]byte(n.text))
	}
	if err != nil {
		w.wrong(path, n.line, "%v", err)
	}
}

func (w *decoder) word(path string, n *node, v reflect.Value) {
	if !w.expect(path, n, textKind) {
		return
	}
	if words, closed := w.Words[v.Type()]; closed && !slices.Contains(words, n.text) {
		w.wrong(path, n.line, "%q is not known: use one of %s", n.text, quoted(words))
		return
	}
	v.SetString(n.text)
}

func (w *decoder) integer(path string, n *node, v reflect.Value) {
	if !w.expect(path, n, numberKind) {
		return
	}
	i, err := strconv.ParseInt(n.text, 10, v.Type().Bits())
	if err != nil {
		w.wrong(path, n.line, "must be a whole number, not %s", n.text)
		return
	}
	v.SetInt(i)
}

func (w *decoder) list(path string, n *node, v reflect.Value) {
	if !w.expect(path, n, listKind) {
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		fill(list.Index(i))
		w.value(fmt.Sprintf("%s[%d]", path, i), item, list.Index(i))
	}
	v.Set(list)
}

func (w *decoder) table(path string, n *node, v reflect.Value) {
	if !w.expect(path, n, mapKind) {
		return
	}
	merged := reflect.MakeMap(v.Type())
	for it := v.MapRange(); it.Next(); {
		merged.SetMapIndex(it.Key(), it.Value())
	}
	w.each(path, n, func(f field) {
		key := reflect.New(v.Type().Key()).Elem()
		w.word(join(path, f.key), &node{kind: textKind, line: f.line, text: f.key}, key)
		if f.value.kind == nullKind {
			merged.SetMapIndex(key, reflect.Value{})
			return
		}
		one := reflect.New(v.Type().Elem()).Elem()
		fill(one)
		if old := merged.MapIndex(key); old.IsValid() {
			one.Set(old)
		}
		w.value(join(path, f.key), f.value, one)
		merged.SetMapIndex(key, one)
	})
	v.Set(merged)
}

func (w *decoder) object(path string, n *node, v reflect.Value) {
	if !w.expect(path, n, mapKind) {
		return
	}
	known := members(v.Type())
	given := map[string]bool{}
	w.each(path, n, func(f field) {
		given[f.key] = true
		i := slices.IndexFunc(known, func(m member) bool { return m.name == f.key })
		if i < 0 {
			w.unknown(path, f, known)
			return
		}
		w.value(join(path, f.key), f.value, v.FieldByIndex(known[i].index))
	})
	for _, m := range known {
		if m.required && !given[m.name] && !w.Partial {
			w.wrong(join(path, m.name), n.line, "is missing: it must be given")
		}
	}
}

// each calls do for every field, refusing keys that were given before.
func (w *decoder) each(path string, n *node, do func(field)) {
	first := map[string]int{}
	for _, f := range n.fields {
		if line, twice := first[f.key]; twice {
			w.wrong(join(path, f.key), f.line, "given twice, first in line %d: keep one", line)
			continue
		}
		first[f.key] = f.line
		do(f)
	}
}

func (w *decoder) unknown(path string, f field, known []member) {
	if slices.Contains(w.ReadOnly, f.key) {
		w.wrong(join(path, f.key), f.line, "is read-only: leave it out")
		return
	}
	names := make([]string, len(known))
	for i, m := range known {
		names[i] = m.name
	}
	slices.Sort(names)
	w.wrong(join(path, f.key), f.line, "unknown key %q: the keys here are %s", f.key, strings.Join(names, ", "))
}

func quoted(words []string) string {
	q := make([]string, len(words))
	for i, w := range words {
		q[i] = strconv.Quote(w)
	}
	return strings.Join(q, ", ")
}
