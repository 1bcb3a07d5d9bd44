package directory

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// Bind implements [Server]: a simple bind (MS-ADTS 5.1.1.1).
func (dc *DC) Bind(_ context.Context, r Request, b BindRequest) (Caller, Result) {
	f := dc.forest
	dc.housekeeping(r.Now)
	samba := f.flavour.samba()
	if b.Version != 3 && b.Version != 2 && !samba {
		return Caller{}, Result{Code: ProtocolError, Diagnostic: f.flavour.LDAPErr(0x57, "0C090D34", "The server did not support the requested version")}
	}
	if res := dc.signing(r, b); res != nil {
		return r.keep(samba), res.result()
	}
	if b.Password.Empty() && (b.Name == "" || !samba) {
		if b.Name != "" && dc.denyUnauthenticated() {
			return Caller{}, dc.refuseBind(domain.SubCode(0))
		}
		return Caller{}, Result{}
	}
	n := dc.findAccount(b.Name)
	if n == nil {
		dc.refused(r, b, nil, domain.LogonFailure)
		if samba && dc.brokenName(b.Name) {
			return r.keep(samba), dc.refuseBind(0x1f)
		}
		return r.keep(samba), dc.refuseBind(domain.UnknownUser(dc.domain.switches()))
	}
	return dc.logOn(r, b, n)
}

// brokenName reports names that look like a DN and are none, which Samba
// answers with ERROR_GEN_FAILURE.
func (dc *DC) brokenName(name string) bool {
	if strings.IndexByte(name, '=') < 0 || name[0] >= '0' && name[0] <= '9' {
		return false
	}
	_, err := dc.forest.names.parseForm(name)
	return errors.Is(err, errBadName)
}

// keep is the caller of a connection after a bind that failed: nobody, but on
// Samba whoever it was before.
func (r Request) keep(samba bool) Caller {
	if samba {
		return r.Caller
	}
	return Caller{}
}

// signing refuses passwords in clear where the domain controller demands
// integrity (LDAPServerIntegrity).
func (dc *DC) signing(r Request, b BindRequest) *refusal {
	if !dc.signed.Load() || r.Channel.Encrypted || b.Name == "" && b.Password.Empty() {
		return nil
	}
	if dc.forest.flavour.samba() {
		return sambaf(StrongerAuthRequired, "BindSimple: Transport encryption required.")
	}
	return dc.forest.flavour.ldap(StrongerAuthRequired, dsStrongAuth, "0C090259",
		`The server requires binds to turn on integrity checking if SSL\TLS are not already active on the connection`)
}

func (dc *DC) denyUnauthenticated() bool { return dc.forest.setting("DenyUnauthenticatedBind") == "1" }

// serviceName is CN=Directory Service, which holds dSHeuristics.
func (f *Forest) serviceName() dname {
	return append(dname{{f.k.cn, "Directory Service"}, {f.k.cn, "Windows NT"}, {f.k.cn, "Services"}}, f.config.name...)
}

func (dc *DC) refuseBind(code domain.SubCode) Result {
	f := dc.forest.flavour
	dsid := "0C090434"
	switch f.Dialect {
	case Samba:
		dsid = "0C0903A9"
	case Windows2016:
		dsid = "0C090447"
	}
	return Result{Code: InvalidCredentials, Diagnostic: f.ldapErr(secInvalidToken, dsid, "AcceptSecurityContext error", code.String())}
}

// findAccount finds the account of a name, building indexes that are asked for
// the first time.
func (dc *DC) findAccount(name string) *node {
	f := dc.forest
	for {
		f.mu.RLock()
		n, needs := dc.findLogon(name)
		f.mu.RUnlock()
		if needs == nil {
			return n
		}
		f.mu.Lock()
		f.indexFor(needs)
		f.mu.Unlock()
	}
}

// logOn checks the password and the account (MS-APDS 3.1.5).
func (dc *DC) logOn(r Request, b BindRequest, n *node) (Caller, Result) {
	f := dc.forest
	samba := f.flavour.samba()
	home, o := dc.logonServer(n)
	if o == nil || o.deleted || o.sid == "" || !o.class.is("user") {
		code := domain.LogonFailure
		if samba && (o == nil || o.sid == "") {
			code = 0x1f
		}
		dc.refused(r, b, nil, code)
		return r.keep(samba), dc.refuseBind(code)
	}
	v, o := home.validate(n, o, domain.ClearText(b.Password.Reveal()).NTHash(), domain.NetworkLogon, r)
	if v.Code != domain.LogonOK {
		dc.refused(r, b, o, v.Code)
		return r.keep(samba), dc.refuseBind(v.Code)
	}
	if b.FastBind {
		return Caller{}, Result{}
	}
	who, code := dc.admit(o)
	if code != domain.LogonOK {
		dc.refused(r, b, o, code)
		return r.keep(samba), dc.refuseBind(code)
	}
	dc.loggedOn(r, o)
	return Caller{dn: o.dn(), who: who}, Result{}
}

// logonServer is who judges an account, and what it knows of it.
func (dc *DC) logonServer(n *node) (home *DC, o *object) {
	home = dc.authority(n.obj.Load().part.domainOr(dc.forest))
	return home, home.see(n)
}

