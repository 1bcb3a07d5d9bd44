package branding_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/policy/branding"
)

// picture is a PNG of a size as a data URI.
func picture(t *testing.T, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))))
	return branding.URI(b.Bytes())
}

// noise is a JPEG that compresses badly, of about the size asked for.
func noise(t *testing.T, width, height int) string {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		for y := range height {
			img.Set(x, y, color.RGBA{uint8(r.Uint32()), uint8(r.Uint32()), uint8(r.Uint32()), 255})
		}
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}))
	return branding.URI(b.Bytes())
}

func TestLimitsAreNamedWithTheirRemedy(t *testing.T) {
	cases := map[string]struct {
		in   branding.Properties
		want string // field and words; "" when it is allowed
	}{
		"nothing at all":      {branding.Properties{}, ""},
		"a colour":            {branding.Properties{BackgroundColor: "#FFFFFF", HeaderBackgroundColor: "#c0ffee"}, ""},
		"a colour in words":   {branding.Properties{BackgroundColor: "teal"}, `backgroundColor: "teal" is no colour: write #`},
		"a short colour":      {branding.Properties{HeaderBackgroundColor: "#fff"}, "headerBackgroundColor"},
		"a colour with more":  {branding.Properties{BackgroundColor: "#ffffff;}"}, "backgroundColor"},
		"a dark accent":       {branding.Properties{AccentColor: "#0B6470"}, ""},
		"a yellow accent":     {branding.Properties{AccentColor: "#ffd100"}, "accentColor: #ffd100 has a contrast of 1."},
		"an accent of no hue": {branding.Properties{AccentColor: "#999999"}, "the nearest shade that people can read"},

		"the largest banner":     {branding.Properties{BannerLogo: picture(t, 245, 36)}, ""},
		"a wide banner":          {branding.Properties{BannerLogo: picture(t, 246, 36)}, "bannerLogo: 246 by 36 pixels is more than 245 by 36; scale it down"},
		"a high banner":          {branding.Properties{BannerLogo: picture(t, 245, 37)}, "bannerLogo: 245 by 37"},
		"a heavy header":         {branding.Properties{HeaderLogo: noise(t, 245, 36)}, "headerLogo: "},
		"a large square":         {branding.Properties{SquareLogo: picture(t, 241, 240)}, "squareLogo: 241"},
		"a large dark square":    {branding.Properties{SquareLogoDark: picture(t, 240, 241)}, "squareLogoDark: 240"},
		"a large icon":           {branding.Properties{Favicon: picture(t, 33, 32)}, "favicon: 33"},
		"the largest background": {branding.Properties{BackgroundImage: picture(t, 1920, 1080)}, ""},
		"a wide background":      {branding.Properties{BackgroundImage: picture(t, 1921, 1080)}, "backgroundImage: 1921"},
		"a heavy background":     {branding.Properties{BackgroundImage: noise(t, 600, 400)}, "is more than 300 KB; compress it"},
		"a file name":            {branding.Properties{BannerLogo: "logo.png"}, "bannerLogo: is no picture: write data:image/png;base64"},
		"a drawing":              {branding.Properties{BannerLogo: "data:image/svg+xml;base64,PHN2Zy8+"}, "is neither PNG nor JPEG"},
		"a lie about the type":   {branding.Properties{BannerLogo: strings.Replace(picture(t, 9, 9), "png", "jpeg", 1)}, "name the type that it is"},
		"broken base64":          {branding.Properties{BannerLogo: "data:image/png;base64,%%%"}, "is no base64"},

		"1024 characters":         {branding.Properties{SignInPageText: strings.Repeat("ä", 1024)}, ""},
		"1025 characters":         {branding.Properties{SignInPageText: strings.Repeat("ä", 1025)}, "signInPageText: 1025 characters, at most 1024; shorten it by 1"},
		"64 characters of hint":   {branding.Properties{UsernameHintText: strings.Repeat("ä", 64)}, ""},
		"65 characters of hint":   {branding.Properties{UsernameHintText: strings.Repeat("ä", 65)}, "usernameHintText: 65 characters, at most 64"},
		"a link in the hint":      {branding.Properties{UsernameHintText: "see https://x.example"}, "usernameHintText: has a link or code"},
		"257 characters of text":  {branding.Properties{CustomTermsOfUseText: strings.Repeat("a", 257)}, "customTermsOfUseText: 257 characters, at most 256"},
		"an address":              {branding.Properties{CustomAccountResetCredentialsURL: "https://reset.example/start?a=b"}, ""},
		"a script":                {branding.Properties{CustomTermsOfUseURL: "javascript:alert(1)"}, "customTermsOfUseUrl: "},
		"a script with a host":    {branding.Properties{CustomPrivacyAndCookiesURL: "javascript://x.example/%0aalert(1)"}, "customPrivacyAndCookiesUrl: "},
		"an address with umlauts": {branding.Properties{CustomCannotAccessYourAccountURL: "https://hilfe.example/ä"}, "customCannotAccessYourAccountUrl: "},
		"a long address":          {branding.Properties{CustomTermsOfUseURL: "https://x.example/" + strings.Repeat("a", 120)}, "characters, at most 128"},
		"an unknown template": {
			branding.Properties{LoginPageLayoutConfiguration: &branding.Layout{LayoutTemplateType: "sideways"}},
			"loginPageLayoutConfiguration.layoutTemplateType",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			found := branding.Branding{Properties: c.in}.Validate()
			local := branding.Branding{Localizations: map[string]branding.Properties{"de-DE": c.in}}.Validate()
			if c.want == "" {
				assert.Empty(t, found)
				assert.Empty(t, local)
				return
			}
			require.Len(t, found, 1)
			assert.Contains(t, found[0].Field+": "+found[0].Text, c.want)
			require.Len(t, local, 1)
			assert.Equal(t, "localizations.de-DE."+found[0].Field, local[0].Field)
		})
	}
}

