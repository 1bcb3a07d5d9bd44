// Package ber reads and writes the part of the Basic Encoding Rules that LDAP
// uses (RFC 4511 section 5.1): definite lengths and one-octet tags.
//
// Reading slices the message and builds no tree, so that its cost is linear in
// the octets looked at, whatever the message claims about itself. Writing appends
// to a buffer of the caller in one pass. It knows nothing of LDAP's messages.
package ber
