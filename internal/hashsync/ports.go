package hashsync

import (
	"context"
	"time"

	"github.com/ssprlab/ssprlab/internal/journal"
)

// Directory is the domains as this package needs them.
type Directory interface {
	// Changed lists the accounts of a domain whose password was written after
	// since, and the number to ask from next.
	Changed(domain string, since uint32) (list []Account, next uint32)
	// MayRead reports whether a connector account holds both rights to replicate.
	MayRead(domain, connector string) bool
}

// Cloud is the tenant as this package needs it.
type Cloud interface {
	// People finds the synchronised people of source anchors, by anchor. An
	// account that is not synchronised is missing.
	People(ctx context.Context, anchors []string) (map[string]journal.Actor, error)
	// ForceChange reports whether userForcePasswordChangeOnLogonEnabled is on.
	ForceChange(ctx context.Context) (bool, error)
	// SyncPasswordHash stores a password that is only known by its NT hash.
	SyncPasswordHash(ctx context.Context, id string, ntHash [16]byte, mustChange bool, changed time.Time) (bool, error)
}

// A Failure is what keeps a cycle from its work.
type Failure string

// The failures (reference 9.3, chapter 14 B71).
const (
	None        Failure = ""
	FIPS        Failure = "fips"        // MD5 is not allowed on the server: the key cannot be made
	Unreachable Failure = "unreachable" // the cloud does not answer
	NoRight     Failure = "no-right"    // the connector account may not replicate secrets
)

// An Agent is a server that synchronises the hashes of one domain.
type Agent struct {
	Name      string // of the computer, in its events
	Domain    string // DNS name
	Connector string // sAMAccountName of the account that reads
	Silent    bool   // Cloud Sync: its events are not published
	// Active reports whether the server runs and synchronises hashes.
	Active func() bool
	// Fault tells what is broken, and counts it; nil: nothing is.
	Fault func() Failure
}
