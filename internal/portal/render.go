package portal

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ssprlab/ssprlab/internal/clock"
	"github.com/ssprlab/ssprlab/internal/policy"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// templates holds one parsed set for each page.
type templates map[string]*template.Template

// pages names every template that a page value asks for. A missing one fails at
// the start.
var pages = []string{
	"start", "identify", "trouble", "verify", "password", "done", "refused", "blocked", "ended", "busy", "fault",
	"lab", "mailbox", "mail", "phone", "authenticator", "tokens", "workstation", "clock", "attempts", "attempt", "events",
	"directory", "stories",
	"signin", "factor", "interrupt", "barred", "account", "changepassword", "securityinfo", "signedout",
}

// parseTemplates reads the layout and the parts once, and every page on top of
// its own copy of them.
func parseTemplates(files fs.FS, assets assets) (templates, error) {
	base, err := template.New("layout").Funcs(functions).Funcs(template.FuncMap{"asset": assets.url}).ParseFS(files, "templates/_*.html")
	if err != nil {
		return nil, fmt.Errorf("reading the page layout: %w", err)
	}
	set := templates{}
	for _, name := range pages {
		t, err := base.Clone()
		if err != nil {
			return nil, fmt.Errorf("copying the page layout: %w", err)
		}
		if t, err = t.ParseFS(files, path.Join("templates", name+".html")); err != nil {
			return nil, fmt.Errorf("reading the page %q: %w", name, err)
		}
		if t.Lookup("main") == nil {
			return nil, fmt.Errorf("reading the page %q: it defines no part %q", name, "main")
		}
		set[name] = t
	}
	return set, nil
}

// functions are what templates may call besides the methods of their page.
var functions = template.FuncMap{
	"stamp": func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format("2006-01-02 15:04:05 UTC")
	},
	"clocktime": func(t time.Time) string { return t.UTC().Format("15:04:05") },
	"iso":       func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"join":      strings.Join,
	"split":     strings.Split,
	"span":      span,
	"spelled":   spelled,
	"spaced": func(code string) string { // groups digits for eyes and speech
		if len(code) == 6 {
			return code[:3] + " " + code[3:]
		}
		return code
	},
	"initial": func(s string) string {
		for _, r := range s {
			return strings.ToUpper(string(r))
		}
		return "?"
	},
}

// A page is a value that one template shows.
type page interface {
	// name is the template.
	name() string
	// common is what every page has.
	common() *frame
}

// frame is what every page has around its own content. Templates reach its
// fields and methods through the page.
type frame struct {
	loc *localizer

	Wide       bool   // a lab page: navigation and full width
	Key        string // catalogue prefix of the page: Key.title
	Tenant     string
	Brand      brand
	Helpdesk   string // customised helpdesk link as a URL, "" for none (reference 5.3, 11.2)
	Here       string // path, to mark the navigation
	Nav        []navItem
	Clock      clock.State
	Problem    *problem
	Note       string // catalogue key of a message that is no problem
	Support    string // correlation ID, shown at the foot with the link to why
	RefreshURL string // reload from here without scripts
	RefreshIn  int    // seconds; 0: never
	Languages  []string
}

// A problem is what an error summary says, and the field it points at.
type problem struct {
	Key   string // catalogue key
	Args  []any
	Field string // id of the input, "" for the page as a whole
}

// A navItem is a lab page in the navigation.
type navItem struct {
	Path, Key, Icon string
	Current         bool
}

func (f *frame) common() *frame { return f }

// T returns a text in the page's language.
func (f *frame) T(key string, args ...any) string { return f.loc.text(key, args...) }

// Has reports whether the catalogues know a key.
func (f *frame) Has(key string) bool { return f.loc.has(key) }

// Lang is the BCP 47 name of the page's language.
func (f *frame) Lang() string { return f.loc.name }

// Dir is the direction of its script.
func (f *frame) Dir() string { return f.loc.dir() }

