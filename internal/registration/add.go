package registration

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// StartApp offers a new authenticator app: m is InfoAuthenticator or
// InfoOtherApp. The offer is in the overview until a code confirms it.
func (s *Service) StartApp(ctx context.Context, v Visitor, m policy.InfoMethod) (Result, error) {
	if m != policy.InfoAuthenticator && m != policy.InfoOtherApp {
		return Result{Message: MsgNotAllowed, Why: fmt.Sprintf("%q is no authenticator app", m)}, nil
	}
	_, refused, err := s.admitProof(ctx, v, m, policy.InfoRegister)
	if err != nil || refused.Message != MsgNone {
		return refused, err
	}
	kind := policy.SoftwareOATH
	if m == policy.InfoAuthenticator {
		kind = policy.MicrosoftAuthenticator
	}
	if err := s.dropApp(ctx, v); err != nil {
		return Result{}, err
	}
	offer, err := s.Apps.Start(ctx, v.PersonID, kind, m == policy.InfoAuthenticator, s.Now())
	if err != nil {
		return Result{}, fmt.Errorf("offering an app: %w", err)
	}
	return Result{Message: MsgScan}, s.put(ctx, Draft{
		Key: v.Session, PersonID: v.PersonID, Method: m, Operation: policy.InfoRegister, Proof: policy.AppCode, AppID: offer.AppID,
	})
}

// admitProof is admit for what has to be proved: not of somebody whose answers
// were wrong too often.
func (s *Service) admitProof(ctx context.Context, v Visitor, m policy.InfoMethod, op policy.InfoOperation) (circumstances, Result, error) {
	c, refused, err := s.admit(ctx, v, m, op)
	if err == nil && refused.Message == MsgNone && !c.registered.Habits.MayGuess(m, c.now) {
		refused = Result{Message: MsgTooMany}
	}
	return c, refused, err
}

// maxTokenName bounds the name that a person gives a token, in characters.
const maxTokenName = 40

// StartToken takes a hardware token by the serial number on its back, under a
// name of the person's choice; a code activates it
// (concept-authentication-oath-tokens, self-assignment and activation). Nothing
// is assigned before. A number that nobody has and one of somebody else's token
// are refused alike.
func (s *Service) StartToken(ctx context.Context, v Visitor, serial, name string) (Result, error) {
	_, refused, err := s.admitProof(ctx, v, policy.InfoHardwareToken, policy.InfoRegister)
	if err != nil || refused.Message != MsgNone {
		return refused, err
	}
	may, err := s.Tokens.MayClaim(ctx, v.PersonID, serial)
	if err != nil {
		return Result{}, fmt.Errorf("looking for the hardware token: %w", err)
	}
	if !may {
		return Result{Message: MsgBadToken}, nil
	}
	if err := s.dropApp(ctx, v); err != nil {
		return Result{}, err
	}
	if name = strings.TrimSpace(name); len([]rune(name)) > maxTokenName {
		name = string([]rune(name)[:maxTokenName])
	}
	return Result{Message: MsgTokenCode}, s.put(ctx, Draft{
		Key: v.Session, PersonID: v.PersonID, Method: policy.InfoHardwareToken, Operation: policy.InfoRegister, Proof: policy.AppCode,
		Serial: strings.TrimSpace(serial), Value: name,
	})
}

// dropApp withdraws an app that was offered before in this session.
func (s *Service) dropApp(ctx context.Context, v Visitor) error {
	d, err := s.draft(ctx, v)
	if errors.Is(err, ErrNoDraft) || err == nil && d.AppID == "" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the draft: %w", err)
	}
	if err := s.Apps.Delete(ctx, v.PersonID, d.AppID); err != nil {
		return fmt.Errorf("withdrawing the offered app: %w", err)
	}
	return s.Drafts.Delete(ctx, v.Session)
}

func (s *Service) put(ctx context.Context, d Draft) error {
	d.Expires = s.Now().Add(policy.RegistrationSession)
	if err := s.Drafts.Put(ctx, d); err != nil {
		return fmt.Errorf("keeping the draft: %w", err)
	}
	return nil
}

