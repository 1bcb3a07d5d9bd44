package strict

import (
	"encoding/json"
	"reflect"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// Schema returns the JSON Schema (draft 2020-12) of documents that Decode takes
// for the type of v, indented, for editors and for other programs.
func (c Codec) Schema(id, title string, v any) ([]byte, error) {
	s := schemaWriter{Codec: c, defs: map[string]any{}}
	root := s.object(reflect.TypeOf(v))
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = id
	root["title"] = title
	root["$defs"] = s.defs
	text, err := json.MarshalIndent(root, "", "  ")
	return append(text, '\n'), err
}

type schemaWriter struct {
	Codec
	defs map[string]any
}

func (s schemaWriter) of(t reflect.Type) map[string]any {
	switch t {
	case durationType:
		return map[string]any{"type": "string", "pattern": durationPattern, "examples": []string{"15m", "42d"}}
	case timeType:
		return map[string]any{"type": "string", "format": "date-time"}
	case bytesType:
		return map[string]any{"type": "string", "contentEncoding": "base64"}
	case reflect.TypeFor[secret.Text]():
		return map[string]any{"type": "string", "writeOnly": true}
	}
	if words, closed := s.Words[t]; closed {
		return map[string]any{"type": "string", "enum": words}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Struct:
		if _, done := s.defs[t.Name()]; !done {
			s.defs[t.Name()] = nil // ends recursion
			s.defs[t.Name()] = s.object(t)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	}
	return map[string]any{"type": "integer"}
}

func (s schemaWriter) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, m := range members(t) {
		p := s.of(m.typ)
		if m.doc != "" {
			p["description"] = m.doc
		}
		properties[m.name] = p
		if m.required {
			required = append(required, m.name)
		}
	}
	o := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}
