package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/scenario"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// chromium starts the distribution's browser with a profile of its own. Its tabs
// end with the test.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path := needs(t, "browser", "chromium", "apt-get install -y chromium")
	ctx, cancel := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-extensions", true), chromedp.Flag("password-store", "basic"),
	)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx), "starting %s", path)
	return ctx
}

// A person sits in front of one window of the browser.
type person struct {
	t        *testing.T
	ctx      context.Context
	world    scenario.World
	keyboard bool // never touches the mouse
	phone    bool // taps, on a small screen
}

// sitDown opens a window with cookies of its own on a lab of its own.
func sitDown(browser context.Context, t *testing.T, keyboard, phone bool) *person {
	t.Helper()
	world, end, err := rig.World(memnet.Real, time.Now)(t.Context(), scenario.Start{RandSeed: 1, Clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, end()) })
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx))
	ctx, cancel = context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	p := &person{t: t, ctx: ctx, world: world, keyboard: keyboard, phone: phone}
	t.Cleanup(p.keepPicture)
	screen := chromedp.EmulateViewport(1280, 800)
	if phone {
		screen = chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulateScale(2))
	}
	require.NoError(t, chromedp.Do(ctx, screen))
	return p
}

// keepPicture saves what the window shows when the test has failed.
func (p *person) keepPicture() {
	folder := os.Getenv("SSPRLAB_ARTIFACTS")
	if !p.t.Failed() || folder == "" {
		return
	}
	picture, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		name := strings.NewReplacer("/", "-", " ", "-", ",", "").Replace(p.t.Name()) + ".png"
		err = os.WriteFile(filepath.Join(folder, name), picture, 0o644)
	}
	if err != nil {
		p.t.Logf("keeping a picture: %v", err)
	}
}

// do runs steps that stay on the page.
func (p *person) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.ctx, steps...), "the page says:\n%s", p.page())
}

// page is the text that the window shows.
func (p *person) page() string {
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.querySelector("main").innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// turn does something that opens another page, and looks at it as it opens.
func (p *person) turn(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	before := p.page()
	resp, err := chromedp.RunResponse(p.ctx, steps...)
	require.NoError(p.t, err, "leaving the page:\n%s", before)
	require.Less(p.t, resp.Status, int64(400), p.page())
	wide, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](tooWide))
	require.NoError(p.t, err)
	assert.Empty(p.t, wide, "nothing sticks out of the window")
}

// tooWide lists what makes the page wider than the window.
const tooWide = `document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
	[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth).map(e => e.outerHTML.slice(0, 120))`

func (p *person) visit(path string) {
	p.t.Helper()
	require.NoError(p.t, chromedp.Do(p.ctx, chromedp.Navigate(p.world.URL+path)))
}

// sees checks what the page says.
func (p *person) sees(words string) {
	p.t.Helper()
	require.Contains(p.t, strings.Join(strings.Fields(p.page()), " "), words)
}

// reads waits until a part of the page says words.
func (p *person) reads(css, words string) {
	p.t.Helper()
	says := fmt.Sprintf(`document.querySelector(%s).textContent === %s`, quoted(css), quoted(words))
	_, err := chromedp.Run(p.ctx, chromedp.Poll[bool](says, chromedp.WithPollingMutation()))
	require.NoError(p.t, err, "the page says:\n%s", p.page())
}

// focused is the name of what has the focus: a field's label, a button's text.
const focused = `(() => {
	const e = document.activeElement;
	const label = e.labels && e.labels.length ? e.labels[0] : e;
	return (label.textContent || e.getAttribute("aria-label") || "").replace(/\s+/g, " ").trim();
})()`

// reach moves the focus with the Tab key until it is on something that is called
// name, or whose name begins so.
func (p *person) reach(is func(string, string) bool, name string) {
	p.t.Helper()
	var seen []string
	for range 80 {
		p.do(chromedp.KeyEvent(kb.Tab))
		at, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](focused))
		require.NoError(p.t, err)
		if is(at, name) {
			ring, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`document.activeElement.matches(":focus-visible")`))
			require.NoError(p.t, err)
			assert.True(p.t, ring, "the focus on %q can be seen", name)
			return
		}
		seen = append(seen, at)
	}
	require.Fail(p.t, "the Tab key does not reach "+name, "it reaches %q", seen)
}

func exactly(a, b string) bool { return a == b }

