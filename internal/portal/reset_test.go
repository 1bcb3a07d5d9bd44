package portal

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
)

func heading(v visited) string {
	return plain(find(v.Doc, func(n *html.Node) bool { return n.Data == "h1" }))
}

func alert(v visited) string {
	n := find(v.Doc, func(n *html.Node) bool { return attr(n, "role") == "alert" })
	if n == nil {
		return ""
	}
	return plain(n)
}

func (w *world) cookie(name string) string {
	w.t.Helper()
	r, err := http.NewRequest(http.MethodGet, w.server.URL, nil)
	require.NoError(w.t, err)
	for _, c := range w.browser.Jar.Cookies(r.URL) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func TestAResetFromTheFirstPageToTheLast(t *testing.T) {
	w := newWorld(t)
	p := w.identify("alice@northlight.example")
	assert.Equal(t, "Verification step 1", heading(p))
	assert.Equal(t, sessionURL, p.Request.URL.Path)
	assert.Equal(t, "session-1", w.cookie(cookieSession))
	assert.Equal(t, reset.BeginInput{
		UserID: "alice@northlight.example", Locale: "en", IPAddress: "127.0.0.1",
		UserAgent: "Go-http-client/1.1", Cookies: true,
	}, w.reset.begun[0])

	p = w.post("/passwordreset/proof", "method", "email", "support", aliceCorrelation)
	assert.Contains(t, outline(p.Doc), "text code: Verification code")
	p = w.post("/passwordreset/answer", "code", "000000", "support", aliceCorrelation)
	assert.Equal(t, "That code is not right. Check it and try again.", alert(p))
	p = w.post("/passwordreset/answer", "code", "123456", "support", aliceCorrelation)
	assert.Equal(t, "Choose a new password", heading(p))
	assert.Equal(t, "session-2", w.cookie(cookieSession), "the session is renewed at the gate")

	p = w.post("/passwordreset/password", "password", "refused", "confirmation", "refused", "support", aliceCorrelation)
	assert.Contains(t, alert(p), "does not meet the policy of your organisation’s directory")
	p = w.post("/passwordreset/password", "password", "a", "confirmation", "b", "support", aliceCorrelation)
	assert.Contains(t, alert(p), "not the same")
	p = w.post("/passwordreset/password", "password", "Fresh-Bread7", "confirmation", "Fresh-Bread7", "support", aliceCorrelation)
	assert.Equal(t, "Your password has been reset", heading(p))
	assert.NotContains(t, p.Body, "Fresh-Bread7")
	assert.Equal(t, []string{"start email ", "answer 000000", "answer 123456", "password", "password", "password"}, w.reset.calls)

	assert.Equal(t, "Your password has been reset", heading(w.get(sessionURL)), "a refresh shows the same")
}

func TestThePageTellsHowStrongAPasswordIs(t *testing.T) {
	w := newWorld(t)
	w.identify("alice@northlight.example")
	weigh := func(password, support string) visited {
		return w.post("/passwordreset/strength", "password", password, "support", support)
	}
	assert.Equal(t, "Verification step 1", heading(weigh("Violet-Anchor-53", aliceCorrelation)), "not before the gate")
	w.post("/passwordreset/answer", "method", "appCode", "code", "123456")
	assert.Equal(t, "Choose a new password", heading(weigh("Violet-Anchor-53", aliceCorrelation)), "a synced user's page")
	assert.NotContains(t, w.reset.calls, "weigh")

	w.reset.view.StrengthMeter = true
	p := w.get(sessionURL)
	assert.Contains(t, outline(p.Doc), "button: Check the strength")
	assert.Contains(t, p.Body, `<div hidden data-measure>`, "nothing is measured yet")
	p = weigh("Violet-Anchor-53", aliceCorrelation)
	assert.Equal(t, http.StatusOK, p.StatusCode)
	assert.Contains(t, outline(p.Doc), "Strong: very hard to guess.")
	assert.Contains(t, p.Body, `value="4" aria-labelledby="strength-label"`)
	assert.NotContains(t, p.Body, "Violet-Anchor-53", "the password does not come back")
	assert.Contains(t, outline(weigh("password", aliceCorrelation).Doc), "Very weak: guessed at once.")
	assert.NotContains(t, outline(weigh("", aliceCorrelation).Doc), "guess")
	assert.Equal(t, sessionURL, weigh("password", "another-reset").Request.URL.Path, "a tab left open")
	assert.Equal(t, http.StatusBadRequest, weigh(strings.Repeat("x", maxPassword+1), aliceCorrelation).StatusCode)
}

func TestTheFirstPageRefuses(t *testing.T) {
	for claim, c := range map[string]struct {
		user    string
		answer  string // "" for the right one
		problem string
		begins  bool
	}{
		"an empty user ID":       {"", "", "Enter your user ID.", false},
		"wrong characters":       {"alice@northlight.example", "nonsense", "That answer does not match. Here is a new question.", false},
		"an unknown account":     {"nobody@northlight.example", "", "We could not verify your account. Check the user ID and try again, or contact your administrator.", true},
		"a personal account":     {"me@outlook.example", "", "This is a personal account. Recover it where personal accounts are recovered; your organisation cannot do it here.", true},
		"an account of no form":  {"<b>x</b>", "", "We could not verify your account. Check the user ID and try again, or contact your administrator.", true},
		"a user ID of blanks":    {"   ", "", "Enter your user ID.", false},
		"an answer with a quote": {"alice@northlight.example", `"'>`, "That answer does not match. Here is a new question.", false},
	} {
		t.Run(claim, func(t *testing.T) {
			w := newWorld(t)
			p := w.get("/passwordreset")
			answer, ok := w.robot.Answer(p.hidden("robot"))
			require.True(t, ok)
			if c.answer != "" {
				answer = c.answer
			}
			q := w.post("/passwordreset", "username", c.user, "robot", p.hidden("robot"), "form", "picture", "characters", answer)
			assert.Equal(t, c.problem, alert(q))
			assert.Equal(t, "/passwordreset", q.Request.URL.RequestURI(), "nothing typed shows in the address")
			assert.Equal(t, strings.TrimSpace(c.user), q.hidden("username"), "what was typed is kept")
			assert.Equal(t, c.begins, len(w.reset.begun) == 1)
			assert.NotEqual(t, p.hidden("robot"), q.hidden("robot"), "a new question")
			assert.Empty(t, alert(w.get("/passwordreset")), "said once")
		})
	}
}

func TestTheSameWordsForEveryUnknownAccount(t *testing.T) {
	w := newWorld(t)
	a := w.identify("nobody@northlight.example")
	b := w.identify("noone@northlight.example")
	clean := func(v visited) string {
		return strings.NewReplacer(v.hidden("robot"), "ROBOT", v.hidden("username"), "USER").Replace(v.Body)
	}
	assert.Equal(t, clean(a), clean(b))
}

func TestARobotQuestionInWords(t *testing.T) {
	w := newWorld(t)
	p := w.post("/passwordreset", "username", "alice@northlight.example", "form", "picture", "ask", "question")
	require.Equal(t, "question", p.hidden("form"))
	assert.Equal(t, "alice@northlight.example", p.hidden("username"))
	answer, ok := w.robot.Answer(p.hidden("robot"))
	require.True(t, ok)
	words := []string{
		"", "One", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
		"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
	}
	var n int
	for _, d := range answer {
		n = n*10 + int(d-'0')
	}
	p = w.post("/passwordreset", "username", "alice@northlight.example", "robot", p.hidden("robot"), "form", "question", "characters", " "+words[n])
	assert.Equal(t, "Verification step 1", heading(p), "%s in words", answer)
}

func TestARobotCheckAnswersOnce(t *testing.T) {
	w := newWorld(t)
	p := w.get("/passwordreset")
	id := p.hidden("robot")
	answer, _ := w.robot.Answer(id)
	w.post("/passwordreset", "username", "nobody@northlight.example", "robot", id, "form", "picture", "characters", answer)
	p = w.post("/passwordreset", "username", "alice@northlight.example", "robot", id, "form", "picture", "characters", answer)
	assert.Equal(t, "That question was too old. Here is a new one.", alert(p))
	assert.Len(t, w.reset.begun, 1)
}

func TestARobotPictureIsServed(t *testing.T) {
	w := newWorld(t)
	p := w.get("/passwordreset")
	img := find(p.Doc, func(n *html.Node) bool { return attr(n, "class") == "picture" })
	r, err := w.browser.Get(w.server.URL + attr(img, "src"))
	require.NoError(t, err)
	defer r.Body.Close()
	assert.Equal(t, "image/png", r.Header.Get("Content-Type"))
	assert.Equal(t, "no-store", r.Header.Get("Cache-Control"))
	assert.Equal(t, http.StatusNotFound, w.get("/passwordreset/robot/other.png").StatusCode)
}

func TestATenantMaySkipTheRobotCheck(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Tenant = settings{Reset: policy.ResetSettings{SkipRobot: true}}
	})
	assert.Empty(t, w.get("/passwordreset").hidden("robot"))
	assert.Equal(t, "Verification step 1", heading(w.post("/passwordreset", "username", "alice@northlight.example")))
	assert.True(t, w.reset.begun[0].Cookies, "the probe came back")
}

