package device_test

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"testing/synctest"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/memnet/tlstest"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// directoryServer answers the four requests that a workstation makes, over TLS.
type directoryServer struct {
	refusal string   // diagnostic of every bind; "" accepts
	mute    bool     // answers nothing at all
	who     string   // authzID of WhoAmI
	sam     string   // of the one entry found; "" finds nothing
	binds   []string // names seen
}

func (d *directoryServer) serve(conn net.Conn, config *tls.Config, implicit bool) {
	defer conn.Close()
	if implicit {
		conn = tls.Server(conn, config)
	}
	for {
		p, err := ber.ReadPacket(conn)
		if err != nil {
			return
		}
		if d.mute {
			continue
		}
		id, op := p.Children[0], p.Children[1]
		reply := func(tag ber.Tag, parts ...*ber.Packet) {
			m := ber.NewSequence("LDAPMessage")
			m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id.Value, ""))
			r := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
			for _, part := range parts {
				r.AppendChild(part)
			}
			m.AppendChild(r)
			_, _ = conn.Write(m.Bytes())
		}
		switch op.Tag {
		case ldap.ApplicationBindRequest:
			d.binds = append(d.binds, op.Children[1].Value.(string))
			code := ldap.LDAPResultSuccess
			if d.refusal != "" {
				code = ldap.LDAPResultInvalidCredentials
			}
			reply(ldap.ApplicationBindResponse, result(code, d.refusal)...)
		case ldap.ApplicationExtendedRequest:
			if op.Children[0].Data.String() == "1.3.6.1.4.1.1466.20037" { // StartTLS
				reply(ldap.ApplicationExtendedResponse, result(0, "")...)
				conn = tls.Server(conn, config)
				continue
			}
			reply(ldap.ApplicationExtendedResponse, append(result(0, ""), ber.NewString(ber.ClassContext, ber.TypePrimitive, 11, d.who, ""))...)
		case ldap.ApplicationSearchRequest:
			if op.Children[0].Value.(string) == "" {
				reply(ldap.ApplicationSearchResultEntry, text(""), attributes("defaultNamingContext", "DC=northlight,DC=example"))
			} else if d.sam != "" {
				reply(ldap.ApplicationSearchResultEntry, text("CN=X"), attributes("sAMAccountName", d.sam, "userPrincipalName", d.sam+"@northlight.example"))
			}
			reply(ldap.ApplicationSearchResultDone, result(0, "")...)
		}
	}
}

func text(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func result(code int, diagnostic string) []*ber.Packet {
	return []*ber.Packet{ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""), text(""), text(diagnostic)}
}

func attributes(pairs ...string) *ber.Packet {
	list := ber.NewSequence("attributes")
	for i := 0; i < len(pairs); i += 2 {
		a, values := ber.NewSequence("attribute"), ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		values.AppendChild(text(pairs[i+1]))
		a.AppendChild(text(pairs[i]))
		a.AppendChild(values)
		list.AppendChild(a)
	}
	return list
}

// withDirectory runs f with a binder that reaches d, in virtual time.
func withDirectory(t *testing.T, d *directoryServer, scheme string, f func(t *testing.T, b *device.LDAPBinder)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cert, pool := tlstest.Identity(t, "dc1.northlight.example")
		network := memnet.New()
		port := map[string]string{"ldap": "389", "ldaps": "636"}[scheme]
		l, err := network.Listen(t.Context(), "tcp", "dc1.northlight.example:"+port)
		require.NoError(t, err)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go d.serve(conn, &tls.Config{Certificates: []tls.Certificate{cert}}, scheme == "ldaps")
			}
		}()
		f(t, &device.LDAPBinder{URL: scheme + "://dc1.northlight.example", Dial: network.DialContext, TLS: &tls.Config{RootCAs: pool}})
		require.NoError(t, l.Close())
	})
}

