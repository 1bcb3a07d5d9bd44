package scenario

import (
	"bytes"
	"encoding/xml"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func results() []Result {
	return []Result{
		{Story: Story{Name: "a.txtar", Title: "It goes well.", Transcript: "> visit /\n"}, Transcript: "> visit /\n"},
		{Story: Story{Name: "b.txtar", Title: "It <does> not."}, Err: errors.New("b.txtar:3: expect event 1: no record\nof that"), Why: "reset of alice: refused\n  correlation x\n"},
		{Story: Story{Name: "c.txtar", Title: "It #differs.", Transcript: "> visit /\n  page = Home\n"}, Transcript: "> visit /\n  page = Start\n"},
	}
}

func TestTAP(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, WriteTAP(&out, results()))
	assert.Equal(t, `TAP version 14
1..3
ok 1 - a.txtar: It goes well.
not ok 2 - b.txtar: It <does> not.
  ---
  message: |
    b.txtar:3: expect event 1: no record
    of that
    reset of alice: refused
      correlation x
  ...
not ok 3 - c.txtar: It \#differs.
  ---
  message: |
    c.txtar: the transcript differs from line 2 on:
      expected:   page = Home
      happened:   page = Start
  ...
`, out.String())
}

func TestJUnit(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, WriteJUnit(&out, results()))
	assert.Equal(t, `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="scenarios" tests="3" failures="2">
  <testcase classname="scenario" name="a.txtar: It goes well."></testcase>
  <testcase classname="scenario" name="b.txtar: It &lt;does&gt; not.">
    <failure message="b.txtar:3: expect event 1: no record">b.txtar:3: expect event 1: no record&#xA;of that&#xA;reset of alice: refused&#xA;  correlation x&#xA;</failure>
  </testcase>
  <testcase classname="scenario" name="c.txtar: It #differs.">
    <failure message="c.txtar: the transcript differs from line 2 on:">c.txtar: the transcript differs from line 2 on:&#xA;  expected:   page = Home&#xA;  happened:   page = Start&#xA;</failure>
  </testcase>
</testsuite>
`, out.String())
	assert.NoError(t, xml.Unmarshal(out.Bytes(), &junitSuite{}))
}

// A full disk or a closed pipe is told.
type fullDisk struct{ room int }

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

func TestReportsTellWhatCouldNotBeWritten(t *testing.T) {
	for room := range 60 {
		require.Error(t, WriteTAP(&fullDisk{room}, results()), "%d octets of room", room)
		require.Error(t, WriteJUnit(&fullDisk{room}, results()), "%d octets of room", room)
	}
}

func TestTheFirstDifferenceIsShown(t *testing.T) {
	for name, c := range map[string]struct{ want, got, says string }{
		"none":             {"a\nb\n", "a\nb\n", ""},
		"another line":     {"a\nb\n", "a\nc\n", "line 2 on:\n  expected: b\n  happened: c"},
		"a line too few":   {"a\nb\n", "a\n", "line 2 on:\n  expected: b\n  happened: "},
		"a line too many":  {"a\n", "a\nb\n", "line 2 on:\n  expected: \n  happened: b"},
		"nothing expected": {"", "a\n", "line 1 on:\n  expected: \n  happened: a"},
	} {
		err := Result{Story: Story{Name: "s", Transcript: c.want}, Transcript: c.got}.Golden()
		if c.says == "" {
			assert.NoError(t, err, name)
		} else {
			assert.ErrorContains(t, err, c.says, name)
		}
	}
}
