package rig

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// newForest makes the domains of a seed as the directory's own SYSTEM would:
// containers, accounts, groups and grants in the order of the plan. Ages are
// real: a password that is ten days old was set by a request of that time.
func newForest(plans []tenant.DirectoryPlan, source *chance.Source, now time.Time, onEvent func(directory.SecurityEvent), onRequest func(), data *Data, earlier past) (*directory.Forest, error) {
	identifiers := &changingReader{source.Stream("forest")}
	cfg := directory.ForestConfig{
		Flavour: directory.Flavour{Dialect: directory.Dialect(plans[0].Dialect), Build: plans[0].Build},
		Now:     oldest(plans, now), Rand: identifiers,
	}
	if data != nil {
		cfg.Commit, cfg.Flush, cfg.KeepLogons = data.commit, data.flush, data.keepLogons
	}
	cfg.OnRequest = onRequest
	ready := false
	cfg.OnEvent = func(e directory.SecurityEvent) {
		if ready { // what provisioning did is no news
			onEvent(e)
		}
	}
	for _, p := range plans {
		sid, err := security.ParseSID(p.SID)
		if err != nil {
			return nil, fmt.Errorf("domain %s: %w", p.DNSName, err)
		}
		d := directory.DomainConfig{DNSName: p.DNSName, NetBIOS: p.NetBIOS, Level: p.Level, SID: sid}
		for _, c := range p.Controllers {
			d.DCs = append(d.DCs, directory.DCConfig{Name: c.Name, ReadOnly: c.ReadOnly, Site: c.Site, RequireSigning: c.RequireSigning, NoGlobalCatalog: c.NoGlobalCatalog})
		}
		cfg.Domains = append(cfg.Domains, d)
	}
	f, err := directory.NewForest(cfg)
	if err != nil {
		return nil, err
	}
	for i, p := range plans {
		f.Domains()[i].SetSettings(directorySettings(p.Settings))
	}
	if earlier != nil {
		identifiers.Reader = earlier.run(source).Stream("forest") // what there was keeps its own
		err := earlier.replay(f)
		ready = true
		return f, err
	}
	for i, p := range plans {
		b := builder{plan: p, domain: f.Domains()[i], now: now}
		if err := b.build(); err != nil {
			return nil, fmt.Errorf("domain %s: %w", p.DNSName, err)
		}
	}
	ready = true
	return f, nil
}

// A changingReader is a stream that gives way to another.
type changingReader struct{ io.Reader }

// oldest is when the forest was made: before anything that is in it.
func oldest(plans []tenant.DirectoryPlan, now time.Time) time.Time {
	at := now
	for _, p := range plans {
		for _, e := range p.Entries {
			if e.Account != nil && !e.Account.PasswordSet.IsZero() && e.Account.PasswordSet.Before(at) {
				at = e.Account.PasswordSet
			}
		}
	}
	return at.Add(-24 * time.Hour)
}

// A builder fills one domain.
type builder struct {
	plan   tenant.DirectoryPlan
	domain *directory.Domain
	now    time.Time
}

func (b builder) build() error {
	head := directory.ModifyRequest{DN: b.plan.BaseDN}
	for _, a := range append(b.plan.Head, tenant.PlannedAttribute{Name: "description", Values: [][]byte{[]byte(LabMarker)}}) {
		head.Changes = append(head.Changes, directory.ModifyChange{Kind: directory.ReplaceValues, Name: a.Name, Values: a.Values})
	}
	if err := b.modify(b.now, head); err != nil {
		return err
	}
	// Rights come before what inherits them: nothing has to be computed again.
	if err := b.grants(b.plan.BaseDN); err != nil {
		return err
	}
	for _, e := range b.plan.Entries {
		if err := b.entry(e); err != nil {
			return err
		}
	}
	for _, m := range b.plan.Members {
		change := directory.ModifyChange{Kind: directory.AddValues, Name: "member", Values: [][]byte{[]byte(m.Member)}}
		if err := b.modify(b.now, directory.ModifyRequest{DN: m.Group, Changes: []directory.ModifyChange{change}}); err != nil {
			return err
		}
	}
	b.domain.ProtectAdminGroups(b.now)
	return b.lockouts()
}

// dc is where provisioning writes.
func (b builder) dc() *directory.DC { return b.domain.DCs()[0] }

// system is a request of the directory's own.
func system(now time.Time) directory.Request {
	return directory.Request{Now: now, Caller: directory.System(), Channel: directory.Channel{Encrypted: true, URLScheme: "ldaps"}}
}

// refusedError is a refusal of the directory to its own provisioning.
func refusedError(what, dn string, r directory.Result) error {
	if r.Code == directory.Success {
		return nil
	}
	return fmt.Errorf("%s %s: result %d: %s", what, dn, r.Code, strings.TrimRight(r.Diagnostic, "\x00\n"))
}

func (b builder) modify(at time.Time, m directory.ModifyRequest) error {
	return refusedError("changing", m.DN, b.dc().Modify(context.Background(), system(at), m))
}