func TestABrowserWithoutCookiesIsTold(t *testing.T) {
	w := newWorld(t)
	w.browser.Jar = nil
	p := w.identify("alice@northlight.example")
	assert.Equal(t, "Your browser does not keep cookies. Allow them for this site and try again.", alert(p))
	assert.False(t, w.reset.begun[0].Cookies)
}

func TestBrandingShowsWhenTheAddressNamesTheOrganisation(t *testing.T) {
	w := newWorld(t)
	for path, org := range map[string]string{
		"/passwordreset":                                     "SSPR Lab",
		"/passwordreset?whr=northlight.example":              "Northlight",
		"/passwordreset?whr=NORTHLIGHT.onmicrosoft.example":  "Northlight",
		"/passwordreset?whr=elsewhere.example":               "SSPR Lab",
		"/passwordreset?username=alice%40northlight.example": "Northlight",
		"/passwordreset?username=alice":                      "SSPR Lab",
	} {
		p := w.get(path)
		assert.Equal(t, org, plain(find(p.Doc, func(n *html.Node) bool { return attr(n, "class") == "org" })), path)
	}
	assert.Equal(t, "alice@northlight.example", w.get("/passwordreset?username=alice%40northlight.example").hidden("username"))
}

func TestTheLanguageOfTheAddressStays(t *testing.T) {
	w := newWorld(t)
	assert.Equal(t, "Zurück in Ihr Konto", heading(w.get("/passwordreset?mkt=de-de")))
	p := w.identify("alice@northlight.example")
	assert.Equal(t, "Überprüfungsschritt 1", heading(p))
	assert.Equal(t, "de", w.reset.begun[0].Locale)
	assert.Equal(t, "de", p.Header.Get("Content-Language"))
}

