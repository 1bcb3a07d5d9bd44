// Package secret holds the one type in which passwords, codes and answers
// travel. A [Text] never prints: every formatting, logging and encoding form of
// it says [redacted], so a secret reaches a log only through a call of
// [Text.Reveal], which is easy to find and to review.
//
// What does not live here: hashing (package tenant), checking (package
// challenge) and the masking of addresses and numbers (package policy).
package secret
