package rig_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/rig"
)

// demoPassword is everybody's in the demo.
const demoPassword = "Lantern-Harbour-62"

// browser is a person's browser in front of a lab.
type browser struct {
	t   *testing.T
	lab *rig.Lab
	*http.Client
}

func browse(t *testing.T, l *rig.Lab) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		return l.Config.Network.DialContext(ctx, network, addr)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t, l, &http.Client{Jar: jar, Transport: transport}}
}

// a visited page: where the browser ended, and what it shows.
type visited struct{ path, body string }

func (b *browser) read(r *http.Response, err error) visited {
	b.t.Helper()
	require.NoError(b.t, err)
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	require.NoError(b.t, err)
	require.Equal(b.t, http.StatusOK, r.StatusCode, string(body))
	return visited{r.Request.URL.Path, html.UnescapeString(string(body))}
}

func (b *browser) get(path string) visited {
	b.t.Helper()
	return b.read(b.Get(b.lab.PortalURL + path))
}

func (b *browser) post(path string, pairs ...string) visited {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.read(b.PostForm(b.lab.PortalURL+path, form))
}

// code is what the person's app shows now, in a step that was not used yet.
func (b *browser) code(user string) string {
	b.t.Helper()
	b.lab.Clock.Advance(time.Minute)
	codes := b.lab.Authenticator.Codes(user)
	require.NotEmpty(b.t, codes)
	return codes[len(codes)-1].Code
}

// mailed is the newest code in a mailbox.
func (b *browser) mailed(to string) string {
	b.t.Helper()
	mails := b.lab.Mailbox.List(to, 0)
	require.NotEmpty(b.t, mails)
	code := regexp.MustCompile(`\b[0-9]{6}\b`).FindString(mails[len(mails)-1].Text)
	require.NotEmpty(b.t, code)
	return code
}

func TestABrowserSignsInAndOut(t *testing.T) {
	b := browse(t, demoLab(t))
	p := b.get("/myaccount")
	require.Equal(t, "/signin", p.path, "nobody is in without signing in")
	p = b.post("/signin", "username", "alice@northlight.example", "password", "wrong")
	assert.Contains(t, p.body, "AADSTS50126")
	assert.NotContains(t, p.body, "wrong\"", "what was typed is not shown again")
	p = b.post("/signin", "username", "Alice@Northlight.example", "password", demoPassword)
	require.Equal(t, "/myaccount", p.path)
	p = b.post("/signout")
	assert.Contains(t, p.body, "You have signed out")
	assert.Equal(t, "/signin", b.get("/myaccount").path)
}

// A person learns that the password expires soon, and not that it does some day
// (reference 6.2, passwordNotificationWindowInDays).
func TestAnAccountSaysThatItsPasswordExpiresSoon(t *testing.T) {
	b := browse(t, demoLab(t))
	_, err := b.lab.Tenant.UpdateSettings(t.Context(), func(s *policy.Settings) error {
		s.Expiry.ValidityDays, s.Expiry.NotificationDays = 30, 14
		return nil
	})
	require.NoError(t, err)
	p := b.post("/signin", "username", "frank@northlight.example", "password", demoPassword)
	require.Equal(t, "/myaccount", p.path, "the password is ten days old")
	assert.NotContains(t, p.body, "expires in")

	b.lab.Clock.Advance(8 * 24 * time.Hour)
	p = b.post("/signin", "username", "frank@northlight.example", "password", demoPassword)
	require.Equal(t, "/myaccount", p.path)
	assert.Contains(t, p.body, "Your password expires in 12 days.")
}

func TestAnUnknownNameLooksLikeAWrongPassword(t *testing.T) {
	b := browse(t, demoLab(t))
	page := func(user string) string {
		p := b.post("/signin", "username", user, "password", "wrong")
		return strings.NewReplacer(user, "somebody", url.QueryEscape(user), "somebody").Replace(p.body)
	}
	assert.Equal(t, page("alice@northlight.example"), page("zoe@northlight.example"))
}

