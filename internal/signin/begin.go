package signin

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/kdf"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A BeginInput is what the first page takes.
type BeginInput struct {
	UserID   string
	Password secret.Text
	// Pass says that Password is a Temporary Access Pass.
	Pass      bool
	App       string // what the person wants to open: "My Account"
	IPAddress string
	UserAgent string
	Locale    string
}

// Begin checks the first credential and starts a session when it is right. A
// refusal is a view of StepEnter with its number and message; unknown people get
// the words and the time of a wrong password.
func (s *Service) Begin(ctx context.Context, in BeginInput) (View, error) {
	settings, err := s.Accounts.Settings(ctx)
	if err != nil {
		return View{}, fmt.Errorf("reading the tenant's settings: %w", err)
	}
	settings = settings.InForce(s.Now())
	sess := s.fresh(settings, in)
	a, err := s.Accounts.Find(ctx, strings.TrimSpace(in.UserID))
	if errors.Is(err, ErrNoSuchAccount) {
		if err := s.pretend(ctx, in); err != nil {
			return View{}, err
		}
		return s.refuse(settings, sess, wrong(in.Pass, CodeUnknownUser)), nil
	}
	if err != nil {
		return View{}, fmt.Errorf("finding the account: %w", err)
	}
	sess.PersonID, sess.User = a.ID, a.UserPrincipalName
	verdict, err := s.first(ctx, settings, a, &sess, in)
	if err != nil {
		return View{}, err
	}
	if verdict.message != MsgNone {
		return s.refuse(settings, sess, verdict), nil
	}
	return s.admit(ctx, a, sess, in)
}

// pretend does for nobody what is done for somebody whose password is wrong: the
// time must not tell who exists.
func (s *Service) pretend(ctx context.Context, in BeginInput) error {
	if _, err := s.Credentials.Matches(ctx, "", in.Password); err != nil {
		return fmt.Errorf("checking a password: %w", err)
	}
	if in.Pass {
		return nil // smart lockout does not look at passes
	}
	if _, err := s.familiar(ctx, "", in.IPAddress); err != nil {
		return err
	}
	badPassword("", in.Password)
	if err := s.Credentials.UpdateLockout(ctx, "", func(l policy.LockoutState) policy.LockoutState { return l }); err != nil {
		return fmt.Errorf("counting the attempt: %w", err)
	}
	return nil
}

// fresh is a session that nobody has proved anything for.
func (s *Service) fresh(settings policy.Settings, in BeginInput) Session {
	now := s.Now()
	return Session{
		CorrelationID: s.NewID("correlation"), User: strings.TrimSpace(in.UserID), App: in.App, Kind: policy.SignedInWithPassword,
		IPAddress: in.IPAddress, Locale: in.Locale, Mobile: mobile(in.UserAgent), Trusted: settings.SignIn.Trusts(in.IPAddress),
		Started: now, Authenticated: now, Expires: now.Add(onTheWay),
	}
}

// mobile reports whether a user agent is a browser on a phone, as the browsers
// themselves say (RFC 9110 10.1.5).
func mobile(userAgent string) bool { return strings.Contains(userAgent, "Mobile") }

// A verdict is a refused first credential; the zero value accepts it.
type verdict struct {
	code    Code
	message Message
	until   time.Time // MsgLocked
}

// wrong is a wrong first credential: what the person is told is the same for
// every reason.
func wrong(pass bool, code Code) verdict {
	if pass {
		return verdict{code: code, message: MsgWrongPass}
	}
	return verdict{code: code, message: MsgWrongPassword}
}

func (s *Service) refuse(settings policy.Settings, sess Session, v verdict) View {
	if v.code != OK {
		s.log(sess, v.code)
	}
	shown := v.code
	switch v.message {
	case MsgWrongPassword:
		shown = CodeWrongPassword
	case MsgWrongPass:
		shown = CodePassWrong
	}
	step := StepEnter
	if v.message == MsgElsewhere {
		step = StepFederated
	}
	return View{
		CorrelationID: sess.CorrelationID, Step: step, User: sess.User, Code: shown, Message: v.message,
		Locale: sess.Locale, TenantName: settings.TenantName, LockedUntil: v.until,
	}
}

// first judges the first credential. It sets what the session learns from it.
func (s *Service) first(ctx context.Context, settings policy.Settings, a Account, sess *Session, in BeginInput) (verdict, error) {
	if in.Pass {
		return s.pass(ctx, a, sess, in.Password)
	}
	if a.Hosting == policy.Federated {
		return verdict{message: MsgElsewhere}, nil
	}
	familiar, err := s.familiar(ctx, a.ID, in.IPAddress)
	if err != nil {
		return verdict{}, err
	}
	if until, locked := a.Lockout.Locked(familiar, s.Now()); locked {
		return verdict{code: CodeLocked, message: MsgLocked, until: until}, nil
	}
	check := s.inCloud
	if a.Hosting == policy.PassThrough {
		check = s.onPremises
	}
	v, err := check(ctx, settings, a, sess, in.Password)
	if err != nil {
		return v, err
	}
	counted, err := s.count(ctx, settings, a, v, familiar, in.Password)
	if err != nil || counted.message != MsgNone {
		return counted, err
	}
	if !a.AccountEnabled {
		return verdict{code: CodeDisabled, message: MsgDisabled}, nil
	}
	return verdict{}, nil
}

