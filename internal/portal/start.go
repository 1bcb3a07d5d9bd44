package portal

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// A startPage is the front door: where everything is and whom to be.
type startPage struct {
	*frame
	Lab Lab
}

func (startPage) name() string { return "start" }

// ProofsOf lists what a person has registered.
func (p startPage) ProofsOf(person DemoPerson) string {
	if len(person.Proofs) == 0 {
		return p.T("start.proof.none")
	}
	var words []string
	for _, key := range person.Proofs {
		words = append(words, p.T("start.proof."+key))
	}
	return strings.Join(words, p.T("layout.between"))
}

func (s *site) start(c echo.Context) error {
	return s.render(c, http.StatusOK, startPage{frame: s.labFrame(c, "start"), Lab: s.Lab})
}

// navigation lists the pages that this lab has.
func (s *site) navigation(here string) []navItem {
	var items []navItem
	add := func(present bool, path, key, icon string) {
		if present {
			items = append(items, navItem{Path: path, Key: "nav." + key, Icon: icon, Current: path == here})
		}
	}
	add(true, "/", "start", "home")
	add(true, "/passwordreset", "reset", "key")
	add(s.Accounts != nil, "/myaccount", "account", "person")
	add(s.Mailbox != nil, "/lab/mailbox", "mailbox", "mail")
	add(s.Authenticator != nil, "/lab/authenticator", "authenticator", "shield")
	add(s.Phone != nil, "/lab/phone", "phone", "phone")
	add(s.Workstation != nil, "/lab/workstation", "workstation", "screen")
	add(s.Directory != nil, "/lab/directory", "directory", "tree")
	add(true, "/lab/clock", "clock", "clock")
	add(true, "/lab/attempts", "attempts", "search")
	add(true, "/lab/events", "events", "list")
	add(true, "/lab/stories", "stories", "pages")
	return items
}
