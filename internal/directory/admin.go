package directory

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A RefusedError is an operation of provisioning that the directory refused.
type RefusedError struct {
	Op     string // what was being done
	Result Result
}

// Error names the operation, the result code and the diagnostic.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s: result %d: %s", e.Op, e.Result.Code, strings.TrimRight(e.Result.Diagnostic, "\n\x00"))
}

func refusedAs(res Result, format string, args ...any) error {
	if res.Code == Success {
		return nil
	}
	return &RefusedError{fmt.Sprintf(format, args...), res}
}

// systemRequest is a request of the directory's own administration.
func systemRequest(now time.Time) Request {
	return Request{Now: now, Caller: System(), Channel: Channel{Encrypted: true}}
}

// A UserSpec describes a user account to make. Only SAMAccountName is needed.
type UserSpec struct {
	Name            string // common name; "" is DisplayName, else SAMAccountName
	SAMAccountName  string
	UPN             string // "" is SAMAccountName@domain
	GivenName       string
	Surname         string
	DisplayName     string
	Parent          string // DN; "" is CN=Users
	Password        secret.Text
	Control         domain.UAC    // 0 is NORMAL_ACCOUNT, or 546 without a password
	PasswordAge     time.Duration // how long ago the password was set
	MustChange      bool          // pwdLastSet 0
	Mail            string
	ConsistencyGUID []byte              // mS-DS-ConsistencyGuid, 16 octets
	Groups          []string            // DN or sAMAccountName
	Attributes      map[string][]string // anything else
	Locked          bool                // lockoutTime is now
}

// AddUser makes a user as SYSTEM and returns its DN. The password is not judged
// by policy.
func (d *Domain) AddUser(now time.Time, u UserSpec) (string, error) {
	name := firstOf(u.Name, u.DisplayName, u.SAMAccountName)
	parent := firstOf(u.Parent, "CN=Users,"+d.part.dn)
	a := AddRequest{DN: "CN=" + string(appendEscaped(nil, name)) + "," + parent}
	put := func(name string, v ...string) {
		if len(v) == 0 || v[0] == "" {
			return
		}
		at := Attribute{Name: name}
		for _, x := range v {
			at.Values = append(at.Values, []byte(x))
		}
		a.Attributes = append(a.Attributes, at)
	}
	control := u.Control
	if control == 0 {
		control = domain.NormalAccount
		if u.Password.Empty() {
			control |= domain.AccountDisable | domain.PasswordNotRequired
		}
	}
	put("objectClass", "user")
	put("sAMAccountName", u.SAMAccountName)
	put("userPrincipalName", firstOf(u.UPN, u.SAMAccountName+"@"+d.dns))
	put("givenName", u.GivenName)
	put("sn", u.Surname)
	put("displayName", u.DisplayName)
	put("mail", u.Mail)
	put("mS-DS-ConsistencyGuid", string(u.ConsistencyGUID))
	put("userAccountControl", strconv.Itoa(int(int32(control))))
	for _, k := range slices.Sorted(maps.Keys(u.Attributes)) {
		put(k, u.Attributes[k]...)
	}
	r := systemRequest(now)
	s := d.dcs[0].session(&r)
	refused, _ := s.add(a, func(o *object) { d.tune(o, u, now) })
	if refused != nil {
		return "", refusedAs(refused.result(), "adding user %s", u.SAMAccountName)
	}
	for _, g := range u.Groups {
		if err := d.AddMembers(now, g, a.DN); err != nil {
			return "", err
		}
	}
	return a.DN, nil
}

