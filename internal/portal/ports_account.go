package portal

import (
	"context"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/registration"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/signin"
)

// SignIn signs people in. [signin.Service] is one.
type SignIn interface {
	Begin(ctx context.Context, in signin.BeginInput) (signin.View, error)
	View(ctx context.Context, id string) (signin.View, error)
	StartFactor(ctx context.Context, id string, m policy.Method) (signin.View, error)
	AnswerFactor(ctx context.Context, id string, code secret.Text) (signin.View, error)
	DropFactor(ctx context.Context, id string) (signin.View, error)
	Demand(ctx context.Context, id string) (signin.View, error)
	OpenInfo(ctx context.Context, id string) (signin.View, error)
	Skip(ctx context.Context, id string) (signin.View, error)
	Confirm(ctx context.Context, id string) (signin.View, error)
	PasswordChanged(ctx context.Context, id string) (signin.View, error)
	SignOut(ctx context.Context, id string) error
}

var _ SignIn = (*signin.Service)(nil)

// Registration keeps security information. [registration.Service] is one.
type Registration interface {
	Overview(ctx context.Context, v registration.Visitor) (registration.Overview, error)
	StartApp(ctx context.Context, v registration.Visitor, m policy.InfoMethod) (registration.Result, error)
	StartToken(ctx context.Context, v registration.Visitor, serial, name string) (registration.Result, error)
	StartPhone(ctx context.Context, v registration.Visitor, m policy.InfoMethod, op policy.InfoOperation, number string, call bool) (registration.Result, error)
	StartEmail(ctx context.Context, v registration.Visitor, op policy.InfoOperation, address string) (registration.Result, error)
	Resend(ctx context.Context, v registration.Visitor) (registration.Result, error)
	Answer(ctx context.Context, v registration.Visitor, code secret.Text) (registration.Result, error)
	Cancel(ctx context.Context, v registration.Visitor) error
	Abandon(ctx context.Context, v registration.Visitor) error
	SetQuestions(ctx context.Context, v registration.Visitor, given []registration.Answered) (registration.Result, error)
	Delete(ctx context.Context, v registration.Visitor, m policy.InfoMethod, id string) (registration.Result, error)
	SetDefault(ctx context.Context, v registration.Visitor, m policy.Method) (registration.Result, error)
	SignOutEverywhere(ctx context.Context, v registration.Visitor) (registration.Result, error)
}

var _ Registration = (*registration.Service)(nil)

// Passwords changes a known password. [reset.Service] does.
type Passwords interface {
	ChangePassword(ctx context.Context, in reset.ChangeInput) (reset.ChangeResult, error)
}

var _ Passwords = (*reset.Service)(nil)

// Accounts is the doors of signed-in people: sign-in, security information and
// the change of a known password. All fields are required.
type Accounts struct {
	SignIn       SignIn
	Registration Registration
	Passwords    Passwords
	// QR draws a text as a QR code in PNG.
	QR func(text string) (png []byte, err error)
}
