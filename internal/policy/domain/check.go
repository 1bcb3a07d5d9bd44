package domain

import "strconv"

// A Verdict is the outcome of one check.
type Verdict string

// The verdicts.
const (
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"
	Skipped Verdict = "skipped" // the rule does not apply here
)

// A Fact is a named input of a check: lengths, counts and times, never a
// password.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A Check is one rule, asked once: a line of a decision record.
type Check struct {
	Name    string  `json:"name"`            // closed set, kebab case: "length", "minimum-age"
	Rule    string  `json:"rule"`            // what it demands, one sentence
	Source  string  `json:"source"`          // where the rule is documented
	Input   []Fact  `json:"input,omitempty"` // what it looked at
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail,omitempty"` // why, in the terms of the input
	Remedy  string  `json:"remedy,omitempty"` // when failed: the smallest change that would make it pass
}

func count(name string, n int) Fact { return Fact{name, strconv.Itoa(n)} }

func moment(name string, f FileTime) Fact {
	switch f {
	case 0:
		return Fact{name, "0"}
	case Never:
		return Fact{name, "never"}
	}
	return Fact{name, f.Time().Format("2006-01-02T15:04:05.0000000Z")}
}

func length(name string, i Interval) Fact { return Fact{name, days(i)} }
