package strict

import (
	"reflect"
	"strings"
	"unicode"
)

// A member is one field of a struct as documents know it. Members of embedded
// structs are members of the outer one.
type member struct {
	name     string
	index    []int
	typ      reflect.Type
	doc      string // tag doc: a sentence for the schema
	required bool   // tag strict:"required"
}

func members(t reflect.Type) []member {
	var all []member
	for i := range t.NumField() {
		f := t.Field(i)
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case tag == "-" || !f.IsExported():
			continue
		case f.Anonymous && f.Type.Kind() == reflect.Struct && tag == "":
			for _, m := range members(f.Type) {
				m.index = append([]int{i}, m.index...)
				all = append(all, m)
			}
			continue
		case tag == "":
			tag = lowerCamel(f.Name)
		}
		all = append(all, member{tag, []int{i}, f.Type, f.Tag.Get("doc"), f.Tag.Get("strict") == "required"})
	}
	return all
}

// lowerCamel turns a Go name into a key: GroupID into groupId, FAQRules into
// faqRules, SoftwareOATH into softwareOath.
func lowerCamel(name string) string {
	var words []string
	runes := []rune(name)
	start := 0
	for i := 1; i <= len(runes); i++ {
		if i < len(runes) {
			up := unicode.IsUpper(runes[i])
			after := !unicode.IsUpper(runes[i-1]) && up
			before := up && i+1 < len(runes) && unicode.IsLower(runes[i+1]) && unicode.IsUpper(runes[i-1])
			if !after && !before {
				continue
			}
		}
		words = append(words, string(runes[start:i]))
		start = i
	}
	for i, w := range words {
		w = strings.ToLower(w)
		if i > 0 {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		words[i] = w
	}
	return strings.Join(words, "")
}

// Keys lists the names of a struct type's fields in documents.
func Keys(t reflect.Type) []string {
	known := members(t)
	keys := make([]string, len(known))
	for i, m := range known {
		keys[i] = m.name
	}
	return keys
}
