// Package memnet carries connections between the parts of a system without
// leaving the process.
//
// A [Memory] is a whole network: it listens and dials like package net, with the
// same errors, addresses and deadlines, and it can live inside one testing/synctest
// bubble, so that TLS, idle timeouts and lost connections can be shown in virtual
// time. [Real] is the operating system's network behind the same two methods.
//
// Connections are buffered, unlike those of net.Pipe: two peers that both write
// before they read, as TLS does when one of them sends an alert, do not block each
// other. Nothing in here knows what is said over a connection.
package memnet
