package device

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/emersion/go-smtp"
)

// A delivery is one SMTP session. go-smtp calls Reset after each message, and
// Logout at the end.
type delivery struct {
	sink   *Sink
	box    *Mailbox
	open   bool // between MAIL and the answer to the message
	sender string
	to     []string
}

func (d *delivery) Mail(from string, _ *smtp.MailOptions) error {
	if !d.open && !d.sink.begin() {
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "The mailbox is closing"}
	}
	d.open, d.sender = true, from
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

func (d *delivery) Reset() {
	if d.open {
		d.sink.end()
	}
	d.open, d.sender, d.to = false, "", nil
}

func (d *delivery) Logout() error {
	d.Reset()
	return nil
}

// faults carries what go-smtp reports to the log.
type faults struct{ log *slog.Logger }

func (f faults) Printf(format string, v ...any) { f.log.Warn("smtp", "err", fmt.Sprintf(format, v...)) }
func (f faults) Println(v ...any)               { f.log.Warn("smtp", "err", fmt.Sprint(v...)) }
