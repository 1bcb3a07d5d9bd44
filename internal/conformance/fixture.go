package conformance

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// errNoSigning says that a setup asks for what LDAP cannot switch.
const errNoSigning omission = "it needs a domain controller that takes no password in clear (LDAPServerIntegrity), which LDAP cannot switch"

// signing has the domain controller require signing until the end.
func (p *play) signing(ctx context.Context) error {
	set := p.s.target.Signing
	if set == nil {
		return errNoSigning
	}
	p.restore = append(p.restore, func() error { return set(context.WithoutCancel(ctx), false) })
	return set(ctx, true)
}

// fixture performs a line of the setup that is not a request.
func (p *play) fixture(ctx context.Context, st Step) error {
	w := st.Words
	if len(w) == 0 {
		return fmt.Errorf("%s needs something", st.Kind)
	}
	switch st.Kind {
	case "user", "group", "computer", "contact", "ou":
		return p.object(st.Kind, w[0], w[1:])
	case "make":
		return p.makeObject(w)
	case "bulk":
		return p.bulk(w[0])
	case "created":
		p.outside = append(p.outside, p.fill(w[0]))
		return nil
	case "policy":
		return p.set(p.s.base, w)
	case "set":
		return p.set(p.fill(w[0]), w[1:])
	case "heuristics":
		return p.set("CN=Directory Service,CN=Windows NT,CN=Services,"+p.s.config, []string{"dSHeuristics=" + w[0]})
	case "grant":
		return p.grant(p.fill(w[0]), w[1:])
	case "age":
		return p.age(ctx, w)
	case "wait":
		d, err := duration(w[0])
		if err != nil {
			return err
		}
		return p.s.wait(ctx, d)
	}
	return fmt.Errorf("unknown fixture %q", st.Kind)
}

var classes = map[string]string{"user": "user", "group": "group", "computer": "computer", "contact": "contact", "ou": "organizationalUnit"}

// object makes an object of the exchange and remembers it under its label.
func (p *play) object(kind, label string, words []string) error {
	parent := p.ou
	one := &person{sam: label + "-" + p.s.run}
	if kind == "user" {
		one.password = startPassword
		one.upn = one.sam + "@" + p.s.dns
	}
	rdn := "CN=" + label
	if kind == "ou" {
		rdn = "OU=" + label
	}
	if kind == "computer" {
		one.sam += "$"
	}
	var rest []string
	for _, w := range words {
		name, v, _ := strings.Cut(w, "=")
		switch strings.ToLower(name) {
		case "in":
			parent = p.fill(v)
			continue
		case "rdn":
			rdn = v
			continue
		case "password":
			one.password = p.fill(v)
			if v == "none" {
				one.password = ""
			}
			continue
		case "samaccountname":
			one.sam = p.fill(v)
		case "userprincipalname":
			one.upn = p.fill(v)
		}
		rest = append(rest, w)
	}
	one.dn = rdn + "," + parent
	p.people[label], p.names[label] = one, one.dn
	add := []string{"objectClass=" + classes[kind]}
	has := func(name string) bool {
		for _, w := range rest {
			if strings.HasPrefix(strings.ToLower(w), strings.ToLower(name)+"=") {
				return true
			}
		}
		return false
	}
	if kind != "contact" && kind != "ou" && !has("sAMAccountName") {
		add = append(add, "sAMAccountName="+one.sam)
	}
	if kind == "user" {
		if !has("userPrincipalName") {
			add = append(add, "userPrincipalName="+one.upn)
		}
		if one.password != "" {
			add = append(add, "unicodePwd=pw:"+one.password)
			if !has("userAccountControl") {
				add = append(add, "userAccountControl=512")
			}
		}
	}
	if err := p.create(one.dn, append(add, rest...)); err != nil {
		return err
	}
	return p.identify(one)
}

// identify remembers GUID and SID: the object may be deleted later.
func (p *play) identify(one *person) error {
	e, err := p.s.read(one.dn, "objectGUID", "objectSid")
	if err != nil {
		return fmt.Errorf("reading back %s: %w", one.dn, err)
	}
	one.guid, one.sid = e.GetAttributeValue("objectGUID"), e.GetAttributeValue("objectSid")
	return nil
}

func (p *play) makeObject(words []string) error {
	if len(words) < 3 {
		return errors.New("make needs a label, a DN and attributes")
	}
	one := &person{dn: p.fill(words[1])}
	p.people[words[0]], p.names[words[0]] = one, one.dn
	if err := p.create(one.dn, words[2:]); err != nil {
		return err
	}
	if !strings.HasSuffix(strings.ToLower(one.dn), strings.ToLower(p.ou)) {
		p.outside = append(p.outside, one.dn)
	}
	return p.identify(one)
}

