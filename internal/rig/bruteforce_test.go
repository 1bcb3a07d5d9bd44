package rig_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/signin"
)

const (
	victim = "alice@northlight.example"
	number = "+1 4255550101" // her mobile phone, which an attacker may well know
	office = "+1 4255550199"
)

// An assault goes for one proof: it starts the proof, and guesses.
type assault struct {
	start func(b *browser)
	guess func(b *browser, n int) visited
	// sent counts what was sent to her meanwhile; nil where nothing is.
	sent func(l *rig.Lab) int
	// right answers as she would; "" where only she herself can.
	right func(b *browser) visited
}

func byCode(b *browser, code string) visited { return b.post("/passwordreset/answer", "code", code) }

// assaults are on each proof that the reset portal takes.
var assaults = map[policy.Method]assault{
	policy.Email: {
		start: func(b *browser) { b.post("/passwordreset/proof", "method", string(policy.Email)) },
		guess: func(b *browser, n int) visited { return byCode(b, fmt.Sprintf("%06d", n)) },
		sent:  func(l *rig.Lab) int { return len(l.Mailbox.List("alice@home.example", 0)) },
		right: func(b *browser) visited { return byCode(b, b.mailed("alice@home.example")) },
	},
	policy.MobileSMS: {
		start: func(b *browser) {
			b.post("/passwordreset/proof", "method", string(policy.MobileSMS), "contact", number)
		},
		guess: func(b *browser, n int) visited { return byCode(b, fmt.Sprintf("%06d", n)) },
		sent:  func(l *rig.Lab) int { return len(l.Phones.Texts(number, 0)) },
		right: func(b *browser) visited {
			texts := b.lab.Phones.Texts(number, 0)
			return byCode(b, regexp.MustCompile(`[0-9]{6}`).FindString(texts[len(texts)-1].Body))
		},
	},
	policy.AppCode: {
		start: func(b *browser) { b.post("/passwordreset/method", "method", string(policy.AppCode)) },
		guess: func(b *browser, n int) visited { return byCode(b, fmt.Sprintf("%06d", n)) },
		right: func(b *browser) visited { return byCode(b, b.code(victim)) },
	},
	policy.Questions: {
		start: func(b *browser) { b.post("/passwordreset/method", "method", string(policy.Questions)) },
		guess: func(b *browser, n int) visited {
			return b.post("/passwordreset/answer", "count", "3", "answer1", fmt.Sprint("Rex", n), "answer2", "Paris", "answer3", "A cat")
		},
	},
	// Calls and notifications have nothing to guess for whoever stands before the
	// portal: they are denied on the phone, or approved with a wrong number.
	policy.MobileCall: {
		start: func(b *browser) {
			b.post("/passwordreset/proof", "method", string(policy.MobileCall), "contact", number)
		},
		guess: hangUp(number), sent: rang(number),
	},
	policy.OfficeCall: {
		start: func(b *browser) {
			b.post("/passwordreset/proof", "method", string(policy.OfficeCall), "contact", office)
		},
		guess: hangUp(office), sent: rang(office),
	},
	policy.AppPush: {
		start: func(b *browser) { b.post("/passwordreset/proof", "method", string(policy.AppPush)) },
		guess: func(b *browser, n int) visited {
			for _, p := range b.lab.Authenticator.Pushes(victim, 0) {
				_ = b.lab.Authenticator.Approve(p.ID, 10+n%90) // somebody who taps any number
			}
			return b.get("/passwordreset/poll")
		},
		sent: func(l *rig.Lab) int { return len(l.Authenticator.Pushes(victim, 0)) },
	},
}

func hangUp(number string) func(*browser, int) visited {
	return func(b *browser, _ int) visited {
		for _, c := range b.lab.Phones.Calls(number, 0) {
			_ = b.lab.Phones.HangUp(c.ID)
		}
		return b.get("/passwordreset/poll")
	}
}

func rang(number string) func(*rig.Lab) int {
	return func(l *rig.Lab) int { return len(l.Phones.Calls(number, 0)) }
}

