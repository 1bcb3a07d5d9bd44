package tenant

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/kdf"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// answerIterations makes guessing an answer from its hash slow, and answering
// one gate a matter of milliseconds.
const (
	answerIterations = 20000
	answerSalt       = 16 // octets
)

// An AnswerHash is the answer to a security question as it is kept: PBKDF2 over
// person, question and answer, so that equal answers do not look equal. The
// answers of a seed file are hashed when they are first asked for, before
// anything compares or keeps them: a lab with many people starts at once.
type AnswerHash struct {
	salt string
	kept answerSums
	late *lateAnswer // of a seed file; shared by the copies of the hash
}

// answerSums are the hashes of an answer in both forms that the tenant may
// compare, since it can change its mind: nobody has to register again for that.
type answerSums struct{ folded, exact string }

func (s answerSums) of(rules policy.QuestionSettings) string {
	if rules.Exact {
		return s.exact
	}
	return s.folded
}

// A lateAnswer is hashed by the first who needs it, and then forgotten.
type lateAnswer struct {
	once               sync.Once
	personID, question string
	plain              secret.Text
	sums               answerSums
}

// seededAnswer is the answer of a seed file.
func seededAnswer(personID, question string, plain secret.Text, salt []byte) AnswerHash {
	return AnswerHash{salt: string(salt), late: &lateAnswer{personID: personID, question: question, plain: plain}}
}

// sums are the hashes, made now if they were not before.
func (h AnswerHash) sums() answerSums {
	if h.late == nil {
		return h.kept
	}
	h.late.once.Do(func() {
		h.late.sums = sumsOf(h.salt, h.late.personID, h.late.question, h.late.plain)
		h.late.plain = secret.Text{}
	})
	return h.late.sums
}

func sumsOf(salt, personID, question string, plain secret.Text) answerSums {
	return answerSums{
		folded: hashAnswer(salt, personID, question, policy.QuestionSettings{}, plain),
		exact:  hashAnswer(salt, personID, question, policy.QuestionSettings{Exact: true}, plain),
	}
}

// hashAnswer hashes an answer in the form that rules compare. The forms do not
// look alike even where they are.
func hashAnswer(salt, personID, question string, rules policy.QuestionSettings, plain secret.Text) string {
	input := personID + "\x00" + question + "\x00" + rules.NormaliseAnswer(plain.Reveal())
	if rules.Exact {
		input = "exact\x00" + input
	}
	return string(kdf.SHA256(input, []byte(salt), answerIterations, 32))
}

// matches compares without telling by its duration how close the answer came.
func (h AnswerHash) matches(personID, question string, rules policy.QuestionSettings, plain secret.Text) bool {
	kept := h.sums().of(rules)
	return kept != "" && subtle.ConstantTimeCompare([]byte(kept), []byte(hashAnswer(h.salt, personID, question, rules, plain))) == 1
}

// Reveal returns "salt.folded.exact" in base64, for snapshots.
func (h AnswerHash) Reveal() string {
	encode, sums := base64.RawStdEncoding.EncodeToString, h.sums()
	return encode([]byte(h.salt)) + "." + encode([]byte(sums.folded)) + "." + encode([]byte(sums.exact))
}

var errAnswerHash = errors.New("no answer hash of the form salt.folded.exact")

// UnmarshalText takes what Reveal returned.
func (h *AnswerHash) UnmarshalText(text []byte) error {
	parts := strings.Split(string(text), ".")
	if len(parts) != 3 {
		return errAnswerHash
	}
	for i, part := range parts {
		plain, err := base64.RawStdEncoding.DecodeString(part)
		if err != nil {
			return errAnswerHash
		}
		parts[i] = string(plain)
	}
	*h = AnswerHash{salt: parts[0], kept: answerSums{folded: parts[1], exact: parts[2]}}
	return nil
}

// MarshalText gives [secret.Redacted]; Format and LogValue do, too, so that no
// print shows the hash.
func (h AnswerHash) MarshalText() ([]byte, error) { return []byte(secret.Redacted), nil }

// Format writes [secret.Redacted] for every verb.
func (h AnswerHash) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, secret.Redacted) }

// LogValue returns [secret.Redacted] to package slog.
func (h AnswerHash) LogValue() slog.Value { return slog.StringValue(secret.Redacted) }

// QuestionsOf returns the keys (or custom texts) of the registered questions.
func (s *Store) QuestionsOf(ctx context.Context, personID string) ([]string, error) {
	u, err := s.User(ctx, personID)
	if err != nil {
		return nil, err
	}
	questions := make([]string, len(u.Methods.Questions))
	for i, q := range u.Methods.Questions {
		questions[i] = q.Question
	}
	return questions, nil
}

// CheckAnswers compares answers, question by question; all must be right. Every
// answer is computed even after a wrong one, and no lock is held meanwhile.
func (s *Store) CheckAnswers(ctx context.Context, personID string, questions []string, answers []secret.Text) (bool, error) {
	u, err := s.User(ctx, personID)
	if err != nil {
		return false, err
	}
	settings, err := s.Settings(ctx)
	if err != nil {
		return false, err
	}
	right := len(questions) > 0 && len(questions) == len(answers)
	for i, answer := range answers {
		if i >= len(questions) {
			break
		}
		if !u.registeredAnswer(questions[i]).matches(u.ID, questions[i], settings.Reset.Questions, answer) {
			right = false
		}
	}
	return right, nil
}

func (u User) registeredAnswer(question string) AnswerHash {
	for _, q := range u.Methods.Questions {
		if q.Question == question {
			return q.Answer
		}
	}
	return AnswerHash{}
}

// An Answered is a question with its answer, as a person gives it.
type Answered struct {
	Question string // key of a predefined question, or the custom text
	Answer   secret.Text
}

// SetQuestions registers security questions in place of those there were. Error
// Problems for every rule that they break (reference 3).
func (s *Store) SetQuestions(ctx context.Context, id string, given []Answered) error {
	settings, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	if err := checkAnswers("questions", settings.Reset.Questions, given).Err(); err != nil {
		return err
	}
	u, err := s.User(ctx, id)
	if err != nil {
		return err
	}
	registered := make([]Question, len(given))
	for i, g := range given {
		salt := string(chance.Bytes(s.chance.Next("answer-salt"), answerSalt))
		registered[i] = Question{g.Question, AnswerHash{salt: salt, kept: sumsOf(salt, u.ID, g.Question, g.Answer)}}
	}
	_, err = s.UpdateUser(ctx, id, func(u *User) error {
		u.Methods.Questions = registered
		return nil
	})
	return err
}

// DeleteQuestions removes all security questions, for good.
func (s *Store) DeleteQuestions(ctx context.Context, id string) error {
	_, err := s.UpdateUser(ctx, id, func(u *User) error {
		u.Methods.Questions = nil
		return nil
	})
	return err
}

// checkAnswers applies the rules of registering answers.
func checkAnswers(path string, rules policy.QuestionSettings, given []Answered) Problems {
	answers := make([]policy.Answer, len(given))
	for i, g := range given {
		answers[i] = policy.Answer{Question: g.Question, Text: g.Answer.Reveal()}
	}
	sheet := sheet{}
	for _, p := range rules.CheckRegistration(answers) {
		at := path
		if p.Index >= 0 {
			at = fmt.Sprintf("%s[%d]", path, p.Index)
		}
		sheet.add(at, p.Text)
	}
	return sheet.found
}
