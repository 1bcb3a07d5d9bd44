package strength_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/strength"
)

func TestAPasswordIsAsStrongAsItIsHardToGuess(t *testing.T) {
	names := []string{"dana.meyer@northlight.example", "dana.meyer", "Dana Meyer", "Northlight"}
	for password, want := range map[string]strength.Score{
		"":                             strength.NotMeasured,
		"password":                     strength.VeryWeak,
		"aaaaaaaa":                     strength.VeryWeak,
		"P@ssw0rd1":                    strength.Weak,
		"qwertyuiop[]":                 strength.Weak,
		"Violet-Anchor-53":             strength.Strong,
		"correct horse battery staple": strength.Strong,
	} {
		assert.Equal(t, want, strength.Of(secret.New(password), names), password)
	}
}

func TestNamesThatEverybodyKnowsCountForLittle(t *testing.T) {
	names := []string{"dana.meyer@northlight.example", "dana.meyer", "Dana Meyer", "Northlight Labs"}
	for _, password := range []string{"dana.meyer", "DanaMeyer", "Northlight", "northlightlabs", "dana.meyer@northlight.example", "meyer1"} {
		known, unknown := strength.Of(secret.New(password), names), strength.Of(secret.New(password), nil)
		assert.LessOrEqual(t, known.Points(), strength.Weak.Points(), password)
		assert.LessOrEqual(t, known.Points(), unknown.Points(), password)
	}
	assert.Equal(t, strength.Strong, strength.Of(secret.New("dana.meyer@northlight.example"), nil), "a stranger's name is hard to guess")
}

func TestScoresCountFromZeroToFour(t *testing.T) {
	for n, s := range strength.Scores {
		assert.Equal(t, n, s.Points(), s)
	}
	assert.Zero(t, strength.NotMeasured.Points())
}

// A long password costs no more than its beginning: without a bound these take
// minutes.
func TestLongPasswordsTakeNoLonger(t *testing.T) {
	began := time.Now()
	for _, unit := range []string{"4@8({[<369&#!1/|0$5+7%2", "a", "ab", "password1!", "19912008", "é", "日本"} {
		long := strings.Repeat(unit, 1024/len(unit))
		head := string([]rune(long)[:strength.Limit])
		assert.Equal(t, strength.Of(secret.New(head), nil), strength.Of(secret.New(long), nil), unit)
	}
	assert.Less(t, time.Since(began), 20*time.Second)
}

func FuzzOf(f *testing.F) {
	for _, s := range []string{"", "Violet-Anchor-53", "\xff\xfe", "p4ssw0rd p4ssw0rd", strings.Repeat("4@8(", 30)} {
		f.Add(s, "dana")
	}
	f.Fuzz(func(t *testing.T, candidate, name string) {
		got := strength.Of(secret.New(candidate), []string{name})
		assert.Equal(t, candidate == "", got == strength.NotMeasured)
	})
}