// Somebody who guesses on and on, in session after session, has five guesses a
// day (passwords-faq) whatever the proof; nothing more is sent either, and the
// right answer is worth nothing until the day is over.
func TestEachProofOfAResetIsBoundedAgainstGuessing(t *testing.T) {
	for method, a := range assaults {
		t.Run(string(method), func(t *testing.T) {
			l := demoLab(t)
			_, err := l.Tenant.UpdateSettings(t.Context(), func(s *policy.Settings) error {
				s.Reset.Methods = policy.Methods
				return nil
			})
			require.NoError(t, err)
			waiting := attack(t, l, a) // a session from before, which she is not blocked in yet
			for n := range 40 {
				b := attack(t, l, a)
				for range 5 {
					if p := a.guess(b, n); !strings.Contains(p.path, "session") {
						break
					}
				}
			}
			assert.LessOrEqual(t, looked(l), 5, "guesses that were looked at")
			assert.Positive(t, looked(l))
			assert.Zero(t, passed(l))
			if a.sent != nil {
				assert.LessOrEqual(t, a.sent(l), 10, "messages in ten minutes")
			}
			if a.right != nil {
				p := a.right(waiting)
				assert.Zero(t, passed(l), "the right answer, in a session of before")
				assert.NotContains(t, p.body, "Choose a new password")
			}
			l.Clock.Advance(25 * time.Hour)
			b := attack(t, l, a)
			if a.right != nil {
				assert.Contains(t, a.right(b).body, "Choose a new password", "the day after")
			}
		})
	}
}

// attack opens a session and starts the proof.
func attack(t *testing.T, l *rig.Lab, a assault) *browser {
	t.Helper()
	b := browse(t, l)
	b.identify(victim)
	b.post("/passwordreset/trouble", "trouble", "reset")
	a.start(b)
	return b
}

// looked counts the answers that were judged and found wrong.
func looked(l *rig.Lab) int { return steps(l, "proof failed") }

func passed(l *rig.Lab) int { return steps(l, "proof passed") }

func steps(l *rig.Lab, what string) (n int) {
	for _, a := range l.Journal.Attempts() {
		for _, s := range a.Steps {
			if s.What == what {
				n++
			}
		}
	}
	return n
}

// Many sessions that guess at one moment have no more guesses than one after
// the other: of all that were looked at, none after the fifth can be right.
func TestGuessesAtOnceAreBoundedAsGuessesInTurn(t *testing.T) {
	l := demoLab(t)
	a := assaults[policy.AppCode]
	var browsers []*browser
	for range 24 {
		browsers = append(browsers, attack(t, l, a))
	}
	var all sync.WaitGroup
	for n, b := range browsers[1:] {
		all.Go(func() { a.guess(b, n) })
	}
	all.Wait()
	p := a.right(browsers[0])
	assert.NotContains(t, p.body, "Choose a new password")
	assert.Zero(t, passed(l))
}

// tries is what the sign-in log says of an account: how many credentials were
// looked at, and how many were not.
func tries(l *rig.Lab, looked ...signin.Code) (n int) {
	for _, r := range l.Journal.Records(journal.Query{Channel: journal.SignIn}) {
		for _, c := range looked {
			if r.SignIn.ErrorCode == int(c) {
				n++
			}
		}
	}
	return n
}

// howto-password-smart-lockout: ten wrong passwords lock, each further one locks
// again and for longer, up to an hour. A day of guessing is some three dozen.
func TestPasswordsAreBoundedAgainstGuessing(t *testing.T) {
	l := demoLab(t)
	b := browse(t, l)
	const minutes = 24 * 60
	for n := range minutes {
		b.post("/signin", "username", victim, "password", fmt.Sprint("Guess-", n))
		l.Clock.Advance(time.Minute)
	}
	looked := tries(l, signin.CodeWrongPassword)
	assert.Less(t, looked, 10+24+10)
	assert.Equal(t, minutes, looked+tries(l, signin.CodeLocked))
	p := b.post("/signin", "username", victim, "password", demoPassword)
	assert.Contains(t, p.body, "AADSTS50053", "the right one is not looked at either")
}

// Ten an hour, after which the right pass is not looked at either.
func TestTemporaryAccessPassesAreBoundedAgainstGuessing(t *testing.T) {
	l := demoLab(t)
	b := browse(t, l)
	for n := range 50 {
		b.post("/signin", "username", "bob@northlight.example", "password", fmt.Sprint("Guess-", n), "with", "pass")
	}
	assert.Equal(t, 10, tries(l, signin.CodePassWrong))
	p := b.post("/signin", "username", "bob@northlight.example", "password", "Harbour+7Bridge", "with", "pass")
	assert.Contains(t, p.body, "AADSTS50053")
	l.Clock.Advance(time.Hour + time.Minute)
	p = b.post("/signin", "username", "bob@northlight.example", "password", "Harbour+7Bridge", "with", "pass")
	assert.NotContains(t, p.body, "AADSTS")
}

