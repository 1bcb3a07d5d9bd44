package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/policy"
)

func TestPredefinedQuestionsAreThirtyFive(t *testing.T) {
	keys := policy.PredefinedQuestions()
	slices.Sort(keys)
	assert.Len(t, slices.Compact(keys), 35)
}

var threeQuestions = policy.QuestionSettings{ToRegister: 3, ToReset: 3, Predefined: []string{"first_pet", "first_job", "dream_job"}, Custom: []string{"Which colour was the shed?"}}

// concept-authentication-security-questions (reference 3).
func TestRegisteringAnswers(t *testing.T) {
	good := []policy.Answer{{"first_pet", "Rex"}, {"first_job", "paper round"}, {"Which colour was the shed?", "緑青色"}}
	with := func(i int, a policy.Answer) []policy.Answer {
		changed := append([]policy.Answer{}, good...)
		changed[i] = a
		return changed
	}
	cases := map[string]struct {
		answers []policy.Answer
		want    []string // rules
	}{
		"three good answers, Unicode included": {good, nil},
		"one too few":                          {good[:2], []string{policy.AnswerCount}},
		"two characters":                       {with(0, policy.Answer{"first_pet", "Al"}), []string{policy.AnswerTooShort}},
		"blanks do not fill an answer":         {with(0, policy.Answer{"first_pet", "  A l  "}), nil},
		"blanks alone":                         {with(0, policy.Answer{"first_pet", "     "}), []string{policy.AnswerTooShort}},
		"forty characters":                     {with(0, policy.Answer{"first_pet", strings.Repeat("ä", 40)}), nil},
		"forty characters that fold to eighty": {with(0, policy.Answer{"first_pet", strings.Repeat("ß", 40)}), nil},
		"forty-one characters":                 {with(0, policy.Answer{"first_pet", strings.Repeat("ä", 41)}), []string{policy.AnswerTooLong}},
		"the same answer in other clothes":     {with(0, policy.Answer{"first_pet", " PAPER   Round"}), []string{policy.AnswerRepeated}},
		"the same question twice":              {with(0, policy.Answer{"first_job", "bakery"}), []string{policy.QuestionTwice}},
		"a question that is not offered":       {with(0, policy.Answer{"first_street", "High Street"}), []string{policy.QuestionChosen}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var rules []string
			for _, p := range threeQuestions.CheckRegistration(c.answers) {
				rules = append(rules, p.Rule)
				for _, a := range c.answers {
					if a.Text != "" {
						assert.NotContains(t, p.Text, a.Text, "answers do not show")
					}
				}
			}
			assert.Equal(t, c.want, rules)
		})
	}
}

func TestAnswersAreComparedFolded(t *testing.T) {
	q := policy.QuestionSettings{}
	for name, pair := range map[string][2]string{
		"case":                  {"Rex", "rEX"},
		"blanks at the ends":    {" Rex\t", "Rex"},
		"runs of blanks":        {"High   Street", "high street"},
		"composed, decomposed":  {"Zo\u00eb", "Zoe\u0308"},
		"full-width letters":    {"Ｒｅｘ", "rex"},
		"German sharp s":        {"Straße", "STRASSE"},
		"no-break space":        {"High\u00a0Street", "High Street"},
		"ligature":              {"ﬁsh", "FISH"},
		"ideographic space too": {"東\u3000京", "東 京"},
	} {
		assert.Equal(t, q.NormaliseAnswer(pair[0]), q.NormaliseAnswer(pair[1]), name)
	}
	exact := policy.QuestionSettings{Exact: true}
	assert.NotEqual(t, exact.NormaliseAnswer("Rex"), exact.NormaliseAnswer("rex"))
}

func FuzzNormaliseAnswerIsStable(f *testing.F) {
	f.Add(" Straße  No. 5 ")
	f.Add("İstanbul")
	f.Add("\u0345\u03b1")
	f.Add("\xff a")
	f.Fuzz(func(t *testing.T, answer string) {
		q := policy.QuestionSettings{}
		once := q.NormaliseAnswer(answer)
		assert.Equal(t, once, q.NormaliseAnswer(once))
		assert.Equal(t, strings.TrimSpace(once), once)
	})
}

func TestDrawnQuestionsAreRegisteredOnesAndDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		registered := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{3,6}`), 1, 5, rapid.ID).Draw(t, "registered")
		before := append([]string{}, registered...)
		q := policy.QuestionSettings{ToReset: rapid.IntRange(0, 6).Draw(t, "toReset")}
		drawn := q.DrawQuestions(registered, func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "die") })
		assert.Len(t, drawn, min(max(q.ToReset, 1), len(registered)))
		seen := map[string]bool{}
		for _, d := range drawn {
			assert.Contains(t, registered, d)
			assert.False(t, seen[d])
			seen[d] = true
		}
		assert.Equal(t, before, registered, "the caller's list keeps its order")
	})
}

func TestEveryRegisteredQuestionCanBeDrawn(t *testing.T) {
	q := policy.QuestionSettings{ToReset: 1}
	registered := []string{"a", "b", "c"}
	for i, want := range registered {
		assert.Equal(t, []string{want}, q.DrawQuestions(registered, func(int) int { return i }))
	}
}
