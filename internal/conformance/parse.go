package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Parse reads exchanges. Blank lines and lines that start with # say nothing; an
// exchange starts with "== ID: title" and goes on with these lines:
//
//	seen ID...                      observations that it represents
//	omit DIALECT: reason            it says nothing of this dialect
//	user LABEL [in=DN] [password=TEXT|none] [attribute=value]...
//	group, computer, contact, ou LABEL [in=DN] [attribute=value]...
//	make LABEL DN attribute=value...  an object anywhere, removed afterwards
//	created DN                      removed afterwards: the request makes it
//	bulk N                          {bulk}, an OU of N contacts, and {bulkgroup} with all of them; shared
//	policy attribute=value...       on the domain head, restored afterwards
//	set DN attribute=value...       on any object, restored afterwards
//	heuristics TEXT                 dSHeuristics, restored afterwards
//	grant DN ACE...                 put in front of the object's DACL
//	age LABEL DURATION              make the password that much older
//	wait DURATION                   let time pass
//	signing                         the domain controller takes no password in clear; restored afterwards
//	given REQUEST [-> CODE|any]     a request that must succeed, or answer CODE
//	open REQUEST                    a request on a connection of its own that has no end
//	send REQUEST                    the request that counts
//	want CODE [TEXT]                the answer in both dialects
//	windows CODE [TEXT], samba CODE [TEXT]
//	windows-2016 CODE [TEXT], windows-2022 CODE [TEXT]   where versions differ
//	matched [DIALECT] DN            the matchedDN of the answer
//	after [DIALECT] DN attribute=value...
//	found [DIALECT] N               number of entries
//	names [DIALECT] DN...           which entries, in any order
//	order [DIALECT] DN...           which entries, in this order
//	has [DIALECT] attribute=value...  of the first entry
//	lists [DIALECT] attribute...    the first entry has exactly these
//	counts [DIALECT] ATTRIBUTE N    values of an attribute of the first entry
//	empty [DIALECT] ATTRIBUTE...    attributes of the first entry that come without values
//	refs [DIALECT] N [PATTERN]      number of references, and what each looks like
//	answers [DIALECT] OID[=HEX]     control of the answer
//	value [DIALECT] TEXT            value of an extended answer
//	offers [DIALECT] ATTRIBUTE VALUE... -VALUE...  values of the first entry that must be there, and that must not
//	parts [DIALECT] ATTRIBUTE OGDS  the parts that a security descriptor of the first entry has
//	firstace [DIALECT] ATTRIBUTE allow|deny        the kind of the first entry of its DACL
//	told [DIALECT] DN...            the entries that came on the open request, in this order
//	logs [DIALECT] LABEL|NAME... EVENT... [*]  the events about an object, in this order: 4724, 4724! (failure), 4625!:LogonType=8
//
// A REQUEST is
//
//	[as WHO] [over ldap|starttls|ldaps|gc|gcs] [fresh] [with OID[!][=HEX]]... VERB ARGUMENT...
//
// with the verbs bind NAME PASSWORD, sasl MECHANISM [HEX], version N NAME
// PASSWORD, search BASE SCOPE FILTER [limit=N] [time=N] [typesonly] [attribute]...,
// add DN attribute=value..., modify DN {add|delete|replace|increment
// attribute[=value]...}..., delete DN, rename DN RDN [to=DN] [keep], compare DN
// attribute=value, extended OID [HEX].
//
// Names in braces are filled in: {ou}, {base}, {config}, {schema}, {dns},
// {netbios}, {me} and {me.sam} (the account of the run), {me.pw}, {admin} (the built-in Administrator), {now}, {now-1h}, {alice}, {alice.sam}, {alice.upn},
// {alice.pw}, {alice.guid}, {alice.sid} and the like; {page.500} is a paged results
// value with the cookie that came last, {dirsync.1} one of DirSync with flags 1,
// {entry} the entry that a given search found last. A value starts with pw:
// (quoted UTF-16LE, as unicodePwd wants it), utf16:, hex:, sd: (SDDL) or is text.
//
// In after and has a value may be now, in:DURATION (a FILETIME that far from now),
// nonzero, absent, present, same, more, +N, without:BITS, first:LABEL,LABEL (the one with the
// smaller objectGUID) or a pattern with *.
func Parse(file, text string) ([]Exchange, error) {
	var out []Exchange
	var errs []error
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if head, ok := strings.CutPrefix(line, "== "); ok {
			id, title, _ := strings.Cut(head, ":")
			out = append(out, Exchange{ID: strings.TrimSpace(id), Title: strings.TrimSpace(title), File: file, Line: number, Omit: map[Dialect]string{}, Codes: map[Dialect]Answer{}})
			continue
		}
		if len(out) == 0 {
			errs = append(errs, fmt.Errorf("%s:%d: the first exchange must start with \"== ID: title\"", file, number))
			break
		}
		if err := out[len(out)-1].line(line, number); err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", file, number, err))
		}
	}
	for _, x := range out {
		if err := x.complete(); err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: exchange %s: %w", file, x.Line, x.ID, err))
		}
	}
	return out, errors.Join(errs...)
}

