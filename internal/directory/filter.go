package directory

// A Filter is a parsed search filter (RFC 4511 4.5.1.7).
type Filter interface{ filter() }

type (
	andFilter     []Filter
	orFilter      []Filter
	notFilter     struct{ of Filter }
	presentFilter struct{ attribute string }
	compareFilter struct {
		kind      comparison
		attribute string
		value     []byte
	}
	substringFilter struct {
		attribute string
		initial   []byte
		any       [][]byte
		final     []byte
	}
	extensibleFilter struct {
		rule, attribute string
		value           []byte
		dn              bool
	}
)

type comparison uint8

const (
	equality comparison = iota
	greater
	less
	approx
)

func (andFilter) filter()        {}
func (orFilter) filter()         {}
func (notFilter) filter()        {}
func (presentFilter) filter()    {}
func (compareFilter) filter()    {}
func (substringFilter) filter()  {}
func (extensibleFilter) filter() {}

// And matches what every part matches; And() matches everything.
func And(of ...Filter) Filter { return andFilter(of) }

// Or matches what any part matches; Or() matches nothing.
func Or(of ...Filter) Filter { return orFilter(of) }

// Not matches what f does not match. Undefined stays undefined.
func Not(f Filter) Filter { return notFilter{f} }

// Equal is (attribute=value). Attribute is as it stood in the request.
func Equal(attribute string, value []byte) Filter {
	return compareFilter{equality, attribute, value}
}

// Substrings is (attribute=initial*middle*…*final); nil parts are left out.
func Substrings(attribute string, initial []byte, middle [][]byte, final []byte) Filter {
	return substringFilter{attribute, initial, middle, final}
}

// GreaterOrEqual is (attribute>=value).
func GreaterOrEqual(attribute string, value []byte) Filter {
	return compareFilter{greater, attribute, value}
}

// LessOrEqual is (attribute<=value).
func LessOrEqual(attribute string, value []byte) Filter {
	return compareFilter{less, attribute, value}
}

// Present is (attribute=*).
func Present(attribute string) Filter { return presentFilter{attribute} }

// Approx is (attribute~=value).
func Approx(attribute string, value []byte) Filter {
	return compareFilter{approx, attribute, value}
}

// Extensible is (attribute:rule:=value). Rule and attribute may be empty.
func Extensible(rule, attribute string, value []byte, dnAttributes bool) Filter {
	return extensibleFilter{rule, attribute, value, dnAttributes}
}