// Title is the page's heading.
func (f *frame) Title() string { return f.T(f.Key + ".title") }

// ProblemText is the error summary's sentence.
func (f *frame) ProblemText() string {
	if f.Problem == nil {
		return ""
	}
	return f.T(f.Problem.Key, f.Problem.Args...)
}

// Invalid reports whether the problem belongs to a field.
func (f *frame) Invalid(field string) bool { return f.Problem != nil && f.Problem.Field == field }

// frameFor starts a page in the language that the request asks for. session is
// the language of the session under way, if any.
func (s *site) frameFor(c echo.Context, key string, session string) *frame {
	r := c.Request()
	mkt := cmp.Or(r.URL.Query().Get("mkt"), r.URL.Query().Get("lng")) // Security info calls it lng
	if len(mkt) > maxShort {
		mkt = ""
	}
	accept := r.Header.Get("Accept-Language")
	if len(accept) > 4*maxShort {
		accept = accept[:4*maxShort]
	}
	wishes := []string{mkt, s.jar.get(r, cookieLocale), session, accept}
	loc := s.words.choose(wishes...)
	if mkt != "" && r.Method == http.MethodGet && !strings.HasPrefix(r.URL.Path, storiesURL) {
		s.jar.set(c.Response(), cookieLocale, loc.name, http.SameSiteLaxMode) // the pages after this one
	}
	f := &frame{loc: loc, Key: key, Tenant: s.Lab.TenantName, Clock: s.Clock.State(), Languages: s.words.names}
	settings, err := s.Tenant.Settings(r.Context())
	if err != nil { // the page comes in its own look; whoever needs the settings reports the error
		return f
	}
	f.Brand = s.brandFor(settings.Branding, loc, wishes...)
	_, f.Helpdesk = policy.ContactAdministrator(settings.Helpdesk)
	if settings.TenantName != "" {
		f.Tenant = settings.TenantName
	}
	return f
}

// HelpdeskElsewhere reports whether the helpdesk link is a page, which opens in
// a new tab (reference 11.2), and not a mail.
func (f *frame) HelpdeskElsewhere() bool { return elsewhere(f.Helpdesk) }

func elsewhere(link string) bool { return link != "" && !strings.HasPrefix(link, "mailto:") }

// unbrand takes the organisation from a page: it is not known yet.
func (f *frame) unbrand() { f.Tenant, f.Brand = "", brand{} }

// labFrame is a frame with the lab's navigation.
func (s *site) labFrame(c echo.Context, key string) *frame {
	f := s.frameFor(c, key, "")
	f.Wide, f.Here, f.Nav = true, c.Path(), s.navigation(c.Path())
	if note := s.jar.takeFlash(c.Response(), c.Request()); note.Note != "" && f.Has("note."+note.Note) {
		f.Note = "note." + note.Note
	} else if note.Problem != "" && f.Has("problem."+note.Problem) {
		f.Problem = &problem{Key: "problem." + note.Problem, Field: note.Field, Args: []any{"detail", note.User}}
	}
	return f
}

// render writes a page. It is made completely before the first octet leaves.
func (s *site) render(c echo.Context, status int, p page) error {
	var b bytes.Buffer
	t, ok := s.templates[p.name()]
	if !ok {
		return fmt.Errorf("showing a page: no template %q", p.name())
	}
	if err := t.ExecuteTemplate(&b, "layout", p); err != nil {
		return fmt.Errorf("showing the page %q: %w", p.name(), err)
	}
	c.Response().Header().Set("Content-Language", p.common().Lang())
	return c.HTMLBlob(status, b.Bytes())
}

// knownKey returns prefix+suffix when a catalogue has it, else fallback.
func (f *frame) knownKey(prefix, suffix, fallback string) string {
	if key := prefix + suffix; f.Has(key) {
		return key
	}
	return fallback
}

// languageNames lists every language that pages can be asked for.
func (s *site) languageNames() []string { return append(slices.Clone(s.words.names), pseudo) }
