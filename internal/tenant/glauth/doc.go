// Package glauth turns configuration files of glauth (v2), an LDAP server that
// developers keep their test people in, into seed files: the people, groups and
// capabilities of such a file become an Active Directory domain with the same
// base DN, the same names of entries and the same passwords, and the tenant that
// is synchronised from it.
//
// What lives here: reading the file (TOML, strictly) and writing the seed as
// text. What does not: what a seed means, which package tenant decides, and the
// passwords, of which glauth keeps hashes only: the directory learns each from
// its first right bind.
package glauth