func TestLocalesAreLocales(t *testing.T) {
	for id, good := range map[string]bool{"de-DE": true, "fr": true, "zh-Hans-CN": true, "pt-br": true, "german": false, "de_DE": false, "0": false, "": false} {
		found := branding.Branding{Localizations: map[string]branding.Properties{id: {}}}.Validate()
		assert.Equal(t, good, len(found) == 0, "%q: %v", id, found)
	}
}

func TestALanguageChangesWhatItNames(t *testing.T) {
	b := branding.Branding{
		Properties: branding.Properties{
			BackgroundColor: "#111111", SignInPageText: "Call 1.", CustomTermsOfUseText: "Terms",
			LoginPageTextVisibilitySettings: &branding.TextVisibility{HideTermsOfUse: true},
		},
		Localizations: map[string]branding.Properties{
			"de-DE": {SignInPageText: "Ruf 2."},
			"de-AT": {SignInPageText: "Ruf 3.", LoginPageTextVisibilitySettings: &branding.TextVisibility{}},
			"fr":    {},
		},
	}
	for locale, want := range map[string]string{"de-AT": "de-AT", "de-de": "de-DE", "de": "de-AT", "de-CH": "de-AT", "fr-CA": "fr", "es": "", "": ""} {
		id, ok := b.Match(locale)
		assert.Equal(t, want, id, locale)
		assert.Equal(t, want != "", ok, locale)
	}
	german := b.For("de-DE")
	assert.Equal(t, "Ruf 2.", german.SignInPageText)
	assert.Equal(t, "#111111", german.BackgroundColor, "left out: that of every language")
	assert.True(t, german.Hidden().HideTermsOfUse)
	assert.False(t, b.For("de-AT").Hidden().HideTermsOfUse, "given: its own")
	assert.Equal(t, "Call 1.", b.For("").SignInPageText)
	assert.Equal(t, "Call 1.", b.SignInPageText, "nothing was changed in place")
	assert.Equal(t, branding.Layout{LayoutTemplateType: branding.TemplateDefault, IsFooterShown: true}, b.For("").Placed())
}

