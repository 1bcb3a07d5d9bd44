// Package directory is an Active Directory forest as data: entries, names,
// schema, filters, access control and password operations, answering as a
// domain controller does.
//
// It has no sockets and no clock of its own: package adwire decodes LDAP into
// the request values of this package and encodes the answers, and every request
// carries the time. The account rules (length, history, age, lockout) are pure
// functions in policy/domain; security identifiers, descriptors and the access
// check live in directory/security, attributes and classes in directory/schema.
//
// A [Forest] holds every object; a [DC] is one replica's view of it and serves
// requests. An object is an immutable value behind a node, which is its
// identity: a change makes a new value and swaps it in, so whoever holds one may
// read it without a lock. The forest's lock guards what finds objects (names,
// children, indexes) and is held by a writer from reading to committing. Nobody
// may take it twice: functions whose comment says that the caller holds the
// lock never take it.
//
// A refusal is a value that carries result code and diagnostic of the dialect in
// force; every one stands where the rule is, next to what Samba says instead.
package directory
