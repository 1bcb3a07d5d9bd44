package branding

import (
	"fmt"
	"math"
	"strconv"
)

// A Colour is a colour of sRGB.
type Colour struct{ R, G, B uint8 }

// ParseColour reads "#RRGGBB".
func ParseColour(text string) (c Colour, ok bool) {
	if len(text) != 7 || text[0] != '#' {
		return c, false
	}
	n, err := strconv.ParseUint(text[1:], 16, 32)
	if err != nil {
		return c, false
	}
	return Colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}, true
}

func (c Colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// Mix is c with a share of another colour in it, 0 to 1, as CSS mixes in srgb.
func (c Colour) Mix(other Colour, share float64) Colour {
	part := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	return Colour{part(c.R, other.R), part(c.G, other.G), part(c.B, other.B)}
}

// luminance is the relative luminance of WCAG 2.2, 0 to 1.
func (c Colour) luminance() float64 {
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func linear(octet uint8) float64 {
	v := float64(octet) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// Contrast is the contrast ratio of WCAG 2.2, 1 to 21.
func Contrast(a, b Colour) float64 {
	l, m := a.luminance(), b.luminance()
	return (max(l, m) + 0.05) / (min(l, m) + 0.05)
}

// TextContrast is what WCAG 2.2 demands of text at level AA (1.4.3).
const TextContrast = 4.5

// The ends of the scale.
var (
	Black = Colour{0, 0, 0}
	White = Colour{255, 255, 255}
)

// On is the colour of text on c: black or white, whichever stands out more. One
// of them always has a contrast above 4.5.
func On(c Colour) Colour {
	if Contrast(White, c) >= Contrast(Black, c) {
		return White
	}
	return Black
}
