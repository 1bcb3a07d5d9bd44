package adwire

import (
	"errors"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
	"github.com/ssprlab/ssprlab/internal/directory"
)

// maxFilterDepth is how deep filters may nest (MS-ADTS 3.1.1.3.1.3).
const maxFilterDepth = 512

// errFilterDepth is told from broken encoding, since the message is well formed.
var errFilterDepth = fmt.Errorf("nested deeper than %d levels", maxFilterDepth)

// The choices of a filter (RFC 4511 4.5.1.7).
const (
	tagAnd            byte = 0xa0
	tagOr             byte = 0xa1
	tagNot            byte = 0xa2
	tagEqual          byte = 0xa3
	tagSubstrings     byte = 0xa4
	tagGreaterOrEqual byte = 0xa5
	tagLessOrEqual    byte = 0xa6
	tagPresent        byte = 0x87
	tagApprox         byte = 0xa8
	tagExtensible     byte = 0xa9
)

// decodeFilter reads one filter; depth is 1 for the outermost.
func decodeFilter(r *ber.Reader, depth int) (directory.Filter, error) {
	if depth > maxFilterDepth {
		return nil, errFilterDepth
	}
	tag, body, err := r.Next()
	if err != nil {
		return nil, err
	}
	switch tag {
	case tagAnd, tagOr:
		return decodeList(tag, body, depth)
	case tagNot:
		inner, err := decodeFilter(&body, depth+1)
		if err != nil {
			return nil, err
		}
		if err := body.Done(); err != nil {
			return nil, err
		}
		return directory.Not(inner), nil
	case tagPresent:
		return directory.Present(string(body)), nil
	case tagSubstrings:
		return decodeSubstrings(body)
	case tagExtensible:
		return decodeExtensible(body)
	}
	build := assertion(tag)
	if build == nil {
		return nil, fmt.Errorf("unknown choice (tag %02x)", tag)
	}
	attribute, value, err := decodeAssertion(body)
	if err != nil {
		return nil, err
	}
	return build(attribute, value), nil
}

// assertion returns the constructor of the comparisons that are one assertion.
func assertion(tag byte) func(string, []byte) directory.Filter {
	switch tag {
	case tagEqual:
		return directory.Equal
	case tagGreaterOrEqual:
		return directory.GreaterOrEqual
	case tagLessOrEqual:
		return directory.LessOrEqual
	case tagApprox:
		return directory.Approx
	default:
		return nil
	}
}

// decodeList reads the operands of AND and OR; there may be none (RFC 4526).
func decodeList(tag byte, body ber.Reader, depth int) (directory.Filter, error) {
	var of []directory.Filter
	for !body.Empty() {
		f, err := decodeFilter(&body, depth+1)
		if err != nil {
			return nil, err
		}
		of = append(of, f)
	}
	if tag == tagAnd {
		return directory.And(of...), nil
	}
	return directory.Or(of...), nil
}

// decodeSubstrings reads a substring filter: at most one initial, first, and at
// most one final, last.
func decodeSubstrings(body ber.Reader) (directory.Filter, error) {
	attribute, err := body.Text()
	if err != nil {
		return nil, err
	}
	parts, err := body.Expect(ber.Sequence)
	if err != nil {
		return nil, err
	}
	if parts.Empty() {
		return nil, errors.New("a substring filter without substrings")
	}
	initial, _, err := parts.Optional(0x80)
	if err != nil {
		return nil, err
	}
	var middle [][]byte
	for parts.Peek() == 0x81 {
		part, err := parts.Expect(0x81)
		if err != nil {
			return nil, err
		}
		middle = append(middle, part)
	}
	final, _, err := parts.Optional(0x82)
	if err != nil {
		return nil, err
	}
	return directory.Substrings(attribute, initial, middle, final), parts.Done()
}

// decodeExtensible reads a matching rule assertion.
func decodeExtensible(body ber.Reader) (directory.Filter, error) {
	rule, _, err := body.Optional(0x81)
	if err != nil {
		return nil, err
	}
	attribute, _, err := body.Optional(0x82)
	if err != nil {
		return nil, err
	}
	value, err := body.Expect(0x83)
	if err != nil {
		return nil, err
	}
	dnAttributes := false
	if flag, ok, err := body.Optional(0x84); err != nil {
		return nil, err
	} else if ok {
		if dnAttributes, err = flag.Boolean(); err != nil {
			return nil, err
		}
	}
	return directory.Extensible(string(rule), string(attribute), value, dnAttributes), nil
}
