// Package tenant is the cloud directory of a lab: users, nested groups, roles,
// licences, registered authentication methods, settings and cloud credentials.
//
// [Store] keeps all of it in memory behind one lock, hands out copies, and
// changes through functions that see the present value, so that a change is
// whole or does not happen. It implements the ports reset.People,
// reset.CloudPasswords and challenge.Credentials. A [Seed] describes a whole
// lab in one strict YAML file; [New] builds the tenant of it, and
// [Seed.Directories] says what each Active Directory domain must hold, as plain
// values.
//
// What does not live here: the rules (package policy), issuing proofs (package
// challenge), the on-premises directory itself (package directory), and writing
// audit records of administrators' changes.
package tenant
