package tenant_test

import (
	"encoding/base32"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

const step = 30 * time.Second

func oathOfAlice(t *testing.T, s *tenant.Store) (id string, o tenant.OATH) {
	t.Helper()
	u, err := s.User(t.Context(), "alice@northlight.example")
	require.NoError(t, err)
	require.NotEmpty(t, u.Authenticators())
	return u.ID, u.Authenticators()[0].OATH
}

// useCode tries a code of any of a person's apps.
func useCode(t *testing.T, s *tenant.Store, id string, code secret.Text, now time.Time) (challenge.Verdict, error) {
	t.Helper()
	u, err := s.User(t.Context(), id)
	if err != nil {
		return challenge.Wrong, err
	}
	apps := []string{}
	for _, a := range u.Methods.Apps {
		apps = append(apps, a.ID)
	}
	return s.UseTOTP(t.Context(), u.ID, apps, code, now)
}

func TestACodeOfAnAppThatDoesNotCountIsWrong(t *testing.T) {
	s, ctx := demo(t), t.Context()
	id, o := oathOfAlice(t, s)
	other, err := s.AddApp(ctx, id, tenant.App{Kind: policy.SoftwareOATH, OATH: tenant.OATH{Secret: secret.New("JBSWY3DPEHPK3PXPJBSWY3DP")}}, noon)
	require.NoError(t, err)
	for code, want := range map[secret.Text]challenge.Verdict{o.Code(noon): challenge.Wrong, other.OATH.Code(noon): challenge.Right} {
		v, err := s.UseTOTP(ctx, id, []string{other.ID}, code, noon)
		require.NoError(t, err)
		assert.Equal(t, want, v)
	}
}

// RFC 6238 appendix B, last six of the eight digits.
func TestCodesAreThoseOfTheRFC(t *testing.T) {
	key := func(ascii string) secret.Text {
		return secret.New(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(ascii)))
	}
	sha1 := tenant.OATH{Secret: key("12345678901234567890"), Period: step, Algorithm: tenant.SHA1, Digits: 6}
	sha256 := tenant.OATH{Secret: key("12345678901234567890123456789012"), Period: step, Algorithm: tenant.SHA256, Digits: 6}
	for at, want := range map[int64][2]string{59: {"287082", "119246"}, 1111111109: {"081804", "084774"}, 20000000000: {"353130", "737706"}} {
		assert.Equal(t, want[0], sha1.Code(time.Unix(at, 0)).Reveal())
		assert.Equal(t, want[1], sha256.Code(time.Unix(at, 0)).Reveal())
	}
}

func TestEachStepAnswersOnce(t *testing.T) {
	s := demo(t)
	id, o := oathOfAlice(t, s)
	use := func(code secret.Text, now time.Time) challenge.Verdict {
		v, err := useCode(t, s, id, code, now)
		require.NoError(t, err)
		return v
	}
	assert.Equal(t, challenge.Right, use(o.Code(noon), noon))
	assert.Equal(t, challenge.Replayed, use(o.Code(noon), noon))
	assert.Equal(t, challenge.Replayed, use(o.Code(noon), noon.Add(step)), "still known one step later")
	assert.Equal(t, challenge.Right, use(o.Code(noon.Add(-step)), noon), "another step of the window is another code")
	assert.Equal(t, challenge.Right, use(o.Code(noon.Add(step)), noon), "the phone's clock may be a step ahead")
	assert.Equal(t, challenge.Wrong, use(o.Code(noon.Add(2*step)), noon))
	assert.Equal(t, challenge.Wrong, use(o.Code(noon.Add(-2*step)), noon))
	assert.Equal(t, challenge.Wrong, use(secret.New(""), noon))
	assert.Equal(t, challenge.Wrong, use(secret.New("12345"), noon))
}

func TestAReplayedCodeOfOneAppIsNotAWrongCodeOfAnother(t *testing.T) {
	s, ctx := demo(t), t.Context()
	id, o := oathOfAlice(t, s)
	other, err := s.AddApp(ctx, id, tenant.App{Kind: policy.SoftwareOATH, OATH: tenant.OATH{Secret: secret.New("JBSWY3DPEHPK3PXPJBSWY3DP")}}, noon)
	require.NoError(t, err)
	for _, want := range []challenge.Verdict{challenge.Right, challenge.Replayed} {
		for _, code := range []secret.Text{o.Code(noon), other.OATH.Code(noon)} {
			v, err := useCode(t, s, id, code, noon)
			require.NoError(t, err)
			assert.Equal(t, want, v)
		}
	}
}

func TestOneCodeUsedByManyAtOnceIsRightOnce(t *testing.T) {
	s := demo(t)
	id, o := oathOfAlice(t, s)
	var right atomic.Int32
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if v, err := useCode(t, s, id, o.Code(noon), noon); err == nil && v == challenge.Right {
				right.Add(1)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, right.Load())
}

