package device

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-smtp"
)

// Limits of the SMTP sink. They keep one hostile client from filling memory.
const (
	MaxMessageBytes = 1 << 20
	MaxRecipients   = 200
	maxSMTPLine     = 8000
	maxAddress      = 254 // RFC 5321 4.5.3.1.3, without the brackets
	smtpIdle        = 5 * time.Minute
)

// A Sink takes mail over SMTP for every address and puts it in a mailbox. It
// relays nothing.
type Sink struct {
	server *smtp.Server
}

// NewSink returns a sink for the mailbox. log gets faults only, never mail.
func NewSink(box *Mailbox, log *slog.Logger) *Sink {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &delivery{box: box}, nil
	}))
	s.Domain = "mail.ssprlab.example"
	s.MaxMessageBytes, s.MaxRecipients, s.MaxLineLength = MaxMessageBytes, MaxRecipients, maxSMTPLine
	s.ReadTimeout, s.WriteTimeout = smtpIdle, smtpIdle
	s.EnableSMTPUTF8 = true
	s.ErrorLog = faults{log}
	return &Sink{server: s}
}

// Serve takes mail from the listener until Close, and then returns nil.
func (s *Sink) Serve(l net.Listener) error {
	if err := s.server.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return fmt.Errorf("serving SMTP on %s: %w", l.Addr(), err)
	}
	return nil
}

// Shutdown stops listening and lets deliveries under way end; when ctx ends
// first it cuts them off.
func (s *Sink) Shutdown(ctx context.Context) error {
	err := s.server.Shutdown(ctx)
	if err != nil {
		_ = s.server.Close()
	}
	return err
}

// Close stops the sink at once.
func (s *Sink) Close() error { return s.server.Close() }

// A delivery is one SMTP session.
type delivery struct {
	box    *Mailbox
	sender string
	to     []string
}

func (d *delivery) Reset()        { d.sender, d.to = "", nil }
func (d *delivery) Logout() error { return nil }

func (d *delivery) Mail(from string, _ *smtp.MailOptions) error {
	d.sender = from
	return nil
}

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	if len(to) > maxAddress { // go-smtp has checked that it is an address
		return &smtp.SMTPError{Code: 553, EnhancedCode: smtp.EnhancedCode{5, 1, 3}, Message: "The address is longer than 254 octets"}
	}
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(r) // go-smtp stops at MaxMessageBytes
	if err != nil {
		return err
	}
	d.box.Deliver(d.sender, d.to, raw)
	return nil
}

// faults carries what go-smtp reports to the log.
type faults struct{ log *slog.Logger }

func (f faults) Printf(format string, v ...any) { f.log.Warn("smtp", "err", fmt.Sprintf(format, v...)) }
func (f faults) Println(v ...any)               { f.log.Warn("smtp", "err", fmt.Sprint(v...)) }
