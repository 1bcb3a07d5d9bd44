package adwire

import (
	"github.com/ssprlab/ssprlab/internal/adwire/ber"
	"github.com/ssprlab/ssprlab/internal/directory"
)

// The extended operations and the notification that are carried out here
// (MS-ADTS 3.1.1.3.4.2, RFC 4511 4.4.1, RFC 4532).
const (
	oidStartTLS              = "1.3.6.1.4.1.1466.20037"
	oidNoticeOfDisconnection = "1.3.6.1.4.1.1466.20036"
	oidFastBind              = "1.2.840.113556.1.4.1781"
	oidWhoAmI                = "1.3.6.1.4.1.4203.1.11.3"
)

// extended carries out an extended operation. StartTLS and fast bind change the
// connection and run alone.
func (c *conn) extended(op *operation, body ber.Reader) (handedOver bool, err error) {
	e, err := decodeExtended(body)
	if err != nil {
		return false, &malformed{err}
	}
	dir := c.server.cfg.Directory
	f := dir.Flavour()
	switch {
	case e.oid == oidStartTLS:
		return false, c.startTLS(op)
	case f.Dialect == directory.Samba:
		op.perform = func(*operation) reply { return reply{result: refuseExtended(f, e.oid)} }
	case e.oid == oidFastBind:
		c.alone()
		op.perform = func(*operation) reply { return reply{result: c.beginFastBind(), name: oidFastBind} }
		r := c.guard(op)
		op.answer(&r)
		return false, nil
	case e.oid == oidWhoAmI:
		op.perform = func(op *operation) reply {
			who, res := dir.WhoAmI(op.ctx, op.request)
			return reply{result: res, value: []byte(who)}
		}
	default:
		op.perform = func(op *operation) reply {
			value, res := dir.Extended(op.ctx, op.request, e.oid, e.value)
			if res.Code == directory.ProtocolError && res.Diagnostic == "" {
				res = refuseExtended(f, e.oid)
			}
			return reply{result: res, value: value}
		}
	}
	return c.schedule(op), nil
}

// startTLS answers in clear and goes on encrypted. Octets that the client sent
// behind the request belong to nobody: were they read after the handshake, an
// attacker could put words into an encrypted conversation.
func (c *conn) startTLS(op *operation) error {
	f := c.server.cfg.Directory.Flavour()
	cfg := c.server.tls.Load()
	op.perform = func(*operation) reply {
		r := reply{name: oidStartTLS}
		switch {
		case c.channel.Encrypted || c.busy() || c.in.started():
			r.result = refuseSecondTLS(f, c.channel.Encrypted)
		case cfg == nil:
			r.result = ldapErr(f, directory.Unavailable, 0, dsidTLS, "Error initializing SSL/TLS")
		}
		return r
	}
	r := c.guard(op)
	op.answer(&r)
	if r.result.Code != directory.Success {
		return nil
	}
	if err := c.out.flush(); err != nil {
		return err
	}
	return c.beginTLS()
}

// beginFastBind makes later binds verify passwords and nothing else
// (MS-ADTS 3.1.1.3.4.2.3). Only an unbound connection may ask for it.
func (c *conn) beginFastBind() directory.Result {
	if !c.caller.Anonymous() {
		f := c.server.cfg.Directory.Flavour()
		return ldapErr(f, directory.UnwillingToPerform, errorUnwillingToPerform, dsidFastBind, "Fast bind mode can only be entered on an unbound connection")
	}
	c.fastBind = true
	return directory.Result{}
}
