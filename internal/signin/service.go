package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// A Service carries sign-ins. All fields but Directory are required.
type Service struct {
	Sessions     SessionStore
	Accounts     Accounts
	Credentials  Credentials
	Registration Registration
	Directory    Directory // nil: no authentication agent is installed
	Habits       Habits
	Proofs       *challenge.Service
	Journal      *journal.Journal
	Now          func() time.Time
	NewID        func(kind string) string // GUID of "signin" or "correlation", from the lab's chance
}

// A View is what a page shows of a sign-in.
type View struct {
	SessionID     string // "" without a session
	CorrelationID string
	Step          Step
	User          string
	PersonID      string
	Kind          policy.SignInKind
	MFADoneAt     time.Time // zero: no second factor in this session
	Trusted       bool      // from a trusted location
	Code          Code      // AADSTS number to show, OK for none
	Message       Message
	Factors       []policy.Offer
	Challenge     *Challenge
	CanResend     bool
	Interrupt     *policy.Interrupt
	Locale        string
	TenantName    string
	LockedUntil   time.Time // MsgLocked
	// PasswordExpires is when the password expires in the cloud, once that is
	// within the domain's notification window; else zero.
	PasswordExpires time.Time
	ExpiresAt       time.Time
	InfoOpenedAt    time.Time // zero: Security info was not visited yet
	InfoOver        bool      // it was, and wants a new sign-in by now
}

// A Challenge is what a page may know of the factor under way.
type Challenge struct {
	Method   policy.Method
	Target   string // masked
	IssuedAt time.Time
	Number   int // to be typed into the app, 0 for none
}

// resendAfter is when a code may be sent again, as at the reset portal.
const resendAfter = 10 * time.Second

// View shows a session: what it needs now. A session that is over, revoked or
// unknown needs StepEnter.
func (s *Service) View(ctx context.Context, id string) (View, error) {
	sess, err := s.Sessions.Get(ctx, id)
	if errors.Is(err, ErrNoSession) {
		return View{Step: StepEnter}, nil
	}
	if err != nil {
		return View{}, fmt.Errorf("reading the sign-in: %w", err)
	}
	settings, account, err := s.facts(ctx, sess.PersonID)
	if errors.Is(err, ErrNoSuchAccount) || err == nil && !sess.alive(account, s.Now()) {
		_ = s.Sessions.Delete(ctx, id)
		return View{Step: StepEnter, Message: MsgEnded, Locale: sess.Locale}, nil
	}
	if err != nil {
		return View{}, err
	}
	st := Stand(settings, account, sess, s.Now())
	if sess, err = s.arrive(ctx, sess, account, st); err != nil {
		return View{}, err
	}
	v := s.show(settings, sess, st)
	if expiry := policy.PasswordExpiry(settings.Expiry, account.Person, account.PasswordChanged, s.Now()); expiry.Warn {
		v.PasswordExpires = expiry.At
	}
	return v, nil
}

// arrive writes to the log what a session has come to, once: an interrupt when
// it begins, the success at the end.
func (s *Service) arrive(ctx context.Context, sess Session, a Account, st Standing) (Session, error) {
	done := st.Step == StepSignedIn && !sess.Completed
	stopped := st.Code != OK && sess.Logged != st.Code
	if !done && !stopped {
		return sess, nil
	}
	first := false
	err := s.Sessions.Update(ctx, sess.ID, func(cur Session) (Session, error) {
		first = false
		switch {
		case done && !cur.Completed:
			first = true
			cur = cur.completed(a.PassEnds, s.Now())
		case stopped && cur.Logged != st.Code:
			first = true
			cur.Logged = st.Code
		}
		sess = cur
		return cur, nil
	})
	if err != nil {
		return sess, fmt.Errorf("settling the sign-in: %w", err)
	}
	if first {
		s.log(sess, st.Code)
	}
	return sess, nil
}

