package registration

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// A Service performs the operations. All fields are required.
type Service struct {
	People  People
	Apps    Apps
	Tokens  Tokens
	Data    Data
	Drafts  DraftStore
	Proofs  *challenge.Service
	Journal *journal.Journal
	Now     func() time.Time
}

// A Visitor is the signed-in person at the page, as the sign-in knows them.
type Visitor struct {
	PersonID        string
	Session         string // of the sign-in: the key of the draft
	CorrelationID   string
	IPAddress       string
	Locale          string
	Kind            policy.SignInKind
	MFADoneAt       time.Time
	TrustedLocation bool
	Interrupt       bool // in the wizard of a sign-in, else on the page
}

// A Message is how an operation ended: a closed set.
type Message string

// The messages. Those after MsgDefaultChanged are problems.
const (
	MsgNone           Message = ""
	MsgSaved          Message = "saved"
	MsgDeleted        Message = "deleted"
	MsgSent           Message = "code-sent"
	MsgWaiting        Message = "waiting"
	MsgScan           Message = "scan"
	MsgTokenCode      Message = "token-code" // the token is known: enter what it shows
	MsgSignedOut      Message = "signed-out-everywhere"
	MsgDefaultChanged Message = "default-changed"
	MsgNeedFactor     Message = "need-factor" // a second factor first
	MsgBlocked        Message = "blocked"     // Conditional Access: AADSTS53010
	MsgNotAllowed     Message = "not-allowed" // Why says by which rule
	MsgBadPhone       Message = "bad-phone"
	MsgBadEmail       Message = "bad-email"
	MsgOwnEmail       Message = "own-email" // the account's own address proves nothing
	MsgBadAnswers     Message = "bad-answers"
	MsgBadToken       Message = "bad-token" // no token of this serial number is to be had
	MsgCodeWrong      Message = "code-wrong"
	MsgCodeExpired    Message = "code-expired"
	MsgDenied         Message = "denied"
	MsgTooMany        Message = "too-many"
	MsgCannotReach    Message = "cannot-contact"
	MsgNotNow         Message = "not-now"
)

// Good reports whether a message is no problem.
func (m Message) Good() bool {
	switch m {
	case MsgNone, MsgSaved, MsgDeleted, MsgSent, MsgWaiting, MsgScan, MsgTokenCode, MsgSignedOut, MsgDefaultChanged:
		return true
	}
	return false
}

// A Result is how an operation ended.
type Result struct {
	Message Message
	Why     string // in the terms of the rule, for MsgNotAllowed, MsgBlocked and MsgBadAnswers
}

// circumstances are what every operation asks for first.
type circumstances struct {
	settings   policy.Settings
	person     policy.Person
	registered Registered
	access     policy.AccessDecision
	now        time.Time
}

func (s *Service) circumstances(ctx context.Context, v Visitor) (circumstances, error) {
	settings, err := s.People.Settings(ctx)
	if err != nil {
		return circumstances{}, fmt.Errorf("reading the tenant's settings: %w", err)
	}
	c := circumstances{now: s.Now()}
	c.settings = settings.InForce(c.now)
	if c.person, err = s.People.Person(ctx, v.PersonID); err != nil {
		return c, fmt.Errorf("reading the person: %w", err)
	}
	if c.registered, err = s.People.Registered(ctx, v.PersonID); err != nil {
		return c, fmt.Errorf("reading the registered methods: %w", err)
	}
	c.access = policy.RegistrationAccess(c.settings, c.person, policy.RegistrationVisit{
		TrustedLocation: v.TrustedLocation, MFADone: !v.MFADoneAt.IsZero(), UsedTAP: v.Kind == policy.SignedInWithTAP,
		HasMFAMethod: len(c.factors()) > 0,
	})
	return c, nil
}

// factors are the second factors that the person could still prove.
func (c circumstances) factors() []policy.Offer {
	return policy.SecondFactors(c.settings, c.person, c.registered.DefaultFactor, c.now)
}

// visit is the person's circumstances, as the table of operations asks for them.
func (c circumstances) visit(v Visitor) policy.InfoVisit {
	return policy.InfoVisit{
		Interrupt: v.Interrupt, MFADoneAt: v.MFADoneAt, HasTAP: !c.registered.PassEnds.IsZero(),
		FIDO2: c.settings.ForRegistration(c.now).Methods.Configs[configFIDO2].Targets(c.person),
	}
}

