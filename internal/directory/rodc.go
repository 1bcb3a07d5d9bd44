package directory

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// hub is the writable domain controller that a read-only one turns to: the PDC
// emulator, or another when that is cut off. nil when none can be reached.
func (dc *DC) hub() *DC {
	r := dc.domain.Settings().Replication
	if r.CutToHub {
		return nil
	}
	for _, other := range append([]*DC{dc.domain.PDC()}, dc.domain.dcs...) {
		if !other.cfg.ReadOnly && (!r.CutToPDC || other != dc.domain.PDC()) {
			return other
		}
	}
	return nil
}

// cut reports whether nothing reaches this domain controller at present: it is
// read-only and cut off.
func (dc *DC) cut() bool { return dc.cfg.ReadOnly && dc.domain.Settings().Replication.CutToHub }

// computer is the account of a domain controller.
func (dc *DC) computer() *node {
	if n := dc.forest.byGUID[dc.guid]; n != nil {
		if server := n.obj.Load().parent; server != nil {
			if list := server.obj.Load().linked(dc.forest.k.serverReference); len(list) == 1 {
				return list[0]
			}
		}
	}
	return nil
}

// mayReveal reports whether a read-only domain controller may have the password
// of an account (MS-DRSR 4.1.10.5.15, RevealSecretsForUserAllowed): never those
// of msDS-NeverRevealGroup, else those of msDS-RevealOnDemandGroup and its own
// account. The caller holds the lock.
func (dc *DC) mayReveal(n *node) bool {
	own := dc.computer()
	return own != nil && dc.forest.reveals(own, n)
}

// reveals is mayReveal by the account of the domain controller.
func (f *Forest) reveals(own, n *node) bool {
	o, computer := n.obj.Load(), own.obj.Load()
	in := func(a *schema.Attribute) bool {
		list := computer.linked(a)
		return contains(list, n) || slices.ContainsFunc(f.groupsOf(o, true, (*node).newest), func(g *object) bool { return contains(list, g.node) })
	}
	switch {
	case o.part.domain != computer.part.domain:
		return false
	case n == own:
		return true
	case in(f.k.neverReveal):
		return false
	}
	return in(f.k.revealOnDemand)
}

// caches reports whether a read-only domain controller has the password that an
// account has as far as it knows: what was revealed is worth nothing once
// another password has arrived.
func (dc *DC) caches(o *object) bool {
	f := dc.forest
	f.mu.RLock()
	defer f.mu.RUnlock()
	own := dc.computer()
	if own == nil || o.secret == nil {
		return false
	}
	computer := own.obj.Load()
	l := computer.link(f.k.revealedUsers)
	i := slices.Index(l.to, o.node)
	return i >= 0 && computer.stampOfValue(l, i).usn > f.stampOf(o, f.k.unicodePwd.ID).usn
}

// validateAtBranch judges a password on a read-only domain controller: by the
// password that it has, or at a writable domain controller, which then reveals
// it if it may (MS-ADTS 6.1.1.3.2, AD reference 11.4). A password that is wrong
// here may be right there, where failures are counted, too.
func (dc *DC) validateAtBranch(n *node, o *object, given domain.NTHash, kind domain.LogonKind, r Request) (domain.LogonVerdict, *object) {
	hub := dc.hub()
	if dc.caches(o) {
		if v := dc.judgeLogon(o, given, kind, r); hub == nil || v.Code != domain.LogonFailure {
			dc.remember(n, o, v, r)
			return v, o
		}
	}
	if hub == nil {
		return domain.LogonVerdict{Code: domain.NoLogonServers}, o
	}
	v, newest := hub.validate(n, o, given, kind, r)
	if v.Code == domain.LogonOK {
		dc.pull(n, hub)
		dc.countLogon(n, v, r)
		hub.authenticatedAt(dc, n, r.Now)
	}
	return v, newest
}

// authenticatedAt writes on a writable domain controller what it knows of a logon
// at a read-only one: that there was one, and, where it may, that the password
// was revealed.
func (dc *DC) authenticatedAt(branch *DC, n *node, now time.Time) {
	f := dc.forest
	f.mu.Lock()
	defer f.mu.Unlock()
	own := branch.computer()
	if own == nil {
		return
	}
	s := dc.itself(now)
	if !contains(n.obj.Load().linked(f.k.authenticatedAtDC), own) {
		t := s.begin()
		t.link(n, f.k.authenticatedAtDC, own)
		t.commit()
	}
	if branch.mayReveal(n) {
		s.reveal(own, n)
	}
}

// reveal notes that a read-only domain controller was given a password: anew, so
// that the value's stamp comes after the password's. The caller holds the lock.
func (s *session) reveal(own, n *node) {
	s.conceal(own, n)
	t := s.begin()
	t.link(own, s.k.revealedUsers, n)
	t.commit()
}

// conceal notes that a read-only domain controller has a password no more. The
// caller holds the lock.
func (s *session) conceal(own, n *node) {
	if contains(own.obj.Load().linked(s.k.revealedUsers), n) {
		t := s.begin()
		t.unlink(own, s.k.revealedUsers, n)
		t.commit()
	}
}

// filtered reports attributes that read-only domain controllers do not get
// (fRODCFilteredAttribute, MS-ADTS 2.2.9).
func (dc *DC) filtered(a *schema.Attribute) bool {
	const rodcFiltered = 0x200
	return dc.cfg.ReadOnly && a.SearchFlags&rodcFiltered != 0
}

