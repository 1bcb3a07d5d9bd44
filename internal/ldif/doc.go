// Package ldif reads and writes the LDAP Data Interchange Format (RFC 2849):
// content records and change records, streaming, one record at a time.
//
// What lives here is the format alone. What a record does to a directory, and
// what is left out of an export, is decided by those who use it.
package ldif