// The language of the address stays on every page, signed in or not; looking at
// stories changes nothing.
func TestTheLanguageStaysOnEveryPage(t *testing.T) {
	w := newWorld(t)
	assert.Equal(t, "Uhr", heading(w.get("/lab/clock?mkt=de-de")))
	assert.Equal(t, "Postfach", heading(w.get("/lab/mailbox")))
	assert.Equal(t, "ar", w.get("/lab/stories?mkt=ar").Header.Get("Content-Language"))
	assert.Equal(t, "ar", w.get("/lab/stories/password?mkt=ar").Header.Get("Content-Language"))
	assert.Equal(t, "Zurück in Ihr Konto", heading(w.get("/passwordreset")))
	assert.Equal(t, "Horloge", heading(w.get("/lab/clock?mkt=fr")))
	assert.Equal(t, "fr", w.get("/").Header.Get("Content-Language"))
}

func TestMethodsOpenTheirPanels(t *testing.T) {
	for claim, c := range map[string]struct {
		method policy.Method
		shows  string
		calls  []string
	}{
		"e-mail sends nothing yet":   {policy.Email, "button: Email", nil},
		"a push sends nothing yet":   {policy.AppPush, "button: Send notification", nil},
		"an app code starts at once": {policy.AppCode, "text code: Verification code", []string{"start appCode "}},
		"questions are drawn":        {policy.Questions, "text answer3: Custom?", []string{"start securityQuestions "}},
	} {
		t.Run(claim, func(t *testing.T) {
			w := newWorld(t)
			w.identify("alice@northlight.example")
			p := w.post("/passwordreset/method", "method", string(c.method), "support", aliceCorrelation)
			assert.Contains(t, outline(p.Doc), c.shows)
			assert.Equal(t, c.calls, w.reset.calls)
		})
	}
}

