// Package policy holds the rules of an Entra tenant as pure functions: who may
// reset, with which proofs, under how many gates, with which password, how
// often, and what they are told when not.
//
// Every function takes values and a time and returns values; nothing here does
// I/O, draws random numbers or reads a clock. The values a rule works on are
// [Settings] (the tenant) and [Person] (the user), which package tenant fills
// in. A verdict always carries the [Check]s that led to it, so that a decision
// record can say which rule decided, on which input, by which source.
//
// The account rules of Active Directory live in policy/domain. Checking a code
// or an answer lives in package challenge.
package policy
