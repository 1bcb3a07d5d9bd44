// Package security holds what Active Directory says about who may do what:
// security identifiers, access masks, access control entries, descriptors in
// binary and SDDL form, inheritance, and the access check.
//
// Everything here is a pure function of its arguments and knows nothing of
// entries, names or schemas: a caller brings the GUIDs of classes, attributes
// and property sets. Descriptors and tokens are values that nobody changes
// once they are made, so any number of goroutines may share one; a function
// that alters a descriptor returns a new one.
//
// The sources are MS-DTYP 2.4 and 2.5, MS-ADTS 5.1.3 and 6.1.3. Where Samba
// answers differently, [Rules] selects whose answer is given.
package security