func TestAnotherMethodDropsTheProofUnderWay(t *testing.T) {
	w := newWorld(t)
	w.identify("alice@northlight.example")
	w.post("/passwordreset/proof", "method", "email")
	w.post("/passwordreset/method", "method", "appNotification")
	assert.Equal(t, []string{"start email ", "drop"}, w.reset.calls)
}

func TestTheAppCodePanelStartsWithItsAnswer(t *testing.T) {
	w := newWorld(t)
	w.identify("alice@northlight.example")
	p := w.post("/passwordreset/answer", "method", "appCode", "code", "123456")
	assert.Equal(t, []string{"start appCode ", "answer 123456"}, w.reset.calls)
	assert.Equal(t, "Choose a new password", heading(p))
}

func TestAllAnswersTravelInOrder(t *testing.T) {
	w := newWorld(t)
	w.identify("alice@northlight.example")
	w.post("/passwordreset/method", "method", "securityQuestions")
	w.post("/passwordreset/answer", "method", "securityQuestions", "count", "3", "answer1", "rex", "answer2", "baker", "answer3", "")
	assert.Equal(t, "answer rex,baker,", w.reset.calls[1])
}

func TestAPushIsPolledWithoutScripts(t *testing.T) {
	w := newWorld(t)
	w.identify("alice@northlight.example")
	p := w.post("/passwordreset/proof", "method", "appNotification")
	assert.Contains(t, p.Body, `<noscript><meta http-equiv="refresh" content="2;url=/passwordreset/poll"></noscript>`)
	p = w.get("/passwordreset/poll")
	assert.Equal(t, sessionURL, p.Request.URL.Path)
	assert.Equal(t, []string{"start appNotification ", "answer "}, w.reset.calls)

	w.reset.view.Message = reset.MsgDenied
	p = w.get("/passwordreset/poll")
	assert.Len(t, w.reset.calls, 2, "a denied push is not asked again")
	assert.NotContains(t, p.Body, "/passwordreset/poll")
}

func TestTroubleIsChosen(t *testing.T) {
	w := newWorld(t)
	w.identify("alice@northlight.example")
	w.reset.view.Step, w.reset.view.AllowUnlock = reset.StepTrouble, true
	p := w.post("/passwordreset/trouble", "support", aliceCorrelation)
	assert.Equal(t, "Choose one of the two.", alert(p))
	w.post("/passwordreset/trouble", "trouble", "unlock")
	w.post("/passwordreset/trouble", "trouble", "reset")
	assert.Equal(t, []string{"trouble unlock", "trouble reset"}, w.reset.calls)
}

