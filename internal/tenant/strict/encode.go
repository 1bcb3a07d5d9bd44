package strict

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// JSON writes v in the form that [ParseJSON] and Decode read: the same names,
// in the order of the Go fields. Empty lists are [], zero times null.
func (c Codec) JSON(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := c.write(&b, reflect.ValueOf(v)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (c Codec) write(b *bytes.Buffer, v reflect.Value) error {
	switch known := v.Interface().(type) {
	case time.Duration:
		return plain(b, FormatDuration(known))
	case time.Time:
		if known.IsZero() {
			return plain(b, nil)
		}
		return plain(b, known.UTC().Format(time.RFC3339Nano))
	case []byte:
		return plain(b, known)
	case revealer:
		return c.writeSecret(b, known)
	case encoding.TextMarshaler:
		return plain(b, known)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return plain(b, nil)
		}
		return c.write(b, v.Elem())
	case reflect.Struct:
		return c.writeStruct(b, v)
	case reflect.Map:
		return c.writeMap(b, v)
	case reflect.Slice:
		return c.writeList(b, v)
	case reflect.String:
		if words, closed := c.Words[v.Type()]; closed && v.Len() == 0 && !slices.Contains(words, "") {
			return plain(b, nil) // not chosen
		}
		return plain(b, v.String())
	case reflect.Bool, reflect.Int, reflect.Int32, reflect.Int64:
		return plain(b, v.Interface())
	}
	return fmt.Errorf("writing a %s: no document can hold it", v.Type())
}

// A revealer is secret.Text or something that keeps a secret the same way.
type revealer interface{ Reveal() string }

func (c Codec) writeSecret(b *bytes.Buffer, s revealer) error {
	text := s.Reveal()
	switch {
	case text == "":
		return plain(b, nil)
	case c.Reveal:
		return plain(b, text)
	}
	return plain(b, secret.Redacted)
}

func (c Codec) writeStruct(b *bytes.Buffer, v reflect.Value) error {
	b.WriteByte('{')
	for i, m := range members(v.Type()) {
		if i > 0 {
			b.WriteByte(',')
		}
		_ = plain(b, m.name)
		b.WriteByte(':')
		if err := c.write(b, v.FieldByIndex(m.index)); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

func (c Codec) writeMap(b *bytes.Buffer, v reflect.Value) error {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int { return bytes.Compare([]byte(x.String()), []byte(y.String())) })
	b.WriteByte('{')
	for i, k := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		_ = plain(b, k.String())
		b.WriteByte(':')
		if err := c.write(b, v.MapIndex(k)); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

func (c Codec) writeList(b *bytes.Buffer, v reflect.Value) error {
	b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := c.write(b, v.Index(i)); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return nil
}

func plain(b *bytes.Buffer, v any) error {
	text, err := json.Marshal(v)
	b.Write(text)
	return err
}
