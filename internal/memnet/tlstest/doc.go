// Package tlstest gives tests a certificate to serve with. What a lab's own
// certificates look like is said in package rig.
package tlstest