// TestANewPersonRegisters is the story of Bob: a pass, the wizard, an app by its
// QR code, an address by its mail.
func TestANewPersonRegisters(t *testing.T) {
	const bob = "bob@northlight.example"
	b := browse(t, demoLab(t))
	p := b.post("/signin", "username", bob, "password", "Harbour+7Bridge", "with", "pass")
	require.Equal(t, "/signin", p.path)
	require.Contains(t, p.body, "lose access to your account")
	b.get("/mysecurityinfo")

	p = b.post("/mysecurityinfo/app", "method", string(policy.InfoOtherApp))
	picture := regexp.MustCompile(`data:image/png;base64,([A-Za-z0-9+/=]+)"`).FindStringSubmatch(p.body)
	require.NotNil(t, picture, p.body)
	png, err := base64.StdEncoding.DecodeString(picture[1])
	require.NoError(t, err)
	_, err = b.lab.Authenticator.Scan(bob, png)
	require.NoError(t, err)
	p = b.post("/mysecurityinfo/answer", "code", "000000")
	require.Contains(t, p.body, "not right")
	p = b.post("/mysecurityinfo/answer", "code", b.code(bob))
	require.Contains(t, p.body, "The method has been registered")
	assert.NotContains(t, p.body, "data:image/png", "the secret is not shown again")

	p = b.get("/signin")
	require.Equal(t, "/mysecurityinfo", b.get("/mysecurityinfo").path)
	require.Equal(t, "/myaccount", p.path, "the sign-in has come to its end")

	p = b.post("/mysecurityinfo/email", "method", "email", "address", "bob@home.example")
	require.Contains(t, p.body, "bob@home.example")
	p = b.post("/mysecurityinfo/answer", "code", b.mailed("bob@home.example"))
	require.Contains(t, p.body, "The method has been registered")

	u, err := b.lab.Tenant.User(t.Context(), bob)
	require.NoError(t, err)
	assert.Equal(t, "bob@home.example", u.Methods.AuthenticationEmail)
	assert.Len(t, u.Methods.Apps, 1)
	assert.False(t, u.RegisteredAt.IsZero())
	var activities []string
	for _, r := range b.lab.Journal.Records(journal.Query{Channel: journal.Audit}) {
		activities = append(activities, r.Audit.ActivityDisplayName)
	}
	assert.Contains(t, activities, journal.ActivityRegisteredAll)
}

func TestTheWizardCanBeSkippedAndComesAgain(t *testing.T) {
	b := browse(t, demoLab(t))
	for range 2 {
		p := b.post("/signin", "username", "grace@northlight.example", "password", demoPassword)
		require.Contains(t, p.body, "Skip for now")
		require.Equal(t, "/signin", b.get("/myaccount").path, "not in before it is skipped")
		p = b.post("/signin/skip")
		require.Equal(t, "/myaccount", p.path)
		b.post("/signout")
	}
	var reasons []string
	for _, r := range b.lab.Journal.Records(journal.Query{Channel: journal.Audit}) {
		reasons = append(reasons, r.Audit.ResultReason)
	}
	assert.Equal(t, []string{"User canceled security info registration.", "User canceled security info registration."}, reasons)
}

func TestSecurityInfoAsksForASecondFactorFirst(t *testing.T) {
	const alice = "alice@northlight.example"
	b := browse(t, demoLab(t))
	b.post("/signin", "username", alice, "password", demoPassword)
	p := b.get("/mysecurityinfo")
	require.Equal(t, "/signin", p.path)
	require.Contains(t, p.body, "Verify your identity")
	b.post("/signin/method", "method", string(policy.AppCode))
	p = b.post("/signin/answer", "method", string(policy.AppCode), "code", b.code(alice))
	require.Equal(t, "/mysecurityinfo", p.path)
	require.Contains(t, p.body, "alice@home.example")

	p = b.post("/mysecurityinfo/phone", "method", "phone", "operation", "change", "number", "4255550177")
	require.Contains(t, p.body, "country code")
	b.post("/mysecurityinfo/phone", "method", "phone", "operation", "change", "number", "+1 4255550177", "by", "text")
	var text string
	for _, m := range b.lab.Phones.Texts("+1 4255550177", 0) {
		text = m.Body
	}
	p = b.post("/mysecurityinfo/answer", "code", regexp.MustCompile(`[0-9]{6}`).FindString(text))
	require.Contains(t, p.body, "+1 4255550177")
	p = b.post("/mysecurityinfo/default", "factor", string(policy.MobileSMS))
	assert.Contains(t, p.body, "default sign-in method has been changed")
	p = b.post("/mysecurityinfo/delete", "method", string(policy.InfoQuestions))
	assert.NotContains(t, p.body, "Questions registered")

	other := browse(t, b.lab)
	other.post("/signin", "username", alice, "password", demoPassword)
	b.lab.Clock.Advance(time.Second)
	b.post("/mysecurityinfo/everywhere")
	assert.Equal(t, "/signin", other.get("/myaccount").path)
	assert.Equal(t, "/signin", b.get("/myaccount").path)
}

