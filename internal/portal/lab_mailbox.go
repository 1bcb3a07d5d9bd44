package portal

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"
)

// A mailboxPage lists what arrived, for one address or for all.
type mailboxPage struct {
	*frame
	Addresses []mailAddress
	Address   string // chosen, "" for all
	Mails     []Mail
}

type mailAddress struct {
	Address string
	URL     string
	Count   int
	Current bool
}

func (mailboxPage) name() string { return "mailbox" }

// A mailPage is one message.
type mailPage struct {
	*frame
	Mail Mail
}

func (mailPage) name() string { return "mail" }

// refreshSeconds is how often pages of arriving things reload without scripts.
const refreshSeconds = 5

func (s *site) mailbox(c echo.Context) error {
	to, err := readQuery(c.Request(), field{"to", maxUser})
	if err != nil {
		return err
	}
	mails, err := s.Mailbox.Mails(c.Request().Context(), "")
	if err != nil {
		return err
	}
	f := s.labFrame(c, "mailbox")
	f.RefreshURL, f.RefreshIn = c.Request().URL.RequestURI(), refreshSeconds
	return s.render(c, http.StatusOK, newMailboxPage(f, mails, to))
}

func newMailboxPage(f *frame, mails []Mail, to string) mailboxPage {
	p := mailboxPage{frame: f, Address: to}
	count := map[string]int{}
	for _, m := range mails {
		count[m.To]++
		if to == "" || m.To == to {
			p.Mails = append(p.Mails, m)
		}
	}
	for address, n := range count {
		p.Addresses = append(p.Addresses, mailAddress{
			Address: address, Count: n, Current: address == to,
			URL: "/lab/mailbox?to=" + url.QueryEscape(address),
		})
	}
	slices.SortFunc(p.Addresses, func(a, b mailAddress) int {
		if a.Address < b.Address {
			return -1
		}
		return 1
	})
	return p
}

func (s *site) mail(c echo.Context) error {
	m, ok, err := s.Mailbox.Mail(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	if !ok {
		return echo.ErrNotFound
	}
	f := s.labFrame(c, "mail")
	f.Nav = s.navigation("/lab/mailbox")
	return s.render(c, http.StatusOK, mailPage{frame: f, Mail: m})
}
