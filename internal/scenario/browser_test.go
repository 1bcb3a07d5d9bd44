package scenario

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const form = `<!doctype html><title>x</title><nav>Skip me <a href="/elsewhere">Elsewhere</a></nav>
<main><h1>Who   are
you?</h1><p>Say <strong>who</strong> you are.</p><p hidden>Not shown</p><script>alert("no")</script>
<form method="post" action="/next?step=2"><input type="hidden" name="token" value="t1">
<p><label for="id">User ID <span aria-hidden="true">*</span></label><input id="id" name="user" value="old"></p>
<label>Notes <textarea name="notes">as they were</textarea></label>
<fieldset><legend>Method</legend>
<label><input type="radio" name="method" value="email" checked> Email me</label>
<label><input type="radio" name="method" value="text"> Text me</label></fieldset>
<label><input type="checkbox" name="agree"> I agree</label>
<label>Language <select name="lang"><option value="en">English</option><option value="de" selected>Deutsch</option></select></label>
<input type="submit" name="go" value="Next"> <button name="go" value="cancel" formaction="/cancel">Cancel</button>
<button aria-label="Close"><svg></svg></button></form>
<form action="/find"><label>Find <input name="q"></label><button>Search</button></form>
<button form="far">Far away</button><form id="far" method="post" action="far"><input name="f" value="1"></form>
<button>Alone</button> <a href="../help?a=1#b">Help</a></main><footer>Fine print</footer>`

// site answers with the form at every path but /echo…, and with what was sent
// to any other.
func site(t *testing.T) *browser {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/desk/form" {
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "s1", Path: "/"})
			_, _ = io.WriteString(w, form)
			return
		}
		_ = r.ParseForm()
		cookie := "none"
		if c, err := r.Cookie("session"); err == nil {
			cookie = c.Value
		}
		fmt.Fprintf(w, "<main><p>%s %s</p><p>%s</p><p>cookie %s</p><p>origin %s</p></main>", r.Method, r.URL, html.EscapeString(r.PostForm.Encode()), cookie, r.Header.Get("Sec-Fetch-Site"))
	}))
	t.Cleanup(server.Close)
	b, err := newBrowser(World{Pages: server.Client(), URL: server.URL})
	require.NoError(t, err)
	require.NoError(t, b.visit(t.Context(), "/desk/form"))
	return b
}

func TestAPageIsWhatAPersonSees(t *testing.T) {
	assert.Equal(t, []string{
		"= Who are you?", "  Say who you are.",
		"  field: User ID", "  field: Notes as they were", "  Method",
		"  field: Email me", "  field: Text me", "  field: I agree", "  field: Language English Deutsch",
		"  button: Cancel", "  button: Close", "  field: Find", "  button: Search", "  button: Far away", "  button: Alone", "  link: Help",
	}, site(t).outline())
}

func TestWhatAPageSays(t *testing.T) {
	b := site(t)
	assert.True(t, b.says("who are you?"))
	assert.True(t, b.says("say  who"))
	assert.False(t, b.says("Fine print"), "it is not in the main part")
	assert.False(t, b.says("alert"))
}

func TestAFormIsSentAsABrowserSendsIt(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(t *testing.T, b *browser)
		says []string
	}{
		"as it was": {func(t *testing.T, b *browser) {
			t.Helper()
			require.NoError(t, b.press(t.Context(), "next"))
		}, []string{"POST /next?step=2", "go=Next&lang=de&method=email&notes=as+they+were&token=t1&user=old", "cookie s1", "origin same-origin"}},
		"filled in": {func(t *testing.T, b *browser) {
			t.Helper()
			require.NoError(t, b.enter("user id", "alice"))
			require.NoError(t, b.enter("Notes", "new"))
			require.NoError(t, b.choose("Text me"))
			require.NoError(t, b.choose("I agree"))
			require.NoError(t, b.press(t.Context(), "Next"))
		}, []string{"agree=on&go=Next&lang=de&method=text&notes=new&token=t1&user=alice"}},
		"chosen twice": {func(t *testing.T, b *browser) {
			t.Helper()
			require.NoError(t, b.choose("Text me"))
			require.NoError(t, b.choose("Email me"))
			require.NoError(t, b.press(t.Context(), "Next"))
		}, []string{"method=email&"}},
		"by another button": {func(t *testing.T, b *browser) {
			t.Helper()
			require.NoError(t, b.press(t.Context(), "Cancel"))
		}, []string{"POST /cancel", "go=cancel&"}},
		"by GET": {func(t *testing.T, b *browser) {
			t.Helper()
			require.NoError(t, b.enter("Find", "a b"))
			require.NoError(t, b.press(t.Context(), "Search"))
		}, []string{"GET /find?q=a+b"}},
		"from afar": {func(t *testing.T, b *browser) {
			t.Helper()
			require.NoError(t, b.press(t.Context(), "Far away"))
		}, []string{"POST /desk/far", "f=1"}},
		"by a link": {func(t *testing.T, b *browser) {
			t.Helper()
			require.NoError(t, b.press(t.Context(), "Help"))
		}, []string{"GET /help?a=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := site(t)
			c.do(t, b)
			for _, words := range c.says {
				assert.True(t, b.says(words), "%q in %q", words, b.outline())
			}
		})
	}
}

func TestWhatThePageDoesNotHave(t *testing.T) {
	b := site(t)
	require.ErrorContains(t, b.enter("Password", "x"), `no field is labelled "Password": the page has "User ID"`)
	require.ErrorContains(t, b.choose("User ID"), "no choice")
	require.ErrorContains(t, b.press(t.Context(), "Send"), `nothing to press says "Send"`)
	require.ErrorContains(t, b.press(t.Context(), "Alone"), "no form")

	fresh, err := newBrowser(World{Pages: http.DefaultClient, URL: "http://127.0.0.1:1"})
	require.NoError(t, err)
	require.ErrorIs(t, fresh.enter("User ID", "x"), errNoPage)
	require.ErrorIs(t, fresh.press(t.Context(), "Next"), errNoPage)
	require.ErrorIs(t, fresh.reload(t.Context()), errNoPage)
	require.Error(t, fresh.visit(t.Context(), "/"), "nobody listens")
	assert.False(t, fresh.says("anything"))
	assert.Empty(t, fresh.outline())
}
