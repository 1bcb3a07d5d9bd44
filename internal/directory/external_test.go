package directory_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// certificate makes a self-signed certificate, with a user principal name in
// its subject alternative name unless upn is empty.
func certificate(t *testing.T, cn, upn string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: cn, Organization: []string{"Corp"}}, NotBefore: start, NotAfter: start.AddDate(1, 0, 0)}
	if upn != "" {
		type otherName struct {
			ID    asn1.ObjectIdentifier
			Value string `asn1:"utf8,explicit,tag:0"`
		}
		raw, err := asn1.MarshalWithParams(otherName{asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}, upn}, "tag:0")
		require.NoError(t, err)
		san, err := asn1.Marshal([]asn1.RawValue{{FullBytes: raw}})
		require.NoError(t, err)
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: san}}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	require.NoError(t, err)
	return der
}

func TestCertificatesBind(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna, bob := l.user("Anna Long"), l.user("Bob Short")
	require.NoError(t, l.domain.Set(l.now, bob, map[string][]string{"altSecurityIdentities": {"X509:<I>O=Corp,CN=bob<S>O=Corp,CN=bob"}}))
	bind := func(cert []byte, authz string) (directory.Caller, directory.Result) {
		r := l.request(directory.Caller{})
		r.Channel.ClientCert = cert
		return l.dc.ExternalBind(t.Context(), r, authz)
	}
	for name, c := range map[string]struct {
		cert      []byte
		authz, dn string
	}{
		"by principal name":              {certificate(t, "x", "annalong@corp.example"), "", anna},
		"by issuer and subject":          {certificate(t, "bob", ""), "", bob},
		"as oneself":                     {certificate(t, "x", "annalong@corp.example"), "u:annalong@corp.example", anna},
		"as somebody else":               {certificate(t, "x", "annalong@corp.example"), "dn:" + bob, ""},
		"nobody's":                       {certificate(t, "nobody", ""), "", ""},
		"octets that are no certificate": {[]byte("x"), "", ""},
	} {
		caller, res := bind(c.cert, c.authz)
		assert.Equal(t, c.dn, caller.DN(), name)
		if c.dn == "" {
			assert.Equal(t, "8009030C", prefix(res), name)
			assert.Equal(t, directory.InvalidCredentials, res.Code, name)
		}
	}
	stamp := l.values(l.admin(), anna, "lastLogonTimestamp")
	assert.Equal(t, []string{domain.FileTimeOf(l.now).String()}, stamp, "a logon like any other")
	assert.Equal(t, stamp, l.values(l.admin(), anna, "lastLogon"))
	require.NoError(t, l.domain.Set(l.now, anna, map[string][]string{"userAccountControl": {"514"}}))
	_, res := bind(certificate(t, "x", "annalong@corp.example"), "")
	assert.Contains(t, res.Diagnostic, "8009030C: LdapErr")
	assert.Contains(t, res.Diagnostic, "data 533")
}
