package rig

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/control/api"
)

// clientLife is how long a certificate of the template User is valid.
const clientLife = 365 * 24 * time.Hour

// Identifiers of a subject alternative name and of the user principal name in it
// (RFC 5280 4.2.1.6, MS-WCCE 2.2.2.7.7.4).
var (
	oidAlternativeName = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidPrincipalName   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}
)

// client issues a certificate for a person as an enterprise CA's template User
// does: the user principal name in the alternative name, for client
// authentication. Certificate and key are in PEM.
func (a *authority) client(now time.Time, commonName, upn string) (cert *x509.Certificate, text, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("making a client's key: %w", err)
	}
	names, err := principalName(upn)
	if err != nil {
		return nil, nil, nil, err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: commonName}, NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(clientLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		ExtraExtensions: []pkix.Extension{{Id: oidAlternativeName, Value: names}},
	}
	if cert, err = sign(template, a.cert, &private.PublicKey, a.key); err != nil {
		return nil, nil, nil, fmt.Errorf("issuing a certificate for %s: %w", upn, err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("writing the key of %s: %w", upn, err)
	}
	return cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// principalName is a subject alternative name with a user principal name alone.
func principalName(upn string) ([]byte, error) {
	name, err := asn1.MarshalWithParams(struct {
		ID    asn1.ObjectIdentifier
		Value string `asn1:"utf8,explicit,tag:0"`
	}{oidPrincipalName, upn}, "tag:0")
	if err == nil {
		name, err = asn1.Marshal([]asn1.RawValue{{FullBytes: name}})
	}
	if err != nil {
		return nil, fmt.Errorf("writing the principal name %q into a certificate: %w", upn, err)
	}
	return name, nil
}

// Certificate issues a certificate with which an account binds by SASL EXTERNAL.
// An account without a user principal name gets the implicit one in it (MS-ADTS
// 5.1.1.1.1).
func (a directoryAPI) Certificate(ctx context.Context, name string) (api.Certificate, bool, error) {
	e, ok := a.l.account(ctx, name, "", "cn", "sAMAccountName", "userPrincipalName")
	if !ok {
		return api.Certificate{}, false, nil
	}
	v := values(e)
	text := func(attribute string) string { return strings.Join(v[attribute], "") }
	upn := text("userPrincipalName")
	if upn == "" {
		upn = text("sAMAccountName") + "@" + a.domainOf(e.DN)
	}
	cert, issued, key, err := a.l.authority.client(a.l.Config.Base(), text("cn"), upn)
	if err != nil {
		return api.Certificate{}, true, err
	}
	return api.Certificate{
		Account: e.DN, UPN: upn, Certificate: string(issued), Key: string(key), CA: string(a.l.CA), Expires: cert.NotAfter,
	}, true, nil
}

// domainOf is the DNS name of the domain that an entry lies in: of those whose
// heads are above it, the nearest.
func (a directoryAPI) domainOf(dn string) string {
	best := ""
	for _, d := range a.l.Forest.Domains() {
		if strings.HasSuffix(strings.ToLower(dn), ","+strings.ToLower(d.DN())) && len(d.DNSName()) > len(best) {
			best = d.DNSName()
		}
	}
	return best
}
