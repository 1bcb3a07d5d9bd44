package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/conformance"
	"github.com/ssprlab/ssprlab/internal/directory"
)

// choices are the codes of the embedded directory, as Windows, where no text says
// what Windows answers. They are ours, expected of nobody else, and stand in
// docs/divergences.md.
var choices = map[string]int{
	"pw-combine-binary": 0, "pw-combine-oid": 0, "pw-combine-nothing": 0,
	"head-min-length-256": 0, "head-threshold-65536": 19, "pso-add-precedence-0": 19, "pso-add-length-300": 19, "pso-add-min-age-positive": 19,
	"lockout-minus-1": 53, "lockout-1": 53, "lockout-now": 53, "unlocked-now": 53,
	"uac-workstation-on-a-user": 0, "uac-an-undefined-high-bit": 0, "uac-trailing-space": 21, "expires-negative": 0, "expires-negative-bind": 0, "write-objectcategory": 0,
	"sd-malformed": 53, "base-semicolon": 0, "base-type": 34, "attrs-upper": 0, "attrs-token-subtree": 0,
	"page-other-connection": 12, "page-malformed": 0, "range-abc": 0, "range-star-5": 0, "extended-ttl": 2, "extended-batch": 2, "time-limit": 4,
	"add-class-unknown": 65, "add-cn-other": 34, "member-delete-all": 16, "member-sid": 0, "member-self": 53,
}

func TestChoicesWhereNoTextSaysWhatWindowsAnswers(t *testing.T) {
	all, err := conformance.All()
	require.NoError(t, err)
	var open []conformance.Exchange
	for _, x := range all {
		if _, own := x.Codes[conformance.Windows2022]; x.Omit[conformance.Windows] == "" || own {
			continue
		}
		assert.Contains(t, choices, x.ID, "nothing holds what the embedded directory answers")
		x.Omit = nil
		open = append(open, x)
	}
	assert.Len(t, open, len(choices), "a choice of an exchange that expects an answer")
	report, err := conformance.Run(t.Context(), embedded(t, directory.Windows2022, ""), "t1", open)
	require.NoError(t, err)
	for _, o := range report.Outcomes {
		assert.Equal(t, choices[o.Exchange.ID], o.Code, o.Exchange.ID)
	}
}
