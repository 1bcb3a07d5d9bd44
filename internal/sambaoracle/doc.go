// Package sambaoracle runs a real Samba AD domain controller for tests: it
// provisions a domain in a folder of its own, starts it on a loopback address
// of its own with a certificate of ours, waits until it answers a bind, and
// takes it away at the end.
//
// It knows nothing of our directory and our client: it is what both are held
// against. Samba comes from the Debian packages in [Packages]; without them
// tests are skipped, or fail where SSPRLAB_REQUIRE_SAMBA=1 says that they must
// not be.
package sambaoracle
