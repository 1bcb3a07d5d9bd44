package challenge

import (
	"context"
	"fmt"
	"io"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// Pushes and calls are answered on a device and polled here.

func (s *Service) beginCall(ctx context.Context, c Challenge, settings policy.Settings, number, locale string, r io.Reader) (Challenge, error) {
	c.PushID = chance.GUID(r)
	c.Target = policy.MaskPhone(number)
	if !policy.Deliverable(settings, c.Method, c.IssuedAt) {
		c.Undelivered = true
		return c, nil
	}
	if err := s.Courier.Call(ctx, number, c.PushID, locale); err != nil {
		return Challenge{}, fmt.Errorf("calling %s: %w", c.Target, err)
	}
	return c, nil
}

func (s *Service) beginPush(ctx context.Context, c Challenge, p policy.Person, settings policy.Settings, r io.Reader) (Challenge, error) {
	c.PushID = chance.GUID(r)
	if settings.Reset.NumberMatch {
		c.Number = 10 + chance.Intn(r, 90)
	}
	if err := s.Courier.Push(ctx, p.ID, c.PushID, c.Number); err != nil {
		return Challenge{}, fmt.Errorf("sending a notification: %w", err)
	}
	return c, nil
}

func (s *Service) poll(ctx context.Context, c Challenge, ask func(context.Context, string) Verdict) (Challenge, Verdict, error) {
	switch {
	case c.tooLate(s.Now()):
		return c, Expired, nil
	case c.Undelivered:
		return c, Waiting, nil
	}
	c, v := c.settle(ask(ctx, c.PushID))
	return c, v, nil
}
