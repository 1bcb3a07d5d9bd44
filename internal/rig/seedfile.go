package rig

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/tenant"
	"github.com/ssprlab/ssprlab/internal/tenant/glauth"
)

// glauthNames are the ends of names of glauth's configuration files, which are
// TOML; seeds are YAML.
var glauthNames = []string{".cfg", ".conf", ".toml"}

// seedText is the text of a seed file with the pictures next to it inside, or
// that of the demo without a name. A configuration file of glauth is turned into
// one; notes say what that left out.
func seedText(name string) (text []byte, notes []string, err error) {
	if name == "" {
		return tenant.DemoYAML(), nil, nil
	}
	if text, err = os.ReadFile(name); err != nil {
		return nil, nil, usagef("--seed %s: %v", name, err)
	}
	if !slices.Contains(glauthNames, strings.ToLower(filepath.Ext(name))) {
		if text, err = tenant.InlinePictures(text, os.DirFS(filepath.Dir(name))); err != nil {
			return nil, nil, usagef("--seed %s:\n%v", filepath.Base(name), err)
		}
		return text, nil, nil
	}
	if text, notes, err = glauth.Convert(text); err != nil {
		return nil, nil, usagef("--seed %s: as a configuration file of glauth:\n%v", filepath.Base(name), err)
	}
	return text, notes, nil
}

// readSeed reads a seed file, or the demo without a name, and tells on w what a
// domain cannot hold of it.
func readSeed(name string, w io.Writer) (tenant.Seed, error) {
	if name == "" {
		return tenant.Demo()
	}
	text, notes, err := seedText(name)
	if err != nil {
		return tenant.Seed{}, err
	}
	seed, err := tenant.ParseSeed(text)
	if err != nil {
		return seed, usagef("--seed %s:\n%v", filepath.Base(name), err)
	}
	for _, n := range notes {
		fmt.Fprintf(w, "%s: %s\n", filepath.Base(name), n)
	}
	return seed, nil
}
