// Command ssprctl drives a running SSPR Lab and runs scenario files.
package main

import (
	"os"

	"github.com/ssprlab/ssprlab/internal/ssprctl"
)

func main() {
	os.Exit(ssprctl.Main(os.Args[1:], os.Stdout, os.Stderr))
}
