package policy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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

// phoneAuthenticationMethod (reference 12.8).
func TestAddingPhones(t *testing.T) {
	const number = "+1 4255550100"
	cases := map[string]struct {
		have   policy.Contacts
		add    policy.PhoneType
		number string
		err    string
	}{
		"the first mobile":                  {add: policy.PhoneMobile, number: number},
		"a second mobile":                   {have: policy.Contacts{AuthenticationPhone: number}, add: policy.PhoneMobile, number: number, err: "exists already"},
		"an alternate next to a mobile":     {have: policy.Contacts{AuthenticationPhone: number}, add: policy.PhoneAlternateMobile, number: number},
		"an alternate without mobile":       {add: policy.PhoneAlternateMobile, number: number, err: "needs a mobile"},
		"an office phone":                   {add: policy.PhoneOffice, number: number},
		"a number without country code":     {add: policy.PhoneMobile, number: "4255550100", err: "+CC NUMBER"},
		"a type that does not exist":        {add: "pager", number: number, err: "phoneType"},
		"a bad number is told before other": {have: policy.Contacts{AuthenticationPhone: number}, add: policy.PhoneMobile, number: "1", err: "+CC NUMBER"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := c.have.AddPhone(c.add, c.number)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				assert.Equal(t, c.have, got)
				return
			}
			require.NoError(t, err)
			assert.NotEqual(t, c.have, got)
		})
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
