// Package client speaks to the control API of a running portal: the command
// ssprctl, the scenario engine and the public package ssprtest are written on
// it.
package client
