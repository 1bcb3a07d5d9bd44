package directory

import (
	"strconv"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// raw returns the values of an attribute that are part of the object: stored
// ones and those that live in its fields. Links, values of one domain
// controller and constructed ones are not part of it.
func (f *Forest) raw(o *object, a *schema.Attribute) values {
	k := f.k
	switch f.virtual[a.ID] {
	case virtualNone:
		if a == o.rdnAttr {
			return oneValue(o.rdn)
		}
		return o.stored(a)
	case virtualName:
		if a == k.name {
			return oneValue(o.rdn)
		}
		return oneValue(o.dn())
	case virtualClass:
		if a == k.objectClass {
			rest := o.class.names[1:]
			return values{o.class.names[0], &rest, true}
		}
		return oneValue(f.categoryDN(o))
	case virtualTimes, virtualFixed:
		return f.field(o, a)
	case virtualSD:
		return oneValue(string(o.sd.Bytes()))
	}
	return values{}
}

func (f *Forest) field(o *object, a *schema.Attribute) values {
	k := f.k
	switch a {
	case k.whenChanged:
		return oneValue(zulu(o.changed))
	case k.whenCreated:
		return oneValue(zulu(o.created))
	case k.uSNChanged:
		return oneValue(strconv.FormatUint(uint64(o.usnChanged), 10))
	case k.uSNCreated:
		return oneValue(strconv.FormatUint(uint64(o.usnCreated), 10))
	case k.objectGUID:
		return oneValue(string(o.guid[:]))
	case k.objectSid:
		if o.sid != "" {
			return oneValue(string(o.sid))
		}
	case k.instanceType:
		return oneValue(strconv.Itoa(int(o.instance)))
	case k.isDeleted:
		if o.deleted {
			return oneValue("TRUE")
		}
	case k.isRecycled:
		if o.recycled || o.deleted && f.flavour.samba() {
			return oneValue("TRUE")
		}
	}
	return values{}
}

func zulu(unix int64) string { return schema.FormatTime(time.Unix(unix, 0)) }

// categoryDN is objectCategory: the schema entry of the class's default
// category, unless the object names another.
func (f *Forest) categoryDN(o *object) string {
	if v := o.stored(f.k.objectCategory); v.any {
		return v.one
	}
	return f.categoryName(o.class.structural)
}

func (f *Forest) categoryName(c *schema.Class) string {
	return f.categories[c.ID]
}

// normal is the form in which equal values of an attribute are the same octets.
func (f *Forest) normal(a *schema.Attribute, v string) string {
	switch a.Syntax {
	case schema.Unicode, schema.Teletex, schema.Presentation, schema.Numeric:
		return f.fold.Fold(v)
	case schema.OIDString:
		return f.normalOID(v)
	case schema.DN:
		return f.normalDN(v)
	case schema.Integer, schema.LargeInteger:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && (len(v) > 1 && (v[0] == '0' || v[0] == '+') || v == "-0") {
			return strconv.FormatInt(n, 10)
		}
	case schema.Time:
		if t, ok := schema.ParseTime(v); ok {
			return schema.FormatTime(t)
		}
	}
	return v
}

// normalOID folds names of classes and attributes, and OIDs that stand for
// them.
func (f *Forest) normalOID(v string) string {
	if c := f.schema.Class(v); c != nil {
		return c.Name
	}
	if a := f.schema.Attribute(v); a != nil {
		return a.Name
	}
	return f.fold.Fold(v)
}

func (f *Forest) normalDN(v string) string {
	d, err := f.names.parse(v)
	if err != nil {
		return f.fold.Fold(v)
	}
	b := make([]byte, 0, len(v))
	for i, r := range d {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRDN(b, r.attr, f.fold.Fold(r.value))
	}
	return string(b)
}

// secret reports whether values are never shown: MS-ADTS 3.1.1.4.4.
func (f *Forest) secret(a *schema.Attribute) bool {
	switch a.Name {
	case "unicodePwd", "dBCSPwd", "ntPwdHistory", "lmPwdHistory", "supplementalCredentials", "currentValue", "priorValue",
		"initialAuthIncoming", "initialAuthOutgoing", "trustAuthIncoming", "trustAuthOutgoing", "msDS-ExecuteScriptPassword":
		return true
	case "userPassword":
		return f.heuristic(9) != '0' && f.heuristic(9) != '2'
	}
	return false
}

// heuristic returns character n (from 1) of dSHeuristics, '0' when absent.
func (f *Forest) heuristic(n int) byte {
	h := f.heuristics.Load()
	if h == nil || len(*h) < n {
		return '0'
	}
	return (*h)[n-1]
}
