package tenant

import (
	"fmt"
	"slices"
	"strings"
)

// ProtectionSeed is the on-premises part of Microsoft Entra Password Protection
// in a domain (SSPR reference 7.5).
type ProtectionSeed struct {
	Agents  []string `doc:"domain controllers that run the DC agent; the others check nothing"`
	NoProxy bool     `doc:"no proxy service is registered: the agents never get a policy"`
}

// protection checks where DC agents can be: on writable Windows domain
// controllers (howto-password-ban-bad-on-premises-deploy).
func (c *checker) protection(at string, d *DomainSeed) {
	for i, name := range d.Protection.Agents {
		path := fmt.Sprintf("%s.agents[%d]", at, i)
		c.add(path, NoDCAgent(name, d.Dialect, d.Controllers))
	}
}

// NoDCAgent says why a domain controller cannot run a DC agent; "" when it can.
func NoDCAgent(name string, dialect Dialect, controllers []ControllerSeed) string {
	at := slices.IndexFunc(controllers, func(dc ControllerSeed) bool { return strings.EqualFold(dc.Name, name) })
	switch {
	case at < 0:
		var names []string
		for _, dc := range controllers {
			names = append(names, dc.Name)
		}
		return fmt.Sprintf("%q is no domain controller of the domain: name one of %s", name, strings.Join(names, ", "))
	case dialect == Samba:
		return fmt.Sprintf("%s is a Samba domain controller, and the DC agent runs on Windows Server only: leave it out", name)
	case controllers[at].ReadOnly:
		return fmt.Sprintf("%s is read-only and passes every password on: name the writable ones", name)
	}
	return ""
}
