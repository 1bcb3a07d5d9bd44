package policy

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// predefinedQuestions are the keys of the questions of
// concept-authentication-security-questions in its order (reference 3.1). The
// catalogues of the pages hold their words, in each language.
var predefinedQuestions = [...]string{
	"city_met_spouse",
	"city_parents_met",
	"city_nearest_sibling",
	"city_father_born",
	"city_first_job",
	"city_mother_born",
	"city_new_year_2000",
	"high_school_teacher",
	"college_not_attended",
	"wedding_reception",
	"father_middle_name",
	"favourite_food",
	"maternal_grandmother",
	"mother_middle_name",
	"oldest_sibling_birth",
	"oldest_sibling_middle",
	"paternal_grandfather",
	"youngest_sibling_middle",
	"school_sixth_grade",
	"childhood_best_friend",
	"first_significant_other",
	"grade_school_teacher",
	"first_vehicle",
	"first_school",
	"birth_hospital",
	"first_street",
	"childhood_hero",
	"stuffed_animal",
	"first_pet",
	"childhood_nickname",
	"school_sport",
	"first_job",
	"childhood_phone_last4",
	"dream_job",
	"famous_person",
}

// PredefinedQuestions lists the keys of the 35 questions in their order.
func PredefinedQuestions() []string { return slices.Clone(predefinedQuestions[:]) }

func isPredefined(key string) bool {
	return slices.Contains(predefinedQuestions[:], key)
}

func firstQuestionKeys(n int) []string { return slices.Clone(predefinedQuestions[:n]) }

// The limits of answers and questions (concept-authentication-security-questions,
// passwords-faq).
const (
	MinAnswerLength         = 3
	MaxAnswerLength         = 40
	MinCustomQuestionLength = 3
	MaxCustomQuestionLength = 200
	MaxCustomQuestions      = 20
	MinQuestions            = 3 // to register and to reset
	MaxQuestions            = 5
)

// Offered lists what a person can choose from: predefined keys, then custom texts.
func (q QuestionSettings) Offered() []string {
	return append(slices.Clone(q.Predefined), q.Custom...)
}

// NormaliseAnswer brings an answer into the form that is hashed and compared.
// How the real service compares is not documented: here blanks at the ends and
// runs of blanks, compatibility forms and case do not count, unless Exact is
// set (reference 3).
func (q QuestionSettings) NormaliseAnswer(answer string) string {
	if q.Exact {
		return answer
	}
	folded := cases.Fold().String(norm.NFKC.String(answer))
	return strings.Join(strings.Fields(norm.NFKC.String(folded)), " ")
}

// answerLength counts the characters of an answer as typed, since folding may
// make more of them; blanks that do not count in a comparison do not count here.
func (q QuestionSettings) answerLength(answer string) int {
	if q.Exact {
		return utf8.RuneCountInString(answer)
	}
	return utf8.RuneCountInString(strings.Join(strings.Fields(answer), " "))
}

// An Answer is what a person registers for a question.
type Answer struct {
	Question string // predefined key or custom text
	Text     string // plain; the caller hashes its normalised form
}

// A Problem is something wrong with one answer at registration. Rules are a
// closed set; the answer itself is never part of a problem.
type Problem struct {
	Index int // of the answer, -1 for the whole set
	Rule  string
	Text  string
}

// The rules of registering answers.
const (
	AnswerCount    = "count"
	AnswerTooShort = "too-short"
	AnswerTooLong  = "too-long"
	AnswerRepeated = "answer-repeated"
	QuestionTwice  = "question-repeated"
	QuestionChosen = "question-not-offered"
)

// CheckRegistration judges the questions and answers somebody registers: as many
// as the tenant asks for, every question offered and chosen once, every answer
// of 3 to 40 characters and given once.
func (q QuestionSettings) CheckRegistration(answers []Answer) []Problem {
	var problems []Problem
	report := func(i int, rule, format string, args ...any) {
		problems = append(problems, Problem{i, rule, fmt.Sprintf(format, args...)})
	}
	if len(answers) != q.ToRegister {
		report(-1, AnswerCount, "%d questions answered, %d needed", len(answers), q.ToRegister)
	}
	questions, texts := map[string]bool{}, map[string]bool{}
	offered := q.Offered()
	for i, a := range answers {
		text := q.NormaliseAnswer(a.Text)
		switch n := q.answerLength(a.Text); {
		case n < MinAnswerLength:
			report(i, AnswerTooShort, "an answer needs at least %d characters", MinAnswerLength)
		case n > MaxAnswerLength:
			report(i, AnswerTooLong, "an answer has at most %d characters", MaxAnswerLength)
		case texts[text]:
			report(i, AnswerRepeated, "the same answer serves two questions; give each its own")
		}
		switch {
		case questions[a.Question]:
			report(i, QuestionTwice, "the same question is chosen twice; choose another")
		case !slices.Contains(offered, a.Question):
			report(i, QuestionChosen, "the question is not offered; choose one of the list")
		}
		questions[a.Question], texts[text] = true, true
	}
	return problems
}

// DrawQuestions picks as many of the registered questions as a reset asks for,
// in random order. intn returns a number from 0 to n-1, as rand.Rand.IntN does.
// Any wrong answer draws anew.
func (q QuestionSettings) DrawQuestions(registered []string, intn func(n int) int) []string {
	drawn := slices.Clone(registered)
	want := min(max(q.ToReset, 1), len(drawn))
	for i := range want {
		j := i + intn(len(drawn)-i)
		drawn[i], drawn[j] = drawn[j], drawn[i]
	}
	return drawn[:want]
}
