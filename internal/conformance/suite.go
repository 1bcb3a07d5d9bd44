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
	adminName string
	sessions  map[string]*ldap.Conn // of the administrator
	bulk      int                   // shared objects that stand
}

// Run plays exchanges in order. It fails only when it could not begin or not
// clean up: everything else is in the report. run makes names unique; 4 to 8
// letters or digits.
func Run(ctx context.Context, t Target, run string, exchanges []Exchange) (Report, error) {
	s := &suite{target: &t, run: run, sessions: map[string]*ldap.Conn{}}
	if err := s.begin(ctx); err != nil {
		return Report{}, fmt.Errorf("preparing the run: %w", err)
	}
	report := Report{Target: t.URL, Dialect: t.Dialect}
	for i := range exchanges {
		if ctx.Err() != nil {
			break
		}
		report.Outcomes = append(report.Outcomes, s.play(ctx, &exchanges[i]))
	}
	// Cleaning up outlives the run's own end.
	if err := s.end(context.WithoutCancel(ctx)); err != nil {
		return report, fmt.Errorf("cleaning up: %w; remove %s by hand", err, s.root)
	}
	return report, ctx.Err()
}

func (s *suite) begin(ctx context.Context) error {
	c, err := s.target.client(ctx, "ldaps")
	if err != nil {
		return err
	}
	if err := c.Bind(s.target.BindDN, s.target.Password.Reveal()); err != nil {
		return errors.Join(fmt.Errorf("binding as %s: %w", s.target.BindDN, err), c.Close())
	}
	s.admin = c
	s.sessions["ldaps"] = c
	dse, err := s.read("", "defaultNamingContext", "configurationNamingContext", "schemaNamingContext")
	if err != nil {
		return fmt.Errorf("reading the rootDSE: %w", err)
	}
	s.base = s.target.BaseDN
	if s.base == "" {
		s.base = dse.GetAttributeValue("defaultNamingContext")
	}
	s.config, s.schema = dse.GetAttributeValue("configurationNamingContext"), dse.GetAttributeValue("schemaNamingContext")
	head, err := s.read(s.base, "objectSid")
	if err != nil {
		return fmt.Errorf("reading the head of the domain: %w", err)
	}
	s.domainSID = sidText(head.GetAttributeValue("objectSid"))
	s.dns = strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(s.base), "dc="), ",dc=", ".")
	partition, err := s.admin.Search(ldap.NewSearchRequest("CN=Partitions,"+s.config, ldap.ScopeSingleLevel, 0, 0, 0, false,
		"(&(objectClass=crossRef)(nCName="+ldap.EscapeFilter(s.base)+"))", []string{"nETBIOSName"}, nil))
	if err == nil && len(partition.Entries) == 1 {
		s.netbios = partition.Entries[0].GetAttributeValue("nETBIOSName")
	}
	found, err := s.admin.Search(ldap.NewSearchRequest(s.base, ldap.ScopeWholeSubtree, 0, 0, 0, false, "(objectSid="+s.domainSID+"-500)", []string{"1.1"}, nil))
	if err == nil && len(found.Entries) == 1 {
		s.adminName = found.Entries[0].DN
	}
	s.root = "OU=ssprlab-conformance-" + s.run + "," + s.base
	return s.admin.Add(&ldap.AddRequest{DN: s.root, Attributes: []ldap.Attribute{
		{Type: "objectClass", Vals: []string{"organizationalUnit"}},
		{Type: "description", Vals: []string{"throw-away objects of a conformance run; may be deleted"}},
	}})
}

func (s *suite) end(context.Context) error {
	// A group of many members goes before them: each would be taken out of it.
	err := s.remove("OU=groups," + s.root)
	err = errors.Join(err, s.remove(s.root))
	for _, c := range s.sessions {
		err = errors.Join(err, c.Close())
	}
	return err
}

// remove deletes an object with what is below it; absent is well.
func (s *suite) remove(dn string) error {
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
