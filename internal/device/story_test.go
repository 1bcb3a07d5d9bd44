package device_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/clock"
	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/notify"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A household is a person with all devices, and the service that asks for
// proofs, joined as a lab joins them.
type household struct {
	*challenge.Service
	mailbox  *device.Mailbox
	phones   *device.Phones
	app      *device.Authenticator
	clock    *clock.Clock
	log      *bytes.Buffer
	settings policy.Settings
	person   policy.Person
}

// Settings and Administrators make a household an audience.
func (h *household) Settings(context.Context) (policy.Settings, error)       { return h.settings, nil }
func (h *household) Administrators(context.Context) ([]policy.Person, error) { return nil, nil }

// UseTOTP and the next two make it the registered credentials: the service
// holds the same secret as the app.
func (h *household) UseTOTP(_ context.Context, _ string, _ []string, code secret.Text, _ time.Time) (challenge.Verdict, error) {
	if code.Equal(secret.New(h.app.Codes(alice)[0].Code)) {
		return challenge.Right, nil
	}
	return challenge.Wrong, nil
}

func (h *household) QuestionsOf(context.Context, string) ([]string, error) { return nil, nil }
func (h *household) CheckAnswers(context.Context, string, []string, []secret.Text) (bool, error) {
	return false, nil
}

func newHousehold(t *testing.T) *household {
	t.Helper()
	h := &household{clock: clock.New(time.Now), log: &bytes.Buffer{}}
	h.mailbox, h.phones, h.app = device.NewMailbox(h.clock.Now, 0), device.NewPhones(h.clock.Now), device.NewAuthenticator(h.clock.Now)
	_, err := h.app.Enrol(alice, enrolment)
	require.NoError(t, err)
	h.settings.TenantName, h.settings.Reset.NumberMatch = "Northlight", true
	h.person = policy.Person{
		ID: "a1", UserPrincipalName: alice, Apps: []policy.App{{Push: true}},
		Contacts: policy.Contacts{AuthenticationEmail: "alice@home.example", AuthenticationPhone: number, OfficePhone: "+49 891234"},
	}

	network := memnet.New()
	l, err := network.Listen(t.Context(), "tcp", "mail.example:25")
	require.NoError(t, err)
	sink := device.NewSink(h.mailbox, slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	go func() { _ = sink.Serve(l) }()
	t.Cleanup(func() { require.NoError(t, sink.Close()) })

	source := chance.New(1)
	mailer := &notify.Mailer{Addr: "mail.example:25", Dial: network.DialContext, Now: h.clock.Now, Stream: source.Stream}
	h.Service = &challenge.Service{
		Courier: &device.Courier{
			Mailer: &notify.Notifier{Mailer: mailer, Audience: h, Now: h.clock.Now}, Phones: h.phones, Authenticator: h.app,
			UserOf: func(context.Context, string) (string, error) { return alice, nil },
		},
		Credentials: h, Now: h.clock.Now, Stream: source.Stream,
	}
	return h
}

func TestAPersonProvesWhoTheyAreByEveryDevice(t *testing.T) {
	// Each proof is answered as a person would: by looking at the device and at
	// the page, which shows the challenge.
	for m, answer := range map[policy.Method]func(t *testing.T, h *household, c challenge.Challenge) []secret.Text{
		policy.Email: func(t *testing.T, h *household, _ challenge.Challenge) []secret.Text {
			return []secret.Text{secret.New(h.mailbox.Wait(t.Context(), "alice@home.example", 0)[0].Code)}
		},
		policy.MobileSMS: func(t *testing.T, h *household, _ challenge.Challenge) []secret.Text {
			return []secret.Text{secret.New(h.phones.WaitText(t.Context(), number, 0)[0].Code)}
		},
		policy.MobileCall: func(t *testing.T, h *household, _ challenge.Challenge) []secret.Text {
			require.NoError(t, h.phones.Press(h.phones.WaitCall(t.Context(), number, 0)[0].ID, "#"))
			return nil
		},
		policy.OfficeCall: func(t *testing.T, h *household, _ challenge.Challenge) []secret.Text {
			require.NoError(t, h.phones.Press(h.phones.WaitCall(t.Context(), "+49891234", 0)[0].ID, "#"))
			return nil
		},
		policy.AppPush: func(t *testing.T, h *household, c challenge.Challenge) []secret.Text {
			require.NoError(t, h.app.Approve(h.app.WaitPush(t.Context(), alice)[0].ID, c.Number))
			return nil
		},
		policy.AppCode: func(_ *testing.T, h *household, _ challenge.Challenge) []secret.Text {
			return []secret.Text{secret.New(h.app.Codes(alice)[0].Code)}
		},
	} {
		t.Run(string(m), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHousehold(t)
				c, err := h.Begin(t.Context(), h.person, h.settings, m, h.person.Contacts.For(m), "en")
				require.NoError(t, err)
				given := answer(t, h, c)
				c, v, err := h.Answer(t.Context(), h.person, h.settings, c, given)
				require.NoError(t, err)
				assert.Equal(t, challenge.Right, v)

				stored, err := json.Marshal(c)
				require.NoError(t, err)
				for _, code := range given {
					assert.NotContains(t, h.log.String(), code.Reveal(), "no code in a log")
					assert.NotContains(t, string(stored), code.Reveal(), "nor in a session")
					assert.NotContains(t, fmt.Sprintf("%+v", c), code.Reveal())
				}
			})
		})
	}
}

func TestACodeIsReadTooLateOnTheLabsClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHousehold(t)
		c, err := h.Begin(t.Context(), h.person, h.settings, policy.Email, "", "en")
		require.NoError(t, err)
		h.clock.Advance(5 * time.Minute)
		code := secret.New(h.mailbox.List("alice@home.example", 0)[0].Code)
		_, v, err := h.Answer(t.Context(), h.person, h.settings, c, []secret.Text{code})
		require.NoError(t, err)
		assert.Equal(t, challenge.Expired, v)
	})
}

func TestOneSeedOneMail(t *testing.T) {
	var raw [2][]byte
	for i := range raw {
		synctest.Test(t, func(t *testing.T) {
			h := newHousehold(t)
			_, err := h.Begin(t.Context(), h.person, h.settings, policy.Email, "", "en")
			require.NoError(t, err)
			raw[i] = h.mailbox.List("", 0)[0].Raw
		})
	}
	assert.Equal(t, string(raw[0]), string(raw[1]), "byte for byte")
}