// complete says what an exchange lacks.
func (x *Exchange) complete() error {
	if x.ID == "" || x.Title == "" {
		return errors.New("it needs an ID and a title")
	}
	if x.Send == nil {
		return errors.New("it sends nothing: add a send line")
	}
	for _, d := range []Dialect{Windows, Samba} {
		if _, ok := x.Codes[d]; !ok && x.Omit[d] == "" {
			return fmt.Errorf("it expects nothing of %s and gives no reason: add a %s, want or omit line", d, d)
		}
	}
	return nil
}

var (
	fixtures = []string{"user", "group", "computer", "contact", "ou", "make", "policy", "set", "heuristics", "grant", "age", "wait", "created", "bulk", "signing"}
	checks   = []string{"after", "found", "names", "order", "has", "lists", "refs", "answers", "value", "matched", "counts", "empty", "offers", "parts", "firstace", "logs", "told"}
)

func (x *Exchange) line(line string, number int) error {
	words, err := split(line)
	if err != nil {
		return err
	}
	kind, rest := words[0], words[1:]
	switch {
	case kind == "seen":
		x.Seen = append(x.Seen, rest...)
	case kind == "omit":
		who, why, ok := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "omit")), ":")
		if !ok || strings.TrimSpace(why) == "" {
			return errors.New("omit needs a dialect and a reason: omit samba: reason")
		}
		x.Omit[Dialect(who)] = strings.TrimSpace(why)
	case kind == "given" || kind == "open":
		r, err := parseRequest(rest, number)
		if err != nil {
			return err
		}
		r.Apart = kind == "open"
		x.Given = append(x.Given, Step{Kind: kind, Request: r, Line: number})
	case kind == "send":
		r, err := parseRequest(rest, number)
		if err != nil {
			return err
		}
		if x.Send != nil {
			return errors.New("an exchange sends one request: make the earlier ones given")
		}
		x.Send = r
	case kind == "want" || slices.Contains(dialects, Dialect(kind)):
		return x.expect(kind, rest)
	case slices.Contains(fixtures, kind):
		x.Given = append(x.Given, Step{Kind: kind, Words: rest, Line: number})
	case slices.Contains(checks, kind):
		c := Check{Kind: kind, Words: rest, Line: number}
		if len(rest) > 0 && slices.Contains(dialects, Dialect(rest[0])) {
			c.Dialect, c.Words = Dialect(rest[0]), rest[1:]
		}
		x.Then = append(x.Then, c)
	default:
		return fmt.Errorf("unknown word %q", kind)
	}
	return nil
}

// expect reads "want CODE [TEXT]" and its kin.
func (x *Exchange) expect(kind string, words []string) error {
	of := []Dialect{Dialect(kind)}
	if kind == "want" {
		of = []Dialect{Windows, Samba}
	}
	if len(words) == 0 || len(words) > 2 {
		return fmt.Errorf("%s needs a code and at most one text: quote it", kind)
	}
	for _, d := range of {
		if words[0] == "refused" {
			if len(words) != 2 {
				return errors.New("refused needs the sub-code of the bind: refused 52e")
			}
			x.Codes[d] = Answer{Code: 49, Text: refusal(d, words[1])}
			continue
		}
		code, err := strconv.Atoi(words[0])
		if err != nil {
			return fmt.Errorf("reading the result code %q: it is not a number", words[0])
		}
		a := Answer{Code: code}
		if len(words) == 2 {
			a.Text = template(words[1])
		}
		x.Codes[d] = a
	}
	return nil
}

var verbs = map[string]int{"bind": 2, "sasl": 1, "version": 3, "search": 3, "add": 1, "modify": 1, "delete": 1, "rename": 2, "compare": 2, "extended": 1}

func parseRequest(words []string, number int) (*Request, error) {
	r := &Request{Over: "ldaps", Line: number}
	if n := len(words); n >= 2 && words[n-2] == "->" {
		r.Code = -1
		if words[n-1] != "any" {
			code, err := strconv.Atoi(words[n-1])
			if err != nil {
				return nil, fmt.Errorf("reading the code after ->: %q is neither a number nor any", words[n-1])
			}
			r.Code = code
		}
		words = words[:n-2]
	}
	for len(words) > 0 {
		head := words[0]
		if least, ok := verbs[head]; ok {
			r.Verb, r.Args = head, words[1:]
			if len(r.Args) < least {
				return nil, fmt.Errorf("%s needs at least %d arguments, has %d", head, least, len(r.Args))
			}
			return r, nil
		}
		if head == "fresh" {
			r.Fresh = true
			words = words[1:]
			continue
		}
		if len(words) < 2 {
			break
		}
		switch head {
		case "as":
			r.As = words[1]
		case "over":
			r.Over = words[1]
		case "with":
			r.Controls = append(r.Controls, parseControl(words[1]))
		default:
			return nil, fmt.Errorf("unknown word %q in a request", head)
		}
		words = words[2:]
	}
	return nil, errors.New("a request needs a verb")
}

func parseControl(s string) Control {
	var c Control
	c.OID, c.Value, c.Has = strings.Cut(s, "=")
	c.OID, c.Critical = strings.CutSuffix(c.OID, "!")
	return c
}
