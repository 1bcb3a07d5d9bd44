package device

import (
	"bytes"
	"encoding/base64"
	"io"
	"slices"
	"strings"

	"github.com/emersion/go-message"
	"golang.org/x/net/html"
)

// pictureTypes are the pictures that every mail program shows, and that are no
// documents.
var pictureTypes = []string{"image/png", "image/jpeg", "image/gif"}

// Page is the HTML part with the pictures that came with the message in place of
// the cid: URLs that point at them (RFC 2392); "" for a message without HTML.
func (m Mail) Page() string {
	if !strings.Contains(m.HTML, "cid:") {
		return m.HTML
	}
	pictures := m.pictures()
	doc, err := html.Parse(strings.NewReader(m.HTML))
	if err != nil {
		return m.HTML
	}
	for n := range doc.Descendants() {
		for i, a := range n.Attr {
			if id, ok := strings.CutPrefix(a.Val, "cid:"); ok && a.Key == "src" && pictures[id] != "" {
				n.Attr[i].Val = pictures[id]
			}
		}
	}
	var b bytes.Buffer
	if err := html.Render(&b, doc); err != nil {
		return m.HTML
	}
	return b.String()
}

// pictures maps Content-IDs to data: URLs.
func (m Mail) pictures() map[string]string {
	found := map[string]string{}
	whole, err := message.Read(bytes.NewReader(m.Raw))
	if err != nil {
		return found
	}
	parts := 0
	_ = whole.Walk(func(_ []int, part *message.Entity, err error) error {
		if parts++; err != nil || parts > maxParts {
			return io.EOF
		}
		kind, _, _ := part.Header.ContentType()
		id := strings.Trim(part.Header.Get("Content-Id"), "<> ")
		if id == "" || !slices.Contains(pictureTypes, kind) {
			return nil
		}
		data, err := io.ReadAll(part.Body) // bounded by the size of the message
		if err == nil {
			found[id] = "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)
		}
		return err
	})
	return found
}
