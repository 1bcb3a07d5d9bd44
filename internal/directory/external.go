package directory

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// oidUPN is the otherName of a subject alternative name that holds a user
// principal name.
var oidUPN = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}

// ExternalBind binds as the account that the verified client certificate of the
// channel maps to: by the user principal name in it, else by
// altSecurityIdentities (MS-ADTS 5.1.1.1.2, MS-PKCA 3.1.5.2.1). authzID is the
// authorization identity of RFC 4422, "" for the account itself.
func (dc *DC) ExternalBind(_ context.Context, r Request, authzID string) (Caller, Result) {
	dc.housekeeping(r.Now)
	b := BindRequest{Version: 3, Name: "certificate"}
	cert, err := x509.ParseCertificate(r.Channel.ClientCert)
	if err != nil {
		return Caller{}, dc.refuseExternal(domain.LogonFailure)
	}
	n := dc.certified(cert)
	if n == nil {
		dc.refused(r, b, nil, domain.LogonFailure)
		return Caller{}, dc.refuseExternal(domain.LogonFailure)
	}
	home, o := dc.logonServer(n)
	if o == nil || !o.class.is("user") || authzID != "" && dc.findAccount(trimAuthz(authzID)) != n {
		return Caller{}, dc.refuseExternal(domain.LogonFailure)
	}
	v := home.judgeCertified(o, r.Now)
	home.remember(n, o, v, r)
	if v.Code != domain.LogonOK {
		dc.refused(r, b, o, v.Code)
		return Caller{}, dc.refuseExternal(v.Code)
	}
	who, code := dc.admit(o)
	if code != domain.LogonOK {
		dc.refused(r, b, o, code)
		return Caller{}, dc.refuseExternal(code)
	}
	dc.loggedOn(r, o)
	return Caller{dn: o.dn(), who: who}, Result{}
}

// judgeCertified judges the logon of somebody whose certificate was verified.
func (dc *DC) judgeCertified(o *object, now time.Time) domain.LogonVerdict {
	dc.forest.mu.RLock()
	p := o.part.domain.effectivePolicy(o)
	dc.forest.mu.RUnlock()
	account := dc.account(o)
	account.Control |= domain.DontExpirePassword // the password plays no part
	return domain.JudgeLogon(p, account, domain.LogonFacts{Match: domain.CurrentMatch, Kind: domain.NetworkLogon, Workstation: dc.name}, now)
}

func trimAuthz(id string) string {
	for _, prefix := range []string{"dn:", "u:"} {
		if rest, ok := cutPrefixFold(id, prefix); ok {
			return rest
		}
	}
	return id
}

func (dc *DC) refuseExternal(code domain.SubCode) Result {
	f := dc.forest.flavour
	return Result{Code: InvalidCredentials, Diagnostic: f.ldapErr(secLogonDenied, "0C090460", "AcceptSecurityContext error", code.String())}
}

// certified finds the account that a certificate names.
func (dc *DC) certified(cert *x509.Certificate) *node {
	f := dc.forest
	if upn := certificateUPN(cert); upn != "" {
		f.mu.Lock()
		f.indexFor(f.k.userPrincipalName)
		n, ok, _ := dc.byUPN(upn)
		f.mu.Unlock()
		if ok && n != nil {
			return n
		}
	}
	alt := f.schema.MustAttribute("altSecurityIdentities")
	f.mu.Lock()
	defer f.mu.Unlock()
	x := f.indexFor(alt)
	for _, id := range identities(cert) {
		if n, ok := dc.unique(f.holders(dc.stale.Load(), x, alt, id), nil); ok && n != nil {
			return n
		}
	}
	return nil
}

// identities are the forms of altSecurityIdentities for a certificate.
func identities(cert *x509.Certificate) []string {
	subject, issuer := dnOfName(cert.Subject), dnOfName(cert.Issuer)
	serial := cert.SerialNumber.Bytes()
	slices.Reverse(serial)
	out := []string{
		"X509:<I>" + issuer + "<S>" + subject, "X509:<S>" + subject,
		"X509:<I>" + issuer + "<SR>" + hex.EncodeToString(serial),
	}
	if len(cert.SubjectKeyId) > 0 {
		out = append(out, "X509:<SKI>"+hex.EncodeToString(cert.SubjectKeyId))
	}
	return out
}

// dnOfName prints a name from the root down, as altSecurityIdentities holds it.
func dnOfName(n pkix.Name) string {
	parts := strings.Split(n.String(), ",")
	slices.Reverse(parts)
	return strings.Join(parts, ",")
}

// certificateUPN reads the user principal name of a subject alternative name.
func certificateUPN(cert *x509.Certificate) string {
	for _, ext := range cert.Extensions {
		if !ext.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 17}) {
			continue
		}
		var names []asn1.RawValue
		if rest, err := asn1.Unmarshal(ext.Value, &names); err != nil || len(rest) > 0 {
			return ""
		}
		for _, n := range names {
			if upn := otherNameUPN(n); upn != "" {
				return upn
			}
		}
	}
	return ""
}

func otherNameUPN(n asn1.RawValue) string {
	if n.Class != asn1.ClassContextSpecific || n.Tag != 0 {
		return ""
	}
	var id asn1.ObjectIdentifier
	rest, err := asn1.Unmarshal(n.Bytes, &id)
	if err != nil || !id.Equal(oidUPN) {
		return ""
	}
	var outer, inner asn1.RawValue
	if _, err := asn1.Unmarshal(rest, &outer); err != nil {
		return ""
	}
	if _, err := asn1.Unmarshal(outer.Bytes, &inner); err != nil {
		return ""
	}
	return string(inner.Bytes)
}
