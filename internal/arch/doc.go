// Package arch keeps the architecture true: its tests parse every file of the
// module and fail when a package imports one that its row of the table does not
// allow, when a package has no doc.go, when a library is used outside its room,
// or when a page of the documentation points at a file that does not exist.
//
// There is no code here, only the table and the tests.
package arch
