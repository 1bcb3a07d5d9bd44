package challenge_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// courier is a device that remembers what arrived.
type courier struct {
	mails   []challenge.CodeMail
	texts   []secret.Text
	numbers []string // of texts and calls
	calls   map[string]challenge.Verdict
	pushes  map[string]challenge.Verdict
	number  int
	broken  error
}

func (c *courier) Email(_ context.Context, m challenge.CodeMail) error {
	c.mails = append(c.mails, m)
	return c.broken
}

func (c *courier) Text(_ context.Context, number string, code secret.Text, _ string) error {
	c.texts, c.numbers = append(c.texts, code), append(c.numbers, number)
	return c.broken
}

func (c *courier) Call(_ context.Context, number, id, _ string) error {
	c.calls[id], c.numbers = challenge.Waiting, append(c.numbers, number)
	return c.broken
}

func (c *courier) Push(_ context.Context, _, id string, number int) error {
	c.pushes[id], c.number = challenge.Waiting, number
	return c.broken
}

func (c *courier) CallAnswer(_ context.Context, id string) challenge.Verdict { return c.calls[id] }
func (c *courier) PushAnswer(_ context.Context, id string) challenge.Verdict { return c.pushes[id] }

// registered is a person's data: one app code and answers by question.
type registered struct {
	totp    string
	used    bool
	answers map[string]string
	broken  error
}

func (r *registered) UseTOTP(_ context.Context, _ string, _ []string, code secret.Text, _ time.Time) (challenge.Verdict, error) {
	switch {
	case r.broken != nil:
		return challenge.Wrong, r.broken
	case code.Reveal() != r.totp:
		return challenge.Wrong, nil
	case r.used:
		return challenge.Replayed, nil
	}
	r.used = true
	return challenge.Right, nil
}

func (r *registered) QuestionsOf(context.Context, string) ([]string, error) {
	var list []string
	for q := range r.answers {
		list = append(list, q)
	}
	slices.Sort(list)
	return list, r.broken
}

func (r *registered) CheckAnswers(_ context.Context, _ string, questions []string, answers []secret.Text) (bool, error) {
	for i, q := range questions {
		if r.answers[q] != answers[i].Reveal() {
			return false, r.broken
		}
	}
	return true, r.broken
}

// world is a service with its neighbours and a clock to turn.
type world struct {
	*challenge.Service
	courier    *courier
	registered *registered
	now        time.Time
	settings   policy.Settings
}

var alice = policy.Person{
	ID: "alice-id", UserPrincipalName: "alice@northlight.example",
	Contacts: policy.Contacts{AuthenticationPhone: "+1 4251234567x99", OfficePhone: "+49 891234", AuthenticationEmail: "alice@home.example"},
	Apps:     []policy.App{{ID: "app1", Kind: policy.MicrosoftAuthenticator, Push: true}},
}

func newWorld() *world {
	w := &world{
		courier: &courier{calls: map[string]challenge.Verdict{}, pushes: map[string]challenge.Verdict{}},
		registered: &registered{totp: "123456", answers: map[string]string{
			"first_pet": "rex", "first_job": "baker", "dream_job": "pilot", "first_street": "elm", "stuffed_animal": "bear",
		}},
		now: noon,
	}
	w.settings.TenantName = "Northlight"
	w.settings.Reset.Questions.ToReset = 3
	w.Service = &challenge.Service{
		Courier: w.courier, Credentials: w.registered,
		Now: func() time.Time { return w.now }, Stream: chance.New(7).Stream,
	}
	return w
}

// begin starts a proof with the numbers on file.
func (w *world) begin(t require.TestingT, m policy.Method) challenge.Challenge {
	c, err := w.Begin(context.Background(), alice, w.settings, m, alice.Contacts.For(m), "en")
	require.NoError(t, err)
	return c
}

func (w *world) answer(t require.TestingT, c challenge.Challenge, answers ...string) (challenge.Challenge, challenge.Verdict) {
	var list []secret.Text
	for _, a := range answers {
		list = append(list, secret.New(a))
	}
	c, v, err := w.Answer(context.Background(), alice, w.settings, c, list)
	require.NoError(t, err)
	return c, v
}

func (w *world) lastCode(m policy.Method) string {
	if m == policy.MobileSMS {
		return w.courier.texts[len(w.courier.texts)-1].Reveal()
	}
	return w.courier.mails[len(w.courier.mails)-1].Code.Reveal()
}

