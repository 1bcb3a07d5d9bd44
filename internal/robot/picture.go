package robot

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"

	"github.com/ssprlab/ssprlab/internal/chance"
)

// alphabet has no two characters that look alike in any case.
const alphabet = "ACDEFHJKMNPRTUVWXY3479"

// length is the number of characters of a picture.
const length = 6

// The picture's size in pixels. Pages show it at half of that, so that it stays
// sharp on dense screens and at 200 % zoom.
const (
	width  = 480
	height = 144
	cell   = 112 // a character is drawn on a square of this size
	size   = 80  // of the font
)

func drawText(r io.Reader) string {
	b := make([]byte, length)
	for i := range b {
		b[i] = alphabet[chance.Intn(r, len(alphabet))]
	}
	return string(b)
}

// between returns a number from lo to hi.
func between(r io.Reader, lo, hi float64) float64 {
	return lo + (hi-lo)*float64(chance.Intn(r, 1<<16))/(1<<16-1)
}

// draw paints text: each character turned and leaning on its own, all of them on
// two waves, behind a few hairlines. Dark ink on a light ground in every theme.
func (d *Desk) draw(text string, r io.Reader) []byte {
	ink := image.NewRGBA(image.Rect(0, 0, width, height)) // x/image is fast for RGBA
	step := float64(width-cell) / float64(len(text)-1)
	for i := range len(text) {
		glyph := d.glyph(text[i])
		angle, lean, scale := between(r, -0.28, 0.28), between(r, -0.18, 0.18), between(r, 0.88, 1.08)
		sin, cos := math.Sin(angle)*scale, math.Cos(angle)*scale
		// Turn and lean around the middle of the cell, then move it to its place.
		m := f64.Aff3{cos, -sin + lean, 0, sin, cos, 0}
		const mid = float64(cell) / 2
		x, y := float64(i)*step+mid+between(r, -4, 4), float64(height)/2+between(r, -9, 9)
		m[2], m[5] = x-m[0]*mid-m[1]*mid, y-m[3]*mid-m[4]*mid
		draw.ApproxBiLinear.Transform(ink, m, glyph, glyph.Bounds(), draw.Over, nil)
	}
	out := wave(ink, r)
	hairlines(out, r)

	var buf bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&buf, out); err != nil {
		panic("robot: encoding a picture in memory: " + err.Error()) // a buffer takes everything
	}
	return buf.Bytes()
}

// glyph is one character, upright, in the middle of its cell.
func (d *Desk) glyph(c byte) *image.RGBA {
	square := image.NewRGBA(image.Rect(0, 0, cell, cell))
	face, err := opentype.NewFace(d.face, &opentype.FaceOptions{Size: size, DPI: 72})
	if err != nil {
		panic("robot: opening the embedded font: " + err.Error()) // sizes are constants
	}
	defer face.Close()
	bounds, _, _ := face.GlyphBounds(rune(c))
	pen := font.Drawer{Dst: square, Src: image.Opaque, Face: face}
	pen.Dot = fixed.Point26_6{
		X: fixed.I(cell)/2 - (bounds.Min.X+bounds.Max.X)/2,
		Y: fixed.I(cell)/2 - (bounds.Min.Y+bounds.Max.Y)/2,
	}
	pen.DrawString(string(c))
	return square
}

// shades is how many colours a picture has, from ground to ink.
const shades = 16

// palette runs from the ground to the ink.
func palette() color.Palette {
	ground, ink := [3]float64{0xf3, 0xf7, 0xf8}, [3]float64{0x12, 0x3c, 0x4a}
	p := make(color.Palette, shades)
	for i := range p {
		share := float64(i) / (shades - 1)
		mix := func(n int) uint8 { return uint8(ground[n] + (ink[n]-ground[n])*share) }
		p[i] = color.RGBA{mix(0), mix(1), mix(2), 0xff}
	}
	return p
}

// wave bends the ink along two sines and puts it on the ground.
func wave(ink *image.RGBA, r io.Reader) *image.Paletted {
	out := image.NewPaletted(ink.Bounds(), palette())
	phaseX, phaseY := between(r, 0, 2*math.Pi), between(r, 0, 2*math.Pi)
	ampX, ampY := between(r, 2, 4), between(r, 5, 9)
	var down [width]int
	for x := range down {
		down[x] = int(math.Round(ampY * math.Sin(float64(x)/46+phaseY)))
	}
	for y := range height {
		across := int(math.Round(ampX * math.Sin(float64(y)/17+phaseX)))
		for x := range width {
			sx, sy := x+across, y+down[x]
			if sx < 0 || sx >= width || sy < 0 || sy >= height {
				continue
			}
			out.Pix[y*out.Stride+x] = ink.Pix[sy*ink.Stride+4*sx+3] / (256 / shades)
		}
	}
	return out
}

// hairlines draws thin curves through the characters, and dust around them.
func hairlines(out *image.Paletted, r io.Reader) {
	for range 4 {
		base, amp := between(r, 30, height-30), between(r, 8, 24)
		phase, length := between(r, 0, 2*math.Pi), between(r, 50, 110)
		for x := range width {
			y := int(base + amp*math.Sin(float64(x)/length+phase))
			for t := range 3 {
				dot(out, x, y+t, 10)
			}
		}
	}
	for range 260 {
		x, y := chance.Intn(r, width), chance.Intn(r, height)
		dot(out, x, y, 9)
		dot(out, x+1, y, 5)
	}
}

// dot puts a shade where nothing darker is.
func dot(out *image.Paletted, x, y int, shade uint8) {
	if image.Pt(x, y).In(out.Rect) && out.ColorIndexAt(x, y) < shade {
		out.SetColorIndex(x, y, shade)
	}
}
