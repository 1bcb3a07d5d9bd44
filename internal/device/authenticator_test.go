package device_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/secret"
)

const (
	alice = "alice@northlight.example"
	// The secret of RFC 6238 appendix B, "12345678901234567890".
	enrolment = "otpauth://totp/Northlight:alice@northlight.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Northlight"
)

func TestCodesAreThoseOfTheStandard(t *testing.T) {
	for name, c := range map[string]struct {
		unix    int64
		options string
		want    string
		left    int
	}{
		"RFC 6238, 59 s":         {59, "&digits=8", "94287082", 1},
		"RFC 6238, 1111111109 s": {1111111109, "&digits=8", "07081804", 1},
		"RFC 6238, 2000000000 s": {2000000000, "&digits=8", "69279037", 10},
		"six digits":             {59, "", "287082", 1},
		"a token of a minute":    {59, "&period=60", "755224", 1},
	} {
		t.Run(name, func(t *testing.T) {
			a := device.NewAuthenticator(func() time.Time { return time.Unix(c.unix, 0) })
			_, err := a.Enrol(alice, enrolment+c.options)
			require.NoError(t, err)
			codes := a.Codes(strings.ToUpper(alice))
			require.Len(t, codes, 1)
			assert.Equal(t, c.want, codes[0].Code)
			assert.Equal(t, c.left, codes[0].SecondsLeft)
			assert.Equal(t, c.unix+int64(c.left), codes[0].ValidUntil.Unix())
			assert.Equal(t, "Northlight", codes[0].Issuer)
			assert.Equal(t, alice, codes[0].Name)
		})
	}
}

func TestWhatCannotBeEnrolled(t *testing.T) {
	for name, c := range map[string]struct{ uri, want string }{
		"a page":              {"https://northlight.example/", "not an otpauth"},
		"nothing":             {"", "not an otpauth"},
		"counter-based codes": {"otpauth://hotp/x?secret=GEZDGNBV&counter=1", "not supported"},
		"no secret":           {"otpauth://totp/x", "base32"},
		"a bad secret":        {"otpauth://totp/x?secret=1!", "base32"},
		"an endless period":   {"otpauth://totp/x?secret=GEZDGNBV&period=999999", "period"},
		"no period":           {"otpauth://totp/x?secret=GEZDGNBV&period=0", "period"},
	} {
		t.Run(name, func(t *testing.T) {
			a := device.NewAuthenticator(atNoon)
			_, err := a.Enrol(alice, c.uri)
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "GEZDGNBV")
			assert.Empty(t, a.Codes(alice))
		})
	}
}

func TestAppsBelongToPeople(t *testing.T) {
	a := device.NewAuthenticator(atNoon)
	first, err := a.Enrol(alice, enrolment)
	require.NoError(t, err)
	_, err = a.Enrol(alice, strings.ReplaceAll(enrolment, "Northlight", "Other"))
	require.NoError(t, err)
	assert.Empty(t, a.Codes("bob"))
	assert.Equal(t, []string{alice}, a.Users())

	require.ErrorIs(t, a.Remove("bob", first.ID), device.ErrNoAccount)
	require.NoError(t, a.Remove(alice, first.ID))
	codes := a.Codes(alice)
	require.Len(t, codes, 1)
	assert.Equal(t, "Other", codes[0].Issuer)
}

func TestScanningAPicture(t *testing.T) {
	picture, err := device.QRCodePNG(enrolment, 240)
	require.NoError(t, err)
	a := device.NewAuthenticator(func() time.Time { return time.Unix(59, 0) })
	_, err = a.Scan(alice, picture)
	require.NoError(t, err)
	assert.Equal(t, "287082", a.Codes(alice)[0].Code)

	var blank, huge bytes.Buffer
	require.NoError(t, png.Encode(&blank, image.NewGray(image.Rect(0, 0, 50, 50))))
	require.NoError(t, png.Encode(&huge, image.NewGray(image.Rect(0, 0, 5000, 1))))
	for want, b := range map[string][]byte{"there is none": blank.Bytes(), "larger than": huge.Bytes(), "neither PNG": []byte("BM something")} {
		_, err = a.Scan(alice, b)
		require.ErrorContains(t, err, want)
	}
}

func TestQRCodesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`otpauth://totp/[A-Za-z0-9:@.%-]{1,60}\?secret=[A-Z2-7]{16,52}`).Draw(t, "text")
		picture, err := device.QRCodePNG(text, rapid.SampledFrom([]int{120, 240, 333, 600}).Draw(t, "size"))
		require.NoError(t, err)
		cfg, err := png.DecodeConfig(bytes.NewReader(picture))
		require.NoError(t, err)
		if cfg.Width < 120 {
			return // one pixel a module is for machines with better eyes
		}
		got, err := device.ReadQR(picture)
		require.NoError(t, err)
		require.Equal(t, text, got)
	})
}

