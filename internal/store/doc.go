// Package store keeps what a lab must not forget in a directory of files: the
// objects of its domains as they change, and facts such as the tenant, the
// clock and the key of its CA. Its adapter is one SQLite database.
//
// What lives here is durability: what [Store.Flush] has returned from survives
// the end of the process and of the machine. What the octets mean is known to
// those who keep them; only changes of the directory are encoded here.
package store
