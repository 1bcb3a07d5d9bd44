package branding

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // the two forms that branding knows
	_ "image/png"
	"strings"
)

// An Image is a picture of an organisation.
type Image struct {
	Type          string // "image/png" or "image/jpeg"
	Data          []byte
	Width, Height int // pixels
}

// ReadImage reads a data URI (RFC 2397) of a PNG or JPEG. Error: what is wrong
// with it, and how it is written.
func ReadImage(uri string) (Image, error) {
	head, coded, ok := strings.Cut(uri, ",")
	kind, isData := strings.CutPrefix(head, "data:")
	kind, isBase64 := strings.CutSuffix(kind, ";base64")
	if !ok || !isData || !isBase64 {
		return Image{}, errors.New("is no picture: write data:image/png;base64,… or, in a seed, the name of a PNG or JPEG file next to it")
	}
	data, err := base64.StdEncoding.DecodeString(coded)
	if err != nil {
		return Image{}, fmt.Errorf("is no base64 (%w): encode the file again", err)
	}
	found, form, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Image{}, errors.New("is neither PNG nor JPEG: convert it to one of them")
	}
	if kind != "image/"+form {
		return Image{}, fmt.Errorf("says it is %q and is image/%s: name the type that it is", kind, form)
	}
	return Image{Type: kind, Data: data, Width: found.Width, Height: found.Height}, nil
}

// URI writes a PNG or JPEG file as a data URI; anything else as a type that
// [ReadImage] refuses.
func URI(file []byte) string {
	_, form, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		form = "unknown"
	}
	return "data:image/" + form + ";base64," + base64.StdEncoding.EncodeToString(file)
}

// An imageLimit is the most that an image may be.
type imageLimit struct{ width, height, octets int }

// KB is a kilobyte of the documented limits.
const KB = 1024

// The limits of the images (Microsoft Learn, Configure your company branding; Graph gives 10 KB for the
// square logos, and none for the banner).
var (
	backgroundLimit = imageLimit{1920, 1080, 300 * KB}
	bannerLimit     = imageLimit{245, 36, 50 * KB}
	squareLimit     = imageLimit{240, 240, 50 * KB}
	headerLimit     = imageLimit{245, 36, 10 * KB}
	faviconLimit    = imageLimit{32, 32, 5 * KB}
)

// MaxImage is the largest image there may be, in octets.
const MaxImage = 300 * KB

// ImageKeys are the properties that are images, as documents spell them.
var ImageKeys = []string{"backgroundImage", "bannerLogo", "squareLogo", "squareLogoDark", "favicon", "headerLogo"}

// wrong says what exceeds the limit, or "".
func (l imageLimit) wrong(uri string) string {
	if uri == "" {
		return ""
	}
	img, err := ReadImage(uri)
	switch {
	case err != nil:
		return err.Error()
	case img.Width > l.width || img.Height > l.height:
		return fmt.Sprintf("%d by %d pixels is more than %d by %d; scale it down", img.Width, img.Height, l.width, l.height)
	case len(img.Data) > l.octets:
		return fmt.Sprintf("%d octets is more than %d KB; compress it", len(img.Data), l.octets/KB)
	}
	return ""
}
