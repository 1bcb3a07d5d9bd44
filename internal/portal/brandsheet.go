package portal

import (
	"fmt"
	"strings"

	"github.com/ssprlab/ssprlab/internal/policy/branding"
)

// brandSheet writes what branding changes about the style sheet, for both themes;
// "" when it changes nothing. Colours were read as colours and the picture's
// address is ours, so nothing that somebody wrote gets into the sheet.
//
// Text never stands on the organisation's background: the card and the footer
// have grounds of their own. The dark theme takes a dark shade of the colour and
// a veil over the picture; on a phone the card is the whole page, and no picture
// is fetched.
func brandSheet(p branding.Properties, picture string) string {
	var b strings.Builder
	if accent, ok := branding.ParseColour(p.AccentColor); ok {
		b.WriteString(themed(accentOf(branding.Light, accent), accentOf(branding.Dark, branding.Dark.Nearest(accent))))
	}
	background, coloured := branding.ParseColour(p.BackgroundColor)
	if coloured {
		b.WriteString(wideScreen + " { " + themed(
			"body.narrow { background: "+background.String()+"; }",
			"body.narrow { background: "+branding.Dimmed(background).String()+"; }") + "}\n")
	}
	if picture != "" {
		fmt.Fprintf(&b, wideScreen+" { body.narrow::before { content: \"\"; position: fixed; inset: 0; z-index: -1; background: url(%q) center / cover no-repeat; } }\n", picture)
		b.WriteString("@media (prefers-color-scheme: dark) { body.narrow::before { filter: brightness(.5); } }\n")
	}
	if coloured || picture != "" {
		b.WriteString(".narrow .foot { background: var(--card); }\n")
	}
	if header, ok := branding.ParseColour(p.HeaderBackgroundColor); ok {
		fmt.Fprintf(&b, ".orghead { background: %s; color: %s; }\n", header, branding.On(header))
	}
	return b.String()
}

// wideScreen is where the card leaves room around it, as in the pages' own sheet.
const wideScreen = "@media (min-width: 46.01rem)"

// themed is one rule for the light theme and one for the dark.
func themed(light, dark string) string {
	return light + "\n@media (prefers-color-scheme: dark) { " + dark + " }\n"
}

func accentOf(t branding.Theme, accent branding.Colour) string {
	p := t.Palette(accent)
	return fmt.Sprintf(":root { --accent: %s; --accent-strong: %s; --on-accent: %s; --tint: %s; } .mark { background: %[1]s; color: %[3]s; }", p.Accent, p.Strong, p.OnAccent, p.Tint)
}
