package portal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"github.com/ssprlab/ssprlab/internal/policy/branding"
)

// A brand is what a page shows of its organisation besides the name. Addresses
// are of this site; the zero value is the pages' own look.
type brand struct {
	Sheet                      string // style sheet on top of the pages' own
	Favicon                    string
	Banner, Square, SquareDark string // logos
	HeaderShown                bool
	HeaderLogo                 string
	Split                      bool // the card at the side
	Hint                       string
	Text                       [][]branding.Span
	CannotAccess, Forgot       brandLink // links to the password reset, below the sign-in form
	PrivacyAndCookies, Terms   brandLink // the footer's
	files                      map[string]brandFile
}

// A brandLink is a link that an organisation may hide, name and lead elsewhere.
type brandLink struct {
	Hidden    bool
	Text, URL string // "": the page's own
}

// A brandFile is one picture or sheet.
type brandFile struct {
	kind    string
	data    []byte
	version string
}

// The names under which brands are served that are no locale.
const (
	brandDefault    = "default"
	brandStory      = "story" // of the stories
	brandStorySplit = "story-split"
)

// brands keeps what was made of the branding in force, until it changes.
type brands struct {
	mu   sync.Mutex
	of   branding.Branding
	made map[string]*brand // by localization, brandDefault for every language
}

// get is the brand of a localization; the default for one that is unknown.
func (b *brands) get(of branding.Branding, id string) *brand {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.made == nil || !reflect.DeepEqual(b.of, of) {
		b.of, b.made = of, map[string]*brand{brandDefault: newBrand(brandDefault, of.Properties)}
		for locale := range of.Localizations {
			b.made[locale] = newBrand(locale, of.For(locale))
		}
	}
	if made := b.made[id]; made != nil {
		return made
	}
	return b.made[brandDefault]
}

func newBrand(id string, p branding.Properties) *brand {
	b := &brand{files: map[string]brandFile{}}
	b.Banner = b.picture(id, "bannerLogo", p.BannerLogo)
	b.Square = b.picture(id, "squareLogo", p.SquareLogo)
	b.SquareDark = b.picture(id, "squareLogoDark", p.SquareLogoDark)
	b.Favicon = b.picture(id, "favicon", p.Favicon)
	layout, hidden := p.Placed(), p.Hidden()
	b.Split = layout.LayoutTemplateType == branding.TemplateVerticalSplit
	if b.HeaderShown = layout.IsHeaderShown; b.HeaderShown {
		b.HeaderLogo = b.picture(id, "headerLogo", p.HeaderLogo)
	}
	b.Hint, b.Text = p.UsernameHintText, branding.Paragraphs(p.SignInPageText)
	b.CannotAccess = brandLink{
		hidden.HideAccountResetCredentials || hidden.HideCannotAccessYourAccount, p.CustomCannotAccessYourAccountText,
		first(p.CustomAccountResetCredentialsURL, p.CustomCannotAccessYourAccountURL),
	}
	b.Forgot = brandLink{hidden.HideAccountResetCredentials || hidden.HideForgotMyPassword, p.CustomForgotMyPasswordText, p.CustomAccountResetCredentialsURL}
	if layout.IsFooterShown && !hidden.HideTermsOfUse {
		b.Terms = brandLink{Text: p.CustomTermsOfUseText, URL: p.CustomTermsOfUseURL}
	}
	if layout.IsFooterShown && !hidden.HidePrivacyAndCookies {
		b.PrivacyAndCookies = brandLink{Text: p.CustomPrivacyAndCookiesText, URL: p.CustomPrivacyAndCookiesURL}
	}
	if sheet := brandSheet(p, b.picture(id, "backgroundImage", p.BackgroundImage)); sheet != "" {
		b.Sheet = b.keep(id, "sheet.css", "text/css; charset=utf-8", []byte(sheet))
	}
	return b
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// picture keeps an image and returns its address, "" for none. What validation
// refuses never gets here.
func (b *brand) picture(id, name, uri string) string {
	img, err := branding.ReadImage(uri)
	if err != nil {
		return ""
	}
	return b.keep(id, name, img.Type, img.Data)
}

func (b *brand) keep(id, name, kind string, data []byte) string {
	sum := sha256.Sum256(data)
	f := brandFile{kind: kind, data: data, version: hex.EncodeToString(sum[:6])}
	b.files[name] = f
	return "/branding/" + id + "/" + name + "?v=" + f.version
}

// brandFor is the brand in the language of a page. wishes are what the page's
// language was chosen from: a localization may know a region, or a language that
// the pages do not speak.
func (s *site) brandFor(of branding.Branding, loc *localizer, wishes ...string) brand {
	id := brandDefault
	if found, ok := localization(of, loc, wishes); ok {
		id = found
	}
	return *s.brands.get(of, id)
}

// localization finds the first wish that is a localization, unless the pages
// speak one before it.
func localization(of branding.Branding, loc *localizer, wishes []string) (id string, ok bool) {
	if len(of.Localizations) == 0 || loc.name == pseudo {
		return "", false
	}
	for _, wish := range wishes {
		tags, _, err := language.ParseAcceptLanguage(wish)
		if err != nil {
			continue
		}
		for _, tag := range tags {
			if id, ok := of.Match(tag.String()); ok {
				return id, true
			}
			if base, _ := tag.Base(); base.String() == loc.name {
				return "", false
			}
		}
	}
	return of.Match(loc.name)
}

// brandFile serves a sheet or a picture. As with static files, only the version
// that was asked for by name may be kept; another is asked for again by its tag.
func (s *site) brandFile(c echo.Context) error {
	id := c.Param("id")
	made, isStory := storyBrands()[id]
	if !isStory {
		settings, err := s.Tenant.Settings(c.Request().Context())
		if err != nil {
			return err
		}
		if _, known := settings.Branding.Localizations[id]; !known && id != brandDefault {
			return echo.ErrNotFound
		}
		made = s.brands.get(settings.Branding, id)
	}
	f, ok := made.files[c.Param("file")]
	if !ok {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", `"`+f.version+`"`)
	h.Set("Cache-Control", "no-cache")
	if c.QueryParam("v") == f.version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(f.data))
	return nil
}
