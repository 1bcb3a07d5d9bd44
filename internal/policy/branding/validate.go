package branding

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	xlanguage "golang.org/x/text/language"
)

// The limits of texts, in characters (Graph: organizationalBrandingProperties).
const (
	MaxSignInPageText   = 1024
	MaxUsernameHintText = 64
	MaxCustomText       = 256
	MaxCustomURL        = 128
)

// A Problem is one property that is not as it has to be.
type Problem struct {
	Field string // "bannerLogo", "localizations.de-DE.bannerLogo"
	Text  string // what is wrong, the limit, the remedy
}

// Validate checks every property of every language.
func (b Branding) Validate() []Problem {
	found := b.validate("")
	for _, id := range slices.Sorted(maps.Keys(b.Localizations)) {
		at := "localizations." + id
		if tag, err := xlanguage.Parse(id); err != nil || !strings.EqualFold(tag.String(), id) {
			found = append(found, Problem{at, fmt.Sprintf("%q is no locale: write one such as de-DE or fr", id)})
		}
		found = append(found, b.Localizations[id].validate(at+".")...)
	}
	return found
}

type sheet struct {
	prefix string
	found  []Problem
}

func (s *sheet) add(field, text string) {
	if text != "" {
		s.found = append(s.found, Problem{s.prefix + field, text})
	}
}

func (p Properties) validate(prefix string) []Problem {
	s := &sheet{prefix: prefix}
	p.validateColours(s)
	s.add("backgroundImage", backgroundLimit.wrong(p.BackgroundImage))
	s.add("bannerLogo", bannerLimit.wrong(p.BannerLogo))
	s.add("squareLogo", squareLimit.wrong(p.SquareLogo))
	s.add("squareLogoDark", squareLimit.wrong(p.SquareLogoDark))
	s.add("favicon", faviconLimit.wrong(p.Favicon))
	s.add("headerLogo", headerLimit.wrong(p.HeaderLogo))
	p.validateTexts(s)
	if l := p.LoginPageLayoutConfiguration; l != nil && l.LayoutTemplateType != "" && l.LayoutTemplateType != TemplateDefault && l.LayoutTemplateType != TemplateVerticalSplit {
		s.add("loginPageLayoutConfiguration.layoutTemplateType", fmt.Sprintf("%q is unknown; use %q or %q", l.LayoutTemplateType, TemplateDefault, TemplateVerticalSplit))
	}
	return s.found
}

func (p Properties) validateColours(s *sheet) {
	for field, text := range map[string]string{
		"backgroundColor": p.BackgroundColor, "accentColor": p.AccentColor, "headerBackgroundColor": p.HeaderBackgroundColor,
	} {
		if _, ok := ParseColour(text); text != "" && !ok {
			s.add(field, fmt.Sprintf("%q is no colour: write # and six hexadecimal digits, such as #0b6470", text))
		}
	}
	slices.SortFunc(s.found, func(a, b Problem) int { return strings.Compare(a.Field, b.Field) })
	if accent, ok := ParseColour(p.AccentColor); ok && !Light.Readable(accent) {
		worst := min(Contrast(accent, Light.Card), Contrast(accent, Light.Raised), Contrast(accent, Light.Palette(accent).Tint))
		s.add("accentColor", fmt.Sprintf("%s has a contrast of %.1f to 1 as text on the card, below the %.1f to 1 of WCAG 2.2 AA; use %s, the nearest shade that people can read, or a darker one",
			p.AccentColor, worst, TextContrast, Light.Nearest(accent)))
	}
}

func (p Properties) validateTexts(s *sheet) {
	s.add("signInPageText", tooLong(p.SignInPageText, MaxSignInPageText))
	s.add("usernameHintText", tooLong(p.UsernameHintText, MaxUsernameHintText))
	if strings.Contains(p.UsernameHintText, "://") || strings.ContainsAny(p.UsernameHintText, "<>\n") {
		s.add("usernameHintText", "has a link or code in it: write plain words")
	}
	for _, t := range []struct{ field, text string }{
		{"customCannotAccessYourAccountText", p.CustomCannotAccessYourAccountText},
		{"customForgotMyPasswordText", p.CustomForgotMyPasswordText},
		{"customPrivacyAndCookiesText", p.CustomPrivacyAndCookiesText},
		{"customTermsOfUseText", p.CustomTermsOfUseText},
	} {
		s.add(t.field, tooLong(t.text, MaxCustomText))
	}
	for _, u := range []struct{ field, text string }{
		{"customAccountResetCredentialsUrl", p.CustomAccountResetCredentialsURL},
		{"customCannotAccessYourAccountUrl", p.CustomCannotAccessYourAccountURL},
		{"customPrivacyAndCookiesUrl", p.CustomPrivacyAndCookiesURL},
		{"customTermsOfUseUrl", p.CustomTermsOfUseURL},
	} {
		s.add(u.field, wrongURL(u.text))
	}
}

func tooLong(text string, most int) string {
	if n := utf8.RuneCountInString(text); n > most {
		return fmt.Sprintf("%d characters, at most %d; shorten it by %d", n, most, n-most)
	}
	return ""
}

func wrongURL(text string) string {
	switch {
	case text == "":
		return ""
	case len(text) > MaxCustomURL:
		return fmt.Sprintf("%d characters, at most %d; shorten it by %d", len(text), MaxCustomURL, len(text)-MaxCustomURL)
	case !webLink(text):
		return fmt.Sprintf("%q is no http or https URL in ASCII: write one such as https://help.northlight.example/, other characters percent-encoded", text)
	}
	return ""
}

// webLink reports whether text is an absolute http or https URL in ASCII.
func webLink(text string) bool {
	for _, r := range text {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
