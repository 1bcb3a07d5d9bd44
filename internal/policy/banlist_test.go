package policy_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/policy"
)

func TestBuiltinListIsLongLowerCaseAndWithoutRepetitions(t *testing.T) {
	assert.GreaterOrEqual(t, policy.BuiltinBanList().Len(), 1000)
	terms := policy.BuiltinTerms()
	assert.Equal(t, len(terms), policy.BuiltinBanList().Len(), "no two terms are one after normalisation")
	for _, term := range terms {
		assert.Equal(t, strings.ToLower(term), term)
		assert.GreaterOrEqual(t, utf8.RuneCountInString(term), 4, term)
	}
}

func TestNormaliseUndoesThePublishedSubstitutions(t *testing.T) {
	assert.Equal(t, "cloontosaoo", policy.Normalise("CL0oNto$@0O"))
	assert.Equal(t, "ljüäs", policy.Normalise("1JÜÄ$"))
}

// distance is the textbook edit distance, to compare with.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// score is the definition of the score, tried in every way.
func score(password string, terms []string) int {
	if password == "" {
		return 0
	}
	_, size := utf8.DecodeRuneInString(password)
	best := 1 + score(password[size:], terms)
	for _, term := range terms {
		if strings.HasPrefix(password, term) {
			best = min(best, 1+score(password[len(term):], terms))
		}
	}
	return best
}

func TestEvaluationAgreesWithItsDefinition(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("abcé漢")), 1, 5, -1)
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOfN(word, 1, 6).Draw(t, "terms")
		password := rapid.StringOfN(rapid.RuneFrom([]rune("abcé漢")), 1, 10, -1).Draw(t, "password")

		near := false
		for _, term := range terms {
			near = near || distance([]rune(password), []rune(term)) <= 1
		}
		for how, rules := range map[string]policy.BanRules{
			"compiled": {Global: policy.NewBanList(terms)}, "plain": {Terms: terms},
			"custom": {Custom: policy.NewBanList(terms)}, "plain custom": {CustomTerms: terms},
		} {
			got := policy.Evaluate(rules, password)
			assert.Equal(t, near, got.Fuzzy, "%s: distance one", how)
			if !near {
				assert.Equal(t, score(password, terms), got.Score, "%s: lowest score", how)
				assert.Equal(t, got.Score, got.Tokens+got.Others)
			}
		}
	})
}

// A longer list never makes a password better.
func TestMoreTermsNeverHelp(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("abcd")), 2, 5, -1)
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOfN(word, 0, 6).Draw(t, "terms")
		more := append(append([]string{}, terms...), rapid.SliceOfN(word, 0, 6).Draw(t, "more")...)
		password := rapid.StringOfN(rapid.RuneFrom([]rune("abcd")), 1, 12, -1).Draw(t, "password")
		if policy.Evaluate(policy.BanRules{Terms: terms}, password).Rejected() {
			assert.True(t, policy.Evaluate(policy.BanRules{Terms: more}, password).Rejected())
		}
	})
}

func FuzzEvaluateNeverPanics(f *testing.F) {
	f.Add("C0ntos0Blank12", "contoso")
	f.Add("\xff\xfe", "\xff")
	f.Add("漢字漢字", "漢字")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, password, term string) {
		for _, windows := range []bool{false, true} {
			rules := policy.BanRules{Global: policy.BuiltinBanList(), CustomTerms: []string{term}, ReplaceWindows: windows}
			v := policy.Evaluate(rules, password)
			assert.LessOrEqual(t, v.Score, utf8.RuneCountInString(password))
		}
	})
}

func TestParseTermsLeavesOutRemarks(t *testing.T) {
	assert.Equal(t, []string{"one", "#two", "three"}, policy.ParseTerms("# list\n\n one \n#two\n#\nthree"))
}

func randomTerms(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	terms := make([]string, n)
	for i := range terms {
		var b strings.Builder
		for range 4 + r.IntN(13) {
			b.WriteByte("abcdefghijklmnopqrstuvwxyz"[r.IntN(26)])
		}
		terms[i] = b.String()
	}
	return terms
}

func BenchmarkJudgePassword(b *testing.B) {
	person := alice(cloudUser)
	for _, size := range []int{1_000, 100_000} {
		terms := randomTerms(size)
		for how, change := range map[string]func(*policy.Settings){
			"compiled": func(s *policy.Settings) { s.Ban.GlobalList = policy.NewBanList(terms) },
			"plain":    func(s *policy.Settings) { s.Ban.Global = terms },
		} {
			b.Run(fmt.Sprintf("%s/%d", how, size), func(b *testing.B) {
				s := tenant(change)
				b.ReportAllocs()
				for b.Loop() {
					require.True(b, policy.JudgePassword(policy.Reset, s, person, "Rabbit-hole7 over the fence", false).OK())
				}
			})
		}
	}
	b.Run("builtin", func(b *testing.B) {
		s := tenant()
		policy.BuiltinBanList()
		for b.Loop() {
			policy.JudgePassword(policy.Reset, s, person, "Rabbit-hole7 over the fence", false)
		}
	})
	b.Run("256 characters, windows", func(b *testing.B) {
		s := tenant(func(s *policy.Settings) {
			s.Ban.GlobalList, s.Ban.ReplaceWindows = policy.NewBanList(randomTerms(100_000)), true
		})
		for b.Loop() {
			policy.JudgePassword(policy.Reset, s, person, strings.Repeat("aB3-xQ9!", 32), false)
		}
	})
	b.Run("compile/1000", func(b *testing.B) {
		terms := randomTerms(1000)
		for b.Loop() {
			policy.NewBanList(terms)
		}
	})
}
