package directory

// A Caller is the identity of a connection: the token built at its last bind
// and frozen until the next. The zero value is anonymous.
type Caller struct {
	dn string
}

// Anonymous reports whether nobody is bound.
func (c Caller) Anonymous() bool { return c.dn == "" }

// DN is the distinguished name of the caller when it bound, or "".
func (c Caller) DN() string { return c.dn }

// Cursors holds the paged searches of one connection.
type Cursors struct{}

// A Filter is a parsed search filter (RFC 4511 4.5.1.7).
type Filter interface{ filter() }

// Constructors that adwire uses when it decodes a filter from BER. Attribute is
// as it stood in the request.
func And(of ...Filter) Filter                                                        { panic("stub") }
func Or(of ...Filter) Filter                                                         { panic("stub") }
func Not(f Filter) Filter                                                            { panic("stub") }
func Equal(attribute string, value []byte) Filter                                    { panic("stub") }
func Substrings(attribute string, initial []byte, any [][]byte, final []byte) Filter { panic("stub") }
func GreaterOrEqual(attribute string, value []byte) Filter                           { panic("stub") }
func LessOrEqual(attribute string, value []byte) Filter                              { panic("stub") }
func Present(attribute string) Filter                                                { panic("stub") }
func Approx(attribute string, value []byte) Filter                                   { panic("stub") }
func Extensible(rule, attribute string, value []byte, dnAttributes bool) Filter      { panic("stub") }

// ParseFilter parses the string form (RFC 4515).
func ParseFilter(s string) (Filter, error) { panic("stub") }

// A Flavour selects whose answers a domain controller gives where Windows and
// Samba differ (AD reference 14) and which build it says it is.
type Flavour struct {
	Dialect Dialect
	Build   string // "4f7c": printed as v4f7c
}

// A Dialect is windows-2016, windows-2022 or samba.
type Dialect string

// The dialects.
const (
	Windows2016 Dialect = "windows-2016"
	Windows2022 Dialect = "windows-2022"
	Samba       Dialect = "samba"
)

// LDAPErr is the diagnostic of the LDAP layer (AD reference 0.5), complete with
// its NUL: "000004DC: LdapErr: DSID-0C090A5C, comment: …, data 0, v4f7c\x00".
func (f Flavour) LDAPErr(win32 uint32, dsid, comment string) string { panic("stub") }