// configFIDO2 is the ID of the passkey configuration (fido2AuthenticationMethodConfiguration).
const configFIDO2 = "Fido2"

// barred is the refusal of somebody who may not register now, or MsgNone.
func (c circumstances) barred() Result {
	switch {
	case c.access.Allowed:
		return Result{}
	case c.access.NeedMFA:
		return Result{Message: MsgNeedFactor}
	}
	why := ""
	for _, check := range c.access.Checks {
		if check.Verdict == policy.Failed {
			why = check.Detail
		}
	}
	return Result{Message: MsgBlocked, Why: why}
}

// admit asks the three questions of every operation.
func (s *Service) admit(ctx context.Context, v Visitor, m policy.InfoMethod, op policy.InfoOperation) (circumstances, Result, error) {
	c, err := s.circumstances(ctx, v)
	if err != nil {
		return c, Result{}, err
	}
	if r := c.barred(); r.Message != MsgNone {
		return c, r, nil
	}
	if ok, why := policy.InfoAllowed(c.settings, c.person, m, op, c.visit(v), c.now); !ok {
		return c, Result{Message: MsgNotAllowed, Why: why}, nil
	}
	return c, Result{}, nil
}

func (v Visitor) actor(c circumstances) journal.Actor {
	return journal.Actor{
		ID: c.person.ID, DisplayName: c.person.DisplayName, UserPrincipalName: c.person.UserPrincipalName, IPAddress: v.IPAddress,
	}
}

// items are the names of methods in the audit log (reference 12.2).
var items = map[policy.InfoMethod]string{
	policy.InfoAuthenticator: journal.ItemApp, policy.InfoOtherApp: journal.ItemApp, policy.InfoHardwareToken: "Hardware token",
	policy.InfoPhone: journal.ItemPhone, policy.InfoAlternatePhone: journal.ItemAlternatePhone, policy.InfoOfficePhone: journal.ItemOfficePhone,
	policy.InfoEmail: journal.ItemEmail, policy.InfoQuestions: journal.ItemQuestions, policy.InfoTemporaryAccess: "Temporary Access Pass",
}

// saved writes what has been registered or changed to the audit log. When the
// person has everything required with it, that is a record of its own.
func (s *Service) saved(ctx context.Context, v Visitor, before circumstances, m policy.InfoMethod, op policy.InfoOperation) (Result, error) {
	who := v.actor(before)
	if op == policy.InfoChange {
		s.Journal.Append(journal.InfoByUser(v.CorrelationID, journal.ActivityUpdatedInfo, who, true, "User updated "+items[m]+"."))
	} else {
		s.Journal.Append(journal.Registered(v.CorrelationID, who, items[m]))
	}
	if resets(m) {
		s.Journal.Append(journal.SecurityInfoSaved(v.CorrelationID, who, items[m]))
	}
	after, err := s.circumstances(ctx, v)
	if err != nil {
		return Result{}, err
	}
	was := policy.RegistrationOf(before.settings, before.person, before.now)
	is := policy.RegistrationOf(after.settings, after.person, after.now)
	if is.Registered && (!was.Registered || after.person.RegisteredAt.IsZero()) {
		s.Journal.Append(journal.RegisteredAll(v.CorrelationID, who))
		if err := s.Data.MarkRegistered(ctx, v.PersonID, s.Now()); err != nil {
			return Result{}, fmt.Errorf("marking the person as registered: %w", err)
		}
	}
	return Result{Message: MsgSaved}, nil
}

// resets reports whether a method can serve password reset.
func resets(m policy.InfoMethod) bool {
	switch m {
	case policy.InfoAuthenticator, policy.InfoOtherApp, policy.InfoHardwareToken, policy.InfoPhone, policy.InfoOfficePhone, policy.InfoEmail, policy.InfoQuestions:
		return true
	}
	return false
}

// draft returns the draft of the visitor; one that is too old counts for nothing.
func (s *Service) draft(ctx context.Context, v Visitor) (Draft, error) {
	d, err := s.Drafts.Get(ctx, v.Session)
	if err != nil {
		return d, err
	}
	if d.PersonID != v.PersonID || !s.Now().Before(d.Expires) {
		return Draft{}, errors.Join(ErrNoDraft, s.Drafts.Delete(ctx, v.Session))
	}
	return d, nil
}