// focusOn checks what has the focus: after a refusal that is the error summary.
func (p *person) focusOn(id string) {
	p.t.Helper()
	focus, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.activeElement.id`))
	require.NoError(p.t, err)
	assert.Equal(p.t, id, focus, "what has the focus")
}

// touch is a click, or on a phone a tap.
func (p *person) touch(xpath string) chromedp.Action[chromedp.Void] {
	if p.phone {
		return chromedp.Steps(chromedp.ScrollIntoView(xpath), chromedp.Tap(xpath))
	}
	return chromedp.Click(xpath)
}

// press presses a button of the page, or follows a link, to another page.
func (p *person) press(name string) {
	p.t.Helper()
	if p.keyboard {
		p.reach(exactly, name)
		p.turn(chromedp.KeyEvent(kb.Enter))
		return
	}
	p.turn(p.touch(fmt.Sprintf(`//main//*[self::button or self::a][normalize-space(.)=%s]`, quoted(name))))
}

// unfolds shows what is behind a summary.
func (p *person) unfolds(name string) {
	p.t.Helper()
	if p.keyboard {
		p.reach(exactly, name)
		p.do(chromedp.KeyEvent(kb.Enter))
		return
	}
	p.do(p.touch(fmt.Sprintf(`//summary[normalize-space(.)=%s]`, quoted(name))))
}

// enter types into the field with a label.
func (p *person) enter(label, value string) {
	p.t.Helper()
	if p.keyboard {
		p.reach(strings.HasPrefix, label)
	} else {
		p.do(p.touch(fmt.Sprintf(`//main//input[@id=//label[starts-with(normalize-space(.),%s)]/@for]`, quoted(label))))
	}
	p.do(chromedp.KeyEvent(value))
}

// choose presses a radio button.
func (p *person) choose(label string) {
	p.t.Helper()
	if p.keyboard {
		p.reach(strings.HasPrefix, "I forgot my password") // the group is one stop
		for at := ""; !strings.HasPrefix(at, label); {
			var err error
			at, err = chromedp.Run(p.ctx, chromedp.Evaluate[string](focused))
			require.NoError(p.t, err)
			if !strings.HasPrefix(at, label) {
				p.do(chromedp.KeyEvent(kb.ArrowDown))
			}
		}
		return
	}
	p.do(p.touch(fmt.Sprintf(`//label[starts-with(normalize-space(.),%s)]`, quoted(label))))
}

// quoted is a string of XPath.
func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// begins goes through the first page.
func (p *person) begins(user string) {
	p.t.Helper()
	p.visit("/passwordreset")
	p.sees("Who are you?")
	id, err := chromedp.Run(p.ctx, chromedp.Value(chromedp.CSS(`input[name=robot]`), chromedp.NodeReady))
	require.NoError(p.t, err)
	answer, err := p.world.Control.Robot(p.t.Context(), id)
	require.NoError(p.t, err)
	p.enter("Email or user name", user)
	p.enter("Characters in the picture", answer)
	p.press("Next")
}

func (p *person) appCode(user string) string {
	p.t.Helper()
	code, err := p.world.Control.AppCode(p.t.Context(), user)
	require.NoError(p.t, err)
	return code.Code
}

func (p *person) mailedCode(address string) string {
	p.t.Helper()
	mails, err := p.world.Control.Mailbox(p.t.Context(), address, "", patience)
	require.NoError(p.t, err)
	require.NotEmpty(p.t, mails)
	return mails[len(mails)-1].Code
}

func (p *person) choosesPassword(password, confirmation string) {
	p.t.Helper()
	p.enter("Enter new password", password)
	p.enter("Confirm new password", confirmation)
	p.press("Finish")
}

func (p *person) signsIn(user, password string) bool {
	p.t.Helper()
	out, err := p.world.Control.SignIn(p.t.Context(), "first", api.WorkstationSignIn{User: user, Password: secret.New(password)})
	require.NoError(p.t, err)
	return out.SignedIn
}

