package directory

// NamedCaller is a caller for stand-ins of a [Server] in tests of the connection
// layer. It has a name and no rights: a domain controller takes it for nobody.
func NamedCaller(dn string) Caller { return Caller{dn: dn} }