// Whatever the accent, the nearest shade can be read in both themes, an accent
// that can be read stays as it is, and validation says so with a colour that it
// accepts.
func TestEveryAccentHasAReadableShade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		octet := rapid.Byte()
		accent := branding.Colour{R: octet.Draw(t, "r"), G: octet.Draw(t, "g"), B: octet.Draw(t, "b")}
		for _, theme := range []branding.Theme{branding.Light, branding.Dark} {
			shade := theme.Nearest(accent)
			p := theme.Palette(shade)
			for _, pair := range [][2]branding.Colour{
				{p.Accent, theme.Card},
				{p.Accent, theme.Raised},
				{p.Accent, p.Tint},
				{p.Strong, theme.Card},
				{p.Strong, p.Tint},
				{p.OnAccent, p.Accent},
				{p.OnAccent, p.Strong},
			} {
				if c := branding.Contrast(pair[0], pair[1]); c < 4.5 {
					t.Fatalf("%s on %s: %.2f", pair[0], pair[1], c)
				}
			}
			if theme.Readable(accent) && shade != accent {
				t.Fatalf("%s is readable and becomes %s", accent, shade)
			}
		}
		nearest := branding.Light.Nearest(accent).String()
		if found := (branding.Branding{Properties: branding.Properties{AccentColor: nearest}}).Validate(); len(found) > 0 {
			t.Fatalf("the remedy is refused: %v", found)
		}
		if on := branding.On(accent); branding.Contrast(on, accent) < 4.5 {
			t.Fatalf("%s on %s", on, accent)
		}
	})
}

// The examples of WCAG 2.2: black on white is 21 to 1, and #777777 on white is
// just below 4.5.
func TestContrast(t *testing.T) {
	assert.InDelta(t, 21, branding.Contrast(branding.Black, branding.White), 1e-9)
	assert.InDelta(t, 1, branding.Contrast(branding.White, branding.White), 1e-9)
	grey, ok := branding.ParseColour("#777777")
	require.True(t, ok)
	assert.InDelta(t, 4.48, branding.Contrast(grey, branding.White), .01)
	assert.Equal(t, "#777777", grey.String())
	assert.Equal(t, "#000000", branding.Dimmed(branding.Black).String())
	assert.Greater(t, branding.Contrast(branding.Dimmed(branding.White), branding.White), 12.0)
}

func TestSignInPageText(t *testing.T) {
	plain := func(text string) branding.Span { return branding.Span{Text: text} }
	cases := map[string][][]branding.Span{
		"":                      nil,
		"Call 4711.":            {{plain("Call 4711.")}},
		"One\n\nTwo\r\n\r\nTre": {{plain("One")}, {plain("Two")}, {plain("Tre")}},
		"line\nline":            {{plain("line\nline")}},
		"a **b** c":             {{plain("a "), {Text: "b", Bold: true}, plain(" c")}},
		"__b__ and *i* and _i_": {{
			{Text: "b", Bold: true}, plain(" and "), {Text: "i", Italic: true}, plain(" and "), {Text: "i", Italic: true},
		}},
		"++u++":       {{{Text: "u", Underline: true}}},
		"**_both_**":  {{{Text: "both", Bold: true, Italic: true}}},
		"2 * 3 * 4":   {{plain("2 * 3 * 4")}},
		"snake_case_": {{plain("snake_case_")}},
		"see [help](https://help.example/a?b=c).": {{plain("see "), {Text: "help", Link: "https://help.example/a?b=c"}, plain(".")}},
		"[write](mailto:help@x.example)":          {{{Text: "write", Link: "mailto:help@x.example"}}},
		"[x](javascript:alert)":                   {{plain("[x](javascript:alert)")}},
		"[**b**](https://x.example)":              {{{Text: "b", Bold: true, Link: "https://x.example"}}},
		"<b>no</b>":                               {{plain("<b>no</b>")}},
	}
	for text, want := range cases {
		assert.Equal(t, want, branding.Paragraphs(text), "%q", text)
	}
}

// Whatever is written, no word of it is lost and every link may be followed.
func FuzzParagraphs(f *testing.F) {
	f.Add("**a** __b__ [c](https://d.example) ++e++ *f*")
	f.Add("[[a](b)](c) **__++x++__**")
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range branding.Paragraphs(text) {
			for _, s := range p {
				if s.Link != "" && !strings.HasPrefix(s.Link, "http") && !strings.HasPrefix(s.Link, "mailto:") {
					t.Fatalf("a link to %q", s.Link)
				}
				if !strings.Contains(text, strings.TrimSpace(s.Text)) && !strings.Contains(text, "\r") {
					t.Fatalf("%q was not written", s.Text)
				}
			}
		}
	})
}
