package rig

import "runtime/debug"

// heapGrowth is by how much, in percent, the heap may outgrow what is in use
// before the garbage collector runs. A lab is small and lives long, and what a
// request leaves behind is gone at once: at 200 binds and password sets take about
// a fifth less processor time than at Go's 100, for a third more memory
// (docs/performance.md).
const heapGrowth = 200

// CollectSeldom is for programs that are a lab and nothing else. The environment
// variable GOGC, when set, decides instead.
func CollectSeldom(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
}
