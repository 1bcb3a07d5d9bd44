package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// startPassword is what accounts of the setup have unless an exchange says
// otherwise. It is long and varied enough for any policy.
const startPassword = "Zvn1-St4rt.41+Qx"

// A suite is one run against a target.
type suite struct {
	target    *Target
	admin     *ldap.Conn
	run       string // part of every name that must be unique in the domain
	base      string
	root      string // the throw-away OU
	dns       string
	netbios   string
	config    string
	schema    string
	domainSID string
	adminName string // of the built-in Administrator
	me, mySAM string // the account of the run
	bulk      int    // shared objects that stand
	// known is how the target differs by design; nil: it does not say that it is
	// an embedded directory.
	known map[string]Known
	// offset is how far the directory's clock is ahead of ours.
	offset time.Duration
}

// Run plays exchanges in order. It fails only when it could not begin or not
// clean up: everything else is in the report. run makes names unique; 4 to 8
// letters or digits.
func Run(ctx context.Context, t Target, run string, exchanges []Exchange) (Report, error) {
	s := &suite{target: &t, run: run}
	if err := s.begin(ctx); err != nil {
		return Report{}, fmt.Errorf("preparing the run: %w", err)
	}
	report := Report{Target: t.URL, Dialect: t.Dialect, Version: t.Version, Lab: s.known != nil}
	for i := range exchanges {
		if ctx.Err() != nil {
			break
		}
		if t.Progress != nil {
			t.Progress(&exchanges[i])
		}
		out := s.play(ctx, &exchanges[i])
		if ctx.Err() != nil {
			break // it was cut short
		}
		excuse(s.known, &out)
		report.Outcomes = append(report.Outcomes, out)
	}
	if err := s.end(); err != nil {
		return report, fmt.Errorf("cleaning up: %w; remove %s by hand", err, s.root)
	}
	return report, ctx.Err()
}

func (s *suite) begin(ctx context.Context) error {
	if err := s.connect(ctx); err != nil {
		return err
	}
	dse, err := s.read("", "defaultNamingContext", "configurationNamingContext", "schemaNamingContext", "currentTime", "tokenGroups")
	if err != nil {
		return fmt.Errorf("reading the rootDSE: %w", err)
	}
	s.setClock(dse.GetAttributeValue("currentTime"))
	s.base = s.target.BaseDN
	if s.base == "" {
		s.base = dse.GetAttributeValue("defaultNamingContext")
	}
	s.config, s.schema = dse.GetAttributeValue("configurationNamingContext"), dse.GetAttributeValue("schemaNamingContext")
	head, err := s.read(s.base, "objectSid", "description")
	if err != nil {
		return fmt.Errorf("reading the head of the domain: %w", err)
	}
	if t := s.target; t.LabMarker != "" && head.GetAttributeValue("description") == t.LabMarker {
		if s.known, err = KnownOfLab(t.Dialect); err != nil {
			return err
		}
	}
	s.domainSID = sidText(head.GetAttributeValue("objectSid"))
	s.dns = strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(s.base), "dc="), ",dc=", ".")
	partition, err := s.admin.Search(ldap.NewSearchRequest("CN=Partitions,"+s.config, ldap.ScopeSingleLevel, 0, 0, 0, false,
		"(&(objectClass=crossRef)(nCName="+ldap.EscapeFilter(s.base)+"))", []string{"nETBIOSName"}, nil))
	if err == nil && len(partition.Entries) == 1 {
		s.netbios = partition.Entries[0].GetAttributeValue("nETBIOSName")
	}
	s.adminName, _ = s.account("(objectSid=" + s.domainSID + "-500)")
	token := ""
	for _, sid := range dse.GetAttributeValues("tokenGroups") {
		token += "(objectSid=" + sidText(sid) + ")"
	}
	s.me, s.mySAM = s.account("(&(objectClass=user)(|" + token + "))")
	s.root = "OU=ssprlab-conformance-" + s.run + "," + s.base
	return s.admin.Add(&ldap.AddRequest{DN: s.root, Attributes: []ldap.Attribute{
		{Type: "objectClass", Vals: []string{"organizationalUnit"}},
		{Type: "description", Vals: []string{"throw-away objects of a conformance run; may be deleted"}},
	}})
}

