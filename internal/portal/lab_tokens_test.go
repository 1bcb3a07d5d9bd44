package portal

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// upload sends the form of the token page: a file, or pasted lines.
func (w *world) upload(file, pasted string) visited {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", "tokens.csv")
	require.NoError(w.t, err)
	_, err = part.Write([]byte(file))
	require.NoError(w.t, err)
	require.NoError(w.t, form.WriteField("csv", pasted))
	require.NoError(w.t, form.Close())
	return w.read(w.browser.Post(w.server.URL+tokensURL, form.FormDataContentType(), &b))
}

func TestAdministratorsUploadTokens(t *testing.T) {
	for claim, send := range map[string]func(w *world, text string) visited{
		"a file":  func(w *world, text string) visited { return w.upload(text, "") },
		"a paste": func(w *world, text string) visited { return w.upload("", text) },
	} {
		t.Run(claim, func(t *testing.T) {
			w := newWorld(t)
			const text = storyTokenHeader + "\nx,1,JBSWY3DPEHPK3PXP,30,A,B"
			p := send(w, text)
			require.Equal(t, http.StatusOK, p.StatusCode)
			assert.Equal(t, []string{"upload " + text}, w.devices.calls)
			assert.Contains(t, outline(p.Doc), "1 token was uploaded.")
			assert.Contains(t, outline(p.Doc), "names nobody")
			assert.NotContains(t, p.Body, "JBSWY3DPEHPK3PXP", "nothing of the file comes back")

			p = send(w, "1,2,3")
			assert.Contains(t, alert(p), "does not begin with the header")
			p = send(w, "")
			assert.Contains(t, alert(p), "Choose a file")
		})
	}
	w := newWorld(t)
	assert.Equal(t, http.StatusRequestEntityTooLarge, w.upload(string(make([]byte, maxTokenFile)), "").StatusCode)
}

func TestAdministratorsHandTokensOut(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ press, value, did, says string }{
		{"assign", " bob@northlight.example ", "assign 1234567 bob@northlight.example", "The token was assigned."},
		{"activate", "123456", "activate 1234567 123456", "The token was activated."},
		{"unassign", "", "unassign 1234567", "The token is available again."},
		{"delete", "", "delete 1234567", "The token was deleted."},
	} {
		p := w.post(tokensURL+"/"+c.press, "serial", "1234567", "value", c.value)
		assert.Equal(t, tokensURL, p.Request.URL.Path)
		assert.Contains(t, outline(p.Doc), c.says)
		assert.Equal(t, c.did, w.devices.calls[len(w.devices.calls)-1])
		p = w.post(tokensURL+"/"+c.press, "serial", "7", "value", c.value)
		assert.Contains(t, alert(p), "no such hardware token")
	}
}

func TestTheAuthenticatorPageShowsTokens(t *testing.T) {
	p := newWorld(t).get("/lab/authenticator")
	assert.Contains(t, outline(p.Doc), "004 213")
	assert.Contains(t, outline(p.Doc), "link: Upload, assign and activate hardware tokens -> /lab/tokens")
	without := newWorld(t, func(c *Config) { c.Tokens = nil })
	assert.NotContains(t, without.get("/lab/authenticator").Body, "/lab/tokens")
	assert.Equal(t, http.StatusNotFound, without.get(tokensURL).StatusCode)
}
