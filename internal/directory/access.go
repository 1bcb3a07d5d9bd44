package directory

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// Extended rights and validated writes that operations ask for.
var (
	rightResetPassword      = security.MustGUID("00299570-246d-11d0-a768-00aa006e0529")
	rightChangePassword     = security.MustGUID("ab721a53-1e2f-11d0-9819-00aa0040529b")
	rightUnexpirePassword   = security.MustGUID("ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501")
	rightInstallReplica     = security.RightDSInstallReplica
	rightPasswordNotReqd    = security.MustGUID("280f369c-67c7-438e-ae98-1d46f3c6f541")
	rightReversiblePassword = security.MustGUID("05c74c5e-4deb-43b4-bd9f-86664c2a7fd5")
	rightReanimate          = security.MustGUID("45ec5156-db7e-47bb-b53f-dbeb2d03c40f")
	rightProtectTask        = security.MustGUID("7726b9d5-a4b4-4288-a6b2-dce952e80a7f")
	rightGetChanges         = security.MustGUID("1131f6aa-9c07-11d1-f79f-00c04fc2dcd2")
	rightGetChangesAll      = security.MustGUID("1131f6ad-9c07-11d1-f79f-00c04fc2dcd2")
	rightRecalcInheritance  = security.MustGUID("0bc1554e-0a99-11d1-adbb-00c04fd8d5cd")
	rightUpdateSchemaCache  = security.MustGUID("be2bb760-7f46-11d2-b9ad-00c04f79f805")
	rightAddGUID            = security.MustGUID("440820ad-65b4-11d1-a3da-0000f875ae0d")
	rightSelfMembership     = security.MustGUID("bf9679c0-0de6-11d0-a285-00aa003049e2")
	rightValidatedSPN       = security.MustGUID("f3a64788-5306-11d1-a9c5-0000f80367c1")
	rightValidatedDNSName   = security.MustGUID("72e39547-7b18-11d1-adef-00c04fd8d5cd")
	rightManageFeatures     = security.MustGUID("7c0e2a7c-a419-48e4-a995-10180aad54dd")
	rightCollectGarbage     = security.MustGUID("fec364e0-0a98-11d1-adbb-00c04fd8d5cd")
	rightSynchronize        = security.MustGUID("1131f6ab-9c07-11d1-f79f-00c04fc2dcd2")
	rightSecretsSync        = security.MustGUID("1131f6ae-9c07-11d1-f79f-00c04fc2dcd2")
	rightChangePDC          = security.MustGUID("bae50096-4752-11d1-9052-00c04fc2d4cf")
	rightChangeRIDMaster    = security.MustGUID("d58d5f36-0a98-11d1-adbb-00c04fd8d5cd")
	rightChangeSchemaMaster = security.MustGUID("e12b56b6-0a95-11d1-adbb-00c04fd8d5cd")
	rightChangeDomainMaster = security.MustGUID("014bc69c-7b3b-11d1-85f6-08002be74fab")

	rightChangeInfrastructureMaster = security.MustGUID("cc17b1fb-33d9-11d2-97d4-00c04fd8d5cd")
)

// A session is one operation of one caller on one domain controller.
type session struct {
	dc   *DC
	f    *Forest
	k    *known
	who  *identity
	req  *Request
	now  time.Time
	list bool // list-object mode
	// badRange is set when a range begins behind the last value.
	badRange bool
	// unanswered is set when an attribute may not be asked for.
	unanswered bool
	// blind finds objects that the caller does not see; their refusal comes later.
	blind bool
	// everywhere makes changes known to every domain controller at once.
	everywhere bool
	visited    int        // objects that a search has looked at
	on, over   remembered // rights on the last object, and on the last parent
	room       room       // of the last entry, for the next one
}

// remembered is the rights that were asked for last: most questions in a row are
// about one object, or about objects with the same descriptor.
type remembered struct {
	sd     *security.Descriptor
	sid    security.SID
	rights *rights
}

// rightsOn is the caller's rights on an object.
func (s *session) rightsOn(o *object, last *remembered) *rights {
	if last.rights == nil || last.sd != o.sd || last.sid != o.sid && (s.who.Has(last.sid) || s.who.Has(o.sid)) {
		*last = remembered{o.sd, o.sid, s.who.rightsOn(s.f, o)}
	}
	return last.rights
}

func (dc *DC) session(r *Request) *session {
	who := r.Caller.who
	if who == nil {
		who = anonymousIdentity()
	}
	return &session{everywhere: who.system && r.Channel.RemoteAddr == "", dc: dc, f: dc.forest, k: dc.forest.k, who: who, req: r, now: r.Now, list: dc.forest.heuristic(3) == '1'}
}

// itself is a session of the directory's own: it may do everything, and is
// everywhere at once.
func (dc *DC) itself(now time.Time) *session {
	return dc.session(&Request{Now: now, Caller: System()})
}

// may reports whether the caller has rights on an object, limited to a type
// and its property set when they are not zero.
func (s *session) may(o *object, want security.Mask, kind, set security.GUID) bool {
	if s.who.system {
		return true
	}
	r := s.rightsOn(o, &s.on)
	return r.view.Allows(security.Query{Want: want, Type: kind, Set: set})
}

// holds asks for an extended right.
func (s *session) holds(o *object, right security.GUID) bool {
	return s.may(o, security.ControlAccess, right, security.GUID{})
}

// writes asks for write property on an attribute.
func (s *session) writes(o *object, a *schema.Attribute) bool {
	return s.may(o, security.WriteProperty, a.GUID, a.Set)
}

// reads asks for read property on an attribute.
func (s *session) reads(o *object, a *schema.Attribute) bool {
	switch {
	case !s.catalogued(o, a):
		return false
	case s.who.system:
		return true
	}
	if a == s.k.nTSecurityDescriptor {
		return s.may(o, security.ReadControl, security.GUID{}, security.GUID{})
	}
	return s.sambaTells(a) || s.rightsOn(o, &s.on).reads(a)
}

// sambaTells are the attributes that Samba 4.17 works out after it has taken
// away what the caller may not read (observed).
func (s *session) sambaTells(a *schema.Attribute) bool {
	if !s.f.flavour.samba() {
		return false
	}
	k := s.k
	switch a {
	case k.allowedAttributes, k.allowedAttributesEffective, k.allowedChildClasses, k.allowedChildClassesEffective, k.sDRightsEffective:
		return true
	}
	return false
}

// sees reports whether the object is there for the caller (MS-ADTS 5.1.3.3.6,
// list contents and list object).
func (s *session) sees(o *object) bool {
	if s.who.system || o.parent == nil {
		return true
	}
	above := s.rightsOn(s.above(o), &s.over)
	if above.view.Allows(security.Query{Want: security.ListContents}) {
		return true
	}
	if !s.list {
		return false
	}
	return above.view.Allows(security.Query{Want: security.ListObject}) && s.may(o, security.ListObject, security.GUID{}, security.GUID{})
}

// head is the object of the domain head an object belongs to.
func (o *object) head() *object { return o.part.head.obj.Load() }
