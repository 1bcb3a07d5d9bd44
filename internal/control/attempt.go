package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
)

func (s *server) attempts(c echo.Context, lab Lab) error {
	out := api.Attempts{Attempts: lab.Journal.Attempts()}
	if out.Attempts == nil {
		out.Attempts = []journal.Attempt{}
	}
	return c.JSON(http.StatusOK, out)
}

func (s *server) why(c echo.Context, lab Lab) error {
	a, ok := explained(lab, c.Param("attempt"))
	if !ok {
		return problem(http.StatusNotFound, "", fmt.Sprintf("no attempt has the support code %q", c.Param("attempt")))
	}
	return c.JSON(http.StatusOK, a)
}

func explained(lab Lab, correlationID string) (*api.Attempt, bool) {
	a, ok := lab.Journal.Attempt(correlationID)
	if !ok {
		return nil, false
	}
	return &api.Attempt{Attempt: a, Explanation: a.Explain()}, true
}

// attempt does what a person does, with the person's own devices.
func (s *server) attempt(c echo.Context, lab Lab) error {
	var in api.NewAttempt
	if err := decode(c, &in); err != nil {
		return err
	}
	if in.User == "" {
		return problem(http.StatusBadRequest, "user", "is empty: give a user ID")
	}
	p := person{lab: lab, in: in}
	var out api.AttemptResult
	var err error
	switch in.Kind {
	case policy.Reset, policy.Unlock:
		out, err = p.reset(c.Request().Context())
	case policy.Change:
		out, err = p.change(c.Request().Context())
	default:
		return problem(http.StatusBadRequest, "kind", fmt.Sprintf("%q is none of reset, unlock and change", in.Kind))
	}
	if err != nil {
		return err
	}
	if a, ok := explained(lab, out.CorrelationID); ok {
		out.Attempt, out.Outcome = a, a.Outcome
	}
	return c.JSON(http.StatusOK, out)
}

// A person is somebody with devices who wants to reset, unlock or change.
type person struct {
	lab Lab
	in  api.NewAttempt
	upn string
}

func result(v reset.View) api.AttemptResult {
	return api.AttemptResult{
		CorrelationID: v.CorrelationID, Step: string(v.Step), Message: string(v.Message), PasswordReason: v.PasswordReason, Code: v.Code,
	}
}

func (p *person) reset(ctx context.Context) (api.AttemptResult, error) {
	v, err := p.lab.Reset.Begin(ctx, reset.BeginInput{UserID: p.in.User, Cookies: true, IPAddress: "127.0.0.1", UserAgent: "control API"})
	if refusal, ok := errors.AsType[reset.Refusal](err); ok {
		out := result(v)
		out.Message = string(refusal)
		return out, nil
	}
	if err != nil {
		return api.AttemptResult{}, err
	}
	if v.Step == reset.StepTrouble {
		if v, err = p.lab.Reset.ChooseTrouble(ctx, v.SessionID, p.in.Kind); err != nil {
			return api.AttemptResult{}, err
		}
	}
	if p.in.Kind == policy.Unlock && v.Operation != policy.Unlock && v.Step == reset.StepVerify {
		// The page offers no choice to whom the cloud keeps the password of, and
		// goes on to a reset. Nobody asked for that.
		out := result(v)
		out.Message = string(reset.MsgNotNow)
		return out, nil
	}
	p.upn = p.userOf(v.CorrelationID)
	for gate := 0; v.Step == reset.StepVerify; gate++ {
		before := v
		if v, err = p.prove(ctx, v, gate); err != nil {
			return api.AttemptResult{}, err
		}
		if v.Step == reset.StepVerify && v.Gate == before.Gate {
			return result(v), nil // the proof did not pass: that is the answer
		}
	}
	if v.Step == reset.StepPassword {
		if v, err = p.lab.Reset.ChoosePassword(ctx, v.SessionID, p.in.NewPassword, p.in.NewPassword); err != nil {
			return api.AttemptResult{}, err
		}
	}
	return result(v), nil
}

func (p *person) userOf(correlationID string) string {
	a, _ := p.lab.Journal.Attempt(correlationID)
	return a.UserPrincipalName
}

// proof is the one that the request names for a gate, else the first offered
// one that the person can answer alone. A mailed code comes first: an app shows
// the same code for 30 seconds, and none is accepted twice.
func (p *person) proof(v reset.View, gate int) (api.Proof, error) {
	if gate < len(p.in.Proofs) {
		return p.in.Proofs[gate], nil
	}
	if len(p.in.Proofs) > 0 {
		return api.Proof{}, problem(http.StatusBadRequest, "proofs", fmt.Sprintf("%d given, and gate %d of %d is still to be passed", len(p.in.Proofs), v.Gate, v.Gates))
	}
	for _, m := range []policy.Method{policy.Email, policy.AppCode, policy.Questions} {
		if slices.ContainsFunc(v.Offers, func(o policy.Offer) bool { return o.Method == m }) {
			return api.Proof{Method: m}, nil
		}
	}
	if len(v.Offers) > 0 {
		return api.Proof{Method: v.Offers[0].Method}, nil
	}
	return api.Proof{}, problem(http.StatusConflict, "proofs", "no method is offered")
}