func TestAFormOfAnotherResetDoesNothing(t *testing.T) {
	w := newWorld(t)
	w.identify("alice@northlight.example")
	for _, path := range []string{"proof", "answer", "password", "cancel", "contact", "drop", "trouble", "method"} {
		p := w.post("/passwordreset/"+path, "support", "another", "method", "email", "trouble", "reset")
		assert.Equal(t, "That page was out of date. This is where you are now.", alert(p), path)
	}
	assert.Empty(t, w.reset.calls)
}

func TestWithoutASessionEverythingHasEnded(t *testing.T) {
	w := newWorld(t)
	assert.Equal(t, "Your session has ended", heading(w.get(sessionURL)))
	assert.Equal(t, "Your session has ended", heading(w.get("/passwordreset/poll")))
	assert.Equal(t, "Your session has ended", heading(w.post("/passwordreset/password", "password", "x", "confirmation", "x")))
	assert.Empty(t, w.reset.calls)
}

func TestCancelAndContact(t *testing.T) {
	w := newWorld(t)
	w.identify("alice@northlight.example")
	p := w.post("/passwordreset/contact", "support", aliceCorrelation)
	assert.Contains(t, outline(p.Doc), "Your administrator has been asked to help you.")
	p = w.post("/passwordreset/cancel", "support", aliceCorrelation)
	assert.Equal(t, "Your session has ended", heading(p))
}

func TestEveryPostRedirects(t *testing.T) {
	w := newWorld(t)
	w.identify("alice@northlight.example")
	w.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, path := range []string{"", "/trouble", "/method", "/proof", "/answer", "/drop", "/password", "/cancel", "/contact"} {
		assert.Equal(t, http.StatusSeeOther, w.post("/passwordreset"+path).StatusCode, path)
	}
}

func TestAFaultShowsNoDetail(t *testing.T) {
	w := newWorld(t)
	w.identify("alice@northlight.example")
	w.reset.fails = errors.New("reading the session: disk on fire")
	p := w.get(sessionURL)
	assert.Equal(t, http.StatusInternalServerError, p.StatusCode)
	assert.Equal(t, "Something went wrong here", heading(p))
	assert.NotContains(t, p.Body, "disk on fire")
}

func TestFormsAreBounded(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	for claim, c := range map[string]struct {
		path, body string
		status     int
		says       string
	}{
		"a user ID too long":       {"/passwordreset", "username=" + long(maxUser+1), 400, "The field “username” is longer than 320 octets."},
		"a password too long":      {"/passwordreset/password", "password=" + long(maxPassword+1), 400, "The field “password” is longer than 1024 octets."},
		"a code too long":          {"/passwordreset/answer", "code=" + long(maxShort+1), 400, "The field “code” is longer than 64 octets."},
		"an answer too long":       {"/passwordreset/answer", "answer5=" + long(maxAnswer+1), 400, "The field “answer5” is longer than 1024 octets."},
		"a user ID not in UTF-8":   {"/passwordreset", "username=%ff%fe", 400, "The field “username” is not valid UTF-8."},
		"a password not in UTF-8":  {"/passwordreset/password", "password=%c3%28", 400, "The field “password” is not valid UTF-8."},
		"a body too large":         {"/passwordreset", "x=" + long(maxBody), 413, "The form is larger than 65536 octets."},
		"a broken escape":          {"/passwordreset", "username=%zz", 400, "It is neither a web form nor an upload."},
		"a clock field too long":   {"/lab/clock", "by=" + long(maxShort+1), 400, "The field “by” is longer than 64 octets."},
		"a workstation user too":   {"/lab/workstation", "user=" + long(maxUser+1), 400, "The field “user” is longer than 320 octets."},
		"an otpauth URI too long":  {"/lab/authenticator/enrol", "uri=" + long(maxURI+1), 400, "The field “uri” is longer than 2048 octets."},
		"a user ID just fits":      {"/passwordreset", "username=" + long(maxUser), 200, ""},
		"a password that fits":     {"/passwordreset/password", "password=" + long(maxPassword), 200, ""},
		"fields nobody asked for":  {"/passwordreset", "username=a&unknown=" + long(2000), 200, ""},
		"a semicolon in the field": {"/passwordreset/password", "password=a;b", 400, "It is neither a web form nor an upload."},
	} {
		t.Run(claim, func(t *testing.T) {
			w := newWorld(t)
			p := w.read(w.browser.Post(w.server.URL+c.path, "application/x-www-form-urlencoded", strings.NewReader(c.body)))
			assert.Equal(t, c.status, p.StatusCode)
			if c.says != "" {
				assert.Contains(t, outline(p.Doc), c.says)
				assert.NotContains(t, p.Body, "xxxxxxxx")
			}
		})
	}
}

