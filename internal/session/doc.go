// Package session keeps the sessions of any service in memory: values under an
// ID that can change, replaced atomically, forgotten when they are over.
//
// What a session holds and which ports a service needs is the service's own
// (packages reset, signin). Stores that outlive the process live in store.
package session
