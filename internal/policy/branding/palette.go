package branding

// A Palette is the shades of an accent in one theme, under the roles that the
// style sheet knows.
type Palette struct {
	Accent   Colour // links, buttons
	Strong   Colour // the same under the pointer
	OnAccent Colour // text on buttons
	Tint     Colour // ground of what is chosen
}

// A Theme is the surfaces that the pages give to text. The style sheet has the
// same values; a test of the pages holds them together.
type Theme struct {
	Card, Raised Colour
	tint         float64 // share of the accent in the tint
	strong       float64 // share of ink in the strong accent
	ink          Colour  // towards which an accent stands out more
}

// The themes.
var (
	Light = Theme{Card: White, Raised: Colour{0xf6, 0xf8, 0xfa}, tint: .10, strong: .25, ink: Black}
	Dark  = Theme{Card: Colour{0x17, 0x21, 0x2c}, Raised: Colour{0x1e, 0x2a, 0x36}, tint: .14, strong: .35, ink: White}
)

// Palette derives the shades of an accent.
func (t Theme) Palette(accent Colour) Palette {
	p := Palette{Accent: accent, Strong: accent.Mix(t.ink, t.strong), Tint: t.Card.Mix(accent, t.tint)}
	p.OnAccent = On(accent)
	return p
}

// Readable reports whether text in the accent stands out on every surface of the
// theme, and text on it does as well.
func (t Theme) Readable(accent Colour) bool {
	p := t.Palette(accent)
	for _, ground := range []Colour{t.Card, t.Raised, p.Tint} {
		if Contrast(p.Accent, ground) < TextContrast || Contrast(p.Strong, ground) < TextContrast {
			return false
		}
	}
	return Contrast(p.OnAccent, p.Accent) >= TextContrast && Contrast(p.OnAccent, p.Strong) >= TextContrast
}

// Nearest is the shade of an accent that is readable and takes the least ink: the
// accent itself when it is readable.
func (t Theme) Nearest(accent Colour) Colour {
	const steps = 100
	for n := range steps {
		if shade := accent.Mix(t.ink, float64(n)/steps); t.Readable(shade) {
			return shade
		}
	}
	return t.ink
}

// Dimmed is a background in the dark theme: as much of it as leaves the page
// darker than the card is bright.
func Dimmed(background Colour) Colour {
	const most = 0.03 // luminance; about twice the card's
	for n := range 100 {
		if shade := background.Mix(Black, float64(n)/100); shade.luminance() <= most {
			return shade
		}
	}
	return Black
}
