// Package signin signs people in to the cloud: password or Temporary Access
// Pass, second factor, smart lockout, a change of an expired password, and the
// interrupts that ask for security information.
//
// A [Session] is plain data. What it needs next is never stored: [Service.View]
// derives it each time from the session, the account and the settings as they
// are now, so a policy that changes while somebody is on the way counts at once.
//
// Where the password is checked depends on the account: in the cloud for
// cloud-only people and for synchronised hashes, at a domain controller for
// pass-through authentication, and nowhere here for federated people, who are
// told to go to their identity provider.
//
// What does not live here: registering security information (package
// registration), changing the password (package reset), and the rules
// themselves (package policy).
package signin
