// Package notify writes the mails of a tenant and hands them to an SMTP server:
// verification codes, notices that a password was reset, and requests for help
// to the administrators (reference 11).
//
// A [Mail] is composed by a pure function, encoded by [Mail.Encode] and carried
// by a [Mailer]; the [Notifier] asks package policy who gets which. Every mail says that an
// emulator sent it, because the sender addresses are those of the real service.
//
// What does not live here: the mailbox at the other end (package device), and
// when a notice is due (package reset).
package notify
