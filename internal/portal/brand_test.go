package portal

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/policy/branding"
)

// tenantOf is settings that a test may change while the pages are open.
type tenantOf struct{ now policy.Settings }

func (s *tenantOf) Settings(context.Context) (policy.Settings, error) { return s.now, nil }

func brandedWorld(t *testing.T, b branding.Branding) (*world, *tenantOf) {
	t.Helper()
	own := &tenantOf{policy.Settings{TenantName: "Northlight", CustomDomains: []string{"northlight.example"}, Branding: b}}
	own.now.Reset.SkipRobot = true
	return newWorld(t, func(c *Config) { c.Tenant = own }), own
}

// sheets are the addresses of a page's style sheets besides the pages' own.
func sheets(p visited) []string {
	var found []string
	for _, n := range all(p.Doc, func(n *html.Node) bool { return n.Data == "link" && attr(n, "rel") == "stylesheet" }) {
		if !strings.HasPrefix(attr(n, "href"), "/static/") {
			found = append(found, attr(n, "href"))
		}
	}
	return found
}

func banner(p visited) string {
	img := find(p.Doc, func(n *html.Node) bool { return attr(n, "class") == "banner" })
	if img == nil {
		return ""
	}
	return attr(img, "src")
}

// Reference 1.1: the logo shows on the first page when the address names the
// organisation, and otherwise once the user ID was accepted.
func TestTheLookShowsWhenTheOrganisationIsKnown(t *testing.T) {
	w, _ := brandedWorld(t, branding.Branding{Properties: branding.Example()})
	for _, path := range []string{"/passwordreset", "/passwordreset?whr=elsewhere.example", "/passwordreset/session", "/nowhere", "/", "/lab/"} {
		p := w.get(path)
		assert.Empty(t, sheets(p), path)
		assert.Empty(t, banner(p), path)
		assert.NotContains(t, p.Body, "/branding/", path)
		assert.NotContains(t, p.Body, "Your privacy", path)
	}
	named := w.get("/passwordreset?whr=northlight.example")
	assert.Len(t, sheets(named), 1)
	assert.Contains(t, banner(named), "/branding/default/bannerLogo?v=")

	refused := w.post("/passwordreset", "username", "nobody@northlight.example")
	assert.Empty(t, sheets(refused), "an unknown name of the organisation's domain is not accepted")
	accepted := w.post("/passwordreset", "username", "alice@northlight.example")
	assert.Len(t, sheets(accepted), 1)
	assert.NotEmpty(t, banner(accepted))
	assert.Contains(t, outline(accepted.Doc), "link: Your privacy (opens in a new tab) -> https://www.northlight.example/privacy")
}

// Every picture and sheet of a page is there, says what it is, and may be kept
// in this version only.
func TestPicturesAndSheetsAreServed(t *testing.T) {
	w, own := brandedWorld(t, branding.Branding{Properties: branding.Example()})
	p := w.get("/passwordreset?whr=northlight.example")
	sheet := w.get(sheets(p)[0])
	addresses := regexp.MustCompile(`/branding/default/[a-zA-Z.]+\?v=[0-9a-f]{12}`).FindAllString(p.Body+sheet.Body, -1)
	kinds := map[string]string{}
	for _, address := range addresses {
		f := w.get(address)
		require.Equal(t, http.StatusOK, f.StatusCode, address)
		assert.Equal(t, "public, max-age=31536000, immutable", f.Header.Get("Cache-Control"), address)
		assert.Equal(t, "nosniff", f.Header.Get("X-Content-Type-Options"), address)
		name, _, _ := strings.Cut(strings.TrimPrefix(address, "/branding/default/"), "?")
		kinds[name] = f.Header.Get("Content-Type")
	}
	assert.Equal(t, map[string]string{
		"sheet.css": "text/css; charset=utf-8", "bannerLogo": "image/png", "favicon": "image/png", "backgroundImage": "image/jpeg",
	}, kinds)

	old := sheets(p)[0]
	again, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/branding/default/sheet.css", nil)
	require.NoError(t, err)
	again.Header.Set("If-None-Match", sheet.Header.Get("ETag"))
	assert.Equal(t, http.StatusNotModified, w.read(w.browser.Do(again)).StatusCode)

	own.now.Branding.AccentColor = "#0b6470"
	assert.NotEqual(t, old, sheets(w.get("/passwordreset?whr=northlight.example"))[0], "a change shows at once")
	assert.Equal(t, "no-cache", w.get(old).Header.Get("Cache-Control"), "another version is not kept under the old name")
	for _, missing := range []string{"/branding/default/squareLogo2", "/branding/xx/sheet.css", "/branding/default/../default/sheet.css"} {
		assert.Equal(t, http.StatusNotFound, w.get(missing).StatusCode, missing)
	}
}