func TestCodes(t *testing.T) {
	for name, c := range map[string]struct {
		after  time.Duration
		twice  bool
		answer func(code string) []string
		want   challenge.Verdict
	}{
		"the code sent is right":             {0, false, func(c string) []string { return []string{c} }, challenge.Right},
		"blanks in a code do not count":      {0, false, func(c string) []string { return []string{" " + c[:3] + " " + c[3:] + "\n"} }, challenge.Right},
		"right until the last moment":        {5*time.Minute - 1, false, func(c string) []string { return []string{c} }, challenge.Right},
		"too late after five minutes":        {5 * time.Minute, false, func(c string) []string { return []string{c} }, challenge.Expired},
		"wrong and too late is too late":     {time.Hour, false, func(string) []string { return []string{"x"} }, challenge.Expired},
		"another code is wrong":              {0, false, func(c string) []string { return []string{c + "0"} }, challenge.Wrong},
		"nothing is wrong":                   {0, false, func(string) []string { return nil }, challenge.Wrong},
		"an empty code is wrong":             {0, false, func(string) []string { return []string{""} }, challenge.Wrong},
		"two answers are wrong":              {0, false, func(c string) []string { return []string{c, c} }, challenge.Wrong},
		"a used code is a replay":            {0, true, func(c string) []string { return []string{c} }, challenge.Replayed},
		"a wrong code after use is wrong":    {0, true, func(string) []string { return []string{"x"} }, challenge.Wrong},
		"a used code that is late, too late": {time.Hour, true, func(c string) []string { return []string{c} }, challenge.Expired},
	} {
		for _, m := range []policy.Method{policy.Email, policy.MobileSMS} {
			t.Run(name+" by "+string(m), func(t *testing.T) {
				w := newWorld()
				proof := w.begin(t, m)
				code := w.lastCode(m)
				if c.twice {
					var v challenge.Verdict
					proof, v = w.answer(t, proof, code)
					require.Equal(t, challenge.Right, v)
				}
				w.now = w.now.Add(c.after)
				_, got := w.answer(t, proof, c.answer(code)...)
				assert.Equal(t, c.want, got)
			})
		}
	}
}

// SSPR reference 6.4: five tries, whatever else counts them.
func TestFiveWrongAnswersUseUpACode(t *testing.T) {
	for _, m := range []policy.Method{policy.Email, policy.MobileSMS, policy.AppCode} {
		t.Run(string(m), func(t *testing.T) {
			w := newWorld()
			c := w.begin(t, m)
			var v challenge.Verdict
			for range 4 {
				c, v = w.answer(t, c, "no")
				require.Equal(t, challenge.Wrong, v)
			}
			right := w.registered.totp
			if m != policy.AppCode {
				right = w.lastCode(m)
			}
			_, v = w.answer(t, c, right)
			assert.Equal(t, challenge.Right, v, "the fifth try is looked at")

			w.registered.used = false
			c, v = w.answer(t, c, "no")
			assert.Equal(t, challenge.Spent, v)
			_, v = w.answer(t, c, right)
			assert.Equal(t, challenge.Spent, v, "right or wrong")
			again := w.begin(t, m)
			if m != policy.AppCode {
				right = w.lastCode(m)
			}
			_, v = w.answer(t, again, right)
			assert.Equal(t, challenge.Right, v, "a new one works")
		})
	}
}

func TestCodeMailSaysWhatTheMailNeeds(t *testing.T) {
	w := newWorld()
	w.settings.Reset.CodeLife = time.Minute
	c := w.begin(t, policy.Email)
	m := w.courier.mails[0]
	assert.Regexp(t, `^\d{6}$`, m.Code.Reveal())
	assert.Equal(t, challenge.CodeMail{To: "alice@home.example", TenantName: "Northlight", Code: m.Code, Locale: "en", Expires: time.Minute}, m)
	assert.Equal(t, policy.MaskEmail("alice@home.example"), c.Target)
	assert.Equal(t, noon.Add(time.Minute), c.ExpiresAt)
}

func TestAChallengeHoldsNoCode(t *testing.T) {
	w := newWorld()
	b, err := json.Marshal(w.begin(t, policy.MobileSMS))
	require.NoError(t, err)
	assert.NotContains(t, string(b), w.lastCode(policy.MobileSMS))
	assert.NotContains(t, string(b), "4251234567", "nor the number")
}