func TestSVGHasOnePath(t *testing.T) {
	svg, err := device.QRCodeSVG(enrolment)
	require.NoError(t, err)
	assert.Regexp(t, `^<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \d+ \d+".*</svg>$`, svg)
	assert.NotContains(t, svg, "secret", "text never becomes markup")
	_, err = device.QRCodeSVG(strings.Repeat("x", 5000))
	require.Error(t, err, "too long for any QR code")
}

func TestPushes(t *testing.T) {
	for name, c := range map[string]struct {
		number int
		act    func(a *device.Authenticator) error
		after  time.Duration
		err    error
		state  device.PushState
		want   challenge.Verdict
	}{
		"it waits":                    {0, nil, 0, nil, device.Pending, challenge.Waiting},
		"and lapses":                  {0, nil, device.RingTime, nil, device.Lapsed, challenge.Denied},
		"approved":                    {0, func(a *device.Authenticator) error { return a.Approve("p1", 0) }, time.Hour, nil, device.Approved, challenge.Right},
		"denied":                      {0, func(a *device.Authenticator) error { return a.Deny("p1") }, 0, nil, device.Denied, challenge.Denied},
		"approved with the number":    {42, func(a *device.Authenticator) error { return a.Approve("p1", 42) }, 0, nil, device.Approved, challenge.Right},
		"a wrong number ends it":      {42, func(a *device.Authenticator) error { return a.Approve("p1", 43) }, 0, device.ErrWrongNumber, device.WrongNumber, challenge.Denied},
		"no number where one is due":  {42, func(a *device.Authenticator) error { return a.Approve("p1", 0) }, 0, device.ErrWrongNumber, device.WrongNumber, challenge.Denied},
		"a number where none is":      {0, func(a *device.Authenticator) error { return a.Approve("p1", 7) }, 0, nil, device.Approved, challenge.Right},
		"another push is not pending": {0, func(a *device.Authenticator) error { return a.Approve("p2", 0) }, 0, device.ErrNotPending, device.Pending, challenge.Waiting},
	} {
		t.Run(name, func(t *testing.T) {
			now := noon
			a := device.NewAuthenticator(func() time.Time { return now })
			a.Push(alice, "p1", c.number)
			assert.Equal(t, c.number != 0, a.Pending(alice)[0].NumberMatch)
			if c.act != nil {
				require.ErrorIs(t, c.act(a), c.err)
			}
			now = now.Add(c.after)
			assert.Equal(t, c.state, a.Pushes(alice, 0)[0].State)
			assert.Equal(t, c.want, a.PushAnswer("p1"))
			if c.state != device.Pending {
				assert.Empty(t, a.Pending(alice))
				assert.ErrorIs(t, a.Approve("p1", c.number), device.ErrNotPending)
			}
		})
	}
	assert.Equal(t, challenge.Waiting, device.NewAuthenticator(atNoon).PushAnswer("never sent"))
}

func TestWaitingForAPush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := device.NewAuthenticator(atNoon)
		got := make(chan []device.Push, 1)
		go func() { got <- a.WaitPush(t.Context(), alice) }()
		synctest.Wait()
		a.Push("bob", "p0", 0)
		a.Push(alice, "p1", 0)
		assert.Equal(t, "p1", (<-got)[0].ID)
		assert.Len(t, a.Pushes("", 0), 2, "everybody's")
	})
}

func TestTheCourierReachesEveryDevice(t *testing.T) {
	c := &device.Courier{
		Mailer: mailerFunc(func(challenge.CodeMail) error { return errors.New("posted") }),
		Phones: device.NewPhones(atNoon), Authenticator: device.NewAuthenticator(atNoon),
		UserOf: func(_ context.Context, id string) (string, error) {
			if id != "a1" {
				return "", errors.New("no such person")
			}
			return alice, nil
		},
	}
	require.EqualError(t, c.Email(t.Context(), challenge.CodeMail{}), "posted")
	require.NoError(t, c.Text(t.Context(), number, secret.New("1"), "en"))
	require.NoError(t, c.Call(t.Context(), number, "c1", "en"))
	require.NoError(t, c.Push(t.Context(), "a1", "p1", 0))
	require.ErrorContains(t, c.Push(t.Context(), "b2", "p2", 0), "b2")

	require.Len(t, c.Phones.Texts(number, 0), 1)
	require.NoError(t, c.Phones.Press("c1", "#"))
	require.NoError(t, c.Authenticator.Deny("p1"))
	assert.Equal(t, challenge.Right, c.CallAnswer(t.Context(), "c1"))
	assert.Equal(t, challenge.Denied, c.PushAnswer(t.Context(), "p1"))
	assert.Len(t, c.Authenticator.Pushes(alice, 0), 1)
}

type mailerFunc func(challenge.CodeMail) error

func (f mailerFunc) Email(_ context.Context, m challenge.CodeMail) error { return f(m) }
