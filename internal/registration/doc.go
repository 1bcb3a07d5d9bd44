// Package registration is the security information of a signed-in person: the
// operations of the Security info page and of the wizard that interrupts a
// sign-in.
//
// Every operation asks the same three questions first: whether Conditional Access
// lets the person register from here, whether a second factor has to come first,
// and whether the table of method operations permits it (package policy). A
// method that needs a proof waits in a [Draft] until its code has come back;
// nothing unproved is ever stored with the person.
//
// What does not live here: signing in and deciding that a sign-in is interrupted
// (package signin), and the data itself (package tenant).
package registration