// The region of the address or of the browser chooses; a language that the pages
// speak and the organisation does not have keeps the look of every language.
func TestTheLookHasLanguages(t *testing.T) {
	w, _ := brandedWorld(t, branding.Branding{
		Properties: branding.Properties{CustomTermsOfUseURL: "https://t.example/", CustomTermsOfUseText: "every"},
		Localizations: map[string]branding.Properties{
			"de-DE": {CustomTermsOfUseText: "Deutschland"}, "de-AT": {CustomTermsOfUseText: "Österreich"}, "nl": {CustomTermsOfUseText: "Nederlands"},
		},
	})
	for wish, want := range map[string]string{
		"de-AT": "Österreich", "de-DE,de;q=0.9,en;q=0.5": "Deutschland", "en,de;q=0.5": "every", "nl-NL": "Nederlands", "fr": "every", "": "every", "sv": "every",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.server.URL+"/passwordreset?whr=northlight.example", nil)
		require.NoError(t, err)
		r.Header.Set("Accept-Language", wish)
		assert.Contains(t, outline(w.read(http.DefaultClient.Do(r)).Doc), "link: "+want+" (", wish)
	}
	assert.Contains(t, outline(w.get("/passwordreset?whr=northlight.example&mkt=de-at").Doc), "link: Österreich")
	assert.Contains(t, outline(w.get("/passwordreset?whr=northlight.example&mkt="+pseudo).Doc), "link: every")
}

// Links below the sign-in form: hidden, named and led elsewhere.
func TestLinksOfTheSignInPage(t *testing.T) {
	const cannot, forgot = "Can't access your account? -> /passwordreset", "Forgot my password -> /passwordreset?username=a%40b.example"
	for claim, c := range map[string]struct {
		p            branding.Properties
		empty, typed string // what shows without and with a user name, "" for no link
	}{
		"nothing changed":    {branding.Properties{}, cannot, forgot},
		"both hidden":        {branding.Properties{LoginPageTextVisibilitySettings: &branding.TextVisibility{HideAccountResetCredentials: true}}, "", ""},
		"the first hidden":   {branding.Properties{LoginPageTextVisibilitySettings: &branding.TextVisibility{HideCannotAccessYourAccount: true}}, "", forgot},
		"the second hidden":  {branding.Properties{LoginPageTextVisibilitySettings: &branding.TextVisibility{HideForgotMyPassword: true}}, cannot, ""},
		"named":              {branding.Properties{CustomCannotAccessYourAccountText: "Locked out", CustomForgotMyPasswordText: "New one"}, "Locked out -> /passwordreset", "New one -> /passwordreset?username=a%40b.example"},
		"led elsewhere":      {branding.Properties{CustomAccountResetCredentialsURL: "https://r.example/", CustomCannotAccessYourAccountURL: "https://c.example/"}, "Can't access your account? -> https://r.example/", "Forgot my password -> https://r.example/"},
		"the first led away": {branding.Properties{CustomCannotAccessYourAccountURL: "https://c.example/"}, "Can't access your account? -> https://c.example/", forgot},
	} {
		t.Run(claim, func(t *testing.T) {
			s := &site{words: mustCatalogues(t)}
			for user, want := range map[string]string{"": c.empty, "a@b.example": c.typed} {
				f := s.storyFrame(s.words.choose("en"))
				f.Brand = *newBrand(brandDefault, c.p)
				page := signInPage{frame: f, User: user}
				link := page.Help()
				if want == "" {
					assert.True(t, link.Hidden)
					continue
				}
				assert.False(t, link.Hidden)
				assert.Equal(t, want, link.Text+" -> "+first(link.URL, page.ResetURL()))
			}
		})
	}
}

func mustCatalogues(t *testing.T) *catalogues {
	t.Helper()
	cats, err := loadCatalogues(localeFiles)
	require.NoError(t, err)
	return cats
}

