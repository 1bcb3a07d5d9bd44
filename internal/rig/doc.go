// Package rig puts a lab together: clock, chance, tenant, directory, relay,
// agent, devices, services and pages. It is the only room that knows all the
// others, and the only one that reads flags, the environment and the time of
// the operating system.
//
// What does not live here: any rule or any behaviour of a part.
package rig
