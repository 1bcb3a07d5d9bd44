// Package portal is what people see of a lab: the pages of self-service
// password reset, and the lab pages around them (mailbox, phone, authenticator,
// workstation, clock, decision records, event logs, directory).
//
// Pages are rendered on the server from embedded templates, one typed value for
// each page, and are complete without scripts. A script in a file of its own
// makes some of them livelier and decides nothing.
//
// The one rule: a handler never decides what a person sees next. It hands the
// form to a service, redirects, and the next GET shows the step that the
// session's view names. So the back button, a refresh and a second tab all come
// out right.
//
// Every sentence lives in a catalogue under locales, by key. [Stories] lists
// each page in each of its states with fixed values; the index under
// /lab/stories shows them and golden tests hold what a person can read, fill in
// and press.
//
// What lives elsewhere: rules and sessions (reset), proofs (challenge), the
// devices' insides (device), the machine-readable surface (control).
package portal
