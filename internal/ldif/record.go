package ldif

import "strings"

// A Kind says what a record is.
type Kind int

// The kinds of records (RFC 2849, "Formal Syntax Definition of LDIF").
const (
	Content Kind = iota // an entry; no changetype
	Add
	Delete
	Modify
	Rename // changetype modrdn or moddn, which mean the same
)

func (k Kind) String() string {
	return [...]string{"content", "add", "delete", "modify", "modrdn"}[k]
}

// A Record is one record of a file.
type Record struct {
	Line       int // of its dn, from 1; ignored by the [Writer]
	DN         string
	Controls   []Control
	Kind       Kind
	Attributes []Attribute // of Content and Add
	Changes    []Change    // of Modify
	NewRDN     string      // of Rename
	// DeleteOldRDN is the deleteoldrdn of a Rename.
	DeleteOldRDN bool
	NewSuperior  *string // of Rename; nil: the entry stays below its parent
}

// An Attribute is a description, options included ("cn;lang-de"), and its
// values in the order of the file. Lines of one description need not stand
// together to be one Attribute.
type Attribute struct {
	Name   string
	Values [][]byte
}

// A Control is a request control that goes with a change.
type Control struct {
	OID      string
	Critical bool
	HasValue bool
	Value    []byte
}

// A ChangeKind is what a modification does.
type ChangeKind int

// The modifications: three of RFC 2849, and the increment of RFC 4525.
const (
	AddValues ChangeKind = iota
	DeleteValues
	ReplaceValues
	IncrementValue
)

// changeWords are the modifications as they are written.
var changeWords = [...]string{"add", "delete", "replace", "increment"}

func (k ChangeKind) String() string { return changeWords[k] }

// A Change is one modification of a Modify record. No values: all of them, for
// delete and replace.
type Change struct {
	Kind   ChangeKind
	Name   string
	Values [][]byte
}

// Values returns the values of an attribute by its description in any case.
func (r *Record) Values(name string) [][]byte {
	for i := range r.Attributes {
		if strings.EqualFold(r.Attributes[i].Name, name) {
			return r.Attributes[i].Values
		}
	}
	return nil
}

// reserved reports whether a word, in lower case, means something else than an
// attribute inside an entry.
func reserved(word string) bool {
	return word == "dn" || word == "control" || word == "changetype"
}

// validDescription reports whether s is an attribute description: a name or an
// object identifier, then options (RFC 4512 2.5).
func validDescription(s string) bool {
	name, options, _ := strings.Cut(s, ";")
	if !validKeyword(name) && !validOID(name) {
		return false
	}
	for option := range strings.SplitSeq(options, ";") {
		if strings.Contains(s, ";") && !validOption(option) {
			return false
		}
	}
	return true
}

func validKeyword(s string) bool {
	return s != "" && letter(s[0]) && validOption(s)
}

func validOption(s string) bool {
	for i := range len(s) {
		if !letter(s[i]) && !digit(s[i]) && s[i] != '-' {
			return false
		}
	}
	return s != ""
}

func validOID(s string) bool {
	if !strings.Contains(s, ".") {
		return false
	}
	for arc := range strings.SplitSeq(s, ".") {
		if arc == "" || len(arc) > 1 && arc[0] == '0' || strings.Trim(arc, "0123456789") != "" {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func digit(c byte) bool { return c >= '0' && c <= '9' }
