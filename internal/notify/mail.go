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
}

// Encode writes the message in the form of RFC 5322: multipart/alternative with
// both forms quoted-printable, dated, and with Message-ID and boundary drawn
// from r, so that one seed gives one mail, byte for byte.
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
	for _, part := range []struct{ kind, content string }{{"text/plain", m.Text}, {"text/html", m.HTML}} {
		if err := writePart(body, part.kind, part.content); err != nil {
			return fmt.Errorf("writing the mail's %s part: %w", part.kind, err)
		}
	}
	return body.Close()
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
