// Package device is the people's side of a lab: the mailbox with its SMTP sink,
// the phones, the authenticator apps and the domain-joined workstation. A
// tester looks at them as a person would, and a [Courier] brings them what the
// proofs of package challenge send.
//
// Devices keep the lab's time and hold what a real device holds, codes
// included: showing them is their purpose. Nothing here decides whether a code
// is right (package challenge) or who gets which mail (package notify).
package device
