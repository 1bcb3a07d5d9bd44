package reset_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
)

// SSPR reference 6.4: as many sends as the rule says, and none after them.
func TestAsManyProofsAreSentAsTheRulesAllow(t *testing.T) {
	for method, allowed := range map[policy.Method]int{
		policy.Email: 10, policy.MobileSMS: 5, policy.MobileCall: 5, policy.OfficeCall: 5, policy.AppPush: 5,
	} {
		t.Run(string(method), func(t *testing.T) {
			w := newWorld(t)
			const number = "+1 4255550101"
			p := w.people.persons[carol]
			p.Contacts.AuthenticationPhone, p.Contacts.OfficePhone, p.Apps[0].Push = number, number, true
			w.people.persons[carol] = p
			w.people.settings.Reset.Methods, w.people.settings.Reset.Gates = policy.Methods, 2 // notifications want two
			v := w.begin(t, carol)
			for n := range allowed {
				var err error
				v, err = w.StartProof(t.Context(), v.SessionID, method, number)
				require.NoError(t, err)
				require.Equal(t, reset.StepVerify, v.Step, "send %d", n+1)
				require.NotNil(t, v.Challenge, v.Message)
			}
			v, err := w.StartProof(t.Context(), v.SessionID, method, number)
			require.NoError(t, err)
			assert.Equal(t, reset.StepBlocked, v.Step)
			assert.Equal(t, w.clock.Now().Add(24*time.Hour), v.BlockedUntil)
		})
	}
}
