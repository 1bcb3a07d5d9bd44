// Package resettest is the conformance suite of the ports that package reset
// declares: every store of sessions, in memory or in a database, passes it.
package resettest
