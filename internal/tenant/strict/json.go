package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ParseJSON reads one JSON value.
func ParseJSON(text []byte) (Doc, error) {
	r := &jsonReader{text: text, from: json.NewDecoder(bytes.NewReader(text))}
	r.from.UseNumber()
	root, err := r.read("")
	if err == nil {
		if _, more := r.from.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the value: send one value only")
		}
	}
	if err != nil {
		return Doc{}, Problems{{Line: r.line(), Text: err.Error()}}
	}
	return newDoc(root), nil
}

type jsonReader struct {
	text []byte
	from *json.Decoder
}

func (r *jsonReader) line() int {
	at := min(int(r.from.InputOffset()), len(r.text))
	return 1 + bytes.Count(r.text[:at], []byte("\n"))
}

func (r *jsonReader) read(path string) (*node, error) {
	token, err := r.from.Token()
	if errors.Is(err, io.EOF) {
		return nil, io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	n := &node{line: r.line()}
	switch v := token.(type) {
	case nil:
		n.kind = nullKind
	case bool:
		n.kind, n.text = boolKind, fmt.Sprint(v)
	case json.Number:
		n.kind, n.text = numberKind, v.String()
	case string:
		n.kind, n.text = textKind, v
	case json.Delim:
		if v == '[' {
			return n, r.list(path, n)
		}
		return n, r.object(path, n)
	}
	return n, nil
}

func (r *jsonReader) list(path string, n *node) error {
	n.kind = listKind
	for r.from.More() {
		item, err := r.read(fmt.Sprintf("%s[%d]", path, len(n.items)))
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, err := r.from.Token()
	return err
}

func (r *jsonReader) object(path string, n *node) error {
	n.kind = mapKind
	for r.from.More() {
		key, err := r.from.Token()
		if err != nil {
			return err
		}
		line := r.line()
		value, err := r.read(join(path, key.(string)))
		if err != nil {
			return err
		}
		n.fields = append(n.fields, field{key.(string), line, value})
	}
	_, err := r.from.Token()
	return err
}
