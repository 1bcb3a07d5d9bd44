package adwire

import (
	"context"
	"errors"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// The authentication choices of a bind (RFC 4511 4.2, MS-ADTS 5.1.1.1).
const (
	tagSimple            byte = 0x80
	tagSASL              byte = 0xa3
	tagSicilyDiscovery   byte = 0x89
	tagSicilyNegotiate   byte = 0x8a
	tagSicilyResponse    byte = 0x8b
	mechanismExternal         = "EXTERNAL"
	oldestVersion             = 2
	newestVersion             = 3
	anyVersionIsAnswered      = 127 // RFC 4511 4.2: INTEGER (1 .. 127)
)

// A bindMessage is a bind as sent.
type bindMessage struct {
	version     int
	name        string
	choice      byte
	simple      secret.Text
	mechanism   string
	credentials []byte
}

func decodeBind(r ber.Reader) (b bindMessage, err error) {
	if b.version, err = r.Int(ber.Integer); err != nil || b.version < 1 || b.version > anyVersionIsAnswered {
		return b, invalid("the version of a bind", err)
	}
	if b.name, err = r.Text(); err != nil {
		return b, fmt.Errorf("reading the name of a bind: %w", err)
	}
	choice, content, err := r.Next()
	if err != nil {
		return b, fmt.Errorf("reading the authentication of a bind: %w", err)
	}
	b.choice = choice
	switch choice {
	case tagSimple:
		b.simple = secret.New(string(content))
		clear(content) // the frame outlives the bind until it is collected
	case tagSASL:
		if b.mechanism, err = content.Text(); err != nil {
			return b, fmt.Errorf("reading the SASL mechanism: %w", err)
		}
		if b.credentials, _, err = content.Optional(ber.OctetString); err != nil {
			return b, fmt.Errorf("reading the SASL credentials: %w", err)
		}
	case tagSicilyDiscovery, tagSicilyNegotiate, tagSicilyResponse:
	default:
		return b, errors.New("reading the authentication of a bind: unknown choice")
	}
	return b, nil
}

// bind waits until nothing is outstanding and runs alone, so that nobody's
// identity changes under a running operation.
func (c *conn) bind(op *operation, body ber.Reader) error {
	b, err := decodeBind(body)
	if err != nil {
		return &malformed{err}
	}
	c.alone()
	op.perform = func(op *operation) reply {
		caller, res := c.authenticate(op, b)
		c.caller = caller
		return reply{result: res}
	}
	r := c.guard(op)
	op.answer(&r)
	return nil
}

// authenticate returns whom the connection belongs to after the bind.
func (c *conn) authenticate(op *operation, b bindMessage) (directory.Caller, directory.Result) {
	dir := c.server.cfg.Directory
	f := dir.Flavour()
	refuse := func(r directory.Result) (directory.Caller, directory.Result) {
		if f.Dialect == directory.Samba {
			return c.caller, r // a failed bind keeps the old identity there
		}
		return directory.Caller{}, r
	}
	switch {
	case f.Dialect != directory.Samba && (b.version < oldestVersion || b.version > newestVersion):
		return refuse(ldapErr(f, directory.ProtocolError, errorInvalidParameter, dsidVersion, "Unsupported LDAP version"))
	case b.choice == tagSicilyDiscovery:
		return c.caller, directory.Result{} // the list of packages, in place of a DN, is empty
	case b.choice == tagSicilyNegotiate || b.choice == tagSicilyResponse:
		return refuse(ldapErr(f, directory.InappropriateAuthentication, errorInappropriateAuth, dsidSicily, "The authentication package is not supported"))
	case c.fastBind && b.choice != tagSimple:
		return refuse(ldapErr(f, directory.UnwillingToPerform, errorUnwillingToPerform, dsidFastBind, "Only simple binds may be performed on a connection that is in fast bind mode"))
	case b.choice == tagSASL:
		caller, r := c.external(op, b)
		if r.Code != directory.Success {
			return refuse(r)
		}
		return caller, r
	}
	caller, r := dir.Bind(op.ctx, op.request, directory.BindRequest{
		Version: b.version, Name: b.name, Password: b.simple, FastBind: c.fastBind,
	})
	if c.fastBind {
		caller = directory.Caller{}
	}
	return caller, r
}

// external carries out SASL EXTERNAL and refuses every other mechanism. On a
// connection that began with TLS the certificate has bound already and EXTERNAL is
// refused; without a certificate the credentials are invalid (MS-ADTS 5.1.1.2).
func (c *conn) external(op *operation, b bindMessage) (directory.Caller, directory.Result) {
	f := c.server.cfg.Directory.Flavour()
	binder, ok := c.server.cfg.Directory.(ExternalBinder)
	switch {
	case b.mechanism != mechanismExternal || !ok || f.Dialect == directory.Samba:
		return directory.Caller{}, refuseMechanism(f, b.mechanism)
	case c.channel.ClientCert == nil:
		return directory.Caller{}, ldapErr(f, directory.InvalidCredentials, errorLogonDenied, dsidExternal, "The client presented no certificate")
	case c.opt.TLS:
		return directory.Caller{}, ldapErr(f, directory.UnwillingToPerform, errorUnwillingToPerform, dsidExternal, "The certificate has bound the connection already")
	}
	return binder.ExternalBind(op.ctx, op.request, string(b.credentials))
}

// implicitBind binds a connection on an LDAPS port as the account of its client
// certificate (MS-ADTS 5.1.1.2). One that maps to no account stays anonymous.
func (c *conn) implicitBind() {
	binder, ok := c.server.cfg.Directory.(ExternalBinder)
	if !ok || c.channel.ClientCert == nil || c.server.cfg.Directory.Flavour().Dialect == directory.Samba {
		return
	}
	r := directory.Request{Now: c.server.cfg.Now(), Channel: c.channel}
	if caller, res := binder.ExternalBind(context.WithoutCancel(c.ctx), r, ""); res.Code == directory.Success {
		c.caller = caller
	}
}
