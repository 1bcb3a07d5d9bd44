// Package ssprctl is the command line for testers, trainers and administrators:
// each command is one request to the control API of a running portal, or a
// story told by the scenario engine in a lab of its own.
//
// What does not live here: anything the control API cannot do as well.
package ssprctl
