// Package ldapwriter writes passwords into Active Directory over LDAP: it
// chooses a domain controller, checks its certificate, binds as the connector
// account, finds the person by the source anchor, sends one modify request, and
// reads the answer into a closed set of verdicts. It implements agent.Writer.
//
// The directory's text is read here, in [classify], and nowhere further in. A
// request that was sent and not answered is looked up, and unknown when that
// does not settle it. Every request is recorded; no record holds a password.
//
// What does not live here: events and messages (package agent), and the rules of
// a directory (package directory), with which this package shares no code.
package ldapwriter
