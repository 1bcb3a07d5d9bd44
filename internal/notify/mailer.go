package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// ioTimeout bounds each command and the answer to a message, in real time.
const ioTimeout = 30 * time.Second

// A Mailer carries mails to one SMTP server. Addr, Dial, Now and Stream are
// required. It is safe for concurrent use and must not be copied after its
// first use.
type Mailer struct {
	Addr     string // host:port
	Dial     func(ctx context.Context, network, addr string) (net.Conn, error)
	StartTLS *tls.Config                       // nil: no TLS
	Now      func() time.Time                  // the lab's clock, for the Date field
	Stream   func(purpose ...string) io.Reader // of the lab's chance.Source

	mu   sync.Mutex
	sent map[string]uint64 // by first recipient
}

// Send delivers m. It returns when the server has accepted the message for all
// recipients, or with the first refusal. Errors never contain the text.
func (m *Mailer) Send(ctx context.Context, mail Mail) error {
	if len(mail.To) == 0 {
		return errors.New("sending mail: no recipients")
	}
	var raw bytes.Buffer
	if err := mail.Encode(&raw, m.Now(), m.draw(mail.To[0].Address)); err != nil {
		return err
	}
	conn, err := m.Dial(ctx, "tcp", m.Addr)
	if err != nil {
		return fmt.Errorf("sending mail: connecting to the SMTP server %s: %w", m.Addr, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })() // a cancelled request does not wait for a slow server

	if err := m.converse(conn, mail, raw.Bytes()); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("sending mail: SMTP server %s: %w", m.Addr, err)
	}
	return nil
}

func (m *Mailer) converse(conn net.Conn, mail Mail, raw []byte) error {
	client, err := m.client(conn)
	if err != nil {
		return err
	}
	client.CommandTimeout, client.SubmissionTimeout = ioTimeout, ioTimeout
	if err := client.Hello("ssprlab"); err != nil {
		return err
	}
	if err := client.Mail(mail.From.Address, m.options(client, mail)); err != nil {
		return err
	}
	for _, to := range mail.To {
		if err := client.Rcpt(to.Address, nil); err != nil {
			return fmt.Errorf("recipient refused: %w", err)
		}
	}
	body, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := body.Write(raw); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	_ = client.Quit() // the message is accepted, whatever the server says now
	return nil
}

func (m *Mailer) client(conn net.Conn) (*smtp.Client, error) {
	if m.StartTLS == nil {
		return smtp.NewClient(conn), nil
	}
	return smtp.NewClientStartTLS(conn, m.StartTLS)
}

// options asks for SMTPUTF8 (RFC 6531) when an address needs it and the server
// has it.
func (m *Mailer) options(client *smtp.Client, mail Mail) *smtp.MailOptions {
	if has, _ := client.Extension("SMTPUTF8"); !has {
		return nil
	}
	for _, a := range append(mail.To, mail.From) {
		for _, b := range []byte(a.Address) {
			if b >= 0x80 {
				return &smtp.MailOptions{UTF8: true}
			}
		}
	}
	return nil
}

// draw numbers the mails of each recipient, so that parallel mails to others
// do not change this one's Message-ID.
func (m *Mailer) draw(to string) io.Reader {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sent == nil {
		m.sent = map[string]uint64{}
	}
	m.sent[to]++
	return m.Stream("mail", to, strconv.FormatUint(m.sent[to], 10))
}
