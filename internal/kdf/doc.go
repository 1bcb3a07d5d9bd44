// Package kdf is the slow hashing of passwords and answers in one place, so that
// its work can be counted: a test that asks whether two answers cost the same
// counts iterations instead of looking at a clock.
package kdf
