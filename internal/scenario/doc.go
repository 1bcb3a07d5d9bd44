// Package scenario runs stories: text archives that say in a few words what
// people and administrators do, and hold the transcript of what they saw, what
// was mailed, what the directory was asked and what was logged.
//
// A story knows nothing of the world it runs in. It opens pages, sends LDAP
// requests and speaks to the control API over a [World], which may be a lab in
// memory in virtual time, a lab on loopback, or separate processes. One story
// gives one transcript, the same in every world.
package scenario
