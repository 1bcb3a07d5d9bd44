package conformance

import (
	"embed"
	"errors"
	"fmt"
)

//go:embed exchanges/*.txt
var corpus embed.FS

// All returns the exchanges of the suite in the order of their files. Every ID
// is unique.
func All() ([]Exchange, error) {
	files, err := corpus.ReadDir("exchanges")
	if err != nil {
		return nil, err
	}
	var all []Exchange
	var errs []error
	seen := map[string]string{}
	for _, f := range files {
		text, err := corpus.ReadFile("exchanges/" + f.Name())
		if err != nil {
			return nil, err
		}
		some, err := Parse(f.Name(), string(text))
		errs = append(errs, err)
		for _, x := range some {
			where := fmt.Sprintf("%s:%d", x.File, x.Line)
			if before := seen[x.ID]; before != "" {
				errs = append(errs, fmt.Errorf("%s: exchange %s stands at %s already", where, x.ID, before))
			}
			seen[x.ID] = where
		}
		all = append(all, some...)
	}
	return all, errors.Join(errs...)
}
