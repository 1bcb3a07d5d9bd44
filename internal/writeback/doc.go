// Package writeback is the cloud side of password writeback: it knows which
// agents have announced themselves for which domain, seals one message for
// them, sends it through the relay, waits for the answer, and says how it
// ended. It implements reset.OnPremises.
//
// Writeback is synchronous and on-premises first: nothing is queued while the
// agent is away, and a write whose answer is lost is unknown, never done and
// never refused. A message that was never answered can be asked about again
// with [Service.AskAgain], because agents apply a message ID at most once.
//
// What does not live here: the form of messages (envelope), their transport
// (relay), the service at the other end (agent) and LDAP (ldapwriter).
package writeback