// tune gives a new account its password and the times of a longer life.
func (d *Domain) tune(o *object, u UserSpec, now time.Time) {
	k := d.forest.k
	if u.Password.Empty() {
		return
	}
	set := domain.FileTimeOf(now.Add(-u.PasswordAge))
	hash := domain.ClearText(u.Password.Reveal()).NTHash()
	o.secret = &secrets{has: true, current: hash, history: []domain.NTHash{hash}, changed: set, version: 1}
	text := set.String()
	if u.MustChange {
		text = "0"
	}
	o.set(k.pwdLastSet, o.usnCreated, oneValue(text))
	if u.Locked {
		o.set(k.lockoutTime, o.usnCreated, oneValue(domain.FileTimeOf(now).String()))
	}
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// A GroupSpec describes a group to make.
type GroupSpec struct {
	Name    string // common name and sAMAccountName
	Parent  string // DN; "" is CN=Users
	Type    domain.GroupType
	Members []string // DN or sAMAccountName
}

// AddGroup makes a group as SYSTEM and returns its DN.
func (d *Domain) AddGroup(now time.Time, g GroupSpec) (string, error) {
	dn := "CN=" + string(appendEscaped(nil, g.Name)) + "," + firstOf(g.Parent, "CN=Users,"+d.part.dn)
	attrs := []Attribute{{"objectClass", [][]byte{[]byte("group")}}, {"sAMAccountName", [][]byte{[]byte(g.Name)}}}
	if g.Type != 0 {
		attrs = append(attrs, Attribute{"groupType", [][]byte{[]byte(strconv.Itoa(int(g.Type)))}})
	}
	if err := d.add(now, dn, attrs, "adding group %s", g.Name); err != nil {
		return "", err
	}
	return dn, d.AddMembers(now, dn, g.Members...)
}

// AddOU makes an organizational unit as SYSTEM; those above it that are missing
// come with it. It is no error when it exists.
func (d *Domain) AddOU(now time.Time, dn string) error {
	name, err := d.forest.names.parse(dn)
	if err != nil {
		return fmt.Errorf("adding unit %q: %w", dn, err)
	}
	for i := len(name) - len(d.part.name) - 1; i >= 0; i-- {
		part := name[i:]
		if d.find(part.String()) != nil {
			continue
		}
		if err := d.add(now, part.String(), []Attribute{{"objectClass", [][]byte{[]byte("organizationalUnit")}}}, "adding unit %s", part); err != nil {
			return err
		}
	}
	return nil
}

// Add makes any object as SYSTEM.
func (d *Domain) Add(now time.Time, dn string, attributes map[string][]string) error {
	var attrs []Attribute
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		at := Attribute{Name: name}
		for _, v := range attributes[name] {
			at.Values = append(at.Values, []byte(v))
		}
		attrs = append(attrs, at)
	}
	return d.add(now, dn, attrs, "adding %s", dn)
}

func (d *Domain) add(now time.Time, dn string, attrs []Attribute, format string, args ...any) error {
	return refusedAs(d.dcs[0].Add(context.Background(), systemRequest(now), AddRequest{DN: dn, Attributes: attrs}), format, args...)
}

// Set replaces attributes of an object as SYSTEM; no values remove one. It may
// write what no client may, such as pwdLastSet of any time.
func (d *Domain) Set(now time.Time, dn string, attributes map[string][]string) error {
	var list []ModifyChange
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		c := ModifyChange{Kind: ReplaceValues, Name: name}
		for _, v := range attributes[name] {
			c.Values = append(c.Values, []byte(v))
		}
		list = append(list, c)
	}
	return d.modify(now, dn, list, "setting attributes of %s", dn)
}

func (d *Domain) modify(now time.Time, dn string, list []ModifyChange, format string, args ...any) error {
	return refusedAs(d.dcs[0].Modify(context.Background(), systemRequest(now), ModifyRequest{DN: dn, Changes: list}), format, args...)
}

// AddMembers puts objects into a group as SYSTEM. Group and members are named
// by DN or sAMAccountName; members that are in it already stay.
func (d *Domain) AddMembers(now time.Time, group string, members ...string) error {
	if len(members) == 0 {
		return nil
	}
	g := d.find(group)
	if g == nil {
		return fmt.Errorf("adding members: group %q: no such object in %s: give its DN or sAMAccountName", group, d.dns)
	}
	c := ModifyChange{Kind: AddValues, Name: "member"}
	for _, m := range members {
		n := d.find(m)
		if n == nil {
			return fmt.Errorf("adding members to %s: member %q: no such object: give its DN or sAMAccountName", group, m)
		}
		c.Values = append(c.Values, []byte(n.obj.Load().dn()))
	}
	r := systemRequest(now)
	r.Controls.PermissiveModify = true
	return refusedAs(d.dcs[0].Modify(context.Background(), r, ModifyRequest{DN: g.obj.Load().dn(), Changes: []ModifyChange{c}}), "adding members to %s", group)
}

// SetPassword gives an account a password as SYSTEM, whatever the policy says.
// age is how long ago that shall have been.
func (d *Domain) SetPassword(now time.Time, account string, password secret.Text, age time.Duration) error {
	n := d.find(account)
	if n == nil || n.obj.Load().sid == "" {
		return fmt.Errorf("setting password: account %q: no such account in %s", account, d.dns)
	}
	f := d.forest
	f.mu.Lock()
	defer f.mu.Unlock()
	r := systemRequest(now)
	t := d.dcs[0].session(&r).begin()
	o := t.edit(n, true)
	set := domain.FileTimeOf(now.Add(-age))
	hash := domain.ClearText(password.Reveal()).NTHash()
	next := &secrets{has: true, current: hash, changed: set, version: 1}
	if was := o.secret; was != nil {
		next.version, next.history = was.version+1, was.history
	}
	next.history = append([]domain.NTHash{hash}, next.history...)
	o.secret = next
	o.set(f.k.pwdLastSet, t.usn(), oneValue(set.String()))
	if refused := t.commit(); refused != nil {
		return refusedAs(refused.result(), "setting password of %s", account)
	}
	return nil
}

