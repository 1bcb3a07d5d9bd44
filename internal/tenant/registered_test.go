package tenant_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

func TestAnswersAreAllRightOrWrong(t *testing.T) {
	s, ctx := demo(t), t.Context()
	alice, err := s.FindPerson(ctx, "alice@northlight.example")
	require.NoError(t, err)
	mug := "What was printed on your first work mug?"
	questions, err := s.QuestionsOf(ctx, alice.ID)
	require.NoError(t, err)
	assert.Equal(t, []string{"first_pet", "city_first_job", mug}, questions)

	check := func(questions []string, answers ...string) bool {
		var texts []secret.Text
		for _, a := range answers {
			texts = append(texts, secret.New(a))
		}
		ok, err := s.CheckAnswers(ctx, alice.ID, questions, texts)
		require.NoError(t, err)
		return ok
	}
	rightAndWrong := func(when string) {
		assert.True(t, check(questions, "Biscuit", "Rotterdam", "A grey heron"), when)
		assert.True(t, check(questions, "  BISCUIT ", "rotterdam", "a  Grey\theron"), "%s: folded", when)
		assert.True(t, check([]string{mug, "first_pet"}, "A grey heron", "Biscuit"), "%s: in the order asked", when)
		assert.False(t, check(questions, "Biscuit", "Rotterdam", "A heron"), when)
		assert.False(t, check(questions, "Biscuit", "Rotterdam"), "%s: one missing", when)
		assert.False(t, check(nil), "%s: none asked", when)
		assert.False(t, check([]string{"childhood_hero"}, ""), "%s: a question that was not registered", when)
		exact := func(is bool) {
			_, err := s.PatchTenant(ctx, fmt.Appendf(nil, `{"reset": {"questions": {"exact": %v}}}`, is))
			require.NoError(t, err)
		}
		exact(true)
		assert.True(t, check(questions, "Biscuit", "Rotterdam", "A grey heron"), "%s: exact", when)
		assert.False(t, check(questions, "biscuit", "rotterdam", "a grey heron"), "%s: in the folded form, exact", when)
		exact(false)
	}
	rightAndWrong("from the seed")
	require.NoError(t, s.SetQuestions(ctx, alice.ID, []tenant.Answered{
		{Question: "first_pet", Answer: secret.New("Biscuit")}, {Question: "city_first_job", Answer: secret.New("Rotterdam")}, {Question: mug, Answer: secret.New("A grey heron")},
	}))
	rightAndWrong("registered")

	err = s.SetQuestions(ctx, alice.ID, []tenant.Answered{
		{Question: "first_pet", Answer: secret.New("ab")}, {Question: "first_pet", Answer: secret.New("Rotterdam")}, {Question: "what?", Answer: secret.New(" ROTTERDAM ")},
	})
	var problems tenant.Problems
	require.ErrorAs(t, err, &problems)
	assert.Len(t, problems, 4)
	assert.NotContains(t, err.Error(), "otterdam")
	require.NoError(t, s.DeleteQuestions(ctx, alice.ID))
	assert.False(t, check(questions, "Biscuit", "Rotterdam", "A grey heron"))
}

