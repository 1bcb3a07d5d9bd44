package ssprtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/ssprtest"
)

const (
	bob  = "bob@northlight.example" // nothing registered but a pass
	pass = "Harbour+7Bridge"
)

// A window is somebody's browser in front of the portal.
type window struct {
	t   *testing.T
	lab *ssprtest.Lab
	*http.Client
}

func open(t *testing.T, lab *ssprtest.Lab) *window {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &window{t, lab, &http.Client{Jar: jar, Transport: lab.HTTP().Transport}}
}

func (w *window) read(r *http.Response, err error) string {
	w.t.Helper()
	require.NoError(w.t, err)
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	require.NoError(w.t, err)
	return string(body)
}

func (w *window) get(path string) string {
	w.t.Helper()
	return w.read(w.Get(w.lab.URL + path))
}

func (w *window) post(path string, pairs ...string) string {
	w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return w.read(w.PostForm(w.lab.URL+path, form))
}

// howto-registration-mfa-sspr-combined-troubleshoot: a method that was just
// enabled can take one to two hours to appear in combined registration.
func TestANewMethodReachesRegistrationLate(t *testing.T) {
	lab := ssprtest.Start(t)
	lab.Clock.Freeze()
	lab.Set("tenant", `{"methods":{"configs":{"Sms":{"enabled":false},"Voice":{"enabled":false}}}}`)
	lab.Set("tenant", `{"methods":{"propagation":"2h","configs":{"Sms":{"enabled":true}}}}`)
	offers := func() string {
		w := open(t, lab)
		w.post("/signin", "username", bob, "password", pass, "with", "pass")
		return w.get("/mysecurityinfo")
	}
	const phone, email = "/mysecurityinfo?add=phone", "/mysecurityinfo?add=email"
	assert.NotContains(t, offers(), phone)
	assert.Contains(t, offers(), email)
	lab.Clock.Advance(2*time.Hour - time.Second)
	assert.NotContains(t, offers(), phone)
	lab.Clock.Advance(time.Second)
	assert.Contains(t, offers(), phone)

	// The other way round: a reset goes by the new policy at once, registration by
	// the old one for a while.
	lab.Set("tenant", `{"methods":{"configs":{"Email":{"enabled":false}}}}`)
	assert.Contains(t, offers(), email)
	got := lab.Person(alice).TriesToReset("Rabbit-hole7!", ssprtest.Email)
	assert.Equal(t, ssprtest.Open, got.Outcome, got.Explanation)
	lab.Clock.Advance(2 * time.Hour)
	assert.NotContains(t, offers(), email)
}

// concept-authentication-methods-manage, "Known issues and limitations": updates
// cannot be saved beyond 20 KB, and groups are to be consolidated.
func TestAPolicyOfManyGroupsIsNotSaved(t *testing.T) {
	lab := ssprtest.Start(t)
	save := func(groups int) (int, string) {
		targets := make([]string, groups)
		for i := range targets {
			targets[i] = fmt.Sprintf("%08x-0000-4000-8000-000000000000", i)
		}
		patch, err := json.Marshal(map[string]any{"methods": map[string]any{"configs": map[string]any{"Sms": map[string]any{"include": targets}}}})
		require.NoError(t, err)
		r, err := http.NewRequestWithContext(context.Background(), http.MethodPatch, lab.Control+"/tenant", strings.NewReader(string(patch)))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/merge-patch+json")
		answer, err := lab.HTTP().Do(r)
		require.NoError(t, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return answer.StatusCode, string(body)
	}
	status, body := save(150)
	assert.Equal(t, http.StatusOK, status, body)
	status, body = save(250)
	assert.Equal(t, http.StatusBadRequest, status, body)
	assert.Contains(t, body, "can be saved up to 20480 (20 KB)")
	assert.Contains(t, body, "consolidate the groups")
	status, body = save(150)
	assert.Equal(t, http.StatusOK, status, body)
}