// Policy is the domain policy in force.
func (d *Domain) Policy() domain.Policy {
	d.forest.mu.RLock()
	defer d.forest.mu.RUnlock()
	return d.domainPolicy()
}

// SetPolicy writes the domain policy to the domain head.
func (d *Domain) SetPolicy(now time.Time, p domain.Policy) error {
	if errs := p.Validate(); len(errs) > 0 {
		return fmt.Errorf("setting policy of %s: %w", d.dns, errs[0])
	}
	num := func(n int) []string { return []string{strconv.Itoa(n)} }
	return d.Set(now, d.part.dn, map[string][]string{
		"minPwdLength": num(p.MinLength), "pwdHistoryLength": num(p.HistoryLength), "minPwdAge": {p.MinAge.String()}, "maxPwdAge": {p.MaxAge.String()},
		"lockoutThreshold": num(p.LockoutThreshold), "lockoutDuration": {p.LockoutDuration.String()}, "lockOutObservationWindow": {p.LockoutWindow.String()},
		"pwdProperties": num(int(int32(p.Properties))),
	})
}

// AddPSO makes a fine-grained policy and links it to groups and users (DN or
// sAMAccountName).
func (d *Domain) AddPSO(now time.Time, name string, p domain.PSO, appliesTo ...string) error {
	num := func(n int) []string { return []string{strconv.Itoa(n)} }
	attrs := map[string][]string{
		"objectClass": {"msDS-PasswordSettings"}, "msDS-PasswordSettingsPrecedence": num(p.Precedence), "msDS-MinimumPasswordLength": num(p.Policy.MinLength),
		"msDS-PasswordHistoryLength": num(p.Policy.HistoryLength), "msDS-PasswordComplexityEnabled": {truth01(p.Policy.Complexity())},
		"msDS-PasswordReversibleEncryptionEnabled": {truth01(p.Policy.Reversible())}, "msDS-MinimumPasswordAge": {p.Policy.MinAge.String()},
		"msDS-MaximumPasswordAge": {p.Policy.MaxAge.String()}, "msDS-LockoutThreshold": num(p.Policy.LockoutThreshold),
		"msDS-LockoutObservationWindow": {p.Policy.LockoutWindow.String()}, "msDS-LockoutDuration": {p.Policy.LockoutDuration.String()},
	}
	for _, who := range appliesTo {
		n := d.find(who)
		if n == nil {
			return fmt.Errorf("adding policy %s: applies to %q: no such object", name, who)
		}
		attrs["msDS-PSOAppliesTo"] = append(attrs["msDS-PSOAppliesTo"], n.obj.Load().dn())
	}
	return d.Add(now, "CN="+string(appendEscaped(nil, name))+",CN=Password Settings Container,CN=System,"+d.part.dn, attrs)
}

// Grant adds explicit entries to the DACL of an object; everything below
// inherits at once.
func (d *Domain) Grant(now time.Time, dn string, entries ...security.ACE) error {
	return d.editACL(now, dn, func(list []security.ACE) []security.ACE {
		for _, e := range entries {
			if !slices.Contains(list, e) {
				list = append(list, e)
			}
		}
		return list
	})
}

// Revoke removes explicit entries from the DACL of an object.
func (d *Domain) Revoke(now time.Time, dn string, entries ...security.ACE) error {
	return d.editACL(now, dn, func(list []security.ACE) []security.ACE {
		return slices.DeleteFunc(list, func(e security.ACE) bool { return slices.Contains(entries, e) })
	})
}

func (d *Domain) editACL(now time.Time, dn string, edit func([]security.ACE) []security.ACE) error {
	n := d.find(dn)
	if n == nil {
		return fmt.Errorf("changing rights on %q: no such object in %s", dn, d.dns)
	}
	o := n.obj.Load()
	next := o.sd.Clone()
	if next.DACL == nil {
		next.DACL = &security.ACL{}
	}
	next.DACL.ACEs = edit(next.DACL.ACEs)
	r := systemRequest(now)
	flags := 4
	r.Controls.SDFlags = &flags
	change := ModifyChange{Kind: ReplaceValues, Name: "nTSecurityDescriptor", Values: [][]byte{next.Bytes()}}
	return refusedAs(d.dcs[0].Modify(context.Background(), r, ModifyRequest{DN: o.dn(), Changes: []ModifyChange{change}}), "changing rights on %s", dn)
}

