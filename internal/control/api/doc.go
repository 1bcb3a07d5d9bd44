// Package api is the values of the control API: what its requests and answers
// look like in JSON. The server (package control) and the client (package
// control/client) share them and nothing else.
package api