func TestATemporaryPasswordIsChangedOnTheWay(t *testing.T) {
	const laura, fresh = "laura@northlight.example", "Quiet-Meadow-93"
	b := browse(t, demoLab(t))
	p := b.post("/signin", "username", laura, "password", demoPassword)
	require.Contains(t, p.body, "expired or is temporary")
	p = b.post("/signin/change", "current", "wrong", "password", fresh, "confirmation", fresh)
	require.Contains(t, p.body, "current password is not right")
	p = b.post("/signin/change", "current", demoPassword, "password", fresh, "confirmation", fresh)
	require.Equal(t, "/myaccount", p.path, p.body)

	b.post("/signout")
	p = b.post("/signin", "username", laura, "password", fresh)
	require.Equal(t, "/myaccount", p.path)
	p = b.get("/myaccount/changepassword")
	assert.Contains(t, p.body, "Current password", "a password alone does not suffice")
}

func TestAChangeAfterASecondFactorAsksNoCurrentPassword(t *testing.T) {
	const frank = "frank@northlight.example"
	b := browse(t, demoLab(t))
	b.post("/signin", "username", frank, "password", demoPassword)
	b.get("/mysecurityinfo") // demands a second factor
	b.post("/signin/method", "method", string(policy.AppCode))
	b.post("/signin/answer", "method", string(policy.AppCode), "code", b.code(frank))
	p := b.get("/myaccount/changepassword")
	require.NotContains(t, p.body, "Current password")
	p = b.post("/myaccount/changepassword", "password", "Quiet-Meadow-93", "confirmation", "Quiet-Meadow-93")
	assert.Equal(t, "/myaccount", p.path)
	assert.Contains(t, p.body, "Your password has been changed")
}

func TestAChangeAgainstTheRulesSaysWhich(t *testing.T) {
	b := browse(t, demoLab(t))
	b.post("/signin", "username", "paula@northlight.example", "password", demoPassword)
	for name, c := range map[string]struct{ password, confirmation, says string }{
		"the same again":                     {demoPassword, demoPassword, "must differ"},
		"not the same twice":                 {"Quiet-Meadow-93", "Quiet-Meadow-94", "not the same"},
		"younger than the minimum age of AD": {"Quiet-Meadow-93", "Quiet-Meadow-93", "policy of your organisation"},
	} {
		p := b.post("/myaccount/changepassword", "current", demoPassword, "password", c.password, "confirmation", c.confirmation)
		assert.Contains(t, p.body, c.says, name)
	}
}

// howto-password-smart-lockout: a signed-in browser that somebody left behind is
// no place to guess its owner's password either.
func TestGuessingTheCurrentPasswordLocksTheAccount(t *testing.T) {
	const frank, fresh = "frank@northlight.example", "Quiet-Meadow-93"
	lab := demoLab(t)
	b := browse(t, lab)
	b.post("/signin", "username", frank, "password", demoPassword)
	change := func(current string) visited {
		return b.post("/myaccount/changepassword", "current", current, "password", fresh, "confirmation", fresh)
	}
	for n := range 10 {
		p := change(fmt.Sprintf("Guess-number-%d", n))
		require.Contains(t, p.body, "current password is not right", "guess %d", n)
	}
	p := change(demoPassword)
	require.Equal(t, "/myaccount/changepassword", p.path, "right or wrong, it is not looked at")
	assert.Contains(t, p.body, "account is locked at the moment")
	p = browse(t, lab).post("/signin", "username", frank, "password", demoPassword)
	assert.Contains(t, p.body, "AADSTS50053")

	lab.Clock.Advance(time.Minute + time.Second)
	assert.Equal(t, "/myaccount", change(demoPassword).path)
}

