package notify

import (
	"fmt"
	"io"
	"net/mail"
	"time"

	"github.com/emersion/go-message"
	gomail "github.com/emersion/go-message/mail"

	"github.com/ssprlab/ssprlab/internal/chance"
)

// A Mail is one message in two forms, plain text and HTML, that say the same.
type Mail struct {
	From    mail.Address
	To      []mail.Address
	Subject string
	Text    string
	HTML    string
	// Pictures are what the HTML refers to by its cid (RFC 2392).
	Pictures []Picture
}

// A Picture is an image that travels with a mail.
type Picture struct {
	ID            string // Content-ID, without angle brackets
	Type          string // "image/png"
	Data          []byte
	Width, Height int // pixels
}

// Encode writes the message in the form of RFC 5322: multipart/alternative with
// both forms quoted-printable, dated, and with Message-ID and boundaries drawn
// from r, so that one seed gives one mail, byte for byte. Pictures make
// multipart/related of the HTML (RFC 2387).
func (m Mail) Encode(w io.Writer, date time.Time, r io.Reader) error {
	id := chance.GUID(r)
	var h gomail.Header
	h.SetContentType("multipart/alternative", map[string]string{"boundary": "=_" + chance.GUID(r)})
	h.Set("Auto-Submitted", "auto-generated")
	h.Set("X-Mailer", "ssprlab (emulator)")
	h.SetMessageID(id + "@mail.ssprlab.example")
	h.SetSubject(m.Subject)
	h.SetAddressList("To", pointers(m.To))
	h.SetAddressList("From", pointers([]mail.Address{m.From}))
	h.SetDate(date.UTC())

	body, err := message.CreateWriter(w, h.Header)
	if err != nil {
		return fmt.Errorf("writing the mail's header: %w", err)
	}
	if err := writePart(body, "text/plain", m.Text); err != nil {
		return fmt.Errorf("writing the mail's text: %w", err)
	}
	if err := m.writeHTML(body, r); err != nil {
		return fmt.Errorf("writing the mail's HTML: %w", err)
	}
	return body.Close()
}

// writeHTML writes the HTML alone, or together with its pictures.
func (m Mail) writeHTML(body *message.Writer, r io.Reader) error {
	if len(m.Pictures) == 0 {
		return writePart(body, "text/html", m.HTML)
	}
	var h message.Header
	h.SetContentType("multipart/related", map[string]string{"boundary": "=_" + chance.GUID(r), "type": "text/html"})
	related, err := body.CreatePart(h)
	if err != nil {
		return err
	}
	if err := writePart(related, "text/html", m.HTML); err != nil {
		return err
	}
	for _, p := range m.Pictures {
		if err := writePicture(related, p); err != nil {
			return err
		}
	}
	return related.Close()
}

func writePicture(body *message.Writer, p Picture) error {
	var h message.Header
	h.SetContentType(p.Type, nil)
	h.SetContentDisposition("inline", nil)
	h.Set("Content-ID", "<"+p.ID+">")
	h.Set("Content-Transfer-Encoding", "base64")
	part, err := body.CreatePart(h)
	if err != nil {
		return err
	}
	if _, err := part.Write(p.Data); err != nil {
		return err
	}
	return part.Close()
}

func writePart(body *message.Writer, kind, content string) error {
	var h message.Header
	h.SetContentType(kind, map[string]string{"charset": "utf-8"})
	h.Set("Content-Transfer-Encoding", "quoted-printable")
	part, err := body.CreatePart(h)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(part, content); err != nil {
		return err
	}
	return part.Close()
}

func pointers(list []mail.Address) []*gomail.Address {
	var out []*gomail.Address
	for i := range list {
		out = append(out, &list[i])
	}
	return out
}
