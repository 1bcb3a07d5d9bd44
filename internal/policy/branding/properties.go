package branding

import (
	"maps"
	"slices"
	"strings"
)

// Branding is an organisation's branding: that of every language, and what is
// different in some (Graph: organizationalBranding and its localizations).
type Branding struct {
	Properties
	Localizations map[string]Properties `doc:"what differs for a language, by locale such as de-DE; a property that is left out is that of every language"`
}

// Properties is one set of branding (Graph: organizationalBrandingProperties).
// Everything is optional. Images are data URIs of PNG or JPEG.
type Properties struct {
	BackgroundColor       string `doc:"#RRGGBB of the page behind the card; in the dark theme a dark shade of it"`
	BackgroundImage       string `doc:"PNG or JPEG behind the card, at most 1920 by 1080 pixels and 300 KB; a data URI, in a seed also a file next to it"`
	AccentColor           string `doc:"#RRGGBB of buttons and links, ours; refused below a contrast of 4.5 to 1 on the card"`
	BannerLogo            string `doc:"PNG or JPEG at the top of the card, at most 245 by 36 pixels and 50 KB; a data URI, in a seed also a file next to it"`
	SquareLogo            string `doc:"PNG or JPEG next to the name where there is no banner, at most 240 by 240 pixels and 50 KB; a data URI, in a seed also a file next to it"`
	SquareLogoDark        string `doc:"the same for the dark theme"`
	Favicon               string `doc:"PNG or JPEG of the browser's tab, at most 32 by 32 pixels and 5 KB; a data URI, in a seed also a file next to it"`
	HeaderBackgroundColor string `doc:"#RRGGBB of the header"`
	HeaderLogo            string `doc:"PNG or JPEG in the header, at most 245 by 36 pixels and 10 KB; a data URI, in a seed also a file next to it"`
	SignInPageText        string `doc:"below the sign-in form, at most 1024 characters; blank lines part paragraphs, **bold**, *italic*, ++underlined++, [text](https://…)"`
	UsernameHintText      string `doc:"in the empty field of the user name, at most 64 characters"`

	CustomAccountResetCredentialsURL  string `doc:"where both links to the password reset lead instead, at most 128 characters"`
	CustomCannotAccessYourAccountText string `doc:"instead of \"Can't access your account?\", at most 256 characters"`
	CustomCannotAccessYourAccountURL  string `doc:"where that link leads instead; customAccountResetCredentialsUrl goes first"`
	CustomForgotMyPasswordText        string `doc:"instead of \"Forgot my password\", at most 256 characters"`
	CustomPrivacyAndCookiesText       string `doc:"text of the footer's first link, at most 256 characters"`
	CustomPrivacyAndCookiesURL        string `doc:"where it leads; without it there is no link"`
	CustomTermsOfUseText              string `doc:"text of the footer's second link, at most 256 characters"`
	CustomTermsOfUseURL               string `doc:"where it leads; without it there is no link"`

	LoginPageTextVisibilitySettings *TextVisibility `doc:"links that are hidden; a language has all of its own or none"`
	LoginPageLayoutConfiguration    *Layout         `doc:"template, header and footer; a language has all of its own or none"`
}

// TextVisibility hides links (Graph: loginPageTextVisibilitySettings).
type TextVisibility struct {
	HideAccountResetCredentials bool `doc:"both links to the password reset"`
	HideCannotAccessYourAccount bool
	HideForgotMyPassword        bool
	HidePrivacyAndCookies       bool
	HideTermsOfUse              bool
}

// Layout is where things stand (Graph: loginPageLayoutConfiguration).
type Layout struct {
	LayoutTemplateType Template `doc:"default: the card in the middle; verticalSplit: at the side, so that the picture shows"`
	IsHeaderShown      bool
	IsFooterShown      bool `doc:"the footer's links"`
}

// SetDefaults shows the footer, as pages without a layout do.
func (l *Layout) SetDefaults() { l.LayoutTemplateType, l.IsFooterShown = TemplateDefault, true }

// A Template is the shape of the page.
type Template string

// The templates.
const (
	TemplateDefault       Template = "default"
	TemplateVerticalSplit Template = "verticalSplit"
)

// Match finds the localization for a locale such as "de-AT": its own, else that
// of the language, else the first of the same language. The documentation says
// "browser language" and no more.
func (b Branding) Match(locale string) (id string, ok bool) {
	base := language(locale)
	best := ""
	for _, id := range slices.Sorted(maps.Keys(b.Localizations)) {
		switch {
		case strings.EqualFold(id, locale):
			return id, true
		case strings.EqualFold(id, base):
			best = id
		case best == "" && strings.EqualFold(language(id), base):
			best = id
		}
	}
	return best, best != ""
}

func language(locale string) string {
	base, _, _ := strings.Cut(locale, "-")
	return base
}

// For is what a page shows in a localization: its own properties, and those of
// every language for the rest (Configure your company branding, "by browser
// language"). An unknown id gives the latter alone.
func (b Branding) For(id string) Properties {
	p := b.Properties
	own, ok := b.Localizations[id]
	if !ok {
		return p
	}
	for i, text := range own.texts() {
		if *text != "" {
			*p.texts()[i] = *text
		}
	}
	if own.LoginPageTextVisibilitySettings != nil {
		p.LoginPageTextVisibilitySettings = own.LoginPageTextVisibilitySettings
	}
	if own.LoginPageLayoutConfiguration != nil {
		p.LoginPageLayoutConfiguration = own.LoginPageLayoutConfiguration
	}
	return p
}

// texts lists every property that is text, always in the same order.
func (p *Properties) texts() []*string {
	return []*string{
		&p.BackgroundColor, &p.BackgroundImage, &p.AccentColor, &p.BannerLogo, &p.SquareLogo, &p.SquareLogoDark, &p.Favicon,
		&p.HeaderBackgroundColor, &p.HeaderLogo, &p.SignInPageText, &p.UsernameHintText,
		&p.CustomAccountResetCredentialsURL, &p.CustomCannotAccessYourAccountText, &p.CustomCannotAccessYourAccountURL,
		&p.CustomForgotMyPasswordText, &p.CustomPrivacyAndCookiesText, &p.CustomPrivacyAndCookiesURL,
		&p.CustomTermsOfUseText, &p.CustomTermsOfUseURL,
	}
}

// Hidden is what is hidden; the zero value hides nothing.
func (p Properties) Hidden() TextVisibility {
	if p.LoginPageTextVisibilitySettings == nil {
		return TextVisibility{}
	}
	return *p.LoginPageTextVisibilitySettings
}

// Placed is the layout in force.
func (p Properties) Placed() Layout {
	if p.LoginPageLayoutConfiguration != nil {
		return *p.LoginPageLayoutConfiguration
	}
	var l Layout
	l.SetDefaults()
	return l
}
