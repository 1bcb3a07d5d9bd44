// Package domain holds the account rules of Active Directory Domain Services
// as pure functions: what a password must be like, when it may change and when
// it expires, which policy is in force for whom, how an account locks and
// unlocks, and in which order a logon is refused.
//
// Every function takes values and a time and returns values; nothing here
// knows of entries, sockets or clocks. Numbers have the units of the
// directory's own attributes: a [FileTime] counts 100 ns since 1601, an
// [Interval] is a negative count of 100 ns. A judgement returns [Check]s that
// say which rule decided on which lengths and counts; a password never appears
// in one.
//
// The sources are MS-SAMR 3.1.1.5 to 3.1.1.9, MS-ADTS 3.1.1.4.5 and MS-APDS
// 3.1.5. Where Samba answers differently, [Switches] selects whose answer is
// given; Windows is the zero value. The rules of the cloud tenant live in
// package policy.
package domain
