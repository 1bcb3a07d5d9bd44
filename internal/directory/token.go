package directory

import (
	"sync"
	"sync/atomic"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// A Caller is the identity of a connection: the token built at its last bind
// and frozen until the next. The zero value is anonymous.
type Caller struct {
	dn  string
	who *identity
}

// Anonymous reports whether nobody is bound.
func (c Caller) Anonymous() bool { return c.dn == "" }

// DN is the distinguished name of the caller when it bound, or "".
func (c Caller) DN() string { return c.dn }

// System is the caller of provisioning: it may do everything, and the rules for
// clients do not bind it.
func System() Caller { return Caller{dn: "SYSTEM", who: systemIdentity()} }

// An identity is a token and what has been found out with it.
type identity struct {
	*security.Token
	user   *node // nil: SYSTEM, anonymous
	name   string
	domain string
	logon  uint64
	groups int // that take room in the token
	system bool
	cache  sync.Map // rightsKey → *rights
	cached atomic.Int32

	subjectOnce sync.Once
	subject     []Field // in events
}

var systemIdentity = sync.OnceValue(func() *identity {
	return &identity{
		Token: security.NewToken(security.System, 0xff, security.Everyone, security.AuthenticatedUsers, security.BuiltinAdministrators),
		name:  "SYSTEM", domain: "NT AUTHORITY", logon: 0x3e7, system: true,
	}
})

var anonymousIdentity = sync.OnceValue(func() *identity {
	return &identity{
		Token: security.NewToken(security.Anonymous, 0, security.Everyone, security.Network),
		name:  "ANONYMOUS LOGON", domain: "NT AUTHORITY", logon: 0x3e6,
	}
})

type cachedToken struct {
	generation uint64
	primary    int64
	who        *identity
}

// identityOf builds the token of an account, or takes the one built before if
// no membership has changed since.
func (dc *DC) identityOf(o *object) *identity {
	f := dc.forest
	generation, primary := f.membership.Load(), o.int(f.k.primaryGroupID)
	if c, ok := f.tokens.Load(o.node); ok && dc.stale.Load() == nil {
		if c := c.(*cachedToken); c.generation == generation && c.primary == primary && c.who.User == o.sid {
			return c.who
		}
	}
	f.mu.RLock()
	who := f.buildIdentity(o, dc.see)
	f.mu.RUnlock()
	if dc.stale.Load() != nil {
		return who // others may know other groups
	}
	f.tokens.Store(o.node, &cachedToken{generation: generation, primary: primary, who: who})
	return who
}

// maxGroups is how many groups of an account, earlier SIDs included, a token of
// Windows has room for (AD reference 2.3).
const maxGroups = 1015

// admit builds the token of somebody who has proved to be who they say.
func (dc *DC) admit(o *object) (*identity, domain.SubCode) {
	who := dc.identityOf(o)
	if who.groups > maxGroups && !dc.forest.flavour.samba() {
		return nil, domain.TooManyContextIDs
	}
	return who, domain.LogonOK
}

func (f *Forest) buildIdentity(o *object, see func(*node) *object) *identity {
	d := o.part.domain
	groups := f.groupsOf(o, true, see)
	sids := make([]security.SID, 0, len(groups)+6)
	for _, g := range groups {
		sids = append(sids, g.sid)
	}
	count := len(sids) + o.stored(f.k.sIDHistory).len()
	sids = append(sids, security.Everyone, security.AuthenticatedUsers, security.Network)
	if !f.flavour.samba() {
		sids = append(sids, security.ThisOrganization)
	}
	for i, v := 0, o.stored(f.k.sIDHistory); i < v.len(); i++ {
		sids = append(sids, security.SID(v.at(i)))
	}
	t := security.NewToken(o.sid, 0, sids...)
	t.Privileges = privileges(t)
	return &identity{Token: t, user: o.node, name: o.text(f.k.sAMAccountName), domain: d.netbios, logon: 0x10000 + uint64(o.node.slot)*16, groups: count}
}

// privileges is what the default domain controllers policy assigns.
func privileges(t *security.Token) security.Privileges {
	p := security.MachineAccountPrivilege
	if t.Has(security.BuiltinAdministrators) {
		p |= security.SecurityPrivilege | security.TakeOwnershipPrivilege | security.RestorePrivilege | security.BackupPrivilege | security.EnableDelegationPrivilege | security.DebugPrivilege
	}
	if t.Has(security.BuiltinBackupOperators) || t.Has(security.BuiltinServerOperators) {
		p |= security.RestorePrivilege | security.BackupPrivilege
	}
	return p
}

// groupsOf walks the security groups of an account: primary group, direct and
// nested memberships, and (wellKnown) what Everyone and its like belong to, as
// see finds them.
func (f *Forest) groupsOf(o *object, wellKnown bool, see func(*node) *object) []*object {
	w := groupWalk{f: f, see: see, seen: map[*node]bool{}}
	d := o.part.domain
	if d != nil && o.class.is("user") {
		if rid := o.int(f.k.primaryGroupID); rid > 0 {
			w.visit(f.bySID[d.sid.WithRID(uint32(rid))])
		}
	}
	w.members(o)
	if wellKnown && d != nil {
		for _, sid := range []security.SID{security.Everyone, security.AuthenticatedUsers, security.Network} {
			if n := d.foreignPrincipal(sid); n != nil {
				w.members(see(n))
			}
		}
	}
	return w.found
}

type groupWalk struct {
	f     *Forest
	see   func(*node) *object
	seen  map[*node]bool
	found []*object
}

func (w *groupWalk) visit(n *node) {
	if n == nil || w.seen[n] {
		return
	}
	w.seen[n] = true
	o := w.see(n)
	if o == nil || o.deleted || !o.class.is("group") || domain.GroupType(int32(o.int(w.f.k.groupType)))&domain.SecurityEnabled == 0 {
		return
	}
	w.found = append(w.found, o)
	w.members(o)
}

func (w *groupWalk) members(o *object) {
	for _, g := range o.linked(w.f.k.memberOf) {
		w.visit(g)
	}
}

// foreignPrincipal finds the object that stands for a SID of no domain. The
// caller holds the lock.
func (d *Domain) foreignPrincipal(sid security.SID) *node {
	if d.foreign == nil || d.foreign.kids == nil {
		return nil
	}
	return d.foreign.kids.byRDN[d.forest.keyOf(d.forest.k.cn, sid.String())]
}

type rightsKey struct {
	sd   *security.Descriptor
	self security.SID
}

// rights is a descriptor seen with one token, with the answers found so far.
type rights struct {
	view  security.View
	asked [24]atomic.Uint64 // by attribute ID: read property has been asked
	yes   [24]atomic.Uint64
}

// rightsOn prepares the descriptor of an object for the identity. Objects with
// the same descriptor share the work.
func (id *identity) rightsOn(f *Forest, o *object) *rights {
	key := rightsKey{sd: o.sd}
	if o.sid != "" && id.User == o.sid {
		key.self = o.sid
	} else if o.sid != "" && o.class.is("group") && id.Has(o.sid) {
		key.self = o.sid
	}
	if r, ok := id.cache.Load(key); ok {
		return r.(*rights)
	}
	r := &rights{view: security.NewView(id.Token, o.sd, key.self, f.rules)}
	if id.cached.Add(1) > 4096 { // somebody has a descriptor for each object
		id.cache.Clear()
		id.cached.Store(0)
	}
	id.cache.Store(key, r)
	return r
}

func (r *rights) reads(a *schema.Attribute) bool {
	word, bit := a.ID>>6, uint64(1)<<(a.ID&63)
	if r.asked[word].Load()&bit != 0 {
		return r.yes[word].Load()&bit != 0
	}
	ok := r.view.Allows(security.Query{Want: security.ReadProperty, Type: a.GUID, Set: a.Set})
	if ok && a.Confidential() {
		ok = r.view.Allows(security.Query{Want: security.ControlAccess, Type: a.GUID, Set: a.Set})
	}
	if ok {
		r.yes[word].Or(bit)
	}
	r.asked[word].Or(bit)
	return ok
}