// connect opens the connection of the setup, again where it was lost.
func (s *suite) connect(ctx context.Context) error {
	if s.admin != nil && !s.admin.IsClosing() {
		return nil
	}
	c, err := s.target.client(ctx, "ldaps")
	if err != nil {
		return err
	}
	if err := c.Bind(s.target.BindDN, s.target.Password.Reveal()); err != nil {
		return errors.Join(fmt.Errorf("binding as %s: %w", s.target.BindDN, err), c.Close())
	}
	s.admin = c
	return nil
}

// setClock learns how far the directory's clock is from ours, to the second.
func (s *suite) setClock(currentTime string) {
	at, err := time.Parse("20060102150405.0Z", currentTime)
	if err != nil || s.target.Now != nil {
		return
	}
	if off := at.Sub(s.target.now()); off.Abs() > 2*time.Second {
		s.offset = off
	}
}

// now is the time of the directory.
func (s *suite) now() time.Time { return s.target.now().Add(s.offset) }

// account finds the DN and the name of the only account that a filter fits.
func (s *suite) account(filter string) (dn, sam string) {
	found, err := s.admin.Search(ldap.NewSearchRequest(s.base, ldap.ScopeWholeSubtree, 0, 0, 0, false, filter, []string{"sAMAccountName"}, nil))
	if err != nil || len(found.Entries) != 1 {
		return "", ""
	}
	return found.Entries[0].DN, found.Entries[0].GetAttributeValue("sAMAccountName")
}

// surely does what must be done at the end, over a new connection where the old
// one was lost. It is not bound to the run, which may have been interrupted.
func (s *suite) surely(do func() error) error {
	err := s.connect(context.Background())
	if err == nil {
		err = do()
	}
	if err == nil || answered(err) {
		return err
	}
	_ = s.admin.Close()
	if err := s.connect(context.Background()); err != nil {
		return err
	}
	return do()
}

// answered says whether an error is the server's answer: the connection works.
func answered(err error) bool {
	e, ok := errors.AsType[*ldap.Error](err)
	return ok && e.ResultCode < ldap.ErrorNetwork
}

func (s *suite) end() error {
	// A group of many members goes before them: each would be taken out of it.
	err := s.surely(func() error { return s.remove("OU=groups," + s.root) })
	err = errors.Join(err, s.surely(func() error { return s.remove(s.root) }))
	_ = s.admin.Close()
	return err
}

// remove deletes an object with what is below it; absent is well. Accounts that
// have a primary group of their own go before it: Samba does not sort them.
func (s *suite) remove(dn string) error {
	err := s.removeTree(dn)
	if err == nil {
		return nil
	}
	found, searching := s.admin.Search(ldap.NewSearchRequest(dn, ldap.ScopeWholeSubtree, 0, 0, 0, false, "(&(primaryGroupID=*)(!(primaryGroupID=513)))", []string{"1.1"}, nil))
	if searching != nil || len(found.Entries) == 0 {
		return err
	}
	for _, e := range found.Entries {
		if err := s.removeTree(e.DN); err != nil {
			return err
		}
	}
	return s.removeTree(dn)
}

func (s *suite) removeTree(dn string) error {
	err := s.admin.Del(&ldap.DelRequest{DN: dn, Controls: []ldap.Control{bare{Control{OID: "1.2.840.113556.1.4.805", Critical: true}}}})
	if err == nil || ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
		return nil
	}
	return fmt.Errorf("deleting %s: %w", dn, err)
}

// read returns an entry with some of its attributes, as the administrator sees it.
func (s *suite) read(dn string, attributes ...string) (*ldap.Entry, error) {
	r, err := s.admin.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, 0, 0, 0, false, "(objectClass=*)", attributes, nil))
	if err != nil {
		return nil, err
	}
	if len(r.Entries) != 1 {
		return nil, fmt.Errorf("reading %q: %d entries", dn, len(r.Entries))
	}
	return r.Entries[0], nil
}

// wait lets time pass.
func (s *suite) wait(ctx context.Context, d time.Duration) error {
	if s.target.Advance != nil {
		s.target.Advance(d)
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
