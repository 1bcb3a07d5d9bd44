// Package tokens is the administrator's desk of hardware OATH tokens: upload,
// assignment, activation, and the way back into the inventory, each with its
// audit record.
//
// The desk asks who does it, and whether their role lets them; the tenant holds
// the tokens (package tenant), and whatever it is told of a new one it hands on
// to the lab, where somebody has the token in hand ([Desk.Deliver]).
//
// What does not live here: people taking a token themselves (package
// registration), and the codes (packages tenant and device).
package tokens
