// Package journal is what happened in a lab, in order, in the real products'
// words: the Entra audit log, the Application log of the agents, the Security
// log of the domain controllers, the sign-in log, and one decision record
// ([Attempt]) for each reset, unlock or change, all linked by correlation ID.
//
// It is a leaf that everyone may write to and nobody is called back from.
// Nothing in a journal is a secret: passwords, codes and answers never get here.
package journal
