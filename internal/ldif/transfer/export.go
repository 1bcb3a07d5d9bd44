package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/ldif"
)

// An ExportOptions says what is exported and how.
type ExportOptions struct {
	Base   string
	Filter string // "" is every entry
	// All keeps every attribute and writes entries instead of changes: a picture
	// of what is there, which cannot be imported as it is.
	All bool
}

// Export writes a subtree: parents before what is below them, links after the
// entries they point at. It returns the number of entries. Passwords are in no
// export, since no directory shows them.
func Export(ctx context.Context, from Directory, o ExportOptions, w *ldif.Writer) (int, error) {
	var found []ldif.Record
	q := Query{Base: o.Base, Filter: o.Filter, Attributes: []string{"*"}}
	if o.All {
		q.Attributes = append(q.Attributes, "nTSecurityDescriptor", "msDS-User-Account-Control-Computed", "msDS-UserPasswordExpiryTimeComputed", "msDS-ResultantPSO")
	}
	err := from.Entries(ctx, q, func(r ldif.Record) error {
		found = append(found, r)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("exporting %q: %w", o.Base, err)
	}
	for i := range found {
		if err := complete(ctx, from, &found[i]); err != nil {
			return 0, fmt.Errorf("exporting %q: %w", found[i].DN, err)
		}
	}
	slices.SortStableFunc(found, func(a, b ldif.Record) int { return depth(a.DN) - depth(b.DN) })
	records := found
	if !o.All {
		records = addable(found)
	}
	for _, r := range records {
		if err := w.Write(r); err != nil {
			return 0, err
		}
	}
	return len(found), w.Flush()
}

// depth counts the components of a name.
func depth(dn string) int {
	n, quoted := 1, false
	for i := 0; i < len(dn); i++ {
		switch {
		case dn[i] == '\\':
			i++
		case dn[i] == '"':
			quoted = !quoted
		case dn[i] == ',' && !quoted:
			n++
		}
	}
	return n
}

// addable turns entries into changes that make them again.
func addable(entries []ldif.Record) []ldif.Record {
	var links []ldif.Record
	out := make([]ldif.Record, 0, len(entries))
	for _, e := range entries {
		add := ldif.Record{DN: e.DN, Kind: ldif.Add}
		link := ldif.Record{DN: e.DN, Kind: ldif.Modify}
		for _, a := range e.Attributes {
			switch {
			case ServerOwned(a.Name):
			case linked(a.Name):
				link.Changes = append(link.Changes, ldif.Change{Kind: ldif.AddValues, Name: a.Name, Values: a.Values})
			default:
				add.Attributes = append(add.Attributes, a)
			}
		}
		if len(add.Attributes) > 0 {
			out = append(out, add)
		}
		if len(link.Changes) > 0 {
			links = append(links, link)
		}
	}
	return append(out, links...)
}

// complete reads the values that a directory holds back: it returns 1,500 at a
// time, as member;range=0-1499 (MS-ADTS 3.1.1.3.1.3.3).
func complete(ctx context.Context, from Directory, r *ldif.Record) error {
	for i := range r.Attributes {
		a := &r.Attributes[i]
		name, at, ok := strings.Cut(a.Name, ";range=")
		for ok {
			a.Name = name
			_, last, _ := strings.Cut(at, "-")
			if last == "*" {
				break
			}
			var number int
			if _, err := fmt.Sscan(last, &number); err != nil {
				return fmt.Errorf("reading the rest of %s: range %q: %w", name, at, err)
			}
			part, err := next(ctx, from, r.DN, fmt.Sprintf("%s;range=%d-*", name, number+1))
			if err != nil {
				return err
			}
			a.Values = append(a.Values, part.Values...)
			_, at, ok = strings.Cut(part.Name, ";range=")
		}
	}
	r.Attributes = slices.DeleteFunc(r.Attributes, func(a ldif.Attribute) bool { return len(a.Values) == 0 })
	return nil
}

// next reads one range.
func next(ctx context.Context, from Directory, dn, attribute string) (ldif.Attribute, error) {
	var part ldif.Attribute
	err := from.Entries(ctx, Query{Base: dn, BaseOnly: true, Attributes: []string{attribute}}, func(r ldif.Record) error {
		for _, a := range r.Attributes {
			if strings.Contains(a.Name, ";range=") {
				part = a
			}
		}
		return nil
	})
	if err == nil && part.Name == "" {
		err = errors.New("reading " + attribute + ": the directory left it out")
	}
	return part, err
}