// SetSDDL replaces the DACL of an object (and owner and group when given).
func (d *Domain) SetSDDL(now time.Time, dn, sddl string) error {
	sd, err := security.ParseSDDL(sddl, d.base)
	if err != nil {
		return fmt.Errorf("setting descriptor of %s: %w", dn, err)
	}
	r := systemRequest(now)
	flags := 4
	if sd.Owner != "" {
		flags |= 1
	}
	if sd.Group != "" {
		flags |= 2
	}
	r.Controls.SDFlags = &flags
	change := ModifyChange{Kind: ReplaceValues, Name: "nTSecurityDescriptor", Values: [][]byte{sd.Bytes()}}
	return refusedAs(d.dcs[0].Modify(context.Background(), r, ModifyRequest{DN: dn, Changes: []ModifyChange{change}}), "setting descriptor of %s", dn)
}

// Base names the accounts of the domain for SDDL.
func (d *Domain) Base() security.Base { return d.base }

// Delete removes an object and everything below it as SYSTEM.
func (d *Domain) Delete(now time.Time, dn string) error {
	r := systemRequest(now)
	r.Controls.TreeDelete = true
	return refusedAs(d.dcs[0].Delete(context.Background(), r, dn), "deleting %s", dn)
}

// find resolves a DN in any form, a sAMAccountName or a UPN.
func (d *Domain) find(name string) *node {
	f := d.forest
	f.mu.Lock()
	defer f.mu.Unlock()
	if form, err := f.names.parseForm(name); err == nil && (len(form.dn) > 0 || form.guid != nil || form.sid != "") {
		f.build(form, false)
		return f.findForm(nil, form, d)
	}
	for _, n := range f.indexFor(f.k.sAMAccountName).get(f.normal(f.k.sAMAccountName, name), nil) {
		if o := n.obj.Load(); o.part == d.part && !o.deleted {
			return n
		}
	}
	for _, n := range f.indexFor(f.k.userPrincipalName).get(f.normal(f.k.userPrincipalName, name), nil) {
		if !n.obj.Load().deleted {
			return n
		}
	}
	return nil
}

// An Object is a copy of what an object holds, for administration: every
// attribute that is not a secret, computed ones of accounts included.
type Object struct {
	DN         string
	GUID       security.GUID
	SID        security.SID
	Attributes map[string][]string
}

// First returns the first value of an attribute, "" when there is none.
func (o Object) First(name string) string {
	if v := o.Attributes[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Lookup finds an object by DN in any form, sAMAccountName or UPN, with the
// values that this domain controller has.
func (dc *DC) Lookup(now time.Time, name string) (Object, bool) {
	dc.forest.comes(now)
	n := dc.domain.find(name)
	if n == nil || dc.see(n) == nil {
		return Object{}, false
	}
	return dc.export(now, n), true
}

func (dc *DC) export(now time.Time, n *node) Object {
	r := systemRequest(now)
	r.Controls.ShowDeleted, r.Controls.ShowRecycled = true, true
	s := dc.session(&r)
	o := dc.see(n)
	names := []string{"*", "msDS-User-Account-Control-Computed", "msDS-UserPasswordExpiryTimeComputed", "msDS-ResultantPSO", "msDS-KeyVersionNumber", "canonicalName", "nTSecurityDescriptor"}
	sel, _ := s.selection(names, BaseObject)
	out := Object{DN: o.dn(), GUID: o.guid, SID: o.sid, Attributes: map[string][]string{}}
	for _, a := range s.entry(o, sel).Attributes {
		for _, v := range a.Values {
			out.Attributes[a.Name] = append(out.Attributes[a.Name], string(v))
		}
	}
	return out
}

// Objects yields every object of the domain, parents before children.
func (dc *DC) Objects(now time.Time) iter.Seq[Object] {
	return func(yield func(Object) bool) {
		f := dc.forest
		f.comes(now)
		f.mu.RLock()
		list := appendTree(nil, dc.domain.part.head)
		f.mu.RUnlock()
		for _, n := range list {
			if dc.see(n) == nil {
				continue
			}
			if !yield(dc.export(now, n)) {
				return
			}
		}
	}
}

// CheckPassword reports whether a password is the account's current one. It
// counts as no logon.
func (d *Domain) CheckPassword(account string, password secret.Text) bool {
	n := d.find(account)
	if n == nil {
		return false
	}
	s := n.obj.Load().secret
	return s != nil && s.has && s.current == domain.ClearText(password.Reveal()).NTHash()
}

// NTHash returns the NT hash of an account and when it was set, for password
// hash synchronisation; ok is false for accounts without a password.
func (d *Domain) NTHash(account string) (hash domain.NTHash, set domain.FileTime, ok bool) {
	n := d.find(account)
	if n == nil {
		return hash, 0, false
	}
	s := n.obj.Load().secret
	if s == nil || !s.has {
		return hash, 0, false
	}
	return s.current, s.changed, true
}