// StartPhone sends a code to a new number, or calls it. m is one of the phones,
// op InfoRegister or InfoChange; the office phone is always called.
func (s *Service) StartPhone(ctx context.Context, v Visitor, m policy.InfoMethod, op policy.InfoOperation, number string, call bool) (Result, error) {
	c, refused, err := s.admitProof(ctx, v, m, op)
	if err != nil || refused.Message != MsgNone {
		return refused, err
	}
	number = strings.TrimSpace(number)
	if !policy.ValidPhone(number) {
		return Result{Message: MsgBadPhone}, nil
	}
	var proof policy.Method
	switch {
	case m == policy.InfoOfficePhone:
		proof, c.person.Contacts.OfficePhone = policy.OfficeCall, number
	case m == policy.InfoAlternatePhone, m == policy.InfoPhone && call:
		proof, c.person.Contacts.AuthenticationPhone = policy.MobileCall, number
	case m == policy.InfoPhone:
		proof, c.person.Contacts.AuthenticationPhone = policy.MobileSMS, number
	default:
		return Result{Message: MsgNotAllowed, Why: fmt.Sprintf("%q is no phone", m)}, nil
	}
	return s.send(ctx, v, c, Draft{Method: m, Operation: op, Value: number, Proof: proof}, policy.StripExtension(number))
}

// StartEmail sends a code to a new address. The account's own address does not
// serve: whoever cannot sign in cannot read it.
func (s *Service) StartEmail(ctx context.Context, v Visitor, op policy.InfoOperation, address string) (Result, error) {
	c, refused, err := s.admitProof(ctx, v, policy.InfoEmail, op)
	if err != nil || refused.Message != MsgNone {
		return refused, err
	}
	address = strings.TrimSpace(address)
	switch {
	case !policy.ValidEmail(address):
		return Result{Message: MsgBadEmail}, nil
	case strings.EqualFold(address, c.person.UserPrincipalName), strings.EqualFold(address, c.person.Mail) && c.person.Guest == policy.Member:
		return Result{Message: MsgOwnEmail}, nil
	}
	c.person.Contacts.AuthenticationEmail = address
	return s.send(ctx, v, c, Draft{Method: policy.InfoEmail, Operation: op, Value: address, Proof: policy.Email}, "")
}

// send issues the proof of a draft to the value that it is about.
func (s *Service) send(ctx context.Context, v Visitor, c circumstances, d Draft, contact string) (Result, error) {
	if err := s.dropApp(ctx, v); err != nil {
		return Result{}, err
	}
	ch, err := s.Proofs.Begin(ctx, c.person, c.settings, d.Proof, contact, v.Locale)
	if err != nil {
		return Result{Message: MsgCannotReach}, nil // nothing was delivered; the person may correct the value
	}
	d.Key, d.PersonID, d.Challenge = v.Session, v.PersonID, &ch
	message := MsgSent
	if d.Proof == policy.MobileCall || d.Proof == policy.OfficeCall {
		message = MsgWaiting
	}
	return Result{Message: message}, s.put(ctx, d)
}

// Resend sends the code of the draft again, or calls again.
func (s *Service) Resend(ctx context.Context, v Visitor) (Result, error) {
	d, err := s.draft(ctx, v)
	switch {
	case errors.Is(err, ErrNoDraft):
		return Result{Message: MsgNotNow}, nil
	case err != nil:
		return Result{}, fmt.Errorf("reading the draft: %w", err)
	case d.AppID != "":
		return Result{Message: MsgScan}, nil
	case d.Serial != "":
		return Result{Message: MsgTokenCode}, nil
	case d.Method == policy.InfoEmail:
		return s.StartEmail(ctx, v, d.Operation, d.Value)
	}
	return s.StartPhone(ctx, v, d.Method, d.Operation, d.Value, d.Proof == policy.MobileCall)
}

// Answer proves the draft with a code; a call is asked for its answer. When it is
// right, the method is registered.
func (s *Service) Answer(ctx context.Context, v Visitor, code secret.Text) (Result, error) {
	d, err := s.draft(ctx, v)
	if errors.Is(err, ErrNoDraft) {
		return Result{Message: MsgNotNow}, nil
	}
	if err != nil {
		return Result{}, fmt.Errorf("reading the draft: %w", err)
	}
	c, refused, err := s.admit(ctx, v, d.Method, d.Operation)
	if err != nil || refused.Message != MsgNone {
		return refused, err
	}
	may, err := s.guess(ctx, c, d.Method)
	if err != nil {
		return Result{}, err
	}
	if !may {
		return Result{Message: MsgTooMany}, s.Cancel(ctx, v)
	}
	verdict, err := s.judge(ctx, c, d, code)
	if err != nil {
		return Result{}, err
	}
	if verdict == challenge.Right || verdict == challenge.Waiting {
		if err := s.noGuess(ctx, c, d.Method); err != nil {
			return Result{}, err
		}
	}
	if verdict != challenge.Right {
		return Result{Message: failed(verdict)}, nil
	}
	ctx = context.WithoutCancel(ctx)
	if d.AppID == "" && d.Serial == "" {
		if err := s.Data.SetContact(ctx, v.PersonID, d.Method, d.Value); err != nil {
			return Result{}, fmt.Errorf("saving the %s: %w", d.Method, err)
		}
	}
	if err := s.Drafts.Delete(ctx, v.Session); err != nil {
		return Result{}, fmt.Errorf("forgetting the draft: %w", err)
	}
	return s.saved(ctx, v, c, d.Method, d.Operation)
}

