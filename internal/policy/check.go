package policy

import "strings"

func (c Check) pass(detail string) Check { return c.with(Passed, detail) }

func (c Check) skip(detail string) Check { return c.with(Skipped, detail) }

func (c Check) with(v Verdict, detail string) Check {
	c.Verdict, c.Detail = v, detail
	return c
}

func (c Check) fail(detail, remedy string, fixes ...Fix) Check {
	c.Verdict, c.Detail, c.Remedy, c.Fixes = Failed, detail, remedy, fixes
	return c
}

// A fault collects what is wrong where one check looks at several things: all of
// it must be put right before the check passes.
type fault struct {
	details, remedies []string
	fixes             []Fix
}

func (f *fault) add(detail, remedy string, fixes ...Fix) {
	f.details, f.remedies, f.fixes = append(f.details, detail), append(f.remedies, remedy), append(f.fixes, fixes...)
}

func (f *fault) found() bool { return len(f.details) > 0 }

func (f *fault) fail(c Check) Check {
	return c.fail(strings.Join(f.details, ", and "), joinRemedies(f.remedies), f.fixes...)
}