func TestSendingAgainVoidsTheOldCode(t *testing.T) {
	w := newWorld() // the clock stands still
	first := w.begin(t, policy.Email)
	old := w.lastCode(policy.Email)
	second := w.begin(t, policy.Email)
	require.NotEqual(t, old, w.lastCode(policy.Email))
	require.NotEqual(t, first.ID, second.ID)

	second, v := w.answer(t, second, old)
	assert.Equal(t, challenge.Wrong, v)
	assert.Equal(t, 1, second.Failures)
	_, v = w.answer(t, second, w.lastCode(policy.Email))
	assert.Equal(t, challenge.Right, v)
}

func TestSameSeedSameCodes(t *testing.T) {
	a, b := newWorld(), newWorld()
	other := alice
	other.ID = "bob-id"
	_, err := b.Begin(t.Context(), other, b.settings, policy.Email, "", "en")
	require.NoError(t, err)
	assert.Equal(t, a.begin(t, policy.Email), b.begin(t, policy.Email), "whoever else is resetting")
	assert.Equal(t, a.lastCode(policy.Email), b.lastCode(policy.Email))
	assert.NotEqual(t, b.courier.mails[0].Code.Reveal(), b.courier.mails[1].Code.Reveal())
}

func TestTypedNumberMustBeTheOneOnFile(t *testing.T) {
	for name, c := range map[string]struct {
		method policy.Method
		typed  string
		want   error
	}{
		"as on file":                        {policy.MobileSMS, "+1 4251234567x99", nil},
		"without extension":                 {policy.MobileSMS, "+1 4251234567", nil},
		"with other blanks and punctuation": {policy.MobileCall, "+1 (425) 123-4567", nil},
		"the office phone by its own":       {policy.OfficeCall, "+49891234", nil},
		"another number":                    {policy.MobileSMS, "+1 4251234568", challenge.ErrContactMismatch},
		"without country code":              {policy.MobileSMS, "4251234567", challenge.ErrContactMismatch},
		"nothing":                           {policy.MobileCall, "", challenge.ErrContactMismatch},
		"the office phone for a text":       {policy.MobileSMS, "+49 891234", challenge.ErrContactMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			_, err := w.Begin(t.Context(), alice, w.settings, c.method, c.typed, "en")
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
				assert.Empty(t, w.courier.numbers, "nothing is sent")
				return
			}
			require.NoError(t, err)
			assert.Equal(t, []string{policy.StripExtension(alice.Contacts.For(c.method))}, w.courier.numbers, "ready to dial")
		})
	}
}

func TestNothingOnFile(t *testing.T) {
	for _, m := range policy.Methods {
		w := newWorld()
		w.registered.answers = map[string]string{"first_pet": "rex", "first_job": "baker"}
		_, err := w.Begin(t.Context(), policy.Person{ID: "nobody"}, w.settings, m, "+1 4251234567", "en")
		assert.ErrorIs(t, err, challenge.ErrNoContact, "%s", m)
	}
}

func TestRetiredDeliveryIsSilent(t *testing.T) {
	for name, c := range map[string]struct {
		provider policy.TelecomProvider
		now      time.Time
		sent     bool
	}{
		"Microsoft delivers for now":            {policy.TelecomMicrosoft, noon, true},
		"not after the retirement":              {policy.TelecomMicrosoft, time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC), false},
		"retired ahead of its date":             {policy.TelecomRetired, noon, false},
		"a provider of one's own goes on":       {policy.TelecomCustomer, noon.AddDate(5, 0, 0), true},
		"the default is Microsoft's until then": {"", noon, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.settings.Telecom, w.now = c.provider, c.now
			text, call := w.begin(t, policy.MobileSMS), w.begin(t, policy.OfficeCall)
			assert.Equal(t, c.sent, len(w.courier.texts) == 1)
			assert.Equal(t, c.sent, len(w.courier.calls) == 1)
			assert.Equal(t, !c.sent, text.Undelivered)

			_, v := w.answer(t, call)
			assert.Equal(t, challenge.Waiting, v)
			w.begin(t, policy.Email)
			assert.Len(t, w.courier.mails, 1, "mail is not concerned")
		})
	}
}

func TestCallsAndPushesAreAnsweredOnTheDevice(t *testing.T) {
	for _, m := range []policy.Method{policy.MobileCall, policy.OfficeCall, policy.AppPush} {
		for _, answered := range []challenge.Verdict{challenge.Right, challenge.Denied} {
			t.Run(string(m)+" "+string(answered), func(t *testing.T) {
				w := newWorld()
				c := w.begin(t, m)
				c, v := w.answer(t, c)
				require.Equal(t, challenge.Waiting, v)
				w.courier.calls[c.PushID], w.courier.pushes[c.PushID] = answered, answered
				c, v = w.answer(t, c)
				assert.Equal(t, answered, v)
				if answered == challenge.Right {
					_, v = w.answer(t, c)
					assert.Equal(t, challenge.Replayed, v, "one answer, one gate")
				}
			})
		}
	}
}