// The stories that people play in front of a real browser.
var plays = map[string]func(p *person){
	"a forgotten password": func(p *person) {
		p.begins(alice)
		p.sees("Why are you having trouble signing in?")
		p.choose("I forgot my password")
		p.press("Next")
		p.press("Email my alternate email")
		p.press("Email")
		p.sees("A code is on its way")
		p.enter("Verification code", p.mailedCode("alice@home.example"))
		p.press("Next")
		p.choosesPassword(newPassword, newPassword)
		p.sees("Your password has been reset")
		assert.True(p.t, p.signsIn(alice, newPassword))
		assert.False(p.t, p.signsIn(alice, oldPassword))
	},
	"an administrator with two gates": func(p *person) {
		const carol = "carol@northlight.example"
		p.begins(carol)
		p.sees("Choose the first of two ways")
		p.press("Enter a code from my authenticator app")
		p.enter("Verification code", p.appCode(carol))
		p.press("Next")
		p.sees("Verification step 2")
		assert.NotContains(p.t, p.page(), "Enter a code from my authenticator app")
		p.press("Email my alternate email")
		p.press("Email")
		p.enter("Verification code", p.mailedCode("carol@home.example"))
		p.press("Next")
		p.choosesPassword(newPassword, newPassword)
		p.sees("Your password has been reset")
	},
	"an unlocked account": func(p *person) {
		const dave = "dave@northlight.example"
		require.False(p.t, p.signsIn(dave, oldPassword))
		p.begins(dave)
		p.choose("I know my password")
		p.press("Next")
		p.press("Enter a code from my authenticator app")
		p.enter("Verification code", p.appCode(dave))
		p.press("Next")
		p.sees("Your account has been unlocked")
		assert.True(p.t, p.signsIn(dave, oldPassword))
	},
	"a refusal and a retry": func(p *person) {
		p.begins(alice)
		p.press("Next")
		p.press("Enter a code from my authenticator app")
		p.enter("Verification code", "000000")
		p.press("Next")
		p.sees("That code is not right")
		p.enter("Verification code", p.appCode(alice))
		p.press("Next")
		p.choosesPassword("Password123", "Password123")
		p.sees("easy to guess")
		p.focusOn("problem")
		p.choosesPassword(newPassword, newPassword+"x")
		p.sees("The two passwords are not the same")
		p.choosesPassword(newPassword, newPassword)
		p.sees("Your password has been reset")
		assert.True(p.t, p.signsIn(alice, newPassword))
	},
	"a meter that follows": func(p *person) {
		p.begins("frank@northlight.example")
		p.press("Email my alternate email")
		p.press("Email")
		p.enter("Verification code", p.mailedCode("frank@home.example"))
		p.press("Next")
		assert.NotContains(p.t, p.page(), "Check the strength", "the meter does by itself what the button is for")
		assert.NotContains(p.t, p.page(), "Strength:", "nothing was typed")
		p.enter("Enter new password", "P@ssw0rd1")
		p.reads(`[role=status]`, "Weak: guessed quickly.")
		p.do(chromedp.KeyEvent("-Violet-Anchor-53"))
		p.reads(`[role=status]`, "Strong: very hard to guess.")
		points, err := chromedp.Run(p.ctx, chromedp.Evaluate[float64](`document.querySelector("meter").value`))
		require.NoError(p.t, err)
		assert.InDelta(p.t, 4, points, 0)
		p.sees("Strength:")
		p.enter("Confirm new password", "P@ssw0rd1-Violet-Anchor-53")
		p.turn(chromedp.KeyEvent(kb.Enter))
		p.sees("Your password has been reset")
	},
	"mail that arrives by itself": func(p *person) {
		p.visit("/lab/mailbox")
		arrived := make(chan error, 1)
		go func() {
			_, err := chromedp.Run(p.ctx, chromedp.Poll[bool](`document.querySelector("main").innerText.includes("alice@home.example")`, chromedp.WithPollingMutation()))
			arrived <- err
		}()
		out, err := p.world.Control.Attempt(p.t.Context(), api.NewAttempt{Kind: policy.Reset, User: alice, NewPassword: secret.New(newPassword), Proofs: []api.Proof{{Method: policy.Email}}})
		require.NoError(p.t, err)
		require.Equal(p.t, journal.Done, out.Outcome)
		require.NoError(p.t, <-arrived)
	},
	"a branded sign-in": func(p *person) {
		const frank = "frank@northlight.example"
		_, err := p.world.Control.Patch(p.t.Context(), "tenant", json.RawMessage(`{"branding":{"accentColor":"#7a1f5c","backgroundColor":"#102030",
			"signInPageText":"Ask **Ida**.","customForgotMyPasswordText":"I need a new one","usernameHintText":"you@northlight.example"}}`))
		require.NoError(p.t, err)
		p.visit("/signin")
		p.sees("Ask Ida.")
		p.sees("Can't access your account?")
		colour, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`getComputedStyle(document.querySelector(".button")).backgroundColor`))
		require.NoError(p.t, err)
		assert.Equal(p.t, "rgb(122, 31, 92)", colour, "the sheet is let in by the policy and in force")
		p.enter("Email or user name", frank)
		p.enter("Password", "not this one")
		p.press("Sign in")
		p.sees("I need a new one")
		p.enter("Password", oldPassword)
		p.press("Sign in")
		p.sees("My account")
		p.press("Security info")
		p.sees("Verify your identity")
		p.unfolds("Use another way")
		p.press("Enter a code from my authenticator app")
		p.enter("Verification code", p.appCode(frank))
		p.press("Next")
		p.sees("Add a method")
	},
	"a changed password": func(p *person) {
		const frank = "frank@northlight.example"
		p.visit("/myaccount")
		p.enter("Email or user name", frank)
		p.enter("Password", oldPassword)
		p.press("Sign in")
		p.press("Change password")
		p.enter("Current password", "not this one")
		p.enter("Enter new password", newPassword)
		p.enter("Confirm new password", newPassword)
		p.press("Change password")
		p.sees("The current password is not right")
		p.focusOn("problem")
		p.enter("Current password", oldPassword)
		p.enter("Enter new password", newPassword)
		p.enter("Confirm new password", newPassword)
		p.press("Change password")
		p.sees("Your password has been changed")
		p.press("Sign out")
		p.sees("You have signed out")
	},
	"a registered address": func(p *person) {
		const frank = "frank@northlight.example"
		p.visit("/mysecurityinfo")
		p.enter("Email or user name", frank)
		p.enter("Password", oldPassword)
		p.press("Sign in")
		p.unfolds("Use another way")
		p.press("Enter a code from my authenticator app")
		p.enter("Verification code", p.appCode(frank))
		p.press("Next")
		p.press("Delete: Email frank@home.example")
		p.sees("The method has been deleted")
		p.press("Email")
		p.enter("Email address", frank)
		p.press("Next")
		p.sees("Use another address")
		p.focusOn("problem")
		p.enter("Email address", "frank@elsewhere.example")
		p.press("Next")
		p.enter("Verification code", p.mailedCode("frank@elsewhere.example"))
		p.press("Next")
		p.sees("The method has been registered")
		p.sees("frank@elsewhere.example")
	},
	"a way past the navigation": func(p *person) {
		for _, page := range []string{"/", "/lab/attempts", "/passwordreset", "/signin"} {
			p.visit(page)
			p.do(chromedp.KeyEvent(kb.Tab))
			first, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](focused+` + (document.activeElement.getBoundingClientRect().top >= 0 ? "" : ", out of sight")`))
			require.NoError(p.t, err)
			assert.Equal(p.t, "Skip to the content", first, page)
			p.do(chromedp.KeyEvent(kb.Enter))
			p.focusOn("main")
		}
	},
	"a refusal at the door, and why": func(p *person) {
		p.begins("bob@northlight.example")
		p.sees("SSPR_0014")
		p.press("Contact your administrator")
		p.sees("has been asked to help you")
		p.visit("/lab/attempts")
		records, err := p.world.Control.Attempts(p.t.Context())
		require.NoError(p.t, err)
		p.press(records[0].CorrelationID)
		p.sees("register email for bob@northlight.example")
	},
}

// inEveryWay are the stories that are played by mouse and by keyboard on both
// screens; the others are played by mouse on a phone and by keyboard on a desk.
var inEveryWay = []string{"a forgotten password", "an administrator with two gates", "a refusal and a retry"}

func TestBrowser(t *testing.T) {
	browser := chromium(t)
	for name, play := range plays {
		for _, hand := range []string{"mouse", "keyboard"} {
			for _, screen := range []string{"desktop", "phone"} {
				keyboard, phone := hand == "keyboard", screen == "phone"
				if keyboard == phone && !slices.Contains(inEveryWay, name) {
					continue
				}
				t.Run(name+", "+hand+", "+screen, func(t *testing.T) {
					t.Parallel()
					play(sitDown(browser, t, keyboard, phone))
				})
			}
		}
	}
}
