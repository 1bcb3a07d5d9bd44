package device_test

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/device"
)

// FuzzReadQR draws hostile pictures from octets, one bit a pixel, because
// octets that are no picture get no further than the decoder of the standard
// library.
func FuzzReadQR(f *testing.F) {
	picture, err := device.QRCodePNG(enrolment, 1)
	require.NoError(f, err)
	img, err := png.Decode(bytes.NewReader(picture))
	require.NoError(f, err)
	var bits []byte
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if at := y*img.Bounds().Dx() + x; at%8 == 0 {
				bits = append(bits, 0)
			}
			if r, _, _, _ := img.At(x, y).RGBA(); r == 0 {
				bits[len(bits)-1] |= 1 << ((y*img.Bounds().Dx() + x) % 8)
			}
		}
	}
	f.Add(uint8(img.Bounds().Dx()), bits)
	f.Add(uint8(21), []byte("any"))
	f.Fuzz(func(t *testing.T, width uint8, bits []byte) {
		w := max(int(width), 1)
		h := max(min(len(bits)*8/w, 200), 1)
		img := image.NewGray(image.Rect(0, 0, w, h))
		for i := range w * h {
			if i/8 < len(bits) && bits[i/8]&(1<<(i%8)) == 0 {
				img.Pix[i] = 0xff
			}
		}
		var b bytes.Buffer
		require.NoError(t, png.Encode(&b, img))
		text, err := device.ReadQR(b.Bytes())
		if err != nil {
			require.Empty(t, text)
		}
	})
}
