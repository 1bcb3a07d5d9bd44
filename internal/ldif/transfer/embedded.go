package transfer

import (
	"context"
	"encoding/asn1"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/ldif"
)

// pageSize is how many entries are asked for at a time.
const pageSize = 500

// An Embedded is a domain controller in this process.
type Embedded struct {
	DC *directory.DC
	// Request is who asks, when, and over which channel; it is called for every
	// operation.
	Request func() directory.Request
}

var _ Directory = Embedded{}

// Entries implements [Directory].
func (e Embedded) Entries(ctx context.Context, q Query, each func(ldif.Record) error) error {
	filter, err := directory.ParseFilter(q.filter())
	if err != nil {
		return fmt.Errorf("filter %q: %w", q.Filter, err)
	}
	search := directory.SearchRequest{Base: q.Base, Scope: directory.WholeSubtree, Filter: filter, Attributes: q.Attributes}
	if q.BaseOnly {
		search.Scope = directory.BaseObject
	}
	to, cursors := &sink{each: each}, new(directory.Cursors)
	for cookie := []byte(nil); ; {
		r := e.Request()
		r.Controls.Paged = &directory.Paged{Size: pageSize, Cookie: cookie}
		result := e.DC.Search(ctx, r, search, cursors, to)
		if to.err != nil {
			return to.err
		}
		if err := refused(result); err != nil {
			return err
		}
		if result.Controls.Paged == nil || len(result.Controls.Paged.Cookie) == 0 {
			return nil
		}
		cookie = result.Controls.Paged.Cookie
	}
}

// A sink turns answers into records.
type sink struct {
	each func(ldif.Record) error
	err  error
}

func (s *sink) Entry(e directory.Entry) error {
	r := ldif.Record{DN: e.DN}
	for _, a := range e.Clone().Attributes {
		r.Attributes = append(r.Attributes, ldif.Attribute{Name: a.Name, Values: a.Values})
	}
	s.err = s.each(r)
	return s.err
}

func (*sink) Reference(...string) error { return nil }

func refused(r directory.Result) error {
	if r.Code == directory.Success {
		return nil
	}
	return &Refused{Code: int(r.Code), Text: r.Diagnostic}
}

// Do implements [Directory].
func (e Embedded) Do(ctx context.Context, r ldif.Record) error {
	request := e.Request()
	for _, c := range r.Controls {
		if err := understand(&request.Controls, c); err != nil {
			return err
		}
	}
	switch r.Kind {
	case ldif.Add:
		add := directory.AddRequest{DN: r.DN}
		for _, a := range r.Attributes {
			add.Attributes = append(add.Attributes, directory.Attribute{Name: a.Name, Values: a.Values})
		}
		return refused(e.DC.Add(ctx, request, add))
	case ldif.Delete:
		return refused(e.DC.Delete(ctx, request, r.DN))
	case ldif.Modify:
		m := directory.ModifyRequest{DN: r.DN}
		for _, c := range r.Changes {
			m.Changes = append(m.Changes, directory.ModifyChange{Kind: changeKinds[c.Kind], Name: c.Name, Values: c.Values})
		}
		return refused(e.DC.Modify(ctx, request, m))
	case ldif.Rename:
		return refused(e.DC.ModifyDN(ctx, request, directory.ModifyDNRequest{DN: r.DN, NewRDN: r.NewRDN, DeleteOldRDN: r.DeleteOldRDN, NewSuperior: r.NewSuperior}))
	}
	return fmt.Errorf("a %s record is no change", r.Kind)
}

var changeKinds = map[ldif.ChangeKind]directory.ChangeKind{
	ldif.AddValues: directory.AddValues, ldif.DeleteValues: directory.DeleteValues, ldif.ReplaceValues: directory.ReplaceValues, ldif.IncrementValue: directory.IncrementValue,
}

// understand decodes the controls that changes of a domain controller take
// (MS-ADTS 3.1.1.3.4.1).
func understand(to *directory.Controls, c ldif.Control) error {
	switch c.OID {
	case "1.2.840.113556.1.4.805":
		to.TreeDelete = true
	case "1.2.840.113556.1.4.1413":
		to.PermissiveModify = true
	case "1.2.840.113556.1.4.417":
		to.ShowDeleted = true
	case "1.2.840.113556.1.4.2064":
		to.ShowRecycled = true
	case "1.2.840.113556.1.4.2065":
		to.ShowDeactivated = true
	case "1.2.840.113556.1.4.801":
		return number(c, &to.SDFlags)
	case "1.2.840.113556.1.4.2239", "1.2.840.113556.1.4.2066":
		return number(c, &to.PolicyHints)
	default:
		if c.Critical {
			return &Refused{Code: int(directory.UnavailableCriticalExtension), Text: "control " + c.OID + " is critical and not known here"}
		}
	}
	return nil
}

// number decodes the SEQUENCE of one INTEGER that some controls carry.
func number(c ldif.Control, to **int) error {
	var value struct{ N int }
	if rest, err := asn1.Unmarshal(c.Value, &value); err != nil || len(rest) > 0 {
		return fmt.Errorf("the value of control %s is no sequence of one number: write it in base64 after ::, MAMCAQE= for 1", c.OID)
	}
	*to = &value.N
	return nil
}
