package adwire_test

import (
	"crypto/tls"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
	"github.com/ssprlab/ssprlab/internal/adwire/rawclient"
	"github.com/ssprlab/ssprlab/internal/directory"
)

func saslMessage(id int, mechanism string) []byte {
	return rawclient.Append(nil, id, 0x60, nil, func(b []byte) []byte {
		b = ber.AppendInt(b, ber.Integer, 3)
		b = ber.AppendString(b, ber.OctetString, "")
		b, at := ber.Open(b, 0xa3)
		b = ber.AppendString(b, ber.OctetString, mechanism)
		return ber.Close(b, at)
	})
}

func sicilyMessage(id int, choice byte) []byte {
	return rawclient.Append(nil, id, 0x60, nil, func(b []byte) []byte {
		b = ber.AppendInt(b, ber.Integer, 3)
		b = ber.AppendString(b, ber.OctetString, "")
		return ber.AppendString(b, choice, "NTLM")
	})
}

func TestBindsThatAreAnsweredHere(t *testing.T) {
	for name, tc := range map[string]struct {
		dialect directory.Dialect
		message []byte
		code    directory.Code
		text    string
		who     string // of the connection afterwards; it began as alice
	}{
		"GSSAPI":                   {message: saslMessage(2, "GSSAPI"), code: directory.AuthMethodNotSupported, text: `"GSSAPI" is not supported`},
		"GSS-SPNEGO":               {message: saslMessage(2, "GSS-SPNEGO"), code: directory.AuthMethodNotSupported, text: `"GSS-SPNEGO" is not supported`},
		"DIGEST-MD5":               {message: saslMessage(2, "DIGEST-MD5"), code: directory.AuthMethodNotSupported},
		"PLAIN":                    {message: saslMessage(2, "PLAIN"), code: directory.AuthMethodNotSupported, text: `"PLAIN" is not supported`},
		"EXTERNAL without TLS":     {message: saslMessage(2, "EXTERNAL"), code: directory.InvalidCredentials},
		"PLAIN on Samba":           {dialect: directory.Samba, message: saslMessage(2, "PLAIN"), code: directory.OperationsError, text: "SASL: Failed to start authentication system: NT_STATUS_INVALID_PARAMETER", who: "u:" + alice},
		"Sicily package discovery": {message: sicilyMessage(2, 0x89), code: directory.Success, who: "u:" + alice},
		"Sicily negotiate":         {message: sicilyMessage(2, 0x8a), code: directory.InappropriateAuthentication},
		"Sicily response":          {message: sicilyMessage(2, 0x8b), code: directory.InappropriateAuthentication},
		"version 2":                {message: bindMessage(2, 2, bob, password), code: directory.Success, who: "u:" + bob},
		"version 4":                {message: bindMessage(2, 4, bob, password), code: directory.ProtocolError},
		"version 4 on Samba":       {dialect: directory.Samba, message: bindMessage(2, 4, bob, password), code: directory.Success, who: "u:" + bob},
		"a wrong password":         {message: bindMessage(2, 3, bob, "wrong"), code: directory.InvalidCredentials, text: "data 52e"},
		"an empty password":        {message: bindMessage(2, 3, bob, ""), code: directory.Success},
	} {
		t.Run(name, func(t *testing.T) {
			dir := newFake()
			if tc.dialect != "" {
				dir.flavour.Dialect = tc.dialect
			}
			c := start(t, dir).raw()
			send(t, c, bindMessage(1, 3, alice, password), tc.message)
			answer(t, c, 1)
			tag, r := answer(t, c, 2)
			assert.Equal(t, byte(0x61), tag)
			assert.Equal(t, int(tc.code), r.Code)
			assert.Contains(t, r.Diagnostic, tc.text)

			send(t, c, deleteMessage(3, bob, nil))
			answer(t, c, 3)
			who, _ := dir.WhoAmI(t.Context(), dir.last())
			assert.Equal(t, tc.who, who)
		})
	}
}