func TestContactDataKeepsItsForm(t *testing.T) {
	for name, c := range map[string]struct {
		upn, value, want string
		kind             tenant.ContactKind
	}{
		"good phone":                       {"frank@northlight.example", "+44 2079460123", "", tenant.AuthenticationPhone},
		"phone with extension":             {"frank@northlight.example", "+1 4255550100x123", "", tenant.OfficePhone},
		"phone without blank":              {"frank@northlight.example", "+442079460123", `authenticationPhone: "+442079460123" is no phone number`, tenant.AuthenticationPhone},
		"alternate phone first":            {"frank@northlight.example", "+44 2079460123", "needs a mobile phone first", tenant.AlternatePhone},
		"office phone of a synced user":    {"alice@northlight.example", "+44 2079460123", "comes from Active Directory", tenant.OfficePhone},
		"mobile phone of a synced user":    {"alice@northlight.example", "+44 2079460123", "comes from Active Directory", tenant.MobilePhone},
		"authentication phone of the same": {"alice@northlight.example", "+44 2079460123", "", tenant.AuthenticationPhone},
		"bad e-mail":                       {"frank@northlight.example", "Frank <f@home.example>", "is no e-mail address", tenant.AuthenticationEmail},
		"good e-mail":                      {"frank@northlight.example", "f@home.example", "", tenant.AlternateEmail},
		"deleted":                          {"alice@northlight.example", "", "", tenant.AuthenticationEmail},
	} {
		t.Run(name, func(t *testing.T) {
			s, ctx := demo(t), t.Context()
			err := s.SetContact(ctx, c.upn, c.kind, c.value)
			if c.want == "" {
				assert.NoError(t, err)
				return
			}
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestTheFirstAlternateEmailIsReplaced(t *testing.T) {
	s, ctx := demo(t), t.Context()
	_, err := s.UpdateUser(ctx, "frank@northlight.example", func(u *tenant.User) error {
		u.OtherMails = []string{"a@home.example", "b@home.example"}
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, s.SetContact(ctx, "frank@northlight.example", tenant.AlternateEmail, "c@home.example"))
	frank, err := s.User(ctx, "frank@northlight.example")
	require.NoError(t, err)
	assert.Equal(t, []string{"c@home.example", "b@home.example"}, frank.OtherMails)
	require.NoError(t, s.SetContact(ctx, "frank@northlight.example", tenant.AlternateEmail, ""))
	frank, err = s.User(ctx, "frank@northlight.example")
	require.NoError(t, err)
	assert.Equal(t, []string{"b@home.example"}, frank.OtherMails)
}

func TestAPassIsForAWhileAndMaybeForOnce(t *testing.T) {
	s, ctx := demo(t), t.Context()
	use := func(pass string, now time.Time) (bool, policy.TAPUsability) {
		right, why, err := s.UsePass(ctx, "bob@northlight.example", secret.New(pass), now)
		require.NoError(t, err)
		return right, why
	}
	right, why := use("Harbour+7Bridge", noon)
	assert.True(t, right, "the seed's pass")
	assert.Equal(t, policy.TAPEnabled, why)
	right, _ = use("wrong", noon)
	assert.False(t, right)
	_, why = use("Harbour+7Bridge", noon.Add(8*time.Hour))
	assert.Equal(t, policy.TAPExpired, why)

	once := true
	pass, made, err := s.CreatePass(ctx, "bob@northlight.example", policy.TAPRequest{Start: noon.Add(time.Hour), Once: &once}, secret.Text{}, noon)
	require.NoError(t, err)
	assert.Len(t, pass.Reveal(), 8)
	assert.Equal(t, policy.TAPNotYetValid, made.Usability(settingsOf(t, s), policy.Person{}, noon))
	right, _ = use("Harbour+7Bridge", noon)
	assert.False(t, right, "the new pass replaced the old one")
	_, why = use(pass.Reveal(), noon.Add(time.Hour))
	assert.Equal(t, policy.TAPEnabled, why)
	_, why = use(pass.Reveal(), noon.Add(time.Hour))
	assert.Equal(t, policy.TAPOneTimeUsed, why)

	_, _, err = s.CreatePass(ctx, "bob@northlight.example", policy.TAPRequest{Lifetime: 9 * time.Hour}, secret.Text{}, noon)
	assert.ErrorContains(t, err, "lifetimeInMinutes 540 is outside 60 to 480")
	_, err = s.PatchTenant(ctx, []byte(`{"tap": {"oneTime": true, "length": 12}}`))
	require.NoError(t, err)
	never := false
	_, _, err = s.CreatePass(ctx, "bob@northlight.example", policy.TAPRequest{Once: &never}, secret.Text{}, noon)
	assert.ErrorContains(t, err, "the policy requires one-time passes")
	long, made, err := s.CreatePass(ctx, "bob@northlight.example", policy.TAPRequest{}, secret.Text{}, noon)
	require.NoError(t, err)
	assert.Len(t, long.Reveal(), 12)
	assert.True(t, made.Once)
	require.NoError(t, s.DeletePass(ctx, "bob@northlight.example"))
	right, _ = use(pass.Reveal(), noon)
	assert.False(t, right)
}

func settingsOf(t *testing.T, s *tenant.Store) policy.Settings {
	t.Helper()
	settings, err := s.Settings(t.Context())
	require.NoError(t, err)
	return settings
}

func TestASeededPassBeginsWhenTheSeedSays(t *testing.T) {
	for start, want := range map[time.Duration]policy.TAPUsability{
		0: policy.TAPEnabled, time.Hour: policy.TAPNotYetValid, -8 * time.Hour: policy.TAPExpired,
	} {
		seed, err := tenant.ParseSeed([]byte(fmt.Sprintf("tenant: {tenantName: T, initialDomain: t.onmicrosoft.example, methods: {configs: {TemporaryAccessPass: {enabled: true, include: [all_users]}}}}\n"+
			"users:\n  - {userPrincipalName: a@t.onmicrosoft.example, password: Lantern-Harbour-62, temporaryAccessPass: {pass: Harbour+7, start: %s, lifetime: 2h}}\n", start)))
		require.NoError(t, err)
		s, err := tenant.New(seed, chance.New(1), func() time.Time { return noon })
		require.NoError(t, err)
		right, why, err := s.UsePass(t.Context(), "a@t.onmicrosoft.example", secret.New("Harbour+7"), noon)
		require.NoError(t, err)
		assert.True(t, right)
		assert.Equal(t, want, why, start)
	}
}

// What is kept on a disk, and what a fork starts from, holds hashes of answers
// and never an answer, be it one of a seed that nobody has given yet.
func TestSeededAnswersAreKeptAsHashes(t *testing.T) {
	seed, err := tenant.Demo()
	require.NoError(t, err)
	s := demo(t)
	kept, err := s.Snapshot()
	require.NoError(t, err)
	again, err := tenant.Restore(kept, chance.New(2), func() time.Time { return noon })
	require.NoError(t, err)
	asked := 0
	for _, u := range seed.Users {
		for _, q := range u.Methods.Questions {
			assert.NotContains(t, strings.ToLower(string(kept)), "="+strings.ToLower(q.Answer.Reveal()))
			for _, store := range []*tenant.Store{s, again} {
				p, err := store.FindPerson(t.Context(), u.UserPrincipalName)
				require.NoError(t, err)
				right, err := store.CheckAnswers(t.Context(), p.ID, []string{q.Question}, []secret.Text{q.Answer})
				require.NoError(t, err)
				assert.True(t, right)
				wrong, err := store.CheckAnswers(t.Context(), p.ID, []string{q.Question}, []secret.Text{secret.New("something else")})
				require.NoError(t, err)
				assert.False(t, wrong)
			}
			asked++
		}
	}
	assert.Positive(t, asked)
	assert.NotContains(t, string(kept), `"=`)
}
