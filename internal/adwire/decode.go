package adwire

import (
	"fmt"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
	"github.com/ssprlab/ssprlab/internal/directory"
)

// decodeSearch reads a search request (RFC 4511 4.5.1).
func decodeSearch(r ber.Reader) (s directory.SearchRequest, err error) {
	if s.Base, err = r.Text(); err != nil {
		return s, fmt.Errorf("reading the base: %w", err)
	}
	scope, err := r.Int(ber.Enumerated)
	if err != nil || scope < 0 || scope > 2 {
		return s, invalid("the scope", err)
	}
	s.Scope = directory.Scope(scope)
	if deref, err := r.Int(ber.Enumerated); err != nil || deref < 0 || deref > 3 {
		return s, invalid("the alias handling", err)
	}
	if s.SizeLimit, err = r.Int(ber.Integer); err != nil || s.SizeLimit < 0 {
		return s, invalid("the size limit", err)
	}
	if s.TimeLimit, err = r.Int(ber.Integer); err != nil || s.TimeLimit < 0 {
		return s, invalid("the time limit", err)
	}
	if s.TypesOnly, err = r.Bool(); err != nil {
		return s, fmt.Errorf("reading typesOnly: %w", err)
	}
	if s.Filter, err = decodeFilter(&r, 1); err != nil {
		return s, fmt.Errorf("reading the filter: %w", err)
	}
	attributes, err := r.Expect(ber.Sequence)
	if err != nil {
		return s, fmt.Errorf("reading the attribute list: %w", err)
	}
	for !attributes.Empty() {
		name, err := attributes.Text()
		if err != nil {
			return s, fmt.Errorf("reading the attribute list: %w", err)
		}
		s.Attributes = append(s.Attributes, name)
	}
	return s, nil
}

// decodeModify reads a modify request (RFC 4511 4.6); the order of its changes is kept.
func decodeModify(r ber.Reader) (m directory.ModifyRequest, err error) {
	if m.DN, err = r.Text(); err != nil {
		return m, fmt.Errorf("reading the object: %w", err)
	}
	changes, err := r.Expect(ber.Sequence)
	if err != nil {
		return m, fmt.Errorf("reading the changes: %w", err)
	}
	for !changes.Empty() {
		change, err := changes.Expect(ber.Sequence)
		if err != nil {
			return m, fmt.Errorf("reading a change: %w", err)
		}
		kind, err := change.Int(ber.Enumerated)
		if err != nil || kind < 0 || kind > 3 {
			return m, invalid("the kind of a change", err)
		}
		a, err := decodeAttribute(&change)
		if err != nil {
			return m, fmt.Errorf("reading a change: %w", err)
		}
		m.Changes = append(m.Changes, directory.ModifyChange{Kind: directory.ChangeKind(kind), Name: a.Name, Values: a.Values})
	}
	return m, nil
}

// decodeAdd reads an add request (RFC 4511 4.7).
func decodeAdd(r ber.Reader) (a directory.AddRequest, err error) {
	if a.DN, err = r.Text(); err != nil {
		return a, fmt.Errorf("reading the entry: %w", err)
	}
	list, err := r.Expect(ber.Sequence)
	if err != nil {
		return a, fmt.Errorf("reading the attributes: %w", err)
	}
	for !list.Empty() {
		attr, err := decodeAttribute(&list)
		if err != nil {
			return a, err
		}
		a.Attributes = append(a.Attributes, attr)
	}
	return a, nil
}

// decodeModifyDN reads a modify DN request (RFC 4511 4.9).
func decodeModifyDN(r ber.Reader) (m directory.ModifyDNRequest, err error) {
	if m.DN, err = r.Text(); err != nil {
		return m, fmt.Errorf("reading the entry: %w", err)
	}
	if m.NewRDN, err = r.Text(); err != nil {
		return m, fmt.Errorf("reading the new RDN: %w", err)
	}
	if m.DeleteOldRDN, err = r.Bool(); err != nil {
		return m, fmt.Errorf("reading deleteoldrdn: %w", err)
	}
	superior, ok, err := r.Optional(0x80)
	if err != nil {
		return m, fmt.Errorf("reading the new superior: %w", err)
	}
	if ok {
		m.NewSuperior = new(string(superior))
	}
	return m, nil
}

// decodeCompare reads a compare request (RFC 4511 4.10).
func decodeCompare(r ber.Reader) (c directory.CompareRequest, err error) {
	if c.DN, err = r.Text(); err != nil {
		return c, fmt.Errorf("reading the entry: %w", err)
	}
	ava, err := r.Expect(ber.Sequence)
	if err != nil {
		return c, fmt.Errorf("reading the assertion: %w", err)
	}
	c.Attribute, c.Value, err = decodeAssertion(ava)
	return c, err
}

// An extended request (RFC 4511 4.12). value is nil when not sent.
type extendedRequest struct {
	oid   string
	value []byte
}

func decodeExtended(r ber.Reader) (e extendedRequest, err error) {
	oid, err := r.Expect(0x80)
	if err != nil {
		return e, fmt.Errorf("reading the request name: %w", err)
	}
	value, ok, err := r.Optional(0x81)
	if err != nil {
		return e, fmt.Errorf("reading the request value: %w", err)
	}
	e.oid = string(oid)
	if ok {
		e.value = value
	}
	return e, nil
}

// decodeAttribute reads a name and its set of values (RFC 4511 4.1.7).
func decodeAttribute(r *ber.Reader) (a directory.Attribute, err error) {
	seq, err := r.Expect(ber.Sequence)
	if err != nil {
		return a, fmt.Errorf("reading an attribute: %w", err)
	}
	if a.Name, err = seq.Text(); err != nil {
		return a, fmt.Errorf("reading the name of an attribute: %w", err)
	}
	set, err := seq.Expect(ber.Set)
	if err != nil {
		return a, fmt.Errorf("reading the values of an attribute: %w", err)
	}
	for !set.Empty() {
		v, err := set.Expect(ber.OctetString)
		if err != nil {
			return a, fmt.Errorf("reading the values of an attribute: %w", err)
		}
		a.Values = append(a.Values, v)
	}
	return a, nil
}

// decodeAssertion reads the content of an AttributeValueAssertion (RFC 4511 4.1.6).
func decodeAssertion(r ber.Reader) (attribute string, value []byte, err error) {
	if attribute, err = r.Text(); err != nil {
		return "", nil, fmt.Errorf("reading the attribute of an assertion: %w", err)
	}
	if value, err = r.Expect(ber.OctetString); err != nil {
		return "", nil, fmt.Errorf("reading the value of an assertion: %w", err)
	}
	return attribute, value, nil
}

// invalid says that field did not decode, or decoded to a value outside its range.
func invalid(field string, err error) error {
	if err == nil {
		return fmt.Errorf("reading %s: value out of range", field)
	}
	return fmt.Errorf("reading %s: %w", field, err)
}