// Footer links show with an address, unless they or the footer are hidden.
func TestLinksOfTheFooter(t *testing.T) {
	both := branding.Properties{CustomTermsOfUseURL: "https://t.example/", CustomPrivacyAndCookiesURL: "https://p.example/"}
	hidden, none := both, both
	hidden.LoginPageTextVisibilitySettings = &branding.TextVisibility{HideTermsOfUse: true}
	none.LoginPageLayoutConfiguration = &branding.Layout{}
	for claim, c := range map[string]struct {
		p              branding.Properties
		terms, privacy bool
	}{
		"no address":     {branding.Properties{CustomTermsOfUseText: "Terms"}, false, false},
		"both":           {both, true, true},
		"terms hidden":   {hidden, false, true},
		"no footer":      {none, false, false},
		"privacy hidden": {branding.Properties{CustomPrivacyAndCookiesURL: "https://p.example/", LoginPageTextVisibilitySettings: &branding.TextVisibility{HidePrivacyAndCookies: true}}, false, false},
	} {
		w, _ := brandedWorld(t, branding.Branding{Properties: c.p})
		says := outline(w.get("/passwordreset?whr=northlight.example").Doc)
		assert.Equal(t, c.terms, strings.Contains(says, "Terms of use (opens in a new tab) -> https://t.example/"), claim)
		assert.Equal(t, c.privacy, strings.Contains(says, "Privacy & cookies (opens in a new tab) -> https://p.example/"), claim)
	}
}

// Nothing that an organisation writes becomes markup, script or style.
func TestWhatAnOrganisationWritesIsText(t *testing.T) {
	const evil = `</p><script src=/x></script><b onclick=x>`
	w, _ := brandedWorld(t, branding.Branding{Properties: branding.Properties{
		SignInPageText: evil, UsernameHintText: `"><script>`, CustomTermsOfUseText: evil, CustomTermsOfUseURL: "https://t.example/?a=\"><script>",
		AccentColor: "red;} body { display: none", BackgroundColor: "url(//evil)", BannerLogo: "https://evil.example/x.png",
	}})
	p := w.get("/passwordreset?whr=northlight.example")
	assert.Len(t, all(p.Doc, func(n *html.Node) bool { return n.Data == "script" }), 1)
	assert.Empty(t, sheets(p), "what is no colour changes nothing")
	assert.NotContains(t, p.Body, "evil.example")
	sound(t, p.Doc)
}

// The rules know the surfaces of the style sheet.
func TestThemesAreThoseOfTheSheet(t *testing.T) {
	b, err := fs.ReadFile(staticFiles, "static/style.css")
	require.NoError(t, err)
	light, rest, _ := strings.Cut(string(b), "@media (prefers-color-scheme: dark)")
	for name, theme := range map[string]struct {
		sheet string
		of    branding.Theme
	}{"light": {light, branding.Light}, "dark": {rest, branding.Dark}} {
		assert.Contains(t, theme.sheet, "--card: "+theme.of.Card.String()+"; --raised: "+theme.of.Raised.String(), name)
	}
}

// Whatever an organisation's accent and background, every pair of colours that
// the pages put on each other can be read, in both themes.
func TestBrandedColoursAreReadable(t *testing.T) {
	b, err := fs.ReadFile(staticFiles, "static/style.css")
	require.NoError(t, err)
	own, rest, _ := strings.Cut(string(b), "@media (prefers-color-scheme: dark)")
	ownDark, _, _ := strings.Cut(rest, "\n}\n")
	rapid.Check(t, func(rt *rapid.T) {
		accent := branding.Light.Nearest(branding.Colour{R: rapid.Byte().Draw(rt, "r"), G: rapid.Byte().Draw(rt, "g"), B: rapid.Byte().Draw(rt, "b")})
		sheet := brandSheet(branding.Properties{AccentColor: accent.String(), BackgroundColor: accent.String()}, "")
		light, dark, ok := strings.Cut(sheet, "@media (prefers-color-scheme: dark)")
		require.True(t, ok)
		dark, _, _ = strings.Cut(dark, "}")
		for theme, text := range map[string]string{"light": own + light, "dark": ownDark + dark} {
			lit := colours(t, text) // the later wins, as in the browser
			for _, p := range [][2]string{
				{"text", "tint"},
				{"soft", "tint"},
				{"accent", "tint"},
				{"accent-strong", "tint"},
				{"accent", "card"},
				{"accent", "raised"},
				{"accent-strong", "card"},
				{"on-accent", "accent"},
				{"on-accent", "accent-strong"},
			} {
				if c := contrast(t, lit, p); c < 4.5 {
					rt.Fatalf("%s with %s: %s on %s is %.2f", theme, accent, p[0], p[1], c)
				}
			}
		}
	})
}

// A story's look is one that validation lets through.
func TestExampleLooksAreValid(t *testing.T) {
	assert.Empty(t, branding.Branding{Properties: branding.Example()}.Validate())
	for id, b := range storyBrands() {
		assert.NotEmpty(t, b.Sheet, id)
		assert.Contains(t, b.Sheet, fmt.Sprintf("/branding/%s/", id))
	}
}
