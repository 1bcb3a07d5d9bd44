package notify

import (
	"html/template"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/policy/branding"
)

// A look is what a mail shows of its tenant's branding besides the name. The
// documentation promises the name alone (reference 11.3); logo and accent are
// ours.
type look struct {
	Tenant string
	Accent template.CSS // of the bar at the top
	Logo   *Picture     // the banner; nil for none
	Source template.URL // by which the HTML refers to it
}

// logoID is the Content-ID of the logo. It is the same in every mail: a cid
// belongs to the message that it stands in.
const logoID = "logo@mail.ssprlab.example"

// ownAccent is the bar of a tenant that has no accent.
const ownAccent = "#2f5d8a"

// lookOf is the branding of a tenant in a language.
func lookOf(s policy.Settings, lang string) look {
	id, _ := s.Branding.Match(lang)
	p := s.Branding.For(id)
	l := look{Tenant: s.TenantName, Accent: ownAccent}
	if accent, ok := branding.ParseColour(p.AccentColor); ok {
		l.Accent = template.CSS(accent.String()) //nolint:gosec // a colour that was read as one
	}
	if img, err := branding.ReadImage(p.BannerLogo); err == nil {
		l.Logo = &Picture{ID: logoID, Type: img.Type, Data: img.Data, Width: img.Width, Height: img.Height}
		l.Source = "cid:" + logoID
	}
	return l
}
