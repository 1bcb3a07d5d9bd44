// Package directory is an Active Directory domain as data: entries, names,
// schema, filters, access control and password operations, answering as a
// domain controller does.
//
// It has no sockets and no clock of its own: package adwire decodes LDAP into
// the request values of this package and encodes the answers, and every request
// carries the time. The account rules (length, history, age, lockout) are pure
// functions in policy/domain; security identifiers, descriptors and the access
// check live in directory/security.
package directory