// revealed shows msDS-RevealedUsers, with the stamp of each secret
// (PROPERTY_META_DATA_EXT behind the attribute's number), or msDS-RevealedList,
// with the names of those that are still current.
func (s *session) revealed(o *object, named bool) values {
	var out []string
	f := s.f
	l := o.link(s.k.revealedUsers)
	for i, n := range l.to {
		to := s.dc.see(n)
		if to == nil || to.deleted {
			continue
		}
		was := o.stampOfValue(l, i)
		password := f.stampOf(n.obj.Load(), s.k.unicodePwd.ID)
		for _, a := range s.k.passwordSecrets() {
			switch {
			case !named:
				raw := f.propertyStamp(a.ATTRTYP, was)
				out = append(out, "B:"+strconv.Itoa(2*len(raw))+":"+strings.ToUpper(hex.EncodeToString(raw))+":"+s.dn(to))
			case was.usn > password.usn:
				out = append(out, "S:"+strconv.Itoa(len(a.Name))+":"+a.Name+":"+s.dn(to))
			}
		}
	}
	return listOf(out)
}

// cachable is msDS-IsUserCachableAtRodc: whether a read-only domain controller
// may have the password of the account that DN_INPUT names, else of the caller
// (MS-ADTS 3.1.1.4.5.32). Samba 4.17 does not know it.
func (s *session) cachable(o *object) values {
	own := s.readOnlyOf(o)
	if own == nil || s.f.flavour.samba() {
		return values{}
	}
	if !s.holds(s.head(), rightSecretsSync) {
		s.unanswered = true
		return values{}
	}
	account := s.who.user
	if dn := s.req.Controls.InputDN; dn != nil {
		n, r := s.resolve(*dn, false)
		if r != nil {
			return values{}
		}
		account = n
	}
	s.f.mu.RLock()
	defer s.f.mu.RUnlock()
	if account != nil && s.f.reveals(own, account) {
		return oneValue("1")
	}
	return oneValue("0")
}

// readOnlyOf is the account of the read-only domain controller that an object
// is, or whose server or settings it is; nil for others.
func (s *session) readOnlyOf(o *object) *node {
	o = s.computerOf(o)
	if o == nil || domain.UAC(uint32(o.int(s.k.userAccountControl)))&domain.PartialSecretsAccount == 0 {
		return nil
	}
	return o.node
}

// computerOf is the account of the domain controller whose settings or server an
// object is, and a computer itself; nil for others.
func (s *session) computerOf(o *object) *object {
	if o.class.is("nTDSDSA") {
		o = s.above(o)
	}
	if o.class.is("server") {
		list := o.linked(s.k.serverReference)
		if len(list) != 1 {
			return nil
		}
		o = s.orNewest(list[0])
	}
	if !o.class.is("computer") {
		return nil
	}
	return o
}

// purge makes a read-only domain controller forget a password
// (rODCPurgeAccount, MS-ADTS 3.1.1.3.3).
func (s *session) purge(dn string) *refusal {
	if !s.dc.cfg.ReadOnly {
		return svcErr(UnwillingToPerform, errorNotSupported, "031A1253")
	}
	if !s.holds(s.head(), rightSecretsSync) && !s.who.Has(security.BuiltinAdministrators) {
		return secErr(errorAccessDenied, "031A124D")
	}
	n, r := s.resolve(dn, false)
	if r != nil {
		return r
	}
	asItself := s.dc.domain.PDC().itself(s.now)
	return s.withComputer(func(own *node) { asItself.conceal(own, n) })
}

// replicateOne makes a domain controller fetch one object from another, and a
// read-only one its password, before anybody has logged on there
// (replicateSingleObject, MS-ADTS 3.1.1.3.3). value is the DN of the source's
// settings, a colon, the DN of the object, and :SECRETS_ONLY for a password.
func (s *session) replicateOne(value string) *refusal {
	if !s.holds(s.head(), rightSynchronize) && !s.who.Has(security.BuiltinAdministrators) {
		return secErr(errorAccessDenied, "031A124D")
	}
	source, dn, ok := strings.Cut(value, ":")
	dn, secrets := strings.CutSuffix(dn, ":SECRETS_ONLY")
	from := s.f.dcNamed(strings.TrimSpace(source))
	if !ok || from == nil || from == s.dc || from.domain != s.dc.domain || secrets && (!s.dc.cfg.ReadOnly || from.cfg.ReadOnly) {
		return svcErr(OperationsError, errorInvalidParameter, "031A1254")
	}
	if s.dc.cut() {
		return svcErr(Unavailable, dsUnavailable, "031A1255")
	}
	there := from.session(s.req)
	n, r := there.resolve(dn, false)
	if r != nil {
		return r
	}
	s.dc.pull(n, from)
	if !secrets {
		return nil
	}
	s.f.mu.RLock()
	may := s.dc.mayReveal(n)
	s.f.mu.RUnlock()
	if !may {
		return secErr(errorAccessDenied, "031A1256")
	}
	return s.withComputer(func(own *node) { from.itself(s.now).reveal(own, n) })
}

// withComputer does something with the account of this domain controller.
func (s *session) withComputer(do func(*node)) *refusal {
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	own := s.dc.computer()
	if own == nil {
		return svcErr(OperationsError, errorInvalidParameter, "031A1257")
	}
	do(own)
	return nil
}

func (s *session) head() *object { return s.dc.domain.part.head.obj.Load() }