func TestAnAppCountsAfterItsFirstCode(t *testing.T) {
	s, ctx := demo(t), t.Context()
	bob, err := s.FindPerson(ctx, "bob@northlight.example")
	require.NoError(t, err)
	offer, err := s.StartApp(ctx, bob.ID, tenant.NewApp{Kind: policy.MicrosoftAuthenticator, Push: true}, noon)
	require.NoError(t, err)

	key, err := otp.NewKeyFromURL(offer.URI.Reveal())
	require.NoError(t, err)
	assert.Equal(t, "Northlight", key.Issuer())
	assert.Equal(t, "bob@northlight.example", key.AccountName())
	assert.Equal(t, offer.Secret.Reveal(), key.Secret())

	phone := tenant.OATH{Secret: secret.New(key.Secret()), Period: step, Algorithm: tenant.SHA1, Digits: 6}
	v, err := useCode(t, s, bob.ID, phone.Code(noon), noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Wrong, v, "not registered yet")

	v, err = s.ConfirmApp(ctx, bob.ID, offer.AppID, secret.New("000000"), noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Wrong, v)
	v, err = s.ConfirmApp(ctx, bob.ID, offer.AppID, phone.Code(noon), noon.Add(time.Second))
	require.NoError(t, err)
	assert.Equal(t, challenge.Right, v)
	registered, err := s.User(ctx, bob.ID)
	require.NoError(t, err)
	assert.Equal(t, noon.Add(time.Second), registered.Methods.Apps[0].Created)
	assert.Empty(t, registered.Methods.Pending)
	bob, err = s.Person(ctx, bob.ID)
	require.NoError(t, err)
	assert.Equal(t, []policy.App{{ID: offer.AppID, Kind: policy.MicrosoftAuthenticator, Push: true}}, bob.Apps)

	v, err = useCode(t, s, bob.ID, phone.Code(noon), noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Replayed, v, "the code that registered the app is used up")
	require.NoError(t, s.DeleteApp(ctx, bob.ID, offer.AppID))
	assert.ErrorContains(t, s.DeleteApp(ctx, bob.ID, offer.AppID), "holds no app")
}

func TestAQRCodeGoesStale(t *testing.T) {
	s, ctx := demo(t), t.Context()
	offer, err := s.StartApp(ctx, "bob@northlight.example", tenant.NewApp{Kind: policy.SoftwareOATH}, noon)
	require.NoError(t, err)
	late := noon.Add(tenant.EnrolmentLife)
	phone := tenant.OATH{Secret: offer.Secret, Period: step, Algorithm: tenant.SHA1, Digits: 6}
	v, err := s.ConfirmApp(ctx, "bob@northlight.example", offer.AppID, phone.Code(late), late)
	require.NoError(t, err)
	assert.Equal(t, challenge.Expired, v)
}

func TestFiveAppsAreEnough(t *testing.T) {
	s, ctx := demo(t), t.Context()
	token := tenant.App{Kind: policy.HardwareOATH, OATH: tenant.OATH{Secret: secret.New("JBSWY3DPEHPK3PXPJBSWY3DP"), Period: time.Minute, Algorithm: tenant.SHA256}}
	for range 5 {
		_, err := s.AddApp(ctx, "bob@northlight.example", token, noon)
		require.NoError(t, err)
	}
	_, err := s.AddApp(ctx, "bob@northlight.example", token, noon)
	assert.ErrorContains(t, err, "at most 5 are allowed")
	_, err = s.StartApp(ctx, "bob@northlight.example", tenant.NewApp{Kind: policy.SoftwareOATH}, noon)
	assert.ErrorContains(t, err, "delete one first")
}

func TestHardwareTokensHaveLimits(t *testing.T) {
	s, ctx := demo(t), t.Context()
	for want, o := range map[string]tenant.OATH{
		"not base32":             {Secret: secret.New("10189")},
		"secret of 2 octets":     {Secret: secret.New("ABCD")},
		"period of 45s":          {Secret: secret.New("JBSWY3DPEHPK3PXPJBSWY3DP"), Period: 45 * time.Second},
		"codes of 8 digits":      {Secret: secret.New("JBSWY3DPEHPK3PXPJBSWY3DP"), Digits: 8},
		`the algorithm "sha512"`: {Secret: secret.New("JBSWY3DPEHPK3PXPJBSWY3DP"), Algorithm: "sha512"},
		"has no secret":          {},
	} {
		_, err := s.AddApp(ctx, "bob@northlight.example", tenant.App{Kind: policy.HardwareOATH, OATH: o}, noon)
		assert.ErrorContains(t, err, want)
	}
}

func TestATokenCountsWhenActivated(t *testing.T) {
	s, ctx := demo(t), t.Context()
	app, err := s.AddApp(ctx, "bob@northlight.example", tenant.App{Kind: policy.HardwareOATH, Inactive: true, OATH: tenant.OATH{Secret: secret.New("JBSWY3DPEHPK3PXPJBSWY3DP")}}, noon)
	require.NoError(t, err)
	v, err := useCode(t, s, "bob@northlight.example", app.OATH.Code(noon), noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Wrong, v)
	p, err := s.FindPerson(ctx, "bob@northlight.example")
	require.NoError(t, err)
	assert.Empty(t, p.Apps)
}
