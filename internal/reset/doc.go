// Package reset carries one self-service reset, unlock or change from "who are
// you?" to "your password has been changed".
//
// A reset is a [Session] value. Two kinds of code live here and they do not
// mix: transitions, which are pure functions from a session and an input to a
// new session, and the [Service], which loads a session, claims a step,
// performs the effect through a port with no lock held, and settles it even
// when the browser has gone away.
//
// [Service.View] is the only place that decides what the person sees next.
// Handlers never send a browser from one step to another; they ask for the view.
package reset
