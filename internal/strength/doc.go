// Package strength estimates how hard a password is to guess, for the meter of
// the page that asks for a new one. It decides nothing: whether a password is
// accepted is package policy's to say, and a meter that is pleased promises no
// more than that guessing takes long.
//
// The estimate is zxcvbn's. Everything is pure, and what is estimated is
// bounded ([Limit]), because the search for patterns grows much faster than the
// password.
package strength
