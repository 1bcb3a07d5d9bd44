package conformance

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

func sequence(class ber.Class, tag ber.Tag, children ...*ber.Packet) *ber.Packet {
	p := ber.Encode(class, ber.TypeConstructed, tag, nil, "")
	for _, c := range children {
		p.AppendChild(c)
	}
	return p
}

func text(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func tagged(tag ber.Tag, s string) *ber.Packet {
	return ber.NewString(ber.ClassContext, ber.TypePrimitive, tag, s, "")
}

func number(tag ber.Tag, n int) *ber.Packet {
	return ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, tag, int64(n), "")
}

func boolean(b bool) *ber.Packet {
	return ber.NewLDAPBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, b, "")
}

func bindOp(version int, name, password string) *ber.Packet {
	return sequence(ber.ClassApplication, 0, number(ber.TagInteger, version), text(name), tagged(0, password))
}

func extendedOp(oid, value string, has bool) *ber.Packet {
	p := sequence(ber.ClassApplication, 23, tagged(0, oid))
	if has {
		p.AppendChild(tagged(1, value))
	}
	return p
}

// operation writes the request of an exchange.
func (p *play) operation(r *Request) (*ber.Packet, error) {
	args := r.Args
	switch r.Verb {
	case "bind":
		return bindOp(3, p.fill(args[0]), p.fill(args[1])), nil
	case "version":
		n, err := strconv.Atoi(args[0])
		if err != nil {
			return nil, fmt.Errorf("reading the version %q: %w", args[0], err)
		}
		return bindOp(n, p.fill(args[1]), p.fill(args[2])), nil
	case "sasl":
		credentials := sequence(ber.ClassContext, 3, text(args[0]))
		if len(args) > 1 {
			v, err := p.value(args[1])
			if err != nil {
				return nil, err
			}
			credentials.AppendChild(text(v))
		}
		return sequence(ber.ClassApplication, 0, number(ber.TagInteger, 3), text(""), credentials), nil
	case "search":
		return p.searchOp(args)
	case "add":
		attrs, err := p.attributes(args[1:])
		if err != nil {
			return nil, err
		}
		list := sequence(ber.ClassUniversal, ber.TagSequence)
		for _, a := range attrs {
			list.AppendChild(attributeOp(a))
		}
		return sequence(ber.ClassApplication, 8, text(p.fill(args[0])), list), nil
	case "modify":
		return p.modifyOp(args)
	case "delete":
		return ber.NewString(ber.ClassApplication, ber.TypePrimitive, 10, p.fill(args[0]), ""), nil
	case "rename":
		return p.renameOp(args)
	case "compare":
		name, v, ok := strings.Cut(args[1], "=")
		if !ok {
			return nil, fmt.Errorf("compare needs attribute=value, has %q", args[1])
		}
		value, err := p.value(v)
		if err != nil {
			return nil, err
		}
		return sequence(ber.ClassApplication, 14, text(p.fill(args[0])), sequence(ber.ClassUniversal, ber.TagSequence, text(name), text(value))), nil
	case "extended":
		if len(args) == 1 {
			return extendedOp(args[0], "", false), nil
		}
		v, err := p.value(args[1])
		return extendedOp(args[0], v, true), err
	}
	return nil, fmt.Errorf("unknown verb %q", r.Verb)
}

func attributeOp(a attribute) *ber.Packet {
	set := sequence(ber.ClassUniversal, ber.TagSet)
	for _, v := range a.values {
		set.AppendChild(text(v))
	}
	return sequence(ber.ClassUniversal, ber.TagSequence, text(a.name), set)
}

var changes = map[string]int{"add": 0, "delete": 1, "replace": 2, "increment": 3}

func (p *play) modifyOp(args []string) (*ber.Packet, error) {
	list := sequence(ber.ClassUniversal, ber.TagSequence)
	kind := -1
	var words []string
	flush := func() error {
		attrs, err := p.attributes(words)
		if err != nil {
			return err
		}
		for _, a := range attrs {
			list.AppendChild(sequence(ber.ClassUniversal, ber.TagSequence, number(ber.TagEnumerated, kind), attributeOp(a)))
		}
		words = nil
		return nil
	}
	for _, w := range args[1:] {
		if n, ok := changes[w]; ok {
			if err := flush(); err != nil {
				return nil, err
			}
			kind = n
			continue
		}
		if kind < 0 {
			return nil, fmt.Errorf("modify needs add, delete, replace or increment before %q", w)
		}
		words = append(words, w)
	}
	if err := flush(); err != nil {
		return nil, err
	}
	return sequence(ber.ClassApplication, 6, text(p.fill(args[0])), list), nil
}

func (p *play) renameOp(args []string) (*ber.Packet, error) {
	drop, superior := true, ""
	for _, w := range args[2:] {
		if to, ok := strings.CutPrefix(w, "to="); ok {
			superior = p.fill(to)
		} else if w == "keep" {
			drop = false
		} else {
			return nil, fmt.Errorf("rename does not know %q: to=DN or keep", w)
		}
	}
	op := sequence(ber.ClassApplication, 12, text(p.fill(args[0])), text(p.fill(args[1])), boolean(drop))
	if superior != "" {
		op.AppendChild(tagged(0, superior))
	}
	return op, nil
}

var scopes = map[string]int{"base": 0, "one": 1, "sub": 2}

func (p *play) searchOp(args []string) (*ber.Packet, error) {
	scope, ok := scopes[args[1]]
	if !ok {
		return nil, fmt.Errorf("unknown scope %q: base, one or sub", args[1])
	}
	filter, err := p.filter(args[2])
	if err != nil {
		return nil, err
	}
	limit, seconds, typesOnly := 0, 0, false
	list := sequence(ber.ClassUniversal, ber.TagSequence)
	for _, w := range args[3:] {
		if v, ok := strings.CutPrefix(w, "limit="); ok {
			limit, err = strconv.Atoi(v)
		} else if v, ok := strings.CutPrefix(w, "time="); ok {
			seconds, err = strconv.Atoi(v)
		} else if w == "typesonly" {
			typesOnly = true
		} else {
			list.AppendChild(text(p.fill(w)))
		}
		if err != nil {
			return nil, fmt.Errorf("reading %q: %w", w, err)
		}
	}
	return sequence(ber.ClassApplication, 3, text(p.fill(args[0])), number(ber.TagEnumerated, scope), number(ber.TagEnumerated, 0),
		number(ber.TagInteger, limit), number(ber.TagInteger, seconds), boolean(typesOnly), filter, list), nil
}

// filter compiles a filter; hex: gives its octets.
func (p *play) filter(s string) (*ber.Packet, error) {
	if raw, ok := strings.CutPrefix(s, "hex:"); ok {
		b, err := hex.DecodeString(strings.ReplaceAll(raw, " ", ""))
		if err != nil {
			return nil, fmt.Errorf("reading the filter %q: %w", s, err)
		}
		return ber.DecodePacketErr(b)
	}
	f, err := ldap.CompileFilter(p.fill(s))
	if err != nil {
		return nil, fmt.Errorf("reading the filter %q: %w", s, err)
	}
	return f, nil
}
