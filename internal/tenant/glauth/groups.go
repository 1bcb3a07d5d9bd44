package glauth

import (
	"slices"
	"strconv"
	"strings"
)

// groupOf finds a group by its number.
func (c *converter) groupOf(id int) (group, bool) {
	i := slices.IndexFunc(c.Groups, func(g group) bool { return g.id() == id })
	if i < 0 {
		return group{}, false
	}
	return c.Groups[i], true
}

func (c *converter) checkGroups() {
	for i, g := range c.Groups {
		switch {
		case g.Name == "" || strings.ContainsAny(g.Name, `/\`):
			c.bad("groups[%d].name: %q is no name of a group: give one without / and \\", i, g.Name)
		case g.id() == 0:
			c.bad("groups[%d].gidnumber: %s has no number: give it one, people name groups by it", i, g.Name)
		}
		for _, id := range g.IncludeGroups {
			if _, ok := c.groupOf(id); !ok {
				c.bad("groups[%d].includegroups: no group has the number %d: correct it", i, id)
			}
		}
	}
	for i, u := range c.Users {
		for _, id := range append([]int{u.PrimaryGroup}, u.OtherGroups...) {
			if _, ok := c.groupOf(id); !ok {
				c.bad("users[%d]: %s: no group has the number %d: add the group or correct primarygroup and othergroups", i, u.Name, id)
			}
		}
	}
}

// groups become global security groups. The members of an included group are
// members: the group is nested.
func (c *converter) groups() (all list) {
	for _, g := range c.Groups {
		var members []string
		for _, id := range g.IncludeGroups {
			inner, _ := c.groupOf(id)
			members = append(members, inner.Name)
		}
		all = append(all, filled(
			entry("name", g.Name), entry("ou", groupsOU),
			entry("attributes", object{entry("gidNumber", []string{strconv.Itoa(g.id())})}),
			entry("members", members),
		))
	}
	return all
}

// whole is the object of a capability for everything.
const whole = "*"

// barriers are what glauth's capabilities become. There, nobody searches below a
// base without the capability for it; here, everybody may unless something says
// no: one group for each container, to which listing that container is denied,
// and in it whoever has no capability that covers it.
func (c *converter) barriers() (all list) {
	if c.Behaviors.IgnoreCapabilities {
		return nil
	}
	for _, path := range append([]string{""}, c.paths()...) {
		var barred []string
		for _, u := range c.Users {
			if !c.maySearch(u, path) {
				barred = append(barred, u.Name)
			}
		}
		if len(barred) == 0 {
			continue
		}
		name := "No search in " + path
		if path == "" {
			name = "No search in the domain"
		}
		all = append(all, object{
			entry("name", name), entry("scope", "domainLocal"), entry("description", "Without the capability to search here"), entry("members", barred),
			entry("grants", list{filled(entry("rights", []string{"listContents"}), entry("on", path), entry("deny", true))}),
		})
	}
	return all
}

func (c *converter) paths() (paths []string) {
	for _, unit := range c.units() {
		paths = append(paths, unit.(object)[0].Value.(string))
	}
	return paths
}

// maySearch reports whether one of a person's capabilities covers a container.
func (c *converter) maySearch(u user, path string) bool {
	return slices.ContainsFunc(u.Capabilities, func(k capability) bool {
		if !strings.EqualFold(k.Action, "search") {
			return false
		}
		if k.Object == whole || strings.EqualFold(squeeze(k.Object), c.baseDN()) {
			return true
		}
		return path != "" && strings.EqualFold(squeeze(k.Object), "ou="+path+","+c.baseDN())
	})
}

func (c *converter) baseDN() string { return "dc=" + strings.Join(c.base, ",dc=") }

// squeeze leaves out the blanks that a DN may have around commas.
func squeeze(dn string) string {
	parts := strings.Split(dn, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, ",")
}
