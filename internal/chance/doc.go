// Package chance is the randomness of a lab: one seed, and a stream of its own
// for each purpose. Two labs with one seed tell the same story, byte for byte,
// whatever order their requests arrive in, because no two purposes draw from
// one stream.
//
// What does not live here: private keys and TLS, which draw from the operating
// system and appear in no transcript.
package chance
