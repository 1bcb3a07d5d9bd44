// Package relaytest checks that a relay keeps the promises of relay.Relay.
package relaytest
