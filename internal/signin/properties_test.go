package signin_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/signin"
)

// TestNobodyGetsInWithoutWhatIsDemanded presses everything in any order: whoever
// is in gave the right password, outside of a lockout, and the second factor
// that Conditional Access demanded.
func TestNobodyGetsInWithoutWhatIsDemanded(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		demands := rapid.Bool().Draw(rt, "mfa")
		l := newLab(t, func(p *people) {
			if demands {
				mfa(p)
			}
			p.settings.Licences, p.settings.Lockout.Threshold = policy.LicencesLenient, 3
		})
		id, proved := "", false
		begin := func(password string) {
			locked := locked(l)
			v, err := l.Begin(t.Context(), signin.BeginInput{UserID: "alice@northlight.example", Password: secret.New(password), IPAddress: home})
			if err != nil {
				rt.Fatal(err)
			}
			if v.SessionID == "" {
				return
			}
			if password != right || locked {
				rt.Fatalf("a session for password %q, locked %v", password, locked)
			}
			id, proved = v.SessionID, false
		}
		press := func(v signin.View, err error) {
			if err != nil {
				rt.Fatal(err)
			}
			if v.SessionID != "" {
				id = v.SessionID
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"right": func(*rapid.T) { begin(right) },
			"wrong": func(rt *rapid.T) { begin(rapid.StringMatching(`[a-z]{3}`).Draw(rt, "password")) },
			"start": func(rt *rapid.T) {
				press(l.StartFactor(t.Context(), id, rapid.SampledFrom(policy.Methods).Draw(rt, "method")))
			},
			"guess": func(*rapid.T) { press(l.AnswerFactor(t.Context(), id, secret.New("000000"))) },
			"deny": func(*rapid.T) {
				l.courier.answer = challenge.Denied
				press(l.AnswerFactor(t.Context(), id, secret.Text{}))
			},
			"demand": func(*rapid.T) { press(l.Demand(t.Context(), id)) },
			"drop":   func(*rapid.T) { press(l.DropFactor(t.Context(), id)) },
			"skip":   func(*rapid.T) { press(l.Skip(t.Context(), id)) },
			"wait":   func(*rapid.T) { l.now = l.now.Add(time.Minute) },
			"prove": func(*rapid.T) {
				v, err := l.View(t.Context(), id)
				if err != nil || v.Challenge == nil || v.Challenge.Method != policy.AppCode {
					return
				}
				press(l.AnswerFactor(t.Context(), id, secret.New(code)))
				proved = true
			},
			"": func(rt *rapid.T) {
				sess, err := l.SignedIn(t.Context(), id)
				if err != nil {
					return
				}
				if demands && (!proved || sess.MFADoneAt.IsZero()) {
					rt.Fatal("in without the second factor")
				}
			},
		})
	})
}

func locked(l *lab) bool {
	_, locked := l.people.account.Lockout.Locked(l.people.habits.Familiar(home), l.now)
	return locked
}