// how-to-mfa-number-match (Microsoft Learn): a notification of a sign-in always
// asks for the number on the page, whatever the setting for resets.
func TestANotificationOfASignInAsksForItsNumber(t *testing.T) {
	const alice = "alice@northlight.example"
	b := browse(t, demoLab(t))
	b.post("/signin", "username", alice, "password", demoPassword)
	b.get("/mysecurityinfo")
	p := b.post("/signin/method", "method", string(policy.AppPush))
	shown := regexp.MustCompile(`<output>([0-9]{2})</output>`).FindStringSubmatch(p.body)
	require.NotNil(t, shown, p.body)
	number, err := strconv.Atoi(shown[1])
	require.NoError(t, err)
	pushes := b.lab.Authenticator.Pushes(alice, 0)
	require.Len(t, pushes, 1)
	assert.True(t, pushes[0].NumberMatch)
	require.NoError(t, b.lab.Authenticator.Approve(pushes[0].ID, number))
	assert.Equal(t, "/mysecurityinfo", b.get("/signin/poll").path)
}

// concept-authentication-phone-options (Microsoft Learn): the alternate phone is
// called at a sign-in and never at a reset.
func TestTheAlternatePhoneRingsAtASignIn(t *testing.T) {
	const alice, other = "alice@northlight.example", "+1 4255550199"
	b := browse(t, demoLab(t))
	_, err := b.lab.Tenant.PatchUser(t.Context(), alice, []byte(`{"alternatePhone":"`+other+`"}`))
	require.NoError(t, err)
	b.post("/signin", "username", alice, "password", demoPassword)
	require.Contains(t, b.get("/mysecurityinfo").body, "Call my alternate phone")
	p := b.post("/signin/method", "method", string(policy.AlternateCall))
	assert.Contains(t, p.body, "We are calling your alternate phone")
	calls := b.lab.Phones.Calls(other, 0)
	require.Len(t, calls, 1)
	require.NoError(t, b.lab.Phones.Press(calls[0].ID, "#"))
	assert.Equal(t, "/mysecurityinfo", b.get("/signin/poll").path)
	p = b.post("/mysecurityinfo/default", "factor", string(policy.AlternateCall))
	assert.Contains(t, p.body, "default sign-in method has been changed")

	person, err := b.lab.Tenant.FindPerson(t.Context(), alice)
	require.NoError(t, err)
	settings, err := b.lab.Tenant.Settings(t.Context())
	require.NoError(t, err)
	for _, o := range policy.OffersFor(settings, person, 1, nil, b.lab.Clock.Now()) {
		assert.NotEqual(t, policy.AlternateCall, o.Method)
	}
}

// Reference 2.2: what an administrator filled in serves a reset, and no sign-in.
func TestANumberFromTheDirectoryIsNoSecondFactor(t *testing.T) {
	const alice = "alice@northlight.example"
	b := browse(t, demoLab(t))
	_, err := b.lab.Tenant.PatchUser(t.Context(), alice, []byte(`{"authenticationPhone":"","mobilePhone":"+1 4255550101"}`))
	require.NoError(t, err)
	b.post("/signin", "username", alice, "password", demoPassword)
	p := b.get("/mysecurityinfo")
	require.Contains(t, p.body, "Verify your identity")
	assert.NotContains(t, p.body, "Text my mobile phone")
	p = b.post("/signin/method", "method", string(policy.MobileSMS))
	assert.Empty(t, b.lab.Phones.Texts("+1 4255550101", 0))
}

// Reference 5.2 and 5.7: the page leads to a change of the password.
func TestSecurityInfoListsThePassword(t *testing.T) {
	const alice = "alice@northlight.example"
	b := browse(t, demoLab(t))
	b.post("/signin", "username", alice, "password", demoPassword)
	b.get("/mysecurityinfo")
	b.post("/signin/method", "method", string(policy.AppCode))
	p := b.post("/signin/answer", "method", string(policy.AppCode), "code", b.code(alice))
	require.Equal(t, "/mysecurityinfo", p.path)
	require.Contains(t, p.body, `href="/myaccount/changepassword" aria-label="Change: Password"`)
	assert.Contains(t, b.get("/myaccount/changepassword").body, "new password")
}

