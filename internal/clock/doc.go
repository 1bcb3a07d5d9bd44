// Package clock is the clock of a lab. It can be set, advanced and frozen;
// nothing in a lab asks the time elsewhere, and nothing waits for it to pass:
// expiry is a comparison made when somebody looks.
//
// What does not live here: real deadlines on connections and requests, which
// keep the operating system's time.
package clock
