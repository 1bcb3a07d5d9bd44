package directory

import (
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// findLogon finds the account that a name in a bind means. The forms are tried
// in the order of MS-ADTS 5.1.1.1.1; the first that matches exactly one object
// counts. The caller holds the read lock; needs names an index to build first.
func (dc *DC) findLogon(name string) (found *node, needs *schema.Attribute) {
	if n, ok := dc.byDN(name); ok { // by far the most frequent
		return n, nil
	}
	for _, form := range dc.logonForms() {
		n, ok, attr := form(name)
		if attr != nil {
			return nil, attr
		}
		if ok {
			return n, nil
		}
	}
	return nil, nil
}

// A logonForm reports ok when the form decides: it matched one object, or
// several, which is none.
type logonForm func(name string) (n *node, ok bool, needs *schema.Attribute)

// logonForms is every form but the first, the distinguished name.
func (dc *DC) logonForms() []logonForm {
	k := dc.forest.k
	forms := []logonForm{dc.byUPN, dc.byDomainName, dc.byCanonicalName}
	if !dc.forest.flavour.samba() {
		forms = append(forms, dc.byBracedGUID, dc.byValue(k.displayName), dc.byValue(k.servicePrincipalName), dc.byMappedSPN)
	}
	return append(forms, dc.bySID, dc.byHistory)
}

func (dc *DC) byDN(name string) (*node, bool) {
	if strings.IndexByte(name, '=') < 0 {
		return nil, false
	}
	form, err := dc.forest.names.parseForm(name)
	if err != nil || len(form.dn) == 0 && form.guid == nil && form.sid == "" {
		return nil, false
	}
	n := dc.forest.findForm(dc.stale.Load(), form, dc.domain)
	return n, n != nil
}

// unique picks the one live object among those found.
func (dc *DC) unique(list []*node, among func(*object) bool) (*node, bool) {
	var one *node
	for _, n := range list {
		o := dc.see(n)
		if o == nil || o.deleted || among != nil && !among(o) {
			continue
		}
		if one != nil {
			return nil, true
		}
		one = n
	}
	return one, one != nil
}

// find looks a value up; the indexes of names that people bind with are there
// from the start.
func (dc *DC) find(a *schema.Attribute, value string) ([]*node, *schema.Attribute) {
	x := dc.forest.indexes[a.ID]
	if x == nil {
		return nil, a
	}
	return dc.forest.holders(dc.stale.Load(), x, a, value), nil
}

func (dc *DC) byUPN(name string) (*node, bool, *schema.Attribute) {
	f := dc.forest
	cut := strings.LastIndexByte(name, '@')
	list, needs := dc.find(f.k.userPrincipalName, name)
	if needs != nil {
		return nil, false, needs
	}
	if n, ok := dc.unique(list, nil); ok {
		return n, true, nil
	}
	if cut < 1 {
		return nil, false, nil
	}
	suffix := name[cut+1:]
	d := f.Domain(suffix)
	if d == nil && !f.flavour.samba() && f.isSuffix(suffix) {
		d = dc.domain
	}
	if d == nil {
		return nil, false, nil
	}
	return dc.bySAM(d, name[:cut])
}

// isSuffix reports whether uPNSuffixes of the partitions container has the
// suffix.
func (f *Forest) isSuffix(suffix string) bool {
	parts, _ := f.lookup(f.partitionsName())
	if parts == nil {
		return false
	}
	v := parts.obj.Load().stored(f.k.uPNSuffixes)
	for i := range v.len() {
		if strings.EqualFold(v.at(i), suffix) {
			return true
		}
	}
	return false
}

func (f *Forest) partitionsName() dname {
	return append(dname{{f.k.cn, "Partitions"}}, f.config.name...)
}

func (dc *DC) bySAM(d *Domain, sam string) (*node, bool, *schema.Attribute) {
	home := dc.authority(d)
	list, needs := home.find(dc.forest.k.sAMAccountName, sam)
	if needs != nil {
		return nil, false, needs
	}
	n, ok := home.unique(list, func(o *object) bool { return o.part == d.part })
	return n, ok, nil
}

func (dc *DC) byDomainName(name string) (*node, bool, *schema.Attribute) {
	domain, sam, ok := strings.Cut(name, `\`)
	if !ok {
		return nil, false, nil
	}
	for _, d := range dc.forest.domains {
		if strings.EqualFold(d.netbios, domain) || strings.EqualFold(d.dns, domain) && !dc.forest.flavour.samba() {
			return dc.bySAM(d, sam)
		}
	}
	return nil, false, nil
}

// byCanonicalName reads corp.example/Staff/Anna, and the same with a line feed
// in place of the last slash.
func (dc *DC) byCanonicalName(name string) (*node, bool, *schema.Attribute) {
	dns, path, ok := strings.Cut(name, "/")
	if !ok {
		if dns, path, ok = strings.Cut(name, "\n"); !ok {
			return nil, false, nil
		}
	}
	var d *Domain
	for _, have := range dc.forest.domains {
		if strings.EqualFold(have.dns, dns) {
			d = have
		}
	}
	if d == nil || path == "" {
		return nil, false, nil
	}
	n := d.part.head
	for _, value := range canonicalParts(path) {
		if n = dc.child(n, value); n == nil {
			return nil, false, nil
		}
	}
	return n, true, nil
}

func canonicalParts(path string) []string {
	var parts []string
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '\\' && i+1 < len(path):
			i++
			b.WriteByte(path[i])
		case path[i] == '/' || path[i] == '\n':
			parts = append(parts, b.String())
			b.Reset()
		default:
			b.WriteByte(path[i])
		}
	}
	return append(parts, b.String())
}

// child finds a child by value, whatever its naming attribute.
func (dc *DC) child(n *node, value string) *node {
	f := dc.forest
	for _, a := range []*schema.Attribute{f.k.cn, f.k.ou, f.k.dc} {
		if c := f.childAt(dc.stale.Load(), n, f.keyOf(a, value)); c != nil {
			return c
		}
	}
	return nil
}

func (dc *DC) byBracedGUID(name string) (*node, bool, *schema.Attribute) {
	if len(name) != 38 || name[0] != '{' {
		return nil, false, nil
	}
	g, err := security.ParseGUID(name)
	if err != nil {
		return nil, false, nil
	}
	n := dc.forest.byGUID[g]
	return n, n != nil, nil
}

func (dc *DC) byValue(a *schema.Attribute) logonForm {
	return func(name string) (*node, bool, *schema.Attribute) {
		list, needs := dc.find(a, name)
		if needs != nil {
			return nil, false, needs
		}
		n, ok := dc.unique(list, nil)
		return n, ok, nil
	}
}

// byMappedSPN takes cifs/x for host/x, as sPNMappings says.
func (dc *DC) byMappedSPN(name string) (*node, bool, *schema.Attribute) {
	class, rest, ok := strings.Cut(name, "/")
	if !ok || rest == "" {
		return nil, false, nil
	}
	target, aliases, _ := strings.Cut(spnMappings, "=")
	for alias := range strings.SplitSeq(aliases, ",") {
		if strings.EqualFold(alias, class) {
			return dc.byValue(dc.forest.k.servicePrincipalName)(target + "/" + rest)
		}
	}
	return nil, false, nil
}

func (dc *DC) bySID(name string) (*node, bool, *schema.Attribute) {
	sid, err := security.ParseSID(name)
	if err != nil {
		return nil, false, nil
	}
	n := dc.forest.bySID[sid]
	return n, n != nil, nil
}

func (dc *DC) byHistory(name string) (*node, bool, *schema.Attribute) {
	sid, err := security.ParseSID(name)
	if err != nil {
		return nil, false, nil
	}
	list, needs := dc.find(dc.forest.k.sIDHistory, string(sid))
	if needs != nil {
		return nil, false, needs
	}
	n, ok := dc.unique(list, nil)
	return n, ok, nil
}