func TestBindingTellsWhoOneIs(t *testing.T) {
	for name, c := range map[string]struct {
		typed, who, sam string
		want            device.Identity
	}{
		"by domain and name":        {`NORTHLIGHT\alice`, `u:NORTHLIGHT\alice`, "alice", device.Identity{SAMAccountName: "alice", UserPrincipalName: "alice@northlight.example"}},
		"by UPN, with another name": {"a.liddell@northlight.example", `u:NORTHLIGHT\alice`, "alice", device.Identity{SAMAccountName: "alice", UserPrincipalName: "alice@northlight.example"}},
		"without WhoAmI":            {"a.liddell@northlight.example", "", "alice", device.Identity{SAMAccountName: "alice", UserPrincipalName: "alice@northlight.example"}},
		"when nothing can be read":  {"alice@northlight.example", "", "", device.Identity{SAMAccountName: "alice", UserPrincipalName: "alice@northlight.example"}},
	} {
		for _, scheme := range []string{"ldap", "ldaps"} {
			t.Run(name+" over "+scheme, func(t *testing.T) {
				d := &directoryServer{who: c.who, sam: c.sam}
				withDirectory(t, d, scheme, func(t *testing.T, b *device.LDAPBinder) {
					who, err := b.Bind(t.Context(), c.typed, secret.New("New-1234"))
					require.NoError(t, err)
					assert.Equal(t, c.want, who)
				})
				assert.Equal(t, []string{c.typed}, d.binds)
			})
		}
	}
}

func TestRefusedBindsCarryTheirSubCode(t *testing.T) {
	for diagnostic, want := range map[string]string{
		"80090308: LdapErr: DSID-0C090434, comment: AcceptSecurityContext error, data 775, v4563\x00": "775",
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1":     "52e",
		"8009030C: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52E, v1db1":     "52e",
		"no":   "",
		"data": "",
	} {
		withDirectory(t, &directoryServer{refusal: diagnostic}, "ldaps", func(t *testing.T, b *device.LDAPBinder) {
			_, err := b.Bind(t.Context(), "alice", secret.New("Hush-1234"))
			var refusal *device.BindRefusal
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, want, refusal.SubCode)
			assert.NotContains(t, err.Error(), "Hush")
		})
	}
}

func TestNoPasswordNeverReachesTheDirectory(t *testing.T) {
	d := &directoryServer{}
	withDirectory(t, d, "ldaps", func(t *testing.T, b *device.LDAPBinder) {
		_, err := b.Bind(t.Context(), "alice", secret.Text{})
		var refusal *device.BindRefusal
		require.ErrorAs(t, err, &refusal)
	})
	assert.Empty(t, d.binds, "it would be an anonymous bind, and pass")
}

func TestWhatIsNoAnswerIsNoRefusal(t *testing.T) {
	for name, c := range map[string]struct {
		mute bool
		url  string
		tls  *tls.Config
	}{
		"nobody listens":              {false, "ldaps://dc2.northlight.example", &tls.Config{}},
		"a certificate of a stranger": {false, "", &tls.Config{}},
		"a name it does not have":     {false, "", &tls.Config{ServerName: "dc2.northlight.example"}},
		"silence":                     {true, "", nil},
		"no LDAP at all":              {false, "https://dc1.northlight.example", nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := &directoryServer{mute: c.mute}
			withDirectory(t, d, "ldaps", func(t *testing.T, b *device.LDAPBinder) {
				if c.url != "" {
					b.URL = c.url
				}
				if c.tls != nil {
					b.TLS = c.tls
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := b.Bind(ctx, "alice", secret.New("New-1234"))
				require.Error(t, err)
				var refusal *device.BindRefusal
				assert.NotErrorAs(t, err, &refusal)

				w := device.NewWorkstation("LAPTOP1", device.Domain{NetBIOS: "NORTHLIGHT", Binder: b})
				assert.Equal(t, "C000005E", w.SignIn(ctx, "alice", secret.New("New-1234"), false).NTStatus)
			})
			assert.Empty(t, d.binds, "no password goes to somebody who cannot be trusted")
		})
	}
}
