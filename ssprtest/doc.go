// Package ssprtest puts a whole SSPR lab inside one Go test: tenant, portal,
// writeback agent, an Active Directory over LDAPS, the devices of its people,
// and a clock that can be moved.
//
//	lab := ssprtest.Start(t)
//	alice := lab.Person("alice@northlight.example")
//	alice.Resets("Rabbit-hole7!")
//	lab.Directory().MustBind(alice.UPN, "Rabbit-hole7!")
//
// A lab listens on loopback ports of its own and ends with the test; any number
// of tests may have one, in parallel, and they share nothing. Started [InMemory]
// it opens no port at all and lives in a testing/synctest bubble as well.
//
// A test that fails here prints the decision record of the attempt: what was
// checked, what the directory said, and the smallest change that would have let
// it pass.
package ssprtest