func TestQueriesAreBounded(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/passwordreset?username=", "/passwordreset?whr=", "/lab/mailbox?to="} {
		assert.Equal(t, 400, w.get(path+strings.Repeat("x", maxUser+1)).StatusCode, path)
		assert.Equal(t, 400, w.get(path+"%ff").StatusCode, path)
	}
	assert.Equal(t, 200, w.get("/passwordreset?mkt="+strings.Repeat("x", 5000)).StatusCode)
}

func TestCookiesOverTLS(t *testing.T) {
	for secure, prefix := range map[bool]string{false: "", true: "__Host-"} {
		w := newWorld(t, func(c *Config) { c.Secure = secure })
		r, err := http.Get(w.server.URL + "/passwordreset?mkt=de")
		require.NoError(t, err)
		r.Body.Close()
		require.Len(t, r.Cookies(), 2)
		for _, c := range r.Cookies() {
			assert.True(t, strings.HasPrefix(c.Name, prefix+"sspr-"), c.Name)
			assert.True(t, c.HttpOnly)
			assert.Equal(t, secure, c.Secure)
			assert.Equal(t, http.SameSiteLaxMode, c.SameSite)
			assert.Equal(t, "/", c.Path)
			assert.Empty(t, c.Domain)
		}
	}
}

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/", "/passwordreset", sessionURL, "/lab/", "/lab/mailbox", "/nowhere", "/static/style.css", "/healthz"} {
		h := w.get(path).Header
		assert.Equal(t, policyHeader, h.Get("Content-Security-Policy"), path)
		assert.NotContains(t, policyHeader, "unsafe")
		assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		assert.NotEmpty(t, h.Get("Referrer-Policy"), path)
		if path != "/static/style.css" {
			assert.Equal(t, "no-store", h.Get("Cache-Control"), path)
		}
	}
}

func TestPostsOfOtherSitesAreRefused(t *testing.T) {
	w := newWorld(t)
	for claim, h := range map[string]map[string]string{
		"by fetch metadata": {"Sec-Fetch-Site": "cross-site"},
		"by origin":         {"Origin": "https://evil.example"},
	} {
		for _, path := range []string{"/passwordreset", "/passwordreset/password", "/lab/clock"} {
			r, err := http.NewRequest(http.MethodPost, w.server.URL+path, strings.NewReader("press=freeze"))
			require.NoError(t, err)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for k, v := range h {
				r.Header.Set(k, v)
			}
			p := w.read(w.browser.Do(r))
			assert.Equal(t, http.StatusForbidden, p.StatusCode, claim)
			assert.Equal(t, "This request was refused", heading(p))
		}
	}
	assert.False(t, w.clock.State().Frozen)
}

