// Package adwire is LDAP on a connection, as a domain controller speaks it, in
// front of a [directory.Server].
//
// What lives here: framing and decoding (RFC 4511), controls and their values,
// the order of operations on a connection, TLS and StartTLS, the SASL choices,
// receive limits and time-outs, notices of disconnection. What an operation does
// and whether the caller may do it is the directory's affair, anonymous callers
// included; no socket, buffer or tag is known there.
//
// The rule a newcomer would break: nothing that a client sends may cost more than
// the octets it has sent. Lengths are checked before memory is taken, buffers grow
// as octets arrive, decoding slices and builds no tree.
//
// Deadlines of reading and writing run on real time (or a test bubble's), since
// they guard sockets; everything a directory sees carries the lab's time, Config.Now.
package adwire