// authority is who judges the accounts of a domain: this domain controller for
// its own domain, and for another one of that domain's, to which the logon is
// passed through (MS-APDS 3.1.5.1, MS-NRPC 3.5.4.5.1). Counters and lockouts
// live there. It is the PDC emulator when that can be reached.
func (dc *DC) authority(d *Domain) *DC {
	if d == dc.domain {
		return dc
	}
	if d.Settings().Replication.CutToPDC {
		for _, other := range d.dcs {
			if other != d.PDC() && !other.cfg.ReadOnly {
				return other
			}
		}
	}
	return d.PDC()
}

// validate judges a password for an account of this domain controller's own
// domain and stores what the logon changes. Before it refuses a password it
// asks the PDC emulator, which may know a newer one (MS-SAMS 1.3.2).
func (dc *DC) validate(n *node, o *object, given domain.NTHash, kind domain.LogonKind, r Request) (domain.LogonVerdict, *object) {
	if own := dc.see(n); own != nil {
		o = own
	}
	if dc.cfg.ReadOnly {
		return dc.validateAtBranch(n, o, given, kind, r)
	}
	v := dc.judgeLogon(o, given, kind, r)
	if pdc := dc.pdc(); pdc != nil && v.Code == domain.LogonFailure {
		newest := pdc.see(n)
		if newest == nil {
			newest = o
		}
		at := pdc.judgeLogon(newest, given, kind, r)
		if pdc.remember(n, newest, at, r) {
			r.told = true
		}
		if at.Code != domain.LogonFailure {
			dc.pull(n, pdc)
			v, o = at, newest
		}
	}
	dc.remember(n, o, v, r)
	return v, o
}

func (dc *DC) judgeLogon(o *object, given domain.NTHash, kind domain.LogonKind, r Request) domain.LogonVerdict {
	dc.forest.mu.RLock()
	p := o.part.domain.effectivePolicy(o)
	dc.forest.mu.RUnlock()
	a := dc.account(o)
	facts := domain.LogonFacts{Match: domain.MatchHash(a, given), Kind: kind}
	if a.Workstations != "" {
		facts.Workstation = dc.name
		if r.Channel.Workstation != "" {
			facts.Workstation = r.Channel.Workstation
		}
	}
	return domain.JudgeLogon(p, a, facts, r.Now)
}

// remember stores what a logon changes: the counters of this domain controller
// and, rarely, attributes of the account. A new count is safe when it returns,
// so that no crash gives anybody more guesses. It reports a lockout.
func (dc *DC) remember(n *node, o *object, v domain.LogonVerdict, r Request) (locked bool) {
	if dc.countLogon(n, v, r) {
		defer func() { _ = dc.durable() }() // a bind has no answer for a full disk
	}
	at, k := domain.FileTimeOf(r.Now), dc.forest.k
	lockoutChanged := v.Lockout.LockoutTime != domain.FileTime(o.int(k.lockoutTime))
	stamp := v.Code == domain.LogonOK && dc.stampDue(o, r.Now)
	if !lockoutChanged && !stamp {
		return false
	}
	writer := dc
	if dc.cfg.ReadOnly {
		if writer = dc.hub(); writer == nil {
			return false // its own counters have the lock
		}
	}
	s := writer.session(&Request{Now: r.Now, Caller: System(), Channel: r.Channel})
	s.everywhere = false
	s.f.mu.Lock()
	t := s.begin()
	if lockoutChanged {
		t.storeLockout(n, v.Lockout.LockoutTime)
	}
	if stamp {
		t.set(n, k.lastLogonTimestamp, oneValue(at.String()))
	}
	refused := t.commit()
	s.f.mu.Unlock()
	locked = refused == nil && v.Locked
	if locked {
		dc.lockedOut(r, o)
	}
	return locked
}

// countLogon keeps the counters of this domain controller. It reports whether
// the count of failures is another.
func (dc *DC) countLogon(n *node, v domain.LogonVerdict, r Request) (counted bool) {
	at := domain.FileTimeOf(r.Now)
	dc.changeLogon(n, func(s logonState) logonState {
		was := s.badCount
		switch {
		case v.Counted:
			s.badCount, s.badTime = v.Lockout.BadCount, v.Lockout.BadTime
			s.locked = v.Lockout.LockoutTime
		case v.Code == domain.LogonOK:
			// Samba keeps the time of a logon only where it had failures to forget.
			if !dc.forest.flavour.samba() || s.badCount > 0 {
				s.lastLogon = at
			}
			s.badCount, s.locked = 0, 0
		}
		counted = s.badCount != was
		return s
	})
	return counted
}

// stampDue reports whether lastLogonTimestamp is old enough to be written
// again: 14 days less a part of five days that is the account's own (MS-ADTS
// 3.1.1.4.5, msDS-LogonTimeSyncInterval).
func (dc *DC) stampDue(o *object, now time.Time) bool {
	k := dc.forest.k
	last := o.stored(k.lastLogonTimestamp)
	if !last.any {
		return true
	}
	days := int64(14)
	if v := o.head().stored(k.logonTimeSyncInterval); v.any {
		days = o.head().int(k.logonTimeSyncInterval)
	}
	if days == 0 {
		return false
	}
	early := time.Duration(o.guid[3]) * 5 * 24 * time.Hour / 256
	was := domain.FileTime(o.int(k.lastLogonTimestamp)).Time()
	return now.Sub(was) >= time.Duration(days)*24*time.Hour-early
}
