package transfer

import (
	"context"
	"fmt"
	"strings"

	"github.com/ssprlab/ssprlab/internal/ldif"
)

// A Directory is where entries come from and changes go to.
type Directory interface {
	// Entries calls each for every entry that a query finds, as a Content
	// record. An error of each ends the search and is returned.
	Entries(ctx context.Context, q Query, each func(ldif.Record) error) error
	// Do carries out an Add, Delete, Modify or Rename. A "no" of the directory
	// is a [*Refused].
	Do(ctx context.Context, r ldif.Record) error
}

// A Query is a search.
type Query struct {
	Base       string
	BaseOnly   bool   // the entry itself; else the whole subtree
	Filter     string // RFC 4515; "" is every entry
	Attributes []string
}

func (q Query) filter() string {
	if q.Filter == "" {
		return "(objectClass=*)"
	}
	return q.Filter
}

// entryAlreadyExists is the result code of an entry that is there already (RFC
// 4511 appendix A).
const entryAlreadyExists = 68

// A Refused is the answer of a directory that did not do what a record says.
type Refused struct {
	Code int    // RFC 4511 appendix A
	Text string // its diagnostic text
}

func (r *Refused) Error() string {
	return fmt.Sprintf("result %d: %s", r.Code, strings.TrimRight(r.Text, "\x00\n"))
}
