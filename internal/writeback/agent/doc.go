// Package agent is the on-premises side of writeback: the service on the sync
// server that listens at the relay, opens messages with its private key, has
// the directory written, answers, and leaves its traces in the Application
// event log in the words of the real products.
//
// It dials out only, applies each message at most once, and knows nothing of
// portals and tenants: what it shares with the cloud is package envelope.
//
// What does not live here: LDAP (package ldapwriter, behind [Writer]) and the
// journal that keeps the events (behind [EventLog]).
package agent
