package directory

import (
	"errors"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// findForm finds the object that a name form means as a view has it, or nil. The
// caller holds the lock.
func (f *Forest) findForm(v *view, n nameForm, d *Domain) *node {
	switch {
	case n.guid != nil:
		return f.byGUID[*n.guid]
	case n.sid != "":
		return f.findSID(n.sid, d)
	case n.wellKnown != "":
		return f.findWellKnown(v, n)
	}
	found, _ := f.lookupIn(v, n.dn)
	return found
}

func (f *Forest) findSID(sid security.SID, d *Domain) *node {
	if sid.Domain() == security.Builtin {
		return d.builtinNode(sid.RID())
	}
	if n := f.bySID[sid]; n != nil {
		return n
	}
	return d.foreignPrincipal(sid)
}

// findWellKnown follows <WKGUID=…,DN> over wellKnownObjects and
// otherWellKnownObjects of the object named.
func (f *Forest) findWellKnown(v *view, n nameForm) *node {
	holder, _ := f.lookupIn(v, n.dn)
	if holder == nil {
		return nil
	}
	o := v.see(holder)
	for _, text := range append(o.stored(f.k.wellKnownObjects).slice(), o.stored(f.k.otherWellKnownObjects).slice()...) {
		parts := strings.SplitN(text, ":", 4)
		if len(parts) != 4 || !strings.EqualFold(parts[2], n.wellKnown) {
			continue
		}
		d, err := f.names.parse(parts[3])
		if err != nil {
			return nil
		}
		found, _ := f.lookupIn(v, d)
		return found
	}
	return nil
}

// resolve finds the object that an operation names and the caller can see.
// deep also builds what a lazy container below holds. It takes the read lock
// itself.
func (s *session) resolve(name string, deep bool) (*node, *refusal) {
	form, err := s.f.names.parseForm(name)
	if errors.Is(err, errUnknownType) && s.f.flavour.samba() {
		return nil, sambaNoSuch(name)
	}
	if err != nil {
		return nil, s.malformed(name)
	}
	s.f.mu.RLock()
	if s.f.pending > 0 && s.f.lazyFor(form, deep) {
		s.f.mu.RUnlock()
		s.f.mu.Lock()
		s.f.buildAll()
		s.f.mu.Unlock()
		s.f.mu.RLock()
	}
	defer s.f.mu.RUnlock()
	return s.locate(name, form)
}

// locate is resolve for a caller that holds the lock.
func (s *session) locate(name string, form nameForm) (*node, *refusal) {
	n := s.findForm(form)
	if form.sid != "" {
		n = s.orPrincipal(n, form.sid)
	}
	if n != nil {
		if o := s.dc.see(n); o != nil && (s.blind || s.sees(o)) && s.showsDeleted(o) && s.serves(o.part) {
			return n, nil
		}
	}
	return nil, s.missing(name, form)
}

// orPrincipal is what a SID names where an object is looked for: also one of the
// well-known principals of the forest. Samba takes none where the domain has a
// foreign security principal of the same SID (observed of Samba 4.17).
func (s *session) orPrincipal(n *node, sid security.SID) *node {
	if n != nil && (!s.f.flavour.samba() || !s.dc.see(n).class.is("foreignSecurityPrincipal")) {
		return n
	}
	holder, _ := s.lookup(append(dname{{s.k.cn, "WellKnown Security Principals"}}, s.f.config.name...))
	if holder == nil {
		return n
	}
	for _, c := range s.kids(holder) {
		if o := s.dc.see(c); o != nil && o.sid == sid {
			if n != nil {
				return nil
			}
			return c
		}
	}
	return n
}

// showsDeleted hides deleted objects unless a control asks for them
// (MS-ADTS 3.1.1.3.4.1.14).
func (s *session) showsDeleted(o *object) bool {
	if !o.deleted && !o.part.isDeletedContainer(o.node) || s.who.system {
		return true
	}
	if o.recycled {
		return s.req.Controls.ShowRecycled
	}
	return s.req.Controls.ShowDeleted || s.req.Controls.ShowRecycled
}

func (p *partition) isDeletedContainer(n *node) bool {
	return p.domain != nil && p.domain.deleted == n
}

// holdsPartition reports whether this domain controller has the partition: its
// own domain, and those every one has. A global catalog has all.
func (dc *DC) holdsPartition(p *partition) bool {
	return p.domain == nil || p.domain == dc.domain
}

func (s *session) malformed(name string) *refusal {
	if s.f.flavour.samba() {
		return sambaf(InvalidDNSyntax, "00002032: ldb_error: invalid dn '%s'", name)
	}
	return &refusal{code: InvalidDNSyntax, text: nameErr(InvalidDNSyntax, dsBadNameSyntax, "03100225", badName, 8350, name).text}
}

// missing is the answer for a name that nobody, or nobody the caller sees, has:
// a referral when another directory should know, else no such object with the
// deepest ancestor there is.
func (s *session) missing(name string, form nameForm) *refusal {
	if s.f.flavour.samba() {
		return sambaNoSuch(name)
	}
	if form.guid != nil || form.sid != "" || len(form.dn) == 0 {
		return nameErr(NoSuchObject, dsObjNotFound, "0310028C", noObject, 0, "")
	}
	part := s.f.partitionOf(form.dn)
	if part == nil || !s.serves(part) {
		return s.elsewhere(form.dn, part)
	}
	_, best := s.lookup(form.dn)
	for best != nil {
		o := s.orNewest(best)
		if s.sees(o) && s.showsDeleted(o) && (len(form.dn) != depth(o)) {
			return nameErr(NoSuchObject, dsObjNotFound, "03100241", noObject, 0, s.dn(o))
		}
		best = o.parent
	}
	if n, _ := s.lookup(form.dn); n != nil {
		if o := s.orNewest(n); o.parent != nil {
			return nameErr(NoSuchObject, dsObjNotFound, "03100241", noObject, 0, s.visibleAncestor(o.parent))
		}
	}
	return nameErr(NoSuchObject, dsObjNotFound, "03100241", noObject, 0, "")
}

func (s *session) visibleAncestor(n *node) string {
	for n != nil {
		o := s.orNewest(n)
		if s.sees(o) && s.showsDeleted(o) {
			return s.dn(o)
		}
		n = o.parent
	}
	return ""
}

func depth(o *object) int {
	n := len(o.part.name)
	for o.parent != nil {
		n++
		o = o.parent.obj.Load()
	}
	return n
}

// elsewhere refers to the domain whose DNS name the name ends with.
func (s *session) elsewhere(name dname, part *partition) *refusal {
	host := name.dnsName()
	if part != nil && part.domain != nil {
		host = part.domain.dns
	}
	if host == "" {
		return nameErr(NoSuchObject, dsObjNotFound, "03100241", noObject, 0, "")
	}
	return referral("0310084B", host, "ldap://"+host+"/"+urlEscape(name.String()))
}

// urlEscape escapes what may not stand in the DN part of an LDAP URL.
func urlEscape(dn string) string {
	if !strings.ContainsAny(dn, " ?%\"<>\\#") {
		return dn
	}
	return urlEscapes.Replace(dn)
}

var urlEscapes = strings.NewReplacer(" ", "%20", "?", "%3F", "%", "%25", `"`, "%22", "<", "%3C", ">", "%3E", `\`, "%5C", "#", "%23")

// lazyFor reports whether a name leads to objects that are not built yet. Only
// configuration and schema have such. The caller holds the lock.
func (f *Forest) lazyFor(form nameForm, deep bool) bool {
	switch {
	case form.guid != nil:
		n := f.byGUID[*form.guid]
		return n == nil || n.lazy != nil || deep && n.obj.Load().part.domain == nil
	case form.sid != "":
		// One of the well-known principals, which the configuration holds.
		return form.sid.Domain() != security.Builtin && len(form.sid) < len(f.root.sid)
	case len(form.dn) == 0:
		return deep
	}
	part := f.partitionOf(form.dn)
	return part != nil && part.domain == nil && (deep || len(form.dn) > len(part.name))
}