func TestPushesShowANumberWhenAsked(t *testing.T) {
	w := newWorld()
	assert.Zero(t, w.begin(t, policy.AppPush).Number)
	w.settings.Reset.NumberMatch = true
	c := w.begin(t, policy.AppPush)
	assert.Equal(t, c.Number, w.courier.number)
	assert.GreaterOrEqual(t, c.Number, 10)
	assert.LessOrEqual(t, c.Number, 99)
}

func TestAppCodes(t *testing.T) {
	w := newWorld()
	c := w.begin(t, policy.AppCode)
	c, v := w.answer(t, c, "000000")
	assert.Equal(t, challenge.Wrong, v)
	assert.Equal(t, 1, c.Failures)
	c, v = w.answer(t, c, "123 456")
	assert.Equal(t, challenge.Right, v)
	_, v = w.answer(t, c, "123456")
	assert.Equal(t, challenge.Replayed, v)
	_, v = w.answer(t, w.begin(t, policy.AppCode), "123456")
	assert.Equal(t, challenge.Replayed, v, "also in another session")
}

func TestQuestionsAreDrawnAndAllMustBeRight(t *testing.T) {
	w := newWorld()
	c := w.begin(t, policy.Questions)
	require.Len(t, c.Questions, 3)
	answers := func(c challenge.Challenge) (list []string) {
		for _, q := range c.Questions {
			list = append(list, w.registered.answers[q])
		}
		return list
	}

	wrong := answers(c)
	wrong[2] = "no"
	drawn := map[string]bool{}
	for range 20 {
		var v challenge.Verdict
		c, v = w.answer(t, c, wrong...)
		require.Equal(t, challenge.Wrong, v)
		require.Len(t, c.Questions, 3)
		for _, q := range c.Questions {
			drawn[q] = true
		}
	}
	assert.Equal(t, 20, c.Failures)
	assert.Len(t, drawn, 5, "a wrong set draws anew")
	c, v := w.answer(t, c, answers(c)[:2]...)
	assert.Equal(t, challenge.Wrong, v, "an answer is missing")
	c, v = w.answer(t, c, answers(c)...)
	assert.Equal(t, challenge.Right, v)
	_, v = w.answer(t, c, answers(c)...)
	assert.Equal(t, challenge.Replayed, v)
}

func TestWhatCannotBeDeliveredIsAFault(t *testing.T) {
	broken := errors.New("no route")
	for _, m := range []policy.Method{policy.Email, policy.MobileSMS, policy.MobileCall, policy.AppPush} {
		w := newWorld()
		w.courier.broken = broken
		_, err := w.Begin(t.Context(), alice, w.settings, m, alice.Contacts.For(m), "en")
		require.ErrorIs(t, err, broken, "%s", m)
		assert.NotContains(t, err.Error(), "4251234567")
		assert.NotContains(t, err.Error(), "alice@home")
	}
	for _, m := range []policy.Method{policy.AppCode, policy.Questions} {
		w := newWorld()
		c := w.begin(t, m)
		w.registered.broken = broken
		_, v, err := w.Answer(t.Context(), alice, w.settings, c, make([]secret.Text, max(1, len(c.Questions))))
		require.ErrorIs(t, err, broken, "%s", m)
		assert.Equal(t, challenge.Wrong, v)
	}
}

// Whatever happens in whatever order, one challenge passes at most once, and
// never at or after its end.
func TestNoCodePassesTwiceOrLate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		w.settings.Reset.CodeLife = time.Duration(rapid.IntRange(0, 10).Draw(t, "minutes")) * time.Minute
		m := rapid.SampledFrom([]policy.Method{policy.Email, policy.MobileSMS}).Draw(t, "method")
		c := w.begin(t, m)
		code := w.lastCode(m)
		passed := 0
		for range rapid.IntRange(1, 12).Draw(t, "answers") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "seconds")) * time.Second)
			typed := rapid.SampledFrom([]string{code, "", "000000", code[:5], code + code}).Draw(t, "typed")
			var v challenge.Verdict
			c, v = w.answer(t, c, typed)
			late := !w.now.Before(c.ExpiresAt)
			if late {
				require.Equal(t, challenge.Expired, v)
			}
			if v == challenge.Right {
				require.Equal(t, code, typed)
				passed++
			}
		}
		require.LessOrEqual(t, passed, 1)
	})
}
