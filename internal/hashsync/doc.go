// Package hashsync is password hash synchronisation: every two minutes of the
// lab's clock it reads the users of a domain whose password was changed there
// and gives the tenant the hashes (SSPR reference 8.11; "Implement password hash
// synchronization", Microsoft Learn).
//
// Nothing waits for the clock: [Service.Tend] is called before anybody looks at
// the lab or changes something in it, and runs the cycle that came due
// meanwhile. What is due and what the cloud makes of it is decided by functions
// of values ([Cycle], [Judge]); directory and tenant are ports.
//
// A hash is as good as a password to the cloud: [Hash] does not print, and no
// event carries one.
package hashsync
