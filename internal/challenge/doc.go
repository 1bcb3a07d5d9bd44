// Package challenge is the proofs: it issues and checks authenticator codes,
// pushes, e-mail codes, text messages, voice calls and security questions.
//
// A [Challenge] is a value kept in the session of whoever asked for the proof;
// it holds no code, only what is needed to check one. Which methods a person
// may use, and how often, is not decided here but in package policy.
package challenge