func (p *play) create(dn string, words []string) error {
	attrs, err := p.attributes(words)
	if err != nil {
		return err
	}
	add := &ldap.AddRequest{DN: dn}
	for _, a := range attrs {
		add.Attributes = append(add.Attributes, ldap.Attribute{Type: a.name, Vals: a.values})
	}
	if err := p.s.admin.Add(add); err != nil {
		return fmt.Errorf("making %s: %w", dn, err)
	}
	return nil
}

// set writes attributes and has them restored.
func (p *play) set(dn string, words []string) error {
	attrs, err := p.attributes(words)
	if err != nil {
		return err
	}
	names := make([]string, len(attrs))
	modify := &ldap.ModifyRequest{DN: dn}
	for i, a := range attrs {
		names[i] = a.name
		modify.Replace(a.name, a.values)
	}
	old, err := p.s.read(dn, names...)
	if err != nil {
		return fmt.Errorf("reading the settings of %s: %w", dn, err)
	}
	back := &ldap.ModifyRequest{DN: dn}
	for _, n := range names {
		back.Replace(n, old.GetEqualFoldAttributeValues(n))
	}
	p.restore = append(p.restore, func() error {
		if err := p.s.admin.Modify(back); err != nil {
			return fmt.Errorf("restoring the settings of %s: %w", dn, err)
		}
		return nil
	})
	if err := p.s.admin.Modify(modify); err != nil {
		return fmt.Errorf("setting %s of %s: %w", strings.Join(names, ", "), dn, err)
	}
	return nil
}

// sdFlags asks for, or writes, the DACL alone (MS-ADTS 3.1.1.3.4.1.11).
var sdFlags = bare{Control{OID: "1.2.840.113556.1.4.801", Critical: true, Has: true, Value: "3003020104"}}

// grant puts entries into an object's DACL. Outside of the throw-away OU the
// old one is restored.
func (p *play) grant(dn string, entries []string) error {
	r, err := p.s.admin.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, 0, 0, 0, false, "(objectClass=*)", []string{"nTSecurityDescriptor"}, []ldap.Control{sdFlags}))
	if err != nil {
		return fmt.Errorf("reading the descriptor of %s: %w", dn, err)
	}
	if len(r.Entries) != 1 {
		return fmt.Errorf("reading the descriptor of %s: %d entries", dn, len(r.Entries))
	}
	old := r.Entries[0].GetRawAttributeValue("nTSecurityDescriptor")
	var aces [][]byte
	for _, e := range entries {
		for _, one := range strings.SplitAfter(p.fill(e), ")") {
			if one == "" {
				continue
			}
			ace, err := parseACE(one, p.s.domainSID)
			if err != nil {
				return err
			}
			aces = append(aces, ace)
		}
	}
	sd, err := withACEs(old, aces)
	if err != nil {
		return fmt.Errorf("granting on %s: %w: %s", dn, err, hex.EncodeToString(old))
	}
	write := func(value []byte) error {
		m := &ldap.ModifyRequest{DN: dn, Controls: []ldap.Control{sdFlags}}
		m.Replace("nTSecurityDescriptor", []string{string(value)})
		if err := p.s.admin.Modify(m); err != nil {
			return fmt.Errorf("writing the descriptor of %s: %w", dn, err)
		}
		return nil
	}
	if !strings.HasSuffix(strings.ToLower(dn), strings.ToLower(p.s.root)) {
		p.restore = append(p.restore, func() error { return write(old) })
	}
	return write(sd)
}

// hours offers values of logonHours: {hours.all}, {hours.none}, {hours.now} and
// {hours.other} in hexadecimal (bit 0 is Sunday 00:00 UTC, MS-ADA1 2.376). The
// neighbours of this hour count as this hour: it may end meanwhile.
func hours(names map[string]string, now time.Time) {
	var now21, other [21]byte
	for i := range other {
		other[i] = 0xff
	}
	t := now.UTC()
	for _, at := range []time.Time{t, t.Add(10 * time.Minute)} {
		bit := int(at.Weekday())*24 + at.Hour()
		now21[bit/8] |= 1 << (bit % 8)
		other[bit/8] &^= 1 << (bit % 8)
	}
	names["hours.now"], names["hours.other"] = hex.EncodeToString(now21[:]), hex.EncodeToString(other[:])
	names["hours.all"], names["hours.none"] = strings.Repeat("ff", 21), strings.Repeat("00", 21)
}
