package directory

import (
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// A Change is the state of one object after an operation: all that is needed to
// make it again. A log of changes, replayed with [Forest.Apply], gives the same
// directory.
type Change struct {
	USN        uint32 // of the operation; of an earlier one where only inherited entries of the descriptor are new
	Last       bool   // of its operation: what is kept of it must be kept as a whole
	Time       time.Time
	New        bool
	GUID       security.GUID
	Parent     security.GUID // zero: head of a naming context
	DN         string        // for people; the place is Parent and RDN
	RDNType    string
	RDN        string
	Classes    []string // top first, the structural class last; auxiliaries before it
	SID        security.SID
	Descriptor []byte
	Created    time.Time
	USNCreated uint32
	Instance   int32
	Deleted    bool
	Recycled   bool
	Removed    bool                       // it is gone for good, and nothing else counts: see Forgettable
	Attributes map[string][]string        // stored attributes, complete
	Links      map[string][]security.GUID // forward links, complete
	Secrets    *Secrets                   // nil: the object has none
	Origin     uint16                     // number of the domain controller that made the object
	Stamps     []Stamp                    // of attributes that have changed since
	LinkStamps map[string][]LinkStamp     // of links that have changed since: present values in the order of Links, then absent ones
}

// Forgettable reports whether nothing has to be kept of an object: it is gone,
// and no forest makes it again at its birth.
func (c *Change) Forgettable() bool { return c.Removed && c.USNCreated != plantedUSN }

// A Stamp says which originating write an attribute's value comes from: the
// entries of replPropertyMetaData.
type Stamp struct {
	Attribute string
	Version   uint32
	Time      time.Time // to the second
	USN       uint32
	Origin    uint16 // number of the domain controller in the forest, in the order of the configuration
}

// A LinkStamp is the Stamp of one value of a link.
type LinkStamp struct {
	Target  security.GUID
	Absent  bool // the value was removed
	Created time.Time
	Stamp
}

// Secrets is what an account is proved with. It must be kept as safe as the
// passwords themselves; it prints as nothing.
type Secrets struct {
	Current    domain.NTHash
	History    []domain.NTHash
	Changed    domain.FileTime
	KeyVersion int
	Has        bool
}

// String keeps secrets out of logs.
func (Secrets) String() string { return "[redacted]" }

// GoString keeps secrets out of logs.
func (Secrets) GoString() string { return "[redacted]" }

// logged reports whether a change must be in the log: what an object inherits
// from above is no change of it, but part of it. Back links follow from the
// other ends.
func (st *stagedObject) logged() bool {
	return st.bump || st.old != nil && st.old.sd != st.next.sd
}

// publish offers what has been staged to the log and to those who wait.
func (t *tx) publish(list []stagedObject, usn uint32, when time.Time) *refusal {
	f := t.f
	if f.commit != nil {
		last := 0
		for i := range list {
			if list[i].logged() {
				last = i
			}
		}
		for i, st := range list {
			if !st.logged() {
				continue
			}
			c := f.export(st.next, usn, when, st.old == nil)
			if !st.bump { // it counts as unchanged
				c.USN, c.Time = st.next.usnChanged, time.Unix(st.next.changed, 0).UTC()
			}
			c.Last = i == last
			if err := f.commit(c); err != nil {
				return &refusal{code: Busy, text: f.flavour.LDAPErr(0x55, "0C0A0001", "The change could not be logged")}
			}
		}
	}
	for _, st := range list {
		if st.bump {
			f.watch.tell(st.node)
		}
	}
	return nil
}

// export is the state of an object as a Change.
func (f *Forest) export(o *object, usn uint32, when time.Time, isNew bool) Change {
	c := Change{
		USN: usn, Time: when, New: isNew, GUID: o.guid, DN: o.dn(), RDNType: o.rdnAttr.Name, RDN: o.rdn, Classes: o.class.names, SID: o.sid,
		Descriptor: o.sd.Bytes(), Created: time.Unix(o.created, 0).UTC(), USNCreated: o.usnCreated, Instance: o.instance,
		Deleted: o.deleted, Recycled: o.recycled, Attributes: map[string][]string{},
	}
	if o.parent != nil {
		c.Parent = o.parent.obj.Load().guid
	}
	for i := range o.attrs {
		if a := &o.attrs[i]; !a.gone {
			c.Attributes[f.schema.Attributes[a.id].Name] = a.values().slice()
		}
	}
	for i := range o.links {
		l := &o.links[i]
		if l.attr.BackLink() || len(l.to) == 0 {
			continue
		}
		if c.Links == nil {
			c.Links = map[string][]security.GUID{}
		}
		for _, n := range l.to {
			if to := n.obj.Load(); to != nil {
				c.Links[l.attr.Name] = append(c.Links[l.attr.Name], to.guid)
			}
		}
	}
	f.exportStamps(o, &c)
	if s := o.secret; s != nil {
		c.Secrets = &Secrets{Current: s.current, History: s.history, Changed: s.changed, KeyVersion: s.version, Has: s.has}
	}
	return c
}
