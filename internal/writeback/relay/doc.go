// Package relay carries frames between the cloud side and the agents, as the
// tenant's Service Bus relay does for the real product: agents dial out and
// listen, and a request is answered by one of them.
//
// [Memory] is a relay within one process; [NATS] dials a NATS server, and
// [Embed] opens one on a listener of ours. Both keep the promises of [Relay],
// which package relaytest checks. A relay sees sealed frames only.
//
// What does not live here: what frames mean (package envelope) and who is asked
// (package writeback).
package relay
