package directory

import "context"

const (
	oidTTLRefresh = "1.3.6.1.4.1.1466.101.119.1"
	oidWhoAmI     = "1.3.6.1.4.1.4203.1.11.3"

	berSequence = 0x30
)

// WhoAmI implements [Server] (RFC 4532): u:DOMAIN\name, nothing when anonymous.
// Samba does not know the operation.
func (dc *DC) WhoAmI(_ context.Context, r Request) (string, Result) {
	if dc.forest.flavour.samba() {
		return "", dc.unknownOperation(oidWhoAmI)
	}
	if r.Caller.Anonymous() {
		return "", Result{}
	}
	return "u:" + r.Caller.who.domain + `\` + r.Caller.who.name, Result{}
}

// Extended implements [Server]. Password modify (RFC 3062) is not there, as in
// Active Directory.
func (dc *DC) Extended(_ context.Context, r Request, oid string, value []byte) ([]byte, Result) {
	s := dc.session(&r)
	if oid == oidTTLRefresh && !dc.forest.flavour.samba() {
		if refused := s.notBound(); refused != nil {
			return nil, refused.result()
		}
		if len(value) == 0 || value[0] != berSequence { // RFC 2589 4.1: it must name an entry
			return nil, dc.forest.flavour.ldap(ProtocolError, dsDecoding, "0C090E13", "Error decoding extended request").result()
		}
		return nil, nameErr(NoSuchObject, dsObjNotFound, "0310028C", noObject, 0, "").result()
	}
	return nil, dc.unknownOperation(oid)
}

func (dc *DC) unknownOperation(oid string) Result {
	f := dc.forest.flavour
	if f.samba() {
		return Result{Code: ProtocolError, Diagnostic: "Extended Operation(" + oid + ") not supported"}
	}
	return f.ldap(ProtocolError, dsDecoding, "0C090E12", "Unknown extended request OID").result()
}
