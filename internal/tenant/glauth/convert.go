package glauth

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Convert turns a configuration file into a seed file. The notes name what the
// file says and a domain cannot hold, a line each, for the person who starts the
// lab. The error names every mistake with the key and the remedy. Neither holds
// a password, a hash or a key.
func Convert(text []byte) (seed []byte, notes []string, err error) {
	f, err := read(text)
	if err != nil {
		return nil, nil, err
	}
	c := converter{file: f, service: servicePassword(text)}
	doc := c.seed()
	if len(c.wrong) > 0 {
		return nil, nil, errors.New(strings.Join(c.wrong, "\n"))
	}
	seed, err = yaml.Marshal(doc)
	return append([]byte("# Made from a configuration file of glauth.\n"), seed...), c.notes, err
}

// servicePassword is the password of the agent's account: the same for the same
// file, and in no list.
func servicePassword(text []byte) string {
	sum := sha256.Sum256(append([]byte("writeback agent of "), text...))
	return "Svc-" + hex.EncodeToString(sum[:12])
}

// The names of what glauth has no name for.
const (
	serviceAccount = "svc-writeback"
	groupsOU       = "groups" // glauth lists groups below ou=groups
)

type converter struct {
	file
	service string
	base    []string // labels of the domain's DNS name
	notes   []string
	wrong   []string
}

func (c *converter) note(format string, args ...any) {
	c.notes = append(c.notes, fmt.Sprintf(format, args...))
}

func (c *converter) bad(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

type (
	object = yaml.MapSlice
	list   = []any
)

func entry(key string, value any) yaml.MapItem { return yaml.MapItem{Key: key, Value: value} }

// filled leaves keys without a value away.
func filled(items ...yaml.MapItem) object {
	return slices.DeleteFunc(items, func(i yaml.MapItem) bool {
		switch v := i.Value.(type) {
		case string:
			return v == ""
		case bool:
			return !v
		case list:
			return len(v) == 0
		case []string:
			return len(v) == 0
		case object:
			return len(v) == 0
		}
		return false
	})
}

func (c *converter) seed() object {
	c.base = c.labels()
	c.checkGroups()
	if len(c.wrong) > 0 {
		return nil
	}
	dns := strings.Join(c.base, ".")
	return object{
		entry("tenant", object{
			entry("tenantName", c.base[0]),
			entry("initialDomain", c.base[0]+".onmicrosoft.example"),
			entry("customDomains", []string{dns}),
			entry("reset", object{entry("scope", "all"), entry("gates", 1), entry("methods", []string{"email", "appCode"}), entry("writeback", true)}),
		}),
		entry("users", c.people(dns)),
		entry("domains", list{c.domain(dns)}),
		entry("agents", list{object{
			entry("name", "SYNC1"), entry("kind", "connect-sync"), entry("domain", dns), entry("serviceAccount", serviceAccount),
		}}),
	}
}

// labels are those of the base DN, which must be a domain's.
func (c *converter) labels() (labels []string) {
	dn := c.Backend.BaseDN
	for _, b := range c.Backends {
		if dn == "" {
			dn = b.BaseDN
		}
	}
	for part := range strings.SplitSeq(dn, ",") {
		kind, label, _ := strings.Cut(strings.TrimSpace(part), "=")
		if !strings.EqualFold(strings.TrimSpace(kind), "dc") || strings.TrimSpace(label) == "" {
			c.bad("backend.baseDN: %q is no base that a domain can have: write dc=… parts, such as dc=glauth,dc=com", dn)
			return []string{"invalid"}
		}
		labels = append(labels, strings.ToLower(strings.TrimSpace(label)))
	}
	return labels
}

func (c *converter) domain(dns string) object {
	netbios := strings.ToUpper(c.base[0])
	return filled(
		entry("dnsName", dns),
		entry("netbios", netbios[:min(len(netbios), 15)]),
		entry("ous", c.units()),
		entry("groups", append(c.groups(), c.barriers()...)),
		entry("serviceAccounts", list{object{
			entry("name", serviceAccount), entry("password", c.service),
			entry("grants", list{object{entry("rights", []string{"writeback", "replicateChanges", "replicateChangesAll"})}}),
		}}),
	)
}

// units are one for each group, in which glauth shows its people, and one for
// the groups themselves.
func (c *converter) units() (all list) {
	seen := map[string]bool{}
	for _, g := range append(c.Groups, group{Name: groupsOU}) {
		if !seen[strings.ToLower(g.Name)] {
			seen[strings.ToLower(g.Name)] = true
			all = append(all, object{entry("path", g.Name)})
		}
	}
	return all
}