func (p *person) prove(ctx context.Context, v reset.View, gate int) (reset.View, error) {
	proof, err := p.proof(v, gate)
	if err != nil {
		return v, err
	}
	contact := proof.Contact
	if contact == "" {
		contact = p.number(ctx, proof.Method)
	}
	seen := p.lab.Mailbox.Last()
	v, err = p.lab.Reset.StartProof(ctx, v.SessionID, proof.Method, contact)
	if err != nil || v.Challenge == nil || v.Step != reset.StepVerify {
		return v, err
	}
	answers, err := p.answers(proof, *v.Challenge, seen)
	if err != nil {
		return v, err
	}
	return p.lab.Reset.AnswerProof(ctx, v.SessionID, answers)
}

// number is the telephone number that the person would type.
func (p *person) number(ctx context.Context, m policy.Method) string {
	u, err := p.lab.Tenant.FindPerson(ctx, p.in.User)
	if err != nil {
		return ""
	}
	switch m {
	case policy.MobileSMS, policy.MobileCall:
		if u.Contacts.AuthenticationPhone != "" {
			return u.Contacts.AuthenticationPhone
		}
		return u.Contacts.MobilePhone
	case policy.OfficeCall:
		return u.Contacts.OfficePhone
	}
	return ""
}

// answers is what the person types, read from the devices where the request
// does not say it.
func (p *person) answers(proof api.Proof, c challenge.Challenge, seen int64) ([]secret.Text, error) {
	if !proof.Answer.Empty() {
		return []secret.Text{proof.Answer}, nil
	}
	switch c.Method {
	case policy.Email:
		mails := p.lab.Mailbox.List("", seen)
		for _, m := range slices.Backward(mails) {
			if m.Code != "" {
				return []secret.Text{secret.New(m.Code)}, nil
			}
		}
		return nil, problem(http.StatusConflict, "proofs", "no mail with a code has arrived in the lab's mailbox: give the answer")
	case policy.AppCode:
		code, ok := codeOf(context.Background(), p.lab, p.upn)
		if !ok {
			return nil, problem(http.StatusConflict, "proofs", "the person's authenticator app has no account, and no hardware token is theirs: give the answer")
		}
		return []secret.Text{secret.New(code.Code)}, nil
	case policy.Questions:
		return p.recall(proof, c)
	case policy.MobileSMS:
		for _, e := range slices.Backward(phoneEvents(p.lab.Phones, p.number(context.Background(), c.Method))) {
			if e.Code != "" {
				return []secret.Text{secret.New(e.Code)}, nil
			}
		}
		return nil, problem(http.StatusConflict, "proofs", "no text message with a code has arrived: give the answer")
	case policy.AppPush:
		return nil, p.approve(c)
	}
	return nil, p.confirm(c)
}

func (p *person) recall(proof api.Proof, c challenge.Challenge) ([]secret.Text, error) {
	var list []secret.Text
	for _, q := range c.Questions {
		if given, ok := proof.Answers[q]; ok {
			list = append(list, given)
			continue
		}
		known, ok := p.lab.Memory.Answer(p.upn, q)
		if !ok {
			return nil, problem(http.StatusBadRequest, "proofs", fmt.Sprintf("an answer to the question %q is needed", q))
		}
		list = append(list, secret.New(known))
	}
	return list, nil
}

func (p *person) approve(c challenge.Challenge) error {
	for _, push := range p.lab.Authenticator.Pending(p.upn) {
		if err := p.lab.Authenticator.Approve(push.ID, c.Number); err != nil {
			return problem(http.StatusConflict, "proofs", err.Error())
		}
	}
	return nil
}

func (p *person) confirm(c challenge.Challenge) error {
	for _, call := range p.lab.Phones.Calls(p.number(context.Background(), c.Method), 0) {
		if call.State == device.Ringing {
			if err := p.lab.Phones.Press(call.ID, "#"); err != nil {
				return problem(http.StatusConflict, "proofs", err.Error())
			}
		}
	}
	return nil
}

func (p *person) change(ctx context.Context) (api.AttemptResult, error) {
	u, err := p.lab.Tenant.FindPerson(ctx, p.in.User)
	if err != nil {
		return api.AttemptResult{}, problem(http.StatusNotFound, "user", fmt.Sprintf("no user %q", p.in.User))
	}
	r, err := p.lab.Reset.ChangePassword(ctx, reset.ChangeInput{
		PersonID: u.ID, Current: p.in.CurrentPassword, New: p.in.NewPassword, Confirmation: p.in.NewPassword, IPAddress: "127.0.0.1",
	})
	return api.AttemptResult{CorrelationID: r.CorrelationID, Message: string(r.Message), PasswordReason: r.Reason, Code: r.Code}, err
}
