package notify_test

import (
	"bytes"
	"flag"
	"net/mail"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/notify"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/policy/branding"
	"github.com/ssprlab/ssprlab/internal/secret"
)

var update = flag.Bool("update", false, "rewrite the golden mails")

func TestGoldenMails(t *testing.T) {
	s := policy.Settings{TenantName: "Northlight"}
	alice := policy.Person{ID: "a1", UserPrincipalName: "alice@northlight.example", DisplayName: "Alice Ångström"}
	to := mail.Address{Address: "someone@home.example"}
	for name, m := range map[string]notify.Mail{
		"verification": notify.Verification(s, challenge.CodeMail{
			To: "alice@home.example", TenantName: "Northlight", Code: secret.New("042137"), Locale: "en-GB", Expires: 5 * time.Minute,
		}),
		"reset":       notify.WasReset(s, alice, "tlh", to),
		"admin-reset": notify.AdministratorWasReset(s, alice, "", to, mail.Address{Address: "other@home.example"}),
		"branded": notify.WasReset(policy.Settings{TenantName: "Northlight", Branding: branding.Branding{
			Properties:    branding.Properties{AccentColor: "#5B2A86", BannerLogo: branding.Example().BannerLogo},
			Localizations: map[string]branding.Properties{"de-DE": {AccentColor: "#0b6470"}},
		}}, alice, "de-AT", to),
		"help": notify.HelpRequest(s, alice, "8b1d4f0e-5d0f-4c8e-9a53-1f0e5b7f2a10", noon, "", to),
		"verification-ar": notify.Verification(s, challenge.CodeMail{
			To: "alice@home.example", TenantName: "Northlight", Code: secret.New("042137"), Locale: "ar-SA", Expires: 5 * time.Minute,
		}),
		"help-ar":        notify.HelpRequest(s, alice, "8b1d4f0e-5d0f-4c8e-9a53-1f0e5b7f2a10", noon, "ar", to),
		"reset-ja":       notify.WasReset(s, alice, "ja", to),
		"help-ja":        notify.HelpRequest(s, alice, "8b1d4f0e-5d0f-4c8e-9a53-1f0e5b7f2a10", noon, "ja-JP", to),
		"admin-reset-de": notify.AdministratorWasReset(s, alice, "de", to),
	} {
		t.Run(name, func(t *testing.T) {
			var raw bytes.Buffer
			require.NoError(t, m.Encode(&raw, noon, chance.New(1).Stream("golden")))
			golden := filepath.Join("testdata", name+".eml")
			if *update {
				require.NoError(t, os.WriteFile(golden, raw.Bytes(), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), raw.String())
		})
	}
}

func TestDocumentedFields(t *testing.T) {
	s := policy.Settings{TenantName: "Northlight"}
	m := notify.Verification(s, challenge.CodeMail{To: "a@b.example", TenantName: "Northlight", Expires: time.Minute})
	assert.Equal(t, "Northlight account email verification code", m.Subject)
	assert.Equal(t, "Microsoft on behalf of Northlight", m.From.Name)
	assert.Contains(t, policy.Senders(policy.PublicCloud), m.From.Address)

	s.Notify.Cloud = policy.ChinaCloud
	m = notify.WasReset(s, policy.Person{}, "")
	assert.Contains(t, policy.Senders(policy.ChinaCloud), m.From.Address)
}

func TestATenantNameCannotAddHeadersOrMarkup(t *testing.T) {
	s := policy.Settings{TenantName: "Evil\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script>"}
	m := notify.Verification(s, challenge.CodeMail{To: "a@b.example", TenantName: s.TenantName, Code: secret.New("1"), Expires: time.Minute})
	var raw bytes.Buffer
	require.NoError(t, m.Encode(&raw, noon, chance.New(1).Stream("x")))
	read, err := mail.ReadMessage(&raw)
	require.NoError(t, err)
	assert.Empty(t, read.Header.Get("Bcc"))
	assert.NotContains(t, m.HTML, "<script>")
}

func TestLinesAreAsLongAsMailAllows(t *testing.T) {
	s := policy.Settings{TenantName: string(bytes.Repeat([]byte("Nördlicht "), 40))}
	m := notify.Verification(s, challenge.CodeMail{To: "a@b.example", TenantName: s.TenantName, Expires: time.Minute})
	var raw bytes.Buffer
	require.NoError(t, m.Encode(&raw, noon, chance.New(1).Stream("x")))
	for _, line := range bytes.Split(raw.Bytes(), []byte("\r\n")) {
		assert.LessOrEqual(t, len(line), 998, "RFC 5322 2.1.1")
		for _, b := range line {
			require.Less(t, b, byte(0x80), "seven bits")
			require.NotEqual(t, byte('\n'), b, "no bare line feeds")
		}
	}
}
