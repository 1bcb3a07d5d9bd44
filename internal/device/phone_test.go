package device_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/secret"
)

const number = "+1 4251234567"

func TestOnePhoneHoweverItsNumberIsWritten(t *testing.T) {
	p := device.NewPhones(atNoon)
	p.Text(number, secret.New("042137"), "en")
	for _, written := range []string{number, "+14251234567", "1-425-123-4567", number + "x12345", number + " X7"} {
		list := p.Texts(written, 0)
		require.Len(t, list, 1)
		assert.Equal(t, "042137", list[0].Code)
		assert.Contains(t, list[0].Body, "042137")
	}
	assert.Empty(t, p.Texts("+1 4251234568", 0))
	assert.Empty(t, p.Texts(number, 1))
	assert.Equal(t, []string{"14251234567"}, p.Numbers())
}

func TestTextsComeInThePersonsLanguage(t *testing.T) {
	for locale, want := range map[string]string{
		"": "Your verification code is 042137.", "tlh": "Your verification code is 042137.", "de-CH": "Ihr Prüfcode lautet 042137.",
		"fr": "Votre code de vérification est 042137.", "es-MX": "Su código de verificación es 042137.",
		"ja": "確認コードは 042137 です。", "ar-SA": "رمز التحقق الخاص بك هو 042137.",
	} {
		p := device.NewPhones(atNoon)
		p.Text(number, secret.New("042137"), locale)
		assert.Contains(t, p.Texts(number, 0)[0].Body, want, "%q", locale)
	}
}

func TestCalls(t *testing.T) {
	for name, c := range map[string]struct {
		act   func(p *device.Phones) error
		after time.Duration
		err   error
		state device.CallState
		want  challenge.Verdict
	}{
		"it rings":                   {nil, device.RingTime - 1, nil, device.Ringing, challenge.Waiting},
		"and stops":                  {nil, device.RingTime, nil, device.Missed, challenge.Denied},
		"# confirms":                 {func(p *device.Phones) error { return p.Press("c1", "#") }, 0, nil, device.Confirmed, challenge.Right},
		"and stays confirmed":        {func(p *device.Phones) error { return p.Press("c1", "#") }, time.Hour, nil, device.Confirmed, challenge.Right},
		"another key does nothing":   {func(p *device.Phones) error { return p.Press("c1", "1") }, 0, device.ErrWrongKey, device.Ringing, challenge.Waiting},
		"hanging up refuses":         {func(p *device.Phones) error { return p.HangUp("c1") }, 0, nil, device.HungUp, challenge.Denied},
		"another call does not ring": {func(p *device.Phones) error { return p.HangUp("c2") }, 0, device.ErrNotRinging, device.Ringing, challenge.Waiting},
	} {
		t.Run(name, func(t *testing.T) {
			now := noon
			p := device.NewPhones(func() time.Time { return now })
			p.Call(number, "c1", "en")
			if c.act != nil {
				require.ErrorIs(t, c.act(p), c.err)
			}
			now = now.Add(c.after)
			assert.Equal(t, c.state, p.Calls(number, 0)[0].State)
			assert.Equal(t, c.want, p.Answer("c1"))
			if c.state != device.Ringing {
				assert.ErrorIs(t, p.Press("c1", "#"), device.ErrNotRinging, "a call is answered once")
			}
		})
	}
	assert.Equal(t, challenge.Waiting, device.NewPhones(atNoon).Answer("never began"))
}

func TestWaitingForAPhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := device.NewPhones(atNoon)
		texts, calls := make(chan []device.Text, 1), make(chan []device.Call, 1)
		go func() { texts <- p.WaitText(t.Context(), number, 0) }()
		go func() { calls <- p.WaitCall(t.Context(), number, 0) }()
		synctest.Wait()
		changed := p.Changed()
		p.Call(number, "c1", "en")
		assert.Equal(t, "c1", (<-calls)[0].ID)
		<-changed
		synctest.Wait()
		assert.Empty(t, texts, "a call is no text")
		p.Text(number, secret.New("1"), "en")
		assert.Len(t, <-texts, 1)
	})
}

func TestChangesAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := device.NewPhones(atNoon)
		version := make(chan uint64, 1)
		go func() { version <- p.AwaitChange(t.Context(), 0) }()
		synctest.Wait()
		assert.Empty(t, version)
		p.Text(number, secret.New("1"), "en")
		assert.EqualValues(t, 1, <-version)
		assert.EqualValues(t, 1, p.AwaitChange(t.Context(), 0), "what has happened is not waited for")
		assert.EqualValues(t, 1, p.AwaitChange(t.Context(), 7), "nor is a version of another life")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		assert.EqualValues(t, 1, p.AwaitChange(ctx, 1))
	})
}

func TestAPhoneForgetsOldThings(t *testing.T) {
	p := device.NewPhones(atNoon)
	for i := range 500 {
		p.Text(number, secret.New("1"), "en")
		p.Call(number, string(rune('a'+i%26))+time.Duration(i).String(), "en")
	}
	assert.Len(t, p.Texts(number, 0), 200)
	assert.Len(t, p.Calls(number, 0), 200)
}
