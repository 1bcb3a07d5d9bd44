package directory

// A Flavour selects whose answers a domain controller gives where Windows and
// Samba differ and which build it says it is.
type Flavour struct {
	Dialect Dialect
	Build   string // "4f7c": printed as v4f7c
}

// A Dialect is windows-2016, windows-2022 or samba.
type Dialect string

// The dialects.
const (
	Windows2016 Dialect = "windows-2016"
	Windows2022 Dialect = "windows-2022"
	Samba       Dialect = "samba"
)
