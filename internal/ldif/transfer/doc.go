// Package transfer moves entries between LDIF files and directories: export of
// a subtree so that it can be added again, and import with the line of what
// failed.
//
// What lives here is the order of things and what is left out, as ldifde -m
// does it. The format is read and written by the package above; the directory
// is a port with two implementations: an embedded domain controller, and any
// LDAP server.
package transfer