func TestExternal(t *testing.T) {
	with := func(l *lab) *tls.Config {
		cfg := l.clientTLS()
		cfg.Certificates = []tls.Certificate{l.cert}
		return cfg
	}
	t.Run("after StartTLS it binds as the certificate's account", func(t *testing.T) {
		l := start(t, newFake())
		c := l.ldap()
		require.NoError(t, c.StartTLS(with(l)))
		who, err := c.WhoAmI(nil)
		require.NoError(t, err)
		assert.Empty(t, who.AuthzID, "the certificate alone does not bind")
		require.NoError(t, c.ExternalBind())
		who, err = c.WhoAmI(nil)
		require.NoError(t, err)
		assert.Equal(t, "u:"+alice, who.AuthzID)
		assert.Equal(t, l.cert.Certificate[0], l.dir.last().Channel.ClientCert)
	})
	t.Run("on port 636 the certificate binds at once and EXTERNAL is refused", func(t *testing.T) {
		l := start(t, newFake())
		c := client(t, tls.Client(l.dial(ldapsAddr), with(l)), true)
		who, err := c.WhoAmI(nil)
		require.NoError(t, err)
		assert.Equal(t, "u:"+alice, who.AuthzID)
		assert.True(t, ldap.IsErrorWithCode(c.ExternalBind(), ldap.LDAPResultUnwillingToPerform))
	})
	t.Run("without certificate the credentials are invalid", func(t *testing.T) {
		l := start(t, newFake())
		assert.True(t, ldap.IsErrorWithCode(l.ldaps().ExternalBind(), ldap.LDAPResultInvalidCredentials))
	})
}

func TestFastBindVerifiesAndNothingElse(t *testing.T) {
	const oid = "1.2.840.113556.1.4.1781"
	l := start(t, newFake())
	c := l.raw()
	send(t, c, extendedMessage(1, oid), bindMessage(2, 3, alice, password), bindMessage(3, 3, alice, "wrong"), saslMessage(4, "EXTERNAL"), deleteMessage(5, bob, nil))
	for id, want := range []directory.Code{1: directory.Success, 2: directory.Success, 3: directory.InvalidCredentials, 4: directory.UnwillingToPerform, 5: directory.Success} {
		if id > 0 {
			_, r := answer(t, c, id)
			assert.Equal(t, int(want), r.Code, "message %d", id)
		}
	}
	assert.True(t, l.dir.last().Caller.Anonymous())
	assert.True(t, l.dir.binds[0].FastBind)

	other := l.raw()
	send(t, other, bindMessage(1, 3, alice, password), extendedMessage(2, oid))
	answer(t, other, 1)
	_, r := answer(t, other, 2)
	assert.Equal(t, int(directory.UnwillingToPerform), r.Code)
}

func TestExtendedOperations(t *testing.T) {
	const modifyPassword = "1.3.6.1.4.1.4203.1.11.1"
	for name, tc := range map[string]struct {
		dialect directory.Dialect
		oid     string
		code    directory.Code
		text    string
	}{
		"password modify":          {oid: modifyPassword, code: directory.ProtocolError, text: "0000203D: LdapErr: DSID-0C090C7D, comment: Unknown extended request OID"},
		"password modify on Samba": {dialect: directory.Samba, oid: modifyPassword, code: directory.ProtocolError, text: "Extended Operation(1.3.6.1.4.1.4203.1.11.1) not supported"},
		"WhoAmI on Samba":          {dialect: directory.Samba, oid: "1.3.6.1.4.1.4203.1.11.3", code: directory.ProtocolError, text: "not supported"},
		"what the directory does":  {oid: "1.3.6.1.4.1.1466.101.119.1", code: directory.Success},
	} {
		t.Run(name, func(t *testing.T) {
			dir := newFake()
			if tc.dialect != "" {
				dir.flavour.Dialect = tc.dialect
			}
			c := start(t, dir).raw()
			send(t, c, extendedMessage(1, tc.oid))
			tag, r := answer(t, c, 1)
			assert.Equal(t, byte(0x78), tag)
			assert.Equal(t, int(tc.code), r.Code)
			assert.Contains(t, r.Diagnostic, tc.text)
		})
	}
}
