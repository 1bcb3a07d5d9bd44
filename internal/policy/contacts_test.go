package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

func TestMaskedContacts(t *testing.T) {
	for address, want := range map[string]string{
		"alice.abend@mail.example": "a*****d@mail.example",
		"al@mail.example":          "a*****@mail.example",
		"ali@mail.example":         "a*****i@mail.example",
		"élodie@mail.example":      "é*****e@mail.example",
		"not an address":           "n*****s",
		"@mail.example":            "",
		"":                         "",
	} {
		assert.Equal(t, want, policy.MaskEmail(address))
	}
	for number, want := range map[string]string{
		"+1 4255550100":    "+1 ********00",
		"+1 4255550100x77": "+1 ********00",
		"+358 401234567":   "+358 ********67",
		"4255550123":       "********23",
		"+1 555":           "+1 ********",
		"none":             "",
		"":                 "",
	} {
		assert.Equal(t, want, policy.MaskPhone(number))
	}
}

// howto-sspr-authenticationdata: "+1 4251234567", a blank after the country
// code; the extension is accepted and dropped (reference 2.5).
func TestPhoneFormat(t *testing.T) {
	for number, want := range map[string]bool{
		"+1 4251234567": true, "+1 4251234567x12345": true, "+358 401234567": true,
		"+14251234567": false, "1 4251234567": false, "+1 425-123-4567": false, "+1 (425) 1234567": false,
		"+0 4251234567": false, "+1  4251234567": false, "+1 4251234567x": false, "": false, "+1 4251234567 ": false, "+1 123": false,
	} {
		assert.Equal(t, want, policy.ValidPhone(number), number)
	}
}

func TestTypedNumberIsComparedByItsDigits(t *testing.T) {
	const onFile = "+1 4255550100x12"
	for typed, want := range map[string]bool{
		"+1 4255550100": true, "+1 (425) 555-0100": true, "+1.425.555.0100": true, "+1 4255550100x99": true,
		"4255550100": false, "+1 4255550101": false, "": false, "x": false,
	} {
		assert.Equal(t, want, policy.SamePhone(typed, onFile), typed)
	}
	assert.False(t, policy.SamePhone("", ""), "nothing on file matches nothing")
}

func TestEmailFormat(t *testing.T) {
	for address, want := range map[string]bool{
		"alice@mail.example": true, "a.b+c@mail.example": true,
		"Alice <alice@mail.example>": false, "alice": false, "alice@": false, "": false, "a b@mail.example": false,
		strings.Repeat("a", 250) + "@mail.example": false,
	} {
		assert.Equal(t, want, policy.ValidEmail(address), address)
	}
}

func FuzzMasksHideTheMiddle(f *testing.F) {
	f.Add("alice.abend@mail.example", "+1 4255550100")
	f.Add("", "x")
	f.Fuzz(func(t *testing.T, address, number string) {
		name, _, _ := strings.Cut(policy.MaskEmail(address), "@")
		assert.LessOrEqual(t, len([]rune(name)), 7)
		masked := policy.MaskPhone(number)
		if masked != "" {
			assert.Contains(t, masked, "********")
		}
	})
}
