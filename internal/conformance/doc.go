// Package conformance holds a directory against exchanges that are written as
// data: a setup, one request and the answer that Active Directory gives to it.
//
// The exchanges stand in exchanges/, one file a topic, in the line format that
// [Parse] describes. [Run] plays them against any domain controller through
// LDAP alone, in one organizational unit that it makes and takes away, restores
// every setting that an exchange changed, and reports agreement and every
// difference. Expectations are kept for two dialects, Windows and Samba, where
// the two differ.
//
// It shares no code with our directory: it is what that is held against.
package conformance
