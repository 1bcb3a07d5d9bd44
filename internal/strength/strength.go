package strength

import (
	"strings"
	"unicode"

	"github.com/trustelem/zxcvbn"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// A Score is how hard a password is to guess: a closed set of words that the
// pages translate. The steps are zxcvbn's, by guesses: below 10^3, 10^6, 10^8,
// 10^10, and more.
type Score string

// The scores.
const (
	NotMeasured Score = ""
	VeryWeak    Score = "very-weak"
	Weak        Score = "weak"
	Fair        Score = "fair"
	Good        Score = "good"
	Strong      Score = "strong"
)

// Scores are the scores from the lowest, in zxcvbn's order from 0 to 4.
var Scores = []Score{VeryWeak, Weak, Fair, Good, Strong}

// Limit is how many characters of a password are looked at. What stands after
// them can only make it harder to guess, so that a longer password is at worst
// called weaker than it is. Text made of look-alike symbols is the slowest: 32
// of them take 50 milliseconds, 128 take two seconds.
const Limit = 32

// Limits of the words that count as known: there are few, and none longer than
// what is looked at.
const (
	shortestWord = 3
	mostWords    = 64
)

// Of scores a candidate. known are names that anybody would try first (the
// person's, the organisation's); each counts as a whole and in its parts. An
// empty candidate is not measured.
func Of(candidate secret.Text, known []string) Score {
	if candidate.Empty() {
		return NotMeasured
	}
	result := zxcvbn.PasswordStrength(cut(candidate.Reveal()), parts(known))
	return Scores[min(max(result.Score, 0), len(Scores)-1)]
}

// Points is the score as a number from 0 to 4, for a meter.
func (s Score) Points() int {
	for n, other := range Scores {
		if s == other {
			return n
		}
	}
	return 0
}

// cut returns the first [Limit] characters.
func cut(text string) string {
	n := 0
	for i := range text {
		if n == Limit {
			return text[:i]
		}
		n++
	}
	return text
}

// parts lists each name as it stands, without its separators, and word by word.
func parts(known []string) []string {
	var all []string
	add := func(word string) {
		if word = cut(strings.ToLower(word)); len(word) >= shortestWord && len(all) < mostWords {
			all = append(all, word)
		}
	}
	separates := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, name := range known {
		words := strings.FieldsFunc(name, separates)
		add(name)
		add(strings.Join(words, ""))
		for _, word := range words {
			add(word)
		}
	}
	return all
}
