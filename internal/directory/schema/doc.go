// Package schema is the Active Directory schema: attributes with their
// syntaxes, ranges, links and property sets, and classes with what they must
// and may hold and where they may stand.
//
// The schema is parsed once for a process ([Default]) and never changes, so
// everything that holds a *[Attribute] or a *[Class] may compare pointers.
// Matching and checking of values by syntax lives here too; entries and access
// rights do not.
package schema
