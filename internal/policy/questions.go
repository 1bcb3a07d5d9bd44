package policy

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// A Question is a predefined security question: the key under which it is
// stored and translated, and its wording in English, which is ours.
type Question struct {
	Key  string
	Text string
}

// predefinedQuestions is the list of concept-authentication-security-questions
// in its order, by meaning (reference 3.1).
var predefinedQuestions = [...]Question{
	{"city_met_spouse", "In which town did you first meet your spouse or partner?"},
	{"city_parents_met", "In which town did your parents meet each other?"},
	{"city_nearest_sibling", "In which town does the brother or sister who lives closest to you live?"},
	{"city_father_born", "In which town was your father born?"},
	{"city_first_job", "In which town did you have your first job?"},
	{"city_mother_born", "In which town was your mother born?"},
	{"city_new_year_2000", "In which town did you see the year 2000 begin?"},
	{"high_school_teacher", "What is the surname of the teacher you liked best at secondary school?"},
	{"college_not_attended", "Which college did you apply to without going there?"},
	{"wedding_reception", "Where did you celebrate your first wedding?"},
	{"father_middle_name", "What is your father's middle name?"},
	{"favourite_food", "Which food do you like best?"},
	{"maternal_grandmother", "What is the full name of your mother's mother?"},
	{"mother_middle_name", "What is your mother's middle name?"},
	{"oldest_sibling_birth", "In which month and year was your oldest brother or sister born?"},
	{"oldest_sibling_middle", "What is the middle name of your oldest brother or sister?"},
	{"paternal_grandfather", "What is the full name of your father's father?"},
	{"youngest_sibling_middle", "What is the middle name of your youngest brother or sister?"},
	{"school_sixth_grade", "Which school did you go to in your sixth year?"},
	{"childhood_best_friend", "What is the full name of your best friend when you were a child?"},
	{"first_significant_other", "What is the full name of the first person you were in a serious relationship with?"},
	{"grade_school_teacher", "What is the surname of the teacher you liked best at primary school?"},
	{"first_vehicle", "Which make and model was your first car or motorcycle?"},
	{"first_school", "What is the name of the first school you went to?"},
	{"birth_hospital", "In which hospital were you born?"},
	{"first_street", "In which street was your first home as a child?"},
	{"childhood_hero", "Who was your hero when you were a child?"},
	{"stuffed_animal", "What was the name of the soft toy you liked best?"},
	{"first_pet", "What was the name of your first pet?"},
	{"childhood_nickname", "What was your nickname when you were a child?"},
	{"school_sport", "Which sport did you like best at secondary school?"},
	{"first_job", "What was your first job?"},
	{"childhood_phone_last4", "What are the last four digits of the phone number you had as a child?"},
	{"dream_job", "What did you want to become when you were a child?"},
	{"famous_person", "Who is the most famous person you have ever met?"},
}

// PredefinedQuestions lists the 35 questions in their order.
func PredefinedQuestions() []Question { return slices.Clone(predefinedQuestions[:]) }

// QuestionText returns the English wording of a predefined question, or the
// text itself for a custom question, which has no translations.
func QuestionText(keyOrText string) string {
	for _, q := range predefinedQuestions {
		if q.Key == keyOrText {
			return q.Text
		}
	}
	return keyOrText
}

func isPredefined(key string) bool {
	return slices.ContainsFunc(predefinedQuestions[:], func(q Question) bool { return q.Key == key })
}

func firstQuestionKeys(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = predefinedQuestions[i].Key
	}
	return keys
}

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
