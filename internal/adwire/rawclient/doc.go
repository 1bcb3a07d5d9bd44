// Package rawclient is the least LDAP client that can still tell an answer: it
// frames replies and reads their result code. A full client costs more than the
// server it measures; this one leaves the processors to the server, be it ours or
// another one's. It also sends octets no full client would send.
//
// [Client] is one connection, [Load] many of them at once.
package rawclient
