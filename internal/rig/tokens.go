package rig

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/portal"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
	"github.com/ssprlab/ssprlab/internal/tokens"
)

// openTokens makes the hardware tokens that the tenant knows, and the desk of
// the administrators who hand them out.
func (l *Lab) openTokens(ctx context.Context) error {
	l.TokenDesk = &tokens.Desk{Tenant: l.Tenant, Journal: l.Journal, Now: l.Clock.Now, NewID: l.newID, Deliver: l.deliver}
	all, err := l.Tenant.TokenDevices(ctx)
	if err != nil {
		return fmt.Errorf("reading the hardware tokens: %w", err)
	}
	for _, a := range all {
		if err := l.deliver(a); err != nil {
			return err
		}
	}
	return nil
}

// deliver puts a token into somebody's hand: it holds the same secret as the
// tenant.
func (l *Lab) deliver(a tenant.App) error {
	token := device.Token{Serial: a.Serial, Maker: a.Maker, Model: a.Model}
	if err := l.Tokens.Make(token, a.OATH.URI(l.tenantName(), a.Serial).Reveal()); err != nil {
		return fmt.Errorf("making the hardware token %s: %w", a.Serial, err)
	}
	return nil
}

// tokensPage shows tokens and desk to the pages in the pages' words.
type tokensPage struct{ l *Lab }

var hashNames = map[tenant.OATHAlgorithm]string{tenant.SHA1: "SHA-1", tenant.SHA256: "SHA-256"}

func (p tokensPage) List(ctx context.Context) ([]portal.HardwareToken, error) {
	all, err := p.l.Tenant.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	var list []portal.HardwareToken
	for _, t := range all {
		list = append(list, portal.HardwareToken{
			Serial: t.SerialNumber, Maker: t.Manufacturer, Model: t.Model, Seconds: int(t.Interval / time.Second), Hash: hashNames[t.Algorithm],
			State: t.State, User: t.User,
		})
	}
	return list, nil
}

func (p tokensPage) Codes(ctx context.Context) ([]portal.TokenCode, error) {
	all, err := p.l.Tenant.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	whose := map[string]string{}
	for _, t := range all {
		whose[strings.ToLower(t.SerialNumber)] = t.User
	}
	var list []portal.TokenCode
	for _, c := range p.l.Tokens.Codes() {
		list = append(list, portal.TokenCode{
			Serial: c.Serial, Model: strings.TrimSpace(c.Maker + " " + c.Model), User: whose[strings.ToLower(c.Serial)],
			Code: c.Code, Seconds: c.SecondsLeft, Period: c.Period,
		})
	}
	return list, nil
}

func (p tokensPage) Header() string { return tenant.TokenHeader() }

func (p tokensPage) Upload(ctx context.Context, csv []byte) (portal.TokenUpload, error) {
	up, err := p.l.TokenDesk.Upload(ctx, "", csv)
	if err != nil {
		return portal.TokenUpload{}, tokenRefusal(err)
	}
	var shown portal.TokenUpload
	for _, t := range up.Tokens {
		shown.Serials = append(shown.Serials, t.SerialNumber)
	}
	for _, f := range up.Failures {
		shown.Failures = append(shown.Failures, portal.TokenFailure{Line: f.Line, Field: f.Field, Reason: f.Reason})
	}
	return shown, nil
}

func (p tokensPage) Assign(ctx context.Context, serial, user string) error {
	_, err := p.l.TokenDesk.Assign(ctx, "", serial, user)
	return tokenRefusal(err)
}

func (p tokensPage) Activate(ctx context.Context, serial string, code secret.Text) error {
	_, verdict, err := p.l.TokenDesk.Activate(ctx, "", serial, code)
	switch {
	case err != nil:
		return tokenRefusal(err)
	case verdict == challenge.Replayed:
		return portal.TokenRefusal("the code was used before: wait for the next one")
	case verdict != challenge.Right:
		return portal.TokenRefusal("the code is not what the token shows: enter its present one")
	}
	return nil
}

func (p tokensPage) Unassign(ctx context.Context, serial string) error {
	_, err := p.l.TokenDesk.Unassign(ctx, "", serial)
	return tokenRefusal(err)
}

func (p tokensPage) Delete(ctx context.Context, serial string) error {
	return tokenRefusal(p.l.TokenDesk.Delete(ctx, "", serial))
}

// tokenRefusal turns what the desk refuses into the pages' "no"; faults stay.
func tokenRefusal(err error) error {
	_, wrong := errors.AsType[tenant.Problems](err)
	_, barred := errors.AsType[tokens.Refusal](err)
	if wrong || barred || errors.Is(err, tenant.ErrNoSuchToken) || errors.Is(err, tenant.ErrTooManyTries) {
		return portal.TokenRefusal(err.Error())
	}
	return err
}
