package device

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const pictured = "From: a@x.example\r\nTo: b@x.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/related; boundary=B\r\n\r\n" +
	"--B\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p><img src=\"cid:logo@x\" alt=\"X\"><img src=\"cid:none@x\"><img src=\"cid:page@x\">\r\n" +
	"--B\r\nContent-Type: image/png\r\nContent-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=\r\n" +
	"--B\r\nContent-Type: image/svg+xml\r\nContent-ID: <page@x>\r\n\r\n<svg/>\r\n" +
	"--B--\r\n"

func TestPicturesThatCameWithAMailAreInItsPage(t *testing.T) {
	b := NewMailbox(time.Now, 0)
	b.Deliver("a@x.example", []string{"b@x.example"}, []byte(pictured))
	m, ok := b.Get(1)
	require.True(t, ok)
	assert.Contains(t, m.HTML, "cid:logo@x", "the part stays as it was sent")
	page := m.Page()
	assert.Contains(t, page, `<img src="data:image/png;base64,aGk=" alt="X"/>`)
	assert.Contains(t, page, `src="cid:none@x"`, "nothing of that name came along")
	assert.Contains(t, page, `src="cid:page@x"`, "a document is no picture")
	assert.Empty(t, Mail{Text: "plain"}.Page())
	assert.Equal(t, "<p>no pictures</p>", Mail{HTML: "<p>no pictures</p>"}.Page())
	assert.Contains(t, Mail{HTML: `<img src="cid:a">`, Raw: []byte("broken")}.Page(), "cid:a")
}
