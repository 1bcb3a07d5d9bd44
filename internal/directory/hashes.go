package directory

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// A PasswordChange is a user whose password, or the mark that it has to be
// changed, was written. It holds the hash: it is for password hash
// synchronisation alone, and never for a log.
type PasswordChange struct {
	DN         string
	Anchor     []byte // mS-DS-ConsistencyGuid, else objectGUID: 16 octets
	Hash       domain.NTHash
	Set        time.Time // when the password was set
	MustChange bool      // pwdLastSet is 0
}

// USN is the number of the newest change of the forest.
func (f *Forest) USN() uint32 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.usn
}

// PasswordChanges lists the users of the domain whose pwdLastSet was written
// after since, and the number to ask from next. Every write of a password
// writes pwdLastSet, too (MS-SAMR 3.1.1.8.7). Computers, accounts without a
// password and deleted ones are left out: only the class user is synchronised
// (SSPR reference 8.11).
func (d *Domain) PasswordChanges(since uint32) (list []PasswordChange, next uint32) {
	f := d.forest
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.usn == since {
		return nil, since
	}
	for _, n := range f.nodes {
		if o := n.obj.Load(); o != nil && o.usnChanged > since && o.part == d.part && f.hasFreshPassword(o, since) {
			list = append(list, f.passwordChange(o))
		}
	}
	return list, f.usn
}

func (f *Forest) hasFreshPassword(o *object, since uint32) bool {
	if o.deleted || !o.class.is("user") || o.class.is("computer") || o.secret == nil || !o.secret.has {
		return false
	}
	i, ok := o.find(f.k.pwdLastSet.ID)
	return ok && o.attrs[i].usn > since
}

func (f *Forest) passwordChange(o *object) PasswordChange {
	anchor := []byte(o.text(f.k.consistencyGUID))
	if len(anchor) == 0 {
		anchor = o.guid[:]
	}
	return PasswordChange{
		DN: o.dn(), Anchor: anchor, Hash: o.secret.current, Set: o.secret.changed.Time(), MustChange: o.int(f.k.pwdLastSet) == 0,
	}
}

// MayReadHashes reports whether an account may replicate secrets: Replicating
// Directory Changes and Replicating Directory Changes All on the domain's head
// (MS-DRSR 4.1.10.5.2; SSPR reference 8.6).
func (d *Domain) MayReadHashes(now time.Time, account string) bool {
	n := d.find(account)
	if n == nil {
		return false
	}
	o := n.obj.Load()
	if o.sid == "" || !o.class.is("user") {
		return false
	}
	dc := d.dcs[0]
	s := dc.session(&Request{Now: now, Caller: Caller{dn: o.dn(), who: dc.identityOf(o)}})
	head := d.part.head.obj.Load()
	for _, right := range []security.GUID{rightGetChanges, rightGetChangesAll} {
		if !s.holds(head, right) {
			return false
		}
	}
	return true
}
