package device

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"  // what people paste: pictures from the web,
	_ "image/jpeg" // photographs of a screen
	"image/png"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

const (
	quietZone  = 4    // modules around a QR code (ISO/IEC 18004)
	maxPicture = 4096 // pixels each way
)

// QRCodePNG draws text, usually an otpauth:// URI, as a QR code of about size
// pixels: whole pixels for each module, and the quiet zone that readers need.
func QRCodePNG(text string, size int) ([]byte, error) {
	code, err := encodeQR(text)
	if err != nil {
		return nil, err
	}
	modules := code.Bounds().Dx() + 2*quietZone
	scale := max(size/modules, 1)
	img := image.NewPaletted(image.Rect(0, 0, modules*scale, modules*scale), color.Palette{color.White, color.Black})
	for y := range modules * scale {
		for x := range modules * scale {
			if dark(code, x/scale-quietZone, y/scale-quietZone) {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("drawing a QR code: %w", err)
	}
	return b.Bytes(), nil
}

// QRCodeSVG draws the same as one path that scales to its box.
func QRCodeSVG(text string) (string, error) {
	code, err := encodeQR(text)
	if err != nil {
		return "", err
	}
	n := code.Bounds().Dx()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[1]d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%[1]dv%[1]dH0z"/><path d="`, n+2*quietZone)
	for y := range n {
		for x := 0; x < n; x++ {
			run := 0
			for dark(code, x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quietZone, y+quietZone, run, run)
				x += run
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String(), nil
}

func encodeQR(text string) (barcode.Barcode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("drawing a QR code: %w", err)
	}
	return code, nil
}

// dark reports whether a module is dark; outside of the code none is.
func dark(code barcode.Barcode, x, y int) bool {
	if !image.Pt(x, y).In(code.Bounds()) {
		return false
	}
	r, _, _, _ := code.At(x, y).RGBA()
	return r == 0
}

// ReadQR reads the text of a QR code in a PNG, JPEG or GIF picture of at most 4096
// by 4096 pixels.
func ReadQR(picture []byte) (string, error) {
	size, _, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return "", errors.New("reading a QR code: the picture is neither PNG nor JPEG nor GIF")
	}
	if size.Width > maxPicture || size.Height > maxPicture {
		return "", fmt.Errorf("reading a QR code: the picture is larger than %d by %d pixels", maxPicture, maxPicture)
	}
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return "", fmt.Errorf("reading a QR code: %w", err)
	}
	for _, try := range readings {
		bitmap, err := gozxing.NewBinaryBitmap(try.binarize(gozxing.NewLuminanceSourceFromImage(img)))
		if err != nil {
			return "", fmt.Errorf("reading a QR code: %w", err)
		}
		if found, err := qrcode.NewQRCodeReader().Decode(bitmap, try.hints); err == nil {
			return found.GetText(), nil
		}
	}
	return "", errors.New("reading a QR code: there is none in the picture, or it is not sharp enough")
}

// readings is how a picture is looked at, one way after the other: as a
// photograph, as a drawing, and as nothing but a code. No single way finds
// every code that the others find.
var readings = []struct {
	binarize func(gozxing.LuminanceSource) gozxing.Binarizer
	hints    map[gozxing.DecodeHintType]any
}{
	{gozxing.NewHybridBinarizer, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}},
	{gozxing.NewGlobalHistgramBinarizer, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}},
	{gozxing.NewHybridBinarizer, nil},
	{gozxing.NewGlobalHistgramBinarizer, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}},
}