// Every route that changes something refuses other origins, one that is added
// tomorrow included.
func TestNoRouteTakesPostsOfOtherSites(t *testing.T) {
	var pages Config
	newWorld(t, func(c *Config) {
		c.Accounts = &Accounts{
			SignIn: struct{ SignIn }{}, Registration: struct{ Registration }{}, Passwords: struct{ Passwords }{},
			QR: func(string) ([]byte, error) { return nil, nil },
		}
		pages = *c
	})
	e, err := New(pages)
	require.NoError(t, err)
	posts := 0
	for _, route := range e.Routes() {
		if route.Method != http.MethodPost {
			continue
		}
		posts++
		for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			r := httptest.NewRequest(http.MethodPost, strings.ReplaceAll(route.Path, ":", "x"), strings.NewReader("a=b"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(header, value)
			answer := httptest.NewRecorder()
			e.ServeHTTP(answer, r)
			assert.Equal(t, http.StatusForbidden, answer.Code, "%s with %s", route.Path, header)
			assert.Empty(t, answer.Result().Cookies(), route.Path)
		}
	}
	assert.Greater(t, posts, 20, "the routes were found")
}

func TestAForgedFlashSaysNothing(t *testing.T) {
	w := newWorld(t)
	for _, value := range []string{"%%%", "e30", "eyJwIjoiPGI+In0", strings.Repeat("A", 3000)} {
		r, err := http.NewRequest(http.MethodGet, w.server.URL+"/passwordreset", nil)
		require.NoError(t, err)
		r.Header.Set("Cookie", cookieFlash+"="+value)
		p := w.read(http.DefaultClient.Do(r))
		assert.Equal(t, 200, p.StatusCode)
		assert.Empty(t, alert(p))
	}
}

func TestTheLogHoldsNothingThatWasTyped(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(t, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	w.identify("alice@northlight.example")
	w.post("/passwordreset/password", "password", "Fresh-Bread7", "confirmation", "Fresh-Bread7")
	w.get("/passwordreset?username=alice%40northlight.example")
	w.server.Close() // every line is written
	assert.Contains(t, log.String(), `op="POST /passwordreset/password" code=303`)
	for _, typed := range []string{"alice", "Fresh-Bread7", "session-1"} {
		assert.NotContains(t, log.String(), typed)
	}
}

func TestResendAppearsAfterTenSeconds(t *testing.T) {
	w := newWorld(t)
	w.identify("alice@northlight.example")
	p := w.post("/passwordreset/proof", "method", "email")
	assert.Contains(t, p.Body, `data-after="10"`)
	assert.NotContains(t, outline(p.Doc), "button: Try again")
	w.reset.view.CanResend = true
	assert.Contains(t, outline(w.get(sessionURL).Doc), "button: Try again")
}

func TestStaticFilesAreKeptByVersion(t *testing.T) {
	w := newWorld(t)
	sheet := find(w.get("/").Doc, func(n *html.Node) bool { return attr(n, "rel") == "stylesheet" })
	p := w.get(attr(sheet, "href"))
	assert.Equal(t, 200, p.StatusCode)
	assert.Equal(t, "text/css; charset=utf-8", p.Header.Get("Content-Type"))
	assert.Contains(t, p.Header.Get("Cache-Control"), "immutable")
	assert.Equal(t, "no-cache", w.get("/static/style.css?v=old").Header.Get("Cache-Control"))
	for _, path := range []string{"/static/", "/static/none.css", "/static/../portal.go", "/static/%2e%2e/portal.go"} {
		assert.Equal(t, http.StatusNotFound, w.get(path).StatusCode, path)
	}
}

func TestTheHelpdeskLinkIsAPageOrAMail(t *testing.T) {
	w := newWorld(t)
	for story, c := range map[string]struct{ href, target string }{
		"refused-helpdesk": {"https://help.northlight.example/", "_blank"},
		"blocked-helpdesk": {"mailto:help@northlight.example", ""},
	} {
		p := w.get("/lab/stories/" + story)
		a := find(p.Doc, func(n *html.Node) bool { return attr(n, "href") == c.href })
		require.NotNil(t, a, story)
		assert.Equal(t, c.target, attr(a, "target"))
	}
}

func TestAHelpdeskLinkCannotRunScripts(t *testing.T) {
	w := newWorld(t)
	w.identify("alice@northlight.example")
	w.reset.view.Step, w.reset.view.ContactLink = reset.StepBlocked, "javascript:alert(1)"
	assert.NotContains(t, w.get(sessionURL).Body, "javascript:")
}
