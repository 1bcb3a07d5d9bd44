package adwire_test

import (
	"crypto/tls"
	"errors"
	"io"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/adwire"
	"github.com/ssprlab/ssprlab/internal/directory"
)

const oidStartTLS = "1.3.6.1.4.1.1466.20037"

func TestStartTLS(t *testing.T) {
	l := start(t, newFake())
	c := l.bound()
	require.NoError(t, c.StartTLS(l.clientTLS()))
	_, err := c.Search(search(alice))
	require.NoError(t, err)
	r := l.dir.last()
	assert.True(t, r.Channel.Encrypted)
	assert.Equal(t, alice, r.Caller.DN(), "the bind before it still holds")

	_, err = c.Extended(&ldap.ExtendedRequest{Name: oidStartTLS})
	require.True(t, ldap.IsErrorWithCode(err, ldap.LDAPResultOperationsError), "%v", err)
	_, err = c.Search(search(alice))
	assert.NoError(t, err)
}

func TestStartTLSOnAnEncryptedPort(t *testing.T) {
	_, err := start(t, newFake()).ldaps().Extended(&ldap.ExtendedRequest{Name: oidStartTLS})
	assert.True(t, ldap.IsErrorWithCode(err, ldap.LDAPResultOperationsError), "%v", err)
}

func TestStartTLSInTheWrongMoment(t *testing.T) {
	for name, before := range map[string][]byte{"an operation is outstanding": searchMessage(1, slow, nil), "octets follow it": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := start(t, newFake()).raw()
				message := extendedMessage(2, oidStartTLS)
				if before != nil {
					send(t, c, before)
					time.Sleep(time.Second) // virtual
				} else {
					message = append(message, searchMessage(3, alice, nil)...)
				}
				send(t, c, message)
				tag, r := answer(t, c, 2)
				assert.Equal(t, byte(0x78), tag)
				assert.Equal(t, int(directory.OperationsError), r.Code)
			})
		})
	}
}

func TestDomainControllerWithoutCertificate(t *testing.T) {
	l := start(t, newFake(), func(c *adwire.Config) { c.TLS = nil })
	_, err := l.ldap().Extended(&ldap.ExtendedRequest{Name: oidStartTLS})
	require.True(t, ldap.IsErrorWithCode(err, ldap.LDAPResultUnavailable), "%v", err)
	assert.ErrorContains(t, err, "00000000: LdapErr: DSID-0C0916FB, comment: Error initializing SSL/TLS, data 0")

	err = tls.Client(l.dial(ldapsAddr), l.clientTLS()).Handshake()
	assert.ErrorIs(t, err, syscall.ECONNRESET)

	l.server.SetTLS(&tls.Config{Certificates: []tls.Certificate{l.cert}})
	require.NoError(t, l.ldap().StartTLS(l.clientTLS()), "the certificate may come later")
}

func TestHandshakeThatNeverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, newFake())
		c := l.dial(ldapsAddr)
		begin := time.Now()
		_, err := c.Read(make([]byte, 1))
		assert.True(t, errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET), "%v", err)
		assert.Equal(t, 30*time.Second, time.Since(begin))
	})
}

func TestPlainRequestOnTheTLSPort(t *testing.T) {
	l := start(t, newFake())
	c := l.dial(ldapsAddr)
	_, err := c.Write(searchMessage(1, alice, nil))
	require.NoError(t, err)
	_, err = io.ReadAll(c)
	require.NoError(t, err)
	assert.Zero(t, l.server.Stats().Operations)
}