// Whoever has the password has ten guesses an hour at the second factor.
func TestSecondFactorsAreBoundedAgainstGuessing(t *testing.T) {
	l := demoLab(t)
	sessions := make([]*browser, 5)
	for i := range sessions {
		sessions[i] = browse(t, l)
		sessions[i].post("/signin", "username", victim, "password", demoPassword)
		sessions[i].get("/mysecurityinfo")
		sessions[i].post("/signin/method", "method", string(policy.AppCode))
	}
	for n := range 20 {
		for _, b := range sessions {
			b.post("/signin/answer", "method", string(policy.AppCode), "code", fmt.Sprintf("%06d", n))
		}
	}
	assert.Equal(t, 10, tries(l, signin.CodeFactorFailed))
	for _, b := range sessions {
		p := b.post("/signin/answer", "method", string(policy.AppCode), "code", b.code(victim))
		require.Equal(t, "/signin", p.path, "the right code is not looked at either")
	}
	assert.Equal(t, "/signin", sessions[0].get("/mysecurityinfo").path)
}

// Whoever is signed in has five guesses an hour at the proof of each method, over
// all drafts and sessions: beginning again begins no new count. Then nothing is
// sent, and the right code is not looked at.
func TestProofsOfARegistrationAreBoundedAgainstGuessing(t *testing.T) {
	const bob, address, number = "bob@northlight.example", "somebody@else.example", "+1 4255550177"
	for name, c := range map[string]struct {
		begin func(b *browser) visited
		sent  func(l *rig.Lab) int
		right func(b *browser) string
	}{
		"e-mail": {
			begin: func(b *browser) visited {
				return b.post("/mysecurityinfo/email", "method", "email", "address", address)
			},
			sent:  func(l *rig.Lab) int { return len(l.Mailbox.List(address, 0)) },
			right: func(b *browser) string { return b.mailed(address) },
		},
		"phone": {
			begin: func(b *browser) visited {
				return b.post("/mysecurityinfo/phone", "method", "phone", "number", number, "by", "text")
			},
			sent: func(l *rig.Lab) int { return len(l.Phones.Texts(number, 0)) },
			right: func(b *browser) string {
				texts := b.lab.Phones.Texts(number, 0)
				return regexp.MustCompile(`[0-9]{6}`).FindString(texts[len(texts)-1].Body)
			},
		},
		"app": {
			begin: func(b *browser) visited {
				return b.post("/mysecurityinfo/app", "method", string(policy.InfoOtherApp))
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := demoLab(t)
			l.Clock.Freeze()
			const tooMany = "Too many wrong answers. Try again in an hour."
			looked, last := 0, 0
			var b *browser
			for range 10 {
				b = browse(t, l) // another session each time
				b.post("/signin", "username", bob, "password", "Harbour+7Bridge", "with", "pass")
				c.begin(b)
				for n := range 3 {
					if p := b.post("/mysecurityinfo/answer", "code", fmt.Sprintf("%06d", n)); strings.Contains(p.body, "not right") {
						looked++
					}
				}
				if looked == 5 && last == 0 && c.sent != nil {
					last = c.sent(l)
				}
				l.Clock.Advance(time.Minute)
			}
			assert.Equal(t, 5, looked)
			assert.Contains(t, c.begin(b).body, tooMany)
			if c.sent == nil {
				return
			}
			assert.Equal(t, last, c.sent(l), "nothing is sent any more")
			b.post("/mysecurityinfo/answer", "code", c.right(b))
			assert.NotContains(t, b.get("/mysecurityinfo").body, "/mysecurityinfo?change=", "nothing is registered")

			l.Clock.Advance(time.Hour)
			b.post("/signin", "username", bob, "password", "Harbour+7Bridge", "with", "pass")
			c.begin(b)
			b.post("/mysecurityinfo/answer", "code", c.right(b))
			assert.Contains(t, b.get("/mysecurityinfo").body, "/mysecurityinfo?change=")
		})
	}
}
