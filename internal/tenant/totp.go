package tenant

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// Drift is how many time steps an app's clock may be wrong, either way: the one
// step that RFC 6238 5.2 recommends for the delay of the network.
const Drift = 1

// usedStepsKept bounds what is remembered of used codes. It is far more than
// the window holds, so that a lab's clock may be set back a little.
const usedStepsKept = 64

// UseTOTP checks code against the OATH secrets of the person's apps and tokens
// with the given IDs and consumes the time step that it belongs to: each step
// answers once for each secret (RFC 6238 5.2). All secrets and steps are computed
// whatever the code, so the time taken tells nothing. Error
// reset.ErrNoSuchPerson.
func (s *Store) UseTOTP(ctx context.Context, personID string, apps []string, code secret.Text, now time.Time) (challenge.Verdict, error) {
	verdict := challenge.Wrong
	_, err := s.UpdateUser(ctx, personID, func(u *User) error {
		for i := range u.Methods.Apps {
			if !slices.Contains(apps, u.Methods.Apps[i].ID) {
				continue // of a kind that the policy does not allow, for one
			}
			if v := u.Methods.Apps[i].use(code, now); worth(v) > worth(verdict) {
				verdict = v
			}
		}
		return nil
	})
	return verdict, err
}

// worth orders verdicts: a code that one app has used may be right for another.
func worth(v challenge.Verdict) int {
	return slices.Index([]challenge.Verdict{challenge.Wrong, challenge.Replayed, challenge.Right}, v)
}

// use consumes the step of code.
func (a *App) use(code secret.Text, now time.Time) challenge.Verdict {
	if a.Inactive || a.OATH.Secret.Empty() {
		return challenge.Wrong
	}
	verdict := challenge.Wrong
	for _, step := range a.OATH.matching(code, now) {
		if slices.Contains(a.UsedSteps, step) {
			verdict = challenge.Replayed
			continue
		}
		a.UsedSteps = append(a.UsedSteps, step)
		if n := len(a.UsedSteps); n > usedStepsKept {
			a.UsedSteps = slices.Delete(a.UsedSteps, 0, n-usedStepsKept)
		}
		return challenge.Right
	}
	return verdict
}

// matching lists the steps of the window whose code this is, newest first.
func (o OATH) matching(code secret.Text, now time.Time) []int64 {
	present := now.Unix() / int64(o.Period/time.Second)
	var steps []int64
	for step := present + Drift; step >= present-Drift; step-- {
		if step >= 0 && subtle.ConstantTimeCompare([]byte(o.At(step).Reveal()), []byte(code.Reveal())) == 1 {
			steps = append(steps, step)
		}
	}
	return steps
}

// At is the code of a time step: the number of periods since 1970.
func (o OATH) At(step int64) secret.Text {
	algorithm := otp.AlgorithmSHA1
	if o.Algorithm == SHA256 {
		algorithm = otp.AlgorithmSHA256
	}
	code, err := hotp.GenerateCodeCustom(o.Secret.Reveal(), uint64(step), hotp.ValidateOpts{Digits: otp.Digits(o.Digits), Algorithm: algorithm})
	if err != nil {
		return secret.Text{} // not base32: refused when it was registered
	}
	return secret.New(code)
}

// Code is the code shown at now.
func (o OATH) Code(now time.Time) secret.Text { return o.At(now.Unix() / int64(o.Period/time.Second)) }

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// withDefaults fills what is left out: 6 digits, 30 seconds, SHA-1.
func (o OATH) withDefaults() OATH {
	if o.Digits == 0 {
		o.Digits = 6
	}
	if o.Period == 0 {
		o.Period = 30 * time.Second
	}
	if o.Algorithm == "" {
		o.Algorithm = SHA1
	}
	plain := strings.ToUpper(strings.ReplaceAll(o.Secret.Reveal(), " ", ""))
	o.Secret = secret.New(strings.TrimRight(plain, "="))
	return o
}

// wrong says what is wrong with a secret, "" when nothing is
// (concept-authentication-oath-tokens, Microsoft Learn).
func (o OATH) wrong(mayBeEmpty bool) string {
	if o.Secret.Empty() {
		if mayBeEmpty {
			return ""
		}
		return "has no secret: give one in base32, or let push be true"
	}
	key, err := base32Plain.DecodeString(o.Secret.Reveal())
	switch {
	case err != nil:
		return "has a secret that is not base32: use the letters A to Z and the digits 2 to 7"
	case len(key) < 10 || len(key) > 128:
		return fmt.Sprintf("has a secret of %d octets: use 10 to 128", len(key))
	case o.Period != 30*time.Second && o.Period != time.Minute:
		return fmt.Sprintf("has a period of %s: use 30s or 60s", o.Period)
	case o.Digits != 6:
		return fmt.Sprintf("has codes of %d digits: use 6", o.Digits)
	case o.Algorithm != SHA1 && o.Algorithm != SHA256:
		return fmt.Sprintf("has the algorithm %q: use sha1 or sha256", o.Algorithm)
	}
	return ""
}
