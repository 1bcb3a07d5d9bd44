package ssprtest

import (
	"fmt"
	"strings"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A Person is somebody of the organisation, with all devices in hand.
type Person struct {
	UPN string
	l   *Lab
}

// Person returns the person with a user principal name.
func (l *Lab) Person(upn string) *Person { return &Person{UPN: upn, l: l} }

// An Outcome says how an attempt ended.
type Outcome string

// The outcomes.
const (
	Done      Outcome = Outcome(journal.Done)      // every directory that should know the password does
	Refused   Outcome = Outcome(journal.Refused)   // a rule said no
	Failed    Outcome = Outcome(journal.Failed)    // something broke
	Unknown   Outcome = Outcome(journal.Unknown)   // written, perhaps: the answer was lost
	Partial   Outcome = Outcome(journal.Partial)   // AD knows the password, the cloud does not yet
	Cancelled Outcome = Outcome(journal.Cancelled) // by the person
	Open      Outcome = Outcome(journal.Open)      // a proof did not pass
)

// A Method is a way to prove who one is, in the words of the control API.
type Method string

// The methods that a person can use without help.
const (
	AppCode   Method = "appCode"
	AppPush   Method = "appNotification"
	Email     Method = "email"
	Text      Method = "mobileSMS"
	Call      Method = "mobileCall"
	Questions Method = "securityQuestions"
)

// An Attempt is a reset, unlock or change that has ended.
type Attempt struct {
	Outcome        Outcome
	Code           string // SSPR_0029, …; "" without a number
	Cause          string // name of the rule or refusal, "" when done
	Remedy         string // the smallest change that would have let it pass
	PasswordReason string // why the cloud refused the password, or "on-premises-policy"
	CorrelationID  string
	Explanation    string // the decision record as text
	l              *Lab
}

// TriesToReset goes through the portal's steps with the person's devices: one
// proof for each gate, the methods given or whatever is offered first.
func (p *Person) TriesToReset(password string, methods ...Method) Attempt {
	p.l.t.Helper()
	return p.attempt(api.NewAttempt{Kind: policy.Reset, User: p.UPN, NewPassword: secret.New(password), Proofs: proofs(methods)})
}

// Resets is TriesToReset that must be done.
func (p *Person) Resets(password string, methods ...Method) Attempt {
	p.l.t.Helper()
	a := p.TriesToReset(password, methods...)
	a.MustBe(Done)
	return a
}

// TriesToUnlock is "I know my password, but still can't sign in".
func (p *Person) TriesToUnlock(methods ...Method) Attempt {
	p.l.t.Helper()
	return p.attempt(api.NewAttempt{Kind: policy.Unlock, User: p.UPN, Proofs: proofs(methods)})
}

// TriesToChange changes a known password.
func (p *Person) TriesToChange(current, password string) Attempt {
	p.l.t.Helper()
	return p.attempt(api.NewAttempt{Kind: policy.Change, User: p.UPN, CurrentPassword: secret.New(current), NewPassword: secret.New(password)})
}

// GetsToken hands the person a hardware OATH token: an administrator puts it into
// the tenant, assigns and activates it. Its code is an AppCode, and the one of
// this moment is used up: move the clock by half a minute before the next.
func (p *Person) GetsToken(serial string) {
	p.l.t.Helper()
	_, err := p.l.client.AddToken(p.l.ctx(), api.NewHardwareToken{
		SerialNumber: serial, Manufacturer: "Contoso", Model: "HardwareKey", SecretKey: secret.New("2234567abcdef2234567abcdef"), AssignTo: p.UPN,
	})
	if err == nil {
		_, err = p.l.client.ActivateToken(p.l.ctx(), serial, api.TokenActivation{})
	}
	if err != nil {
		p.l.t.Fatalf("ssprtest: the hardware token %s of %s: %v", serial, p.UPN, err)
	}
}

func proofs(methods []Method) []api.Proof {
	var list []api.Proof
	for _, m := range methods {
		list = append(list, api.Proof{Method: policy.Method(m)})
	}
	return list
}

func (p *Person) attempt(in api.NewAttempt) Attempt {
	p.l.t.Helper()
	out, err := p.l.client.Attempt(p.l.ctx(), in)
	if err != nil {
		p.l.t.Fatalf("ssprtest: %s of %s: %v", in.Kind, p.UPN, err)
	}
	a := Attempt{
		Outcome: Outcome(out.Outcome), Code: string(out.Code), PasswordReason: string(out.PasswordReason),
		CorrelationID: out.CorrelationID, l: p.l,
	}
	if out.Attempt != nil {
		a.Cause, a.Remedy, a.Explanation = out.Attempt.Cause, out.Attempt.Remedy, out.Attempt.Explanation
		a.Code = string(out.Attempt.Code)
	}
	return a
}

// MustBe ends the test when the attempt ended otherwise, and says why it did.
// cause, when given, is compared too.
func (a Attempt) MustBe(want Outcome, cause ...string) {
	a.l.t.Helper()
	if a.Outcome != want || len(cause) > 0 && a.Cause != cause[0] {
		a.l.t.Fatalf("ssprtest: wanted %s, got %s (%s)\n\n%s", strings.TrimSpace(fmt.Sprint(want, " ", strings.Join(cause, ""))), a.Outcome, a.Cause, a.Explanation)
	}
}
