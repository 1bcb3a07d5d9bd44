package ssprtest_test

import (
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/policy/branding"
	"github.com/ssprlab/ssprlab/internal/tenant"
	"github.com/ssprlab/ssprlab/ssprtest"
)

// page is what a lab shows at an address.
func page(t *testing.T, lab *ssprtest.Lab, path string) string {
	t.Helper()
	return fetch(t, lab, lab.URL+path)
}

func fetch(t *testing.T, lab *ssprtest.Lab, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	answer, err := lab.HTTP().Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode, url)
	return string(text)
}

// The example seed of the documentation: the look is on the pages, in the mails
// and in the answer of the control API, and a reset goes through.
func TestABrandedOrganisation(t *testing.T) {
	files := branding.ExampleFiles()
	text, err := fs.ReadFile(files, "seed.yaml")
	require.NoError(t, err)
	text, err = tenant.InlinePictures(text, files)
	require.NoError(t, err)
	lab := ssprtest.Start(t, ssprtest.Seed(t, string(text)))

	signIn := page(t, lab, "/signin")
	for _, shows := range []string{"/branding/default/sheet.css", "/branding/default/bannerLogo", `placeholder="somebody@northlight.example"`, "425 555 0100</strong>", "https://www.northlight.example/privacy"} {
		assert.Contains(t, signIn, shows)
	}
	assert.Contains(t, page(t, lab, "/signin?mkt=de-AT"), "/branding/de/sheet.css")
	assert.NotContains(t, page(t, lab, "/passwordreset"), "/branding/")
	assert.Contains(t, page(t, lab, "/passwordreset?whr=northlight.example"), "/branding/default/bannerLogo")

	lab.Person("ann@northlight.example").Resets("Rabbit-hole7!", ssprtest.Email)
	var mails struct {
		Messages []struct{ Code, HTML string }
	}
	require.NoError(t, json.Unmarshal([]byte(fetch(t, lab, lab.Control+"/mailbox?to=ann@home.example&wait=10s")), &mails))
	require.NotEmpty(t, mails.Messages)
	for _, m := range mails.Messages {
		assert.Contains(t, m.HTML, `<img src="cid:logo@mail.ssprlab.example" alt="Northlight"`)
		assert.Contains(t, m.HTML, "#5b2a86")
	}

	lab.Set("tenant", `{"branding":null,"tenantName":"Southlight"}`)
	plain := page(t, lab, "/signin")
	assert.NotContains(t, plain, "/branding/")
	assert.Contains(t, plain, "Southlight", "the directory name of this moment")
}

// The start page is in the language of the reader, the seed's notes aside.
func TestTheStartPageNamesItsDoors(t *testing.T) {
	lab := ssprtest.Start(t)
	start := page(t, lab, "/?mkt=ar")
	assert.Equal(t, 4, strings.Count(start, "<dt><bdi>"))
	assert.NotContains(t, start, "start.door.")
	assert.NotContains(t, start, "start.proof.")
	assert.NotContains(t, start, "scripts and tests")
}
