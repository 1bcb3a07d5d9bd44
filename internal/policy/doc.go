// Package policy holds the rules of an Entra tenant as pure functions: who may
// reset, with which proofs, under how many gates, with which password, how
// often, and what they are told when not.
//
// Every function takes values and a time and returns values; nothing here does
// I/O, draws random numbers or reads a clock. The values a rule works on are
// [Settings] (the tenant) and [Person] (the user), which package tenant fills
// in. A verdict always carries the [Check]s that led to it, so that a decision
// record can say which rule decided, on which input, by which source. A failed
// check names the smallest change that would make it pass, in words (Remedy) and
// for programs ([Fix]); a test carries those changes out and sees that they do.
//
// Where to look: [Admit] is the first page of the portal, [OffersFor] the
// methods of a gate, [JudgePassword] a new password and [Evaluate] Password
// Protection alone, [JudgeOnDC] its agent on a domain controller,
// [Counters.Attempt] the 24-hour block, [LockoutState] smart lockout,
// [Interruption] and [RegistrationAccess] registration, [InfoAllowed] the
// Security info page, [Settings.Validate] what an administrator may save.
//
// Sources are named by their Microsoft Learn page; "reference 1.4" is a chapter
// of the project's own summary of them. Where the pages are silent or disagree,
// the setting that chooses is named in the comment.
//
// The account rules of Active Directory live in policy/domain. Checking a code
// or an answer lives in package challenge.
package policy