func (b builder) entry(e tenant.PlannedEntry) error {
	request := directory.AddRequest{DN: e.DN}
	for _, a := range e.Attributes {
		request.Attributes = append(request.Attributes, directory.Attribute{Name: a.Name, Values: a.Values})
	}
	add := func(name string, value []byte) {
		if slices.ContainsFunc(request.Attributes, func(a directory.Attribute) bool { return strings.EqualFold(a.Name, name) }) {
			return // the plan says it itself
		}
		request.Attributes = append(request.Attributes, directory.Attribute{Name: name, Values: [][]byte{value}})
	}
	if e.SID != "" {
		sid, err := security.ParseSID(e.SID)
		if err != nil {
			return fmt.Errorf("%s: %w", e.DN, err)
		}
		add("objectSid", sid.Bytes())
	}
	at := b.now
	if a := e.Account; a != nil {
		if !a.PasswordSet.IsZero() {
			at = a.PasswordSet
		}
		if !a.Password.Empty() {
			add("unicodePwd", unicodePwd(a.Password))
		}
		if a.MustChange {
			add("pwdLastSet", []byte("0"))
		}
		if a.AdminCount {
			add("adminCount", []byte("1"))
		}
	}
	if err := refusedError("adding", e.DN, b.dc().Add(context.Background(), system(at), request)); err != nil {
		return err
	}
	if err := b.grants(e.DN); err != nil {
		return err
	}
	if e.BlockInheritance {
		if err := b.editSD(e.DN, blockInheritance); err != nil {
			return err
		}
	}
	if e.Account != nil && e.Account.CannotChange {
		return b.editSD(e.DN, cannotChange)
	}
	return nil
}

// unicodePwd is a password as the attribute of that name takes it: UTF-16LE in
// quotes (MS-ADTS 3.1.1.3.1.5).
func unicodePwd(password secret.Text) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(`"` + password.Reveal() + `"`)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// editSD changes the access control list of an entry.
func (b builder) editSD(dn string, edit func(*security.Descriptor) (*security.Descriptor, error)) error {
	dacl := int(security.DACLPart)
	r := system(b.now)
	r.Controls.SDFlags = &dacl
	var found collector
	result := b.dc().Search(context.Background(), r, directory.SearchRequest{
		Base: dn, Filter: directory.Present("objectClass"), Attributes: []string{"nTSecurityDescriptor"},
	}, new(directory.Cursors), &found)
	if err := refusedError("reading", dn, result); err != nil {
		return err
	}
	if len(found) != 1 || len(found[0].Attributes) != 1 {
		return fmt.Errorf("reading %s: no security descriptor", dn)
	}
	sd, err := security.ParseDescriptor(found[0].Attributes[0].Values[0])
	if err != nil {
		return fmt.Errorf("reading %s: %w", dn, err)
	}
	if sd, err = edit(sd); err != nil {
		return fmt.Errorf("editing the access control list of %s: %w", dn, err)
	}
	change := directory.ModifyChange{Kind: directory.ReplaceValues, Name: "nTSecurityDescriptor", Values: [][]byte{sd.Bytes()}}
	return refusedError("changing the access control list of", dn,
		b.dc().Modify(context.Background(), r, directory.ModifyRequest{DN: dn, Changes: []directory.ModifyChange{change}}))
}

// collector keeps the entries of a search.
type collector []directory.Entry

func (c *collector) Entry(e directory.Entry) error {
	*c = append(*c, e.Clone())
	return nil
}

func (*collector) Reference(...string) error { return nil }

// blockInheritance drops what comes from above and lets nothing more in.
func blockInheritance(sd *security.Descriptor) (*security.Descriptor, error) {
	sd = sd.Clone()
	sd.Control |= security.DACLProtected
	if sd.DACL == nil {
		return sd, errors.New("it has none")
	}
	kept := sd.DACL.ACEs[:0]
	for _, ace := range sd.DACL.ACEs {
		if ace.Flags&security.Inherited == 0 {
			kept = append(kept, ace)
		}
	}
	sd.DACL.ACEs = kept
	return sd, nil
}

// cannotChange is "user cannot change password": Change Password denied to
// Everyone and to the person (AD reference 5.8).
func cannotChange(sd *security.Descriptor) (*security.Descriptor, error) {
	for _, who := range []string{"WD", "PS"} {
		ace, err := security.ParseACE("(OD;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;"+who+")", security.Base{})
		if err != nil {
			return nil, err
		}
		sd = security.Grant(sd, security.Rules{}, ace)
	}
	return sd, nil
}

// grants gives service accounts their rights on one object, all in one edit.
func (b builder) grants(on string) error {
	var aces []security.ACE
	for _, g := range b.plan.Grants {
		if !strings.EqualFold(g.On, on) {
			continue
		}
		ace, err := security.ParseACE(g.SDDL(), security.Base{Domain: b.domain.SID(), Root: b.domain.SID()})
		if err != nil {
			return fmt.Errorf("grant %s on %s: %w", g.Right, g.On, err)
		}
		aces = append(aces, ace)
	}
	if len(aces) == 0 {
		return nil
	}
	return b.editSD(on, func(sd *security.Descriptor) (*security.Descriptor, error) {
		return security.Grant(sd, security.Rules{}, aces...), nil
	})
}

// lockouts types wrong passwords until accounts that the seed wants locked are.
func (b builder) lockouts() error {
	for _, e := range b.plan.Entries {
		if e.Account == nil || e.Account.LockedAt.IsZero() {
			continue
		}
		for i := range max(e.Account.BadPasswords, 1) {
			wrong := secret.New(fmt.Sprintf("not the password %d", i))
			r := directory.Request{Now: e.Account.LockedAt, Channel: directory.Channel{Encrypted: true, URLScheme: "ldaps"}}
			if _, res := b.dc().Bind(context.Background(), r, directory.BindRequest{Version: 3, Name: e.DN, Password: wrong}); res.Code == directory.Success {
				return fmt.Errorf("locking %s: a wrong password was accepted", e.DN)
			}
		}
	}
	return nil
}
