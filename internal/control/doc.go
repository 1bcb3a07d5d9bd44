// Package control is the control API: everything that a tester or a trainer
// wants on top of what people and administrators can do, over HTTP and JSON.
//
// Handlers decode, ask a service of the lab, and encode. Errors are RFC 9457
// problem details that name the field, the limit and the remedy. The document
// that describes it all is openapi.json, served under /control/v1/openapi.json
// and held to the routes by a test.
//
// What does not live here: the labs themselves (package rig, behind [Host]) and
// the values in JSON (package control/api).
package control