func (s *Service) show(settings policy.Settings, sess Session, st Standing) View {
	v := View{
		SessionID: sess.ID, CorrelationID: sess.CorrelationID, Step: st.Step, User: sess.User, PersonID: sess.PersonID,
		Kind: sess.Kind, MFADoneAt: sess.MFADoneAt, Trusted: sess.Trusted, Message: sess.Message, Factors: st.Factors,
		Interrupt: st.Interrupt, Locale: sess.Locale, TenantName: settings.TenantName, ExpiresAt: sess.Expires,
		InfoOpenedAt: sess.InfoOpenedAt, InfoOver: policy.InfoSessionOver(sess.InfoOpenedAt, s.Now()),
	}
	if !st.Code.interrupt() {
		v.Code = st.Code
	}
	if c := sess.Challenge; c != nil && st.Step == StepFactor {
		v.Challenge = &Challenge{Method: c.Method, Target: c.Target, IssuedAt: c.IssuedAt, Number: c.Number}
		v.CanResend = !s.Now().Before(c.IssuedAt.Add(resendAfter))
	}
	return v
}

// facts are what every step asks for first.
func (s *Service) facts(ctx context.Context, personID string) (policy.Settings, Account, error) {
	settings, err := s.Accounts.Settings(ctx)
	if err != nil {
		return settings, Account{}, fmt.Errorf("reading the tenant's settings: %w", err)
	}
	a, err := s.Accounts.Account(ctx, personID)
	if err != nil {
		return settings, a, fmt.Errorf("reading the account: %w", err)
	}
	return settings.InForce(s.Now()), a, nil
}

// change applies a transition and shows the session. A press that does not fit
// leaves it as it is.
func (s *Service) change(ctx context.Context, id string, transition func(Session) (Session, error)) (View, error) {
	err := s.Sessions.Update(ctx, id, transition)
	switch {
	case errors.Is(err, ErrNoSession):
		return View{Step: StepEnter, Message: MsgEnded}, nil
	case errors.Is(err, errNotNow):
		v, err := s.View(ctx, id)
		if err == nil && v.Message == MsgNone {
			v.Message = MsgNotNow
		}
		return v, err
	case err != nil:
		return View{}, fmt.Errorf("changing the sign-in: %w", err)
	}
	return s.View(ctx, id)
}

// SignedIn returns the session of somebody who has signed in. Error
// ErrNotSignedIn for everybody else, those on the way included.
func (s *Service) SignedIn(ctx context.Context, id string) (Session, error) {
	v, err := s.View(ctx, id)
	if err != nil {
		return Session{}, err
	}
	if v.Step != StepSignedIn {
		return Session{}, ErrNotSignedIn
	}
	return s.Sessions.Get(ctx, id)
}

// SignOut ends a session; one that is gone is as good.
func (s *Service) SignOut(ctx context.Context, id string) error {
	if err := s.Sessions.Delete(ctx, id); err != nil && !errors.Is(err, ErrNoSession) {
		return fmt.Errorf("signing out: %w", err)
	}
	return nil
}

// log writes to the sign-in log.
func (s *Service) log(sess Session, code Code) {
	s.Journal.Append(record(sess, code))
}

// record is the entry of a sign-in.
func record(sess Session, code Code) journal.Record {
	return journal.Record{
		Channel: journal.SignIn, CorrelationID: sess.CorrelationID,
		SignIn: &journal.SignInRecord{
			User: journal.Actor{ID: sess.PersonID, UserPrincipalName: sess.User, IPAddress: sess.IPAddress},
			App:  sess.App, ErrorCode: int(code), Reason: code.Reason(), Method: methodName(sess),
		},
	}
}

// methodName names what the person signed in with.
func methodName(sess Session) string {
	switch sess.Kind {
	case policy.SignedInWithTAP:
		return "Temporary Access Pass"
	case policy.SignedInWithMFA:
		return "Password, multi-factor authentication"
	}
	return "Password"
}