// count lets smart lockout see how an attempt went. Somebody who was locked out
// while the password was looked at is told so, right or wrong: of many guesses at
// once no more count than the threshold allows.
func (s *Service) count(ctx context.Context, settings policy.Settings, a Account, v verdict, familiar bool, password secret.Text) (verdict, error) {
	isWrong := v.message == MsgWrongPassword
	if v.message != MsgNone && !isWrong {
		return v, nil // locked or disabled on-premises, or nobody answered
	}
	hash := ""
	if isWrong && a.Hosting != policy.PassThrough {
		hash = badPassword(a.ID, password)
	}
	var until time.Time
	overtaken := false
	err := s.Credentials.UpdateLockout(ctx, a.ID, func(l policy.LockoutState) policy.LockoutState {
		if until, overtaken = l.Locked(familiar, s.Now()); overtaken {
			return l
		}
		if !isWrong {
			return l.Right(familiar)
		}
		l, _ = l.Wrong(policy.LockoutFor(settings, a.Person), familiar, hash, s.Now())
		return l
	})
	switch {
	case err != nil:
		return verdict{}, fmt.Errorf("counting the attempt: %w", err)
	case overtaken:
		return verdict{code: CodeLocked, message: MsgLocked, until: until}, nil
	}
	return v, nil
}

// IsCurrent reports whether password is the cloud password of somebody who has
// signed in, for a change of it. Smart lockout looks on as at a sign-in: a wrong
// one counts. Until lockedUntil, when it is not zero, none is looked at.
func (s *Service) IsCurrent(ctx context.Context, personID, ipAddress string, password secret.Text) (right bool, lockedUntil time.Time, err error) {
	settings, a, err := s.facts(ctx, personID)
	if err != nil {
		return false, time.Time{}, err
	}
	familiar, err := s.familiar(ctx, a.ID, ipAddress)
	if err != nil {
		return false, time.Time{}, err
	}
	if until, locked := a.Lockout.Locked(familiar, s.Now()); locked {
		return false, until, nil
	}
	var v verdict
	if right, err = s.Credentials.Matches(ctx, a.ID, password); err != nil {
		return false, time.Time{}, fmt.Errorf("checking the current password: %w", err)
	}
	if !right {
		v = wrong(false, CodeWrongPassword)
	}
	counted, err := s.count(ctx, settings, a, v, familiar, password)
	return right && err == nil && counted.message == MsgNone, counted.until, err
}

// badPassword identifies a wrong password without telling it. It is slow,
// because a wrong password is often nearly the right one.
func badPassword(personID string, password secret.Text) string {
	return base64.RawStdEncoding.EncodeToString(kdf.SHA256(password.Reveal(), []byte("bad password of "+personID), 2000, 12))
}

// inCloud asks the cloud's own hash, and whether the password is still good.
func (s *Service) inCloud(ctx context.Context, settings policy.Settings, a Account, sess *Session, password secret.Text) (verdict, error) {
	whose, code := a.ID, CodeWrongPassword
	if a.NoPassword {
		whose, code = "", CodeNoPassword
	}
	right, err := s.Credentials.Matches(ctx, whose, password)
	if err != nil {
		return verdict{}, fmt.Errorf("checking the password: %w", err)
	}
	if !right {
		return wrong(false, code), nil
	}
	expiry := policy.PasswordExpiry(settings.Expiry, a.Person, a.PasswordChanged, s.Now())
	if a.MustChange || expiry.Expired {
		sess.MustChange = CodeExpired
	}
	return verdict{}, nil
}

// pass checks a Temporary Access Pass. It is a second factor, too
// (howto-authentication-temporary-access-pass), works for federated people and
// not for guests, and smart lockout does not count it.
func (s *Service) pass(ctx context.Context, a Account, sess *Session, pass secret.Text) (verdict, error) {
	if a.Guest != policy.Member || a.PassEnds.IsZero() {
		if _, err := s.Credentials.Matches(ctx, "", pass); err != nil {
			return verdict{}, fmt.Errorf("checking a pass: %w", err)
		}
		return wrong(true, CodePassNone), nil
	}
	now := s.Now()
	if over, err := s.tooMany(ctx, a.ID); over || err != nil {
		return verdict{code: CodeLocked, message: MsgLocked, until: now.Add(factorWindow)}, err
	}
	right, why, err := s.Credentials.UsePass(ctx, a.ID, pass, now)
	if err != nil {
		return verdict{}, fmt.Errorf("checking the pass: %w", err)
	}
	if !right {
		if err := s.factorFailed(ctx, a.ID); err != nil {
			return verdict{}, fmt.Errorf("counting a wrong pass: %w", err)
		}
		return wrong(true, CodePassWrong), nil
	}
	switch why {
	case policy.TAPEnabled:
	case policy.TAPExpired:
		return verdict{code: CodePassExpired, message: MsgPassEnded}, nil
	case policy.TAPNotYetValid:
		return verdict{code: CodePassNone, message: MsgPassEnded}, nil
	default: // not allowed, or a one-time pass that was used
		return verdict{code: CodePassPolicy, message: MsgPassEnded}, nil
	}
	if !a.AccountEnabled {
		return verdict{code: CodeDisabled, message: MsgDisabled}, nil
	}
	sess.Kind, sess.MFADoneAt = policy.SignedInWithTAP, now
	return verdict{}, nil
}

// admit starts the session of somebody whose first credential was right.
func (s *Service) admit(ctx context.Context, a Account, sess Session, in BeginInput) (View, error) {
	sess.ID = s.NewID("signin")
	if err := s.Sessions.Create(ctx, sess); err != nil {
		return View{}, fmt.Errorf("starting the sign-in: %w", err)
	}
	if err := s.Habits.UpdateHabits(ctx, a.ID, func(h policy.Habits) policy.Habits { return h.Learned(in.IPAddress) }); err != nil {
		return View{}, fmt.Errorf("learning where the person signs in from: %w", err)
	}
	return s.View(ctx, sess.ID)
}
