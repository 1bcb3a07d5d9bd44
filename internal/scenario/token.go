package scenario

import (
	"context"
	"errors"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// doToken does what administrators do with hardware tokens. What the tenant
// refuses is a result, and told.
func doToken(ctx context.Context, r *run, args []string) error {
	word, args := args[0], args[1:]
	switch n := len(args); {
	case word == "upload" && n == 0:
		return r.uploadTokens(ctx)
	case word == "assign" && n == 2:
		return r.tokenSays(r.world.Control.ChangeToken(ctx, args[0], api.TokenChange{AssignedTo: &args[1]}))
	case word == "take" && n == 1:
		nobody := ""
		return r.tokenSays(r.world.Control.ChangeToken(ctx, args[0], api.TokenChange{AssignedTo: &nobody}))
	case word == "drift" && n == 2:
		return r.tokenSays(r.world.Control.ChangeToken(ctx, args[0], api.TokenChange{Drift: &args[1]}))
	case word == "activate" && (n == 1 || n == 2):
		var in api.TokenActivation
		if n == 2 {
			code, err := r.lookUp(ctx, args[1])
			if err != nil {
				return err
			}
			in.VerificationCode = secret.New(code)
		}
		return r.tokenSays(r.world.Control.ActivateToken(ctx, args[0], in))
	}
	return fmt.Errorf("token takes other arguments: %s", words()["token"].usage)
}

func (r *run) uploadTokens(ctx context.Context) error {
	if r.tokens == "" {
		return errors.New("the story has no file " + fileTokens)
	}
	up, err := r.world.Control.UploadTokens(ctx, api.TokenFile{CSV: secret.New(r.tokens)})
	if err != nil {
		return r.tokenSays(api.HardwareToken{}, err)
	}
	for _, t := range up.Tokens {
		_ = r.tokenSays(t, nil)
	}
	for _, f := range up.Failures {
		r.out.say("  line %d %s: %s", f.Line, f.Field, f.Reason)
	}
	return nil
}

func (r *run) tokenSays(t api.HardwareToken, err error) error {
	if problem, ok := errors.AsType[api.Problem](err); ok {
		r.out.say("  token refused: %s", problem.Detail)
		return nil
	}
	if err != nil {
		return err
	}
	whose := ""
	if t.AssignedTo != "" {
		whose = ", " + t.AssignedTo
	}
	r.out.say("  token %s: %s%s", t.SerialNumber, t.Status, whose)
	return nil
}
