package portal

import (
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"
)

// Limits of what a browser may send, in octets.
const (
	maxBody      = 64 << 10
	maxUpload    = 1 << 20         // a picture with a QR code
	maxTokenFile = 1<<20 + maxBody // a file of hardware tokens, and the form around it
	maxUser      = 320
	maxShort     = 64 // codes, numbers, identifiers, choices
	maxAnswer    = 1024
	maxPassword  = 1024
	maxURI       = 2048
	maxQuestions = 5
)

// A field is the name of a form field and the octets it may hold.
type field struct {
	name  string
	limit int
}

// A formError says what is wrong with a form as such. It is answered with 400
// and a page that names the field and the limit.
type formError struct {
	Field string
	Limit int    // octets, 0 when the limit is not the reason
	Why   string // closed set: "too-long", "not-utf8", "unreadable", "too-large"
}

func (e *formError) Error() string {
	switch e.Why {
	case "too-long":
		return fmt.Sprintf("reading the form: field %q is longer than %d octets; send less", e.Field, e.Limit)
	case "not-utf8":
		return fmt.Sprintf("reading the form: field %q is not valid UTF-8; send it as UTF-8", e.Field)
	case "too-large":
		return fmt.Sprintf("reading the form: it is larger than %d octets; send less", e.Limit)
	}
	return "reading the form: it cannot be read; send application/x-www-form-urlencoded"
}

// readForm returns the named fields of a posted form and nothing else. The whole
// body is bounded, each field is bounded, and all of them are valid UTF-8.
func readForm(w http.ResponseWriter, r *http.Request, fields ...field) (map[string]string, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return nil, formFault(err, maxBody)
	}
	values := make(map[string]string, len(fields))
	for _, f := range fields {
		v := r.PostForm.Get(f.name)
		if err := checkField(f, v); err != nil {
			return nil, err
		}
		values[f.name] = v
	}
	return values, nil
}

func checkField(f field, v string) error {
	if len(v) > f.limit {
		return &formError{Field: f.name, Limit: f.limit, Why: "too-long"}
	}
	if !utf8.ValidString(v) {
		return &formError{Field: f.name, Why: "not-utf8"}
	}
	return nil
}

func formFault(err error, limit int) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &formError{Limit: limit, Why: "too-large"}
	}
	return &formError{Why: "unreadable"}
}

// readQuery returns one query parameter under the same rules.
func readQuery(r *http.Request, f field) (string, error) {
	v := r.URL.Query().Get(f.name)
	return v, checkField(f, v)
}
