package portal

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
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

// A mailPage is one message, in one of its forms.
type mailPage struct {
	*frame
	Mail   Mail
	Framed string // address of the HTML, "" when the plain text is shown
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

// mailAsText is the value of the query "as" that asks for the plain text.
const mailAsText = "text"

func newMailPage(f *frame, m Mail, as string) mailPage {
	p := mailPage{frame: f, Mail: m}
	if m.HTML != "" && as != mailAsText {
		p.Framed = "/lab/mailbox/" + url.PathEscape(m.ID) + "/html"
	}
	return p
}

func (s *site) mail(c echo.Context) error {
	as, err := readQuery(c.Request(), field{"as", maxShort})
	if err != nil {
		return err
	}
	m, ok, err := s.Mailbox.Mail(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	if !ok {
		return echo.ErrNotFound
	}
	f := s.labFrame(c, "mail")
	f.Nav = s.navigation("/lab/mailbox")
	return s.showMail(c, newMailPage(f, m, as))
}

// showMail is a page that may hold a frame of ours.
func (s *site) showMail(c echo.Context, p mailPage) error {
	c.Response().Header().Set("Content-Security-Policy", policyHeader+"; frame-src 'self'")
	return s.render(c, http.StatusOK, p)
}

// mailPolicy holds the HTML of a mail, which anybody may have written: no script,
// no form, nothing from elsewhere, and an origin that is nobody's.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"

// mailHTML is the HTML of a message as a document of its own, for the frame of
// the message's page.
func (s *site) mailHTML(c echo.Context) error {
	m, ok, err := s.Mailbox.Mail(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	if !ok || m.HTML == "" {
		return echo.ErrNotFound
	}
	return writeMail(c, m.HTML)
}

func writeMail(c echo.Context, page string) error {
	shown, err := withoutReach(page)
	if err != nil {
		return echo.NewHTTPError(http.StatusNotFound).SetInternal(err)
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", mailPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-DNS-Prefetch-Control", "off")
	return c.HTMLBlob(http.StatusOK, shown)
}

// reaching are the elements that make a browser look up or call another machine,
// or leave the page, with no policy asked: links of the head, refreshes, a base.
var reaching = []atom.Atom{atom.Link, atom.Meta, atom.Base}

// withoutReach is a page without those elements. Its links ask for a window of
// their own, which the sandbox does not give: one that navigated the frame would
// put a browser's error in the place of the message.
func withoutReach(page string) ([]byte, error) {
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return nil, fmt.Errorf("reading the HTML of a mail: %w", err)
	}
	var drop []*html.Node
	for n := range doc.Descendants() {
		if slices.Contains(reaching, n.DataAtom) && !harmlessMeta(n) {
			drop = append(drop, n)
		}
		if n.DataAtom == atom.A || n.DataAtom == atom.Area {
			n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "target" })
			n.Attr = append(n.Attr, html.Attribute{Key: "target", Val: "_blank"})
		}
	}
	for _, n := range drop {
		n.Parent.RemoveChild(n)
	}
	var b bytes.Buffer
	if err := html.Render(&b, doc); err != nil {
		return nil, fmt.Errorf("writing the HTML of a mail: %w", err)
	}
	return b.Bytes(), nil
}

// harmlessMeta are the hints of a layout: viewport and colour scheme.
func harmlessMeta(n *html.Node) bool {
	named := false
	for _, a := range n.Attr {
		named = named || a.Key == "name"
		if a.Key == "http-equiv" {
			return false
		}
	}
	return n.DataAtom == atom.Meta && named
}