// judge looks at the answer. The challenge as it must be stored replaces the old
// one, so that a code passes once.
func (s *Service) judge(ctx context.Context, c circumstances, d Draft, code secret.Text) (challenge.Verdict, error) {
	if d.AppID != "" {
		verdict, err := s.Apps.Confirm(ctx, d.PersonID, d.AppID, code, c.now)
		if err != nil {
			return verdict, fmt.Errorf("confirming the app: %w", err)
		}
		return verdict, nil
	}
	if d.Serial != "" {
		verdict, err := s.Tokens.Claim(ctx, d.PersonID, d.Serial, d.Value, code, c.now)
		if err != nil {
			return verdict, fmt.Errorf("activating the hardware token: %w", err)
		}
		return verdict, nil
	}
	next, verdict, err := s.Proofs.Answer(ctx, c.person, c.settings, *d.Challenge, []secret.Text{code})
	if err != nil {
		return verdict, fmt.Errorf("checking the code: %w", err)
	}
	err = s.Drafts.Update(ctx, d.Key, func(cur Draft) (Draft, error) {
		if cur.Challenge == nil || cur.Challenge.ID != next.ID || cur.Challenge.Used {
			verdict = challenge.Expired // another tab was faster
			return cur, nil
		}
		cur.Challenge = &next
		return cur, nil
	})
	if errors.Is(err, ErrNoDraft) {
		return challenge.Expired, nil
	}
	return verdict, err
}

// guess counts an answer to the proofs of a method, over all drafts of the person.
func (s *Service) guess(ctx context.Context, c circumstances, m policy.InfoMethod) (may bool, err error) {
	err = s.Data.UpdateHabits(ctx, c.person.ID, func(h policy.Habits) policy.Habits {
		h, may = h.Guessed(m, c.now)
		return h
	})
	if err != nil {
		return false, fmt.Errorf("counting the answer: %w", err)
	}
	return may, nil
}

// noGuess takes back what guess has counted: the answer was right, or none yet.
func (s *Service) noGuess(ctx context.Context, c circumstances, m policy.InfoMethod) error {
	err := s.Data.UpdateHabits(ctx, c.person.ID, func(h policy.Habits) policy.Habits { return h.NoGuess(m, c.now) })
	if err != nil {
		return fmt.Errorf("counting the answer: %w", err)
	}
	return nil
}

// failed is what is said of an answer that was not right.
func failed(verdict challenge.Verdict) Message {
	switch verdict {
	case challenge.Waiting:
		return MsgWaiting
	case challenge.Expired:
		return MsgCodeExpired
	case challenge.Denied:
		return MsgDenied
	}
	return MsgCodeWrong
}

// Cancel leaves the draft; an app that was offered is withdrawn.
func (s *Service) Cancel(ctx context.Context, v Visitor) error {
	if err := s.dropApp(ctx, v); err != nil {
		return err
	}
	return s.Drafts.Delete(ctx, v.Session)
}

// SetQuestions registers security questions, all at once. They are never changed
// one by one: delete them and register others (reference 5.2).
func (s *Service) SetQuestions(ctx context.Context, v Visitor, given []Answered) (Result, error) {
	c, refused, err := s.admit(ctx, v, policy.InfoQuestions, policy.InfoRegister)
	if err != nil || refused.Message != MsgNone {
		return refused, err
	}
	answers := make([]policy.Answer, len(given))
	for i, g := range given {
		answers[i] = policy.Answer{Question: g.Question, Text: g.Answer.Reveal()}
	}
	if problems := c.settings.Reset.Questions.CheckRegistration(answers); len(problems) > 0 {
		return Result{Message: MsgBadAnswers, Why: problems[0].Text}, nil
	}
	if err := s.Data.SetQuestions(ctx, v.PersonID, given); err != nil {
		return Result{}, fmt.Errorf("saving the questions: %w", err)
	}
	return s.saved(context.WithoutCancel(ctx), v, c, policy.InfoQuestions, policy.InfoRegister)
}
