package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ssprlab/ssprlab/internal/ldif"
)

// An ImportOptions says how strict an import is.
type ImportOptions struct {
	// SkipExisting goes on after entries that are there already, as ldifde -k
	// does.
	SkipExisting bool
}

// A Count is what an import did.
type Count struct{ Added, Changed, Deleted, Skipped int }

func (c Count) String() string {
	return fmt.Sprintf("%d added, %d changed, %d deleted, %d skipped", c.Added, c.Changed, c.Deleted, c.Skipped)
}

// A RecordError is a record that a directory did not take. What stood before it
// in the file has been done.
type RecordError struct {
	Line int
	DN   string
	Kind ldif.Kind
	Err  error
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("line %d: %s %s: %v", e.Line, doing[e.Kind], e.DN, e.Err)
}

func (e *RecordError) Unwrap() error { return e.Err }

var doing = map[ldif.Kind]string{
	ldif.Content: "adding", ldif.Add: "adding", ldif.Delete: "deleting", ldif.Modify: "changing", ldif.Rename: "renaming",
}

// Import carries out every record in order and stops at the first that fails.
// An entry without changetype is added without what the server owns, so that a
// copy made by ldapsearch can be imported; a change is done as it stands.
func Import(ctx context.Context, to Directory, from *ldif.Reader, o ImportOptions) (Count, error) {
	var done Count
	for {
		r, err := from.Read()
		if errors.Is(err, io.EOF) {
			return done, nil
		}
		if err != nil {
			return done, err
		}
		if err := ctx.Err(); err != nil {
			return done, fmt.Errorf("line %d: %w", r.Line, err)
		}
		kind := r.Kind
		if kind == ldif.Content {
			r.Kind = ldif.Add
			r.Attributes = slices.DeleteFunc(r.Attributes, func(a ldif.Attribute) bool { return ServerOwned(a.Name) })
		}
		err = to.Do(ctx, r)
		refused, no := errors.AsType[*Refused](err)
		switch {
		case no && refused.Code == entryAlreadyExists && r.Kind == ldif.Add && o.SkipExisting:
			done.Skipped++
		case err != nil:
			return done, &RecordError{Line: r.Line, DN: r.DN, Kind: kind, Err: err}
		case r.Kind == ldif.Add:
			done.Added++
		case r.Kind == ldif.Delete:
			done.Deleted++
		default:
			done.Changed++
		}
	}
}
