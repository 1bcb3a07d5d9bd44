package conformance

import (
	"fmt"
	"strconv"

	"github.com/go-ldap/ldap/v3"
)

// bulk makes the many objects that limits and ranges need, once for a run.
func (p *play) bulk(count string) error {
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > 9999 {
		return fmt.Errorf("bulk needs a number from 1 to 9999, not %q", count)
	}
	s := p.s
	ou := "OU=bulk," + s.root
	group := "CN=bulkgroup,OU=groups," + s.root
	p.names["bulk"], p.names["bulkgroup"] = ou, group
	if s.bulk > 0 {
		if s.bulk != n {
			return fmt.Errorf("bulk has %d objects: all exchanges of a run share them and must ask for the same number, not %d", s.bulk, n)
		}
		return nil
	}
	class := func(name string) ldap.Attribute { return ldap.Attribute{Type: "objectClass", Vals: []string{name}} }
	for _, dn := range []string{ou, "OU=groups," + s.root} {
		if err := s.admin.Add(&ldap.AddRequest{DN: dn, Attributes: []ldap.Attribute{class("organizationalUnit")}}); err != nil {
			return fmt.Errorf("making %s: %w", dn, err)
		}
	}
	members := make([]string, n)
	for i := range members {
		members[i] = fmt.Sprintf("CN=bulk%04d,%s", i, ou)
		add := &ldap.AddRequest{DN: members[i], Attributes: []ldap.Attribute{class("contact"), {Type: "sn", Vals: []string{fmt.Sprintf("Bulk%04d", i)}}}}
		if err := s.admin.Add(add); err != nil {
			return fmt.Errorf("making %s: %w", members[i], err)
		}
	}
	add := &ldap.AddRequest{DN: group, Attributes: []ldap.Attribute{class("group"), {Type: "sAMAccountName", Vals: []string{"bulk-" + s.run}}, {Type: "member", Vals: members}}}
	if err := s.admin.Add(add); err != nil {
		return fmt.Errorf("making %s: %w", group, err)
	}
	s.bulk = n
	return nil
}