// Reference 1.1 and 5.2: the addresses that people know, and what they carry.
func TestEntryPoints(t *testing.T) {
	l := demoLab(t)
	for _, entry := range []string{"/ssprsetup", "/mfasetup", "/setupsecurityinfo", "/mysecurityinfo"} {
		b := browse(t, l)
		p := b.get(entry + "?lng=de&tenant=northlight.example")
		assert.Equal(t, "/signin", p.path, entry)
		assert.Contains(t, p.body, `lang="de"`, entry)
		b.post("/signin", "username", "frank@northlight.example", "password", demoPassword)
		assert.NotEqual(t, "/myaccount", b.get("/signin").path, "the sign-in leads to Security info")
	}
	p := browse(t, l).get("/n/passwordreset?mkt=fr&whr=northlight.example&username=alice%40northlight.example")
	assert.Equal(t, "/passwordreset", p.path)
	assert.Contains(t, p.body, `lang="fr"`)
	assert.Contains(t, p.body, `value="alice@northlight.example"`)
}

// The registration session lasts 15 minutes from the first visit of Security info,
// in which the sign-in goes on (reference 5.1).
func TestSecurityInfoWantsANewSignInAfterAQuarterOfAnHour(t *testing.T) {
	const paula, ended = "paula@northlight.example", "Security info closes 15 minutes"
	b := browse(t, demoLab(t))
	enter := func(password string) visited {
		return b.post("/signin", "username", paula, "password", password)
	}
	require.Equal(t, "/myaccount", enter(demoPassword).path)
	b.lab.Clock.Advance(time.Hour) // the sign-in alone opens nothing
	require.Equal(t, "/mysecurityinfo", b.get("/mysecurityinfo").path)

	b.lab.Clock.Advance(15*time.Minute - time.Second)
	p := b.post("/mysecurityinfo/email", "method", "email", "operation", "change", "address", "paula@new.example")
	require.Equal(t, "/mysecurityinfo", p.path)
	require.Contains(t, p.body, `name="code"`, "a code was sent")
	code := b.mailed("paula@new.example")

	b.lab.Clock.Advance(time.Second)
	p = b.post("/mysecurityinfo/answer", "code", code)
	require.Equal(t, "/signin", p.path)
	require.Contains(t, p.body, ended)
	assert.Contains(t, p.body, `value="`+paula+`"`)
	assert.Equal(t, "/signin", b.get("/mysecurityinfo").path)
	assert.Equal(t, "/myaccount", b.get("/myaccount").path, "the sign-in goes on")
	assert.Equal(t, "/myaccount/changepassword", b.get("/signin?to=changepassword").path)
	u, err := b.lab.Tenant.User(t.Context(), paula)
	require.NoError(t, err)
	assert.NotEqual(t, "paula@new.example", u.Methods.AuthenticationEmail)

	b.get("/mysecurityinfo")
	p = enter("wrong")
	require.Equal(t, "/signin", p.path)
	require.Contains(t, p.body, "password is incorrect")
	require.NotContains(t, p.body, ended)
	p = enter(demoPassword)
	require.Equal(t, "/mysecurityinfo", p.path, "and back")
	assert.NotContains(t, p.body, `name="code"`, "what waited for a proof has ended, too")

	b.lab.Clock.Advance(15*time.Minute - time.Second)
	assert.Equal(t, "/mysecurityinfo", b.get("/mysecurityinfo").path)
	b.lab.Clock.Advance(time.Second)
	assert.Contains(t, b.get("/mysecurityinfo").body, ended)
}

// Time spent on the second factor that Security info asks for does not count.
func TestARegistrationSessionBeginsAfterTheSecondFactor(t *testing.T) {
	const alice = "alice@northlight.example"
	b := browse(t, demoLab(t))
	b.post("/signin", "username", alice, "password", demoPassword)
	prove := func() visited {
		b.post("/signin/method", "method", string(policy.AppCode))
		return b.post("/signin/answer", "method", string(policy.AppCode), "code", b.code(alice))
	}
	require.Contains(t, b.get("/mysecurityinfo").body, "Verify your identity")
	b.lab.Clock.Advance(20 * time.Minute)
	require.Equal(t, "/mysecurityinfo", prove().path)
	b.lab.Clock.Advance(15*time.Minute - time.Second)
	require.Equal(t, "/mysecurityinfo", b.get("/mysecurityinfo").path)
	b.lab.Clock.Advance(time.Second)
	require.Equal(t, "/signin", b.get("/mysecurityinfo").path)

	p := b.post("/signin", "username", alice, "password", demoPassword)
	require.Contains(t, p.body, "Verify your identity", "the new sign-in has no second factor yet")
	require.Equal(t, "/mysecurityinfo", prove().path)
}
