package portal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

func status(v visited) string {
	n := find(v.Doc, func(n *html.Node) bool { return attr(n, "class") == "note" })
	if n == nil {
		return ""
	}
	return plain(n)
}

// TestNoLinkIsDead follows every link of every page of the lab.
func TestNoLinkIsDead(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	queue := []string{"/"}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] || strings.HasPrefix(path, "/lab/stories/") {
			continue // stories link to what exists in their own world only
		}
		seen[path] = true
		p := w.get(path)
		assert.Equal(t, 200, p.StatusCode, path)
		if p.StatusCode == 200 && strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") && !strings.HasSuffix(path, "/html") { // a mail is no page of ours
			sound(t, p.Doc)
		}
		for _, a := range all(p.Doc, func(n *html.Node) bool { return n.Data == "a" }) {
			href, _, _ := strings.Cut(attr(a, "href"), "#")
			if strings.HasPrefix(href, "/") {
				queue = append(queue, href)
			}
		}
	}
	assert.Greater(t, len(seen), 15)
}

func TestMissingDevicesLeaveNoTrace(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Mailbox, c.Phone, c.Authenticator, c.Workstation, c.Directory = nil, nil, nil, nil, nil
	})
	p := w.get("/")
	for _, page := range []string{"mailbox", "phone", "authenticator", "workstation", "directory"} {
		assert.NotContains(t, p.Body, "/lab/"+page)
		assert.Equal(t, http.StatusNotFound, w.get("/lab/"+page).StatusCode)
	}
}

func TestTheMailboxShowsOneAddress(t *testing.T) {
	w := newWorld(t)
	assert.Contains(t, outline(w.get("/lab/mailbox").Doc), "2 messages")
	p := w.get("/lab/mailbox?to=alex%40example.net")
	assert.Contains(t, outline(p.Doc), "1 message\n")
	assert.NotContains(t, p.Body, "Your password has been reset")
	assert.Equal(t, http.StatusNotFound, w.get("/lab/mailbox/77").StatusCode)
}

func TestAMailIsShownInBothForms(t *testing.T) {
	w := newWorld(t)
	formatted := w.get("/lab/mailbox/2")
	assert.Contains(t, outline(formatted.Doc), "frame: The message -> /lab/mailbox/2/html")
	assert.Contains(t, formatted.Header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'")
	assert.Contains(t, formatted.Header.Get("Content-Security-Policy"), "frame-src 'self'")
	text := w.get("/lab/mailbox/2?as=text")
	assert.Contains(t, text.Body, "Your code is: 482913")
	assert.NotContains(t, text.Body, "iframe")
	plainOnly := w.get("/lab/mailbox/1")
	assert.Contains(t, plainOnly.Body, "Your password has been reset.")
	assert.NotContains(t, plainOnly.Body, "iframe")
	assert.NotContains(t, plainOnly.Body, "as=text", "there is nothing to choose")
	assert.Equal(t, http.StatusNotFound, w.get("/lab/mailbox/1/html").StatusCode)
	assert.Equal(t, http.StatusNotFound, w.get("/lab/mailbox/77/html").StatusCode)
	assert.Equal(t, http.StatusBadRequest, w.get("/lab/mailbox/2?as="+strings.Repeat("x", maxShort+1)).StatusCode)
}

func TestTheHTMLOfAMailReachesNobody(t *testing.T) {
	w := newWorld(t)
	p := w.get("/lab/mailbox/2/html")
	assert.Equal(t, mailPolicy, p.Header.Get("Content-Security-Policy"))
	assert.Equal(t, "no-referrer", p.Header.Get("Referrer-Policy"))
	assert.Equal(t, "off", p.Header.Get("X-DNS-Prefetch-Control"))
	assert.Contains(t, p.Body, "482913")

	shown, err := withoutReach(`<head><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="0;url=https://evil.example/">
		<meta name="x" http-equiv="Refresh" content="0"><META charset="utf-7"><base href="https://evil.example/"><link rel="preconnect" href="https://evil.example">
		<title>t</title></head><svg><link rel="dns-prefetch" href="//evil.example"/></svg><p><a target="_top" href="/x">text</a><link rel="prefetch" href="https://evil.example">`)
	require.NoError(t, err)
	assert.Equal(t, `<html><head><meta name="viewport" content="width=device-width"/>`+
		`<title>t</title></head><body><svg></svg><p><a href="/x" target="_blank">text</a></p></body></html>`, regexp.MustCompile(`\n\s*`).ReplaceAllString(string(shown), ""))
	_, err = withoutReach(strings.Repeat("<div>", 100_000))
	require.Error(t, err, "nobody writes this, and nobody has to show it")
}

func TestArrivalsAreStreamed(t *testing.T) {
	w := newWorld(t)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	stream := func(last string) (data []string) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.server.URL+"/lab/mailbox/stream", nil)
		require.NoError(t, err)
		if last != "" {
			r.Header.Set("Last-Event-ID", last)
		}
		answer, err := w.browser.Do(r)
		require.NoError(t, err)
		defer answer.Body.Close()
		assert.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if d, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				data = append(data, d)
			}
		}
		return data
	}
	assert.Equal(t, []string{"2", "3"}, stream("1"), "each change once, then the stream ends")
	assert.Equal(t, []string{"1", "2", "3"}, stream(""), "first a word about what came between the page and its stream")
}

func TestCallsAndPushesAreAnswered(t *testing.T) {
	w := newWorld(t)
	assert.Equal(t, "The call was answered.", status(w.post("/lab/phone/calls/c1", "press", "confirm")))
	w.post("/lab/phone/calls/c1", "press", "hang-up")
	assert.Equal(t, "The notification was approved.", status(w.post("/lab/authenticator/pushes/p1", "press", "approve", "number", " 47 ")))
	assert.Equal(t, "The notification was denied.", status(w.post("/lab/authenticator/pushes/p1", "press", "deny")))
	assert.Equal(t, "Enter the number that the page shows, in digits.", alert(w.post("/lab/authenticator/pushes/p1", "press", "approve", "number", "4x")))
	assert.Equal(t, []string{"confirm c1", "hang up c1", "approve p1 47", "deny p1 00"}, w.devices.calls)

	w.devices.fails = errors.New("nobody is on the line")
	assert.Equal(t, "The call is over: nobody is on the line", alert(w.post("/lab/phone/calls/c1", "press", "confirm")))
	assert.Equal(t, "The answer did not count: nobody is on the line", alert(w.post("/lab/authenticator/pushes/p1", "press", "deny")))
}

func TestAppsAreEnrolled(t *testing.T) {
	w := newWorld(t)
	p := w.post("/lab/authenticator/enrol", "person", " alex ", "uri", "otpauth://totp/x?secret=A ")
	assert.Equal(t, "The app was added.", status(p))
	upload := func(image string) visited {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		require.NoError(t, m.WriteField("person", "alex"))
		if image != "" {
			f, err := m.CreateFormFile("image", "qr.png")
			require.NoError(t, err)
			_, err = f.Write([]byte(image))
			require.NoError(t, err)
		}
		require.NoError(t, m.Close())
		return w.read(w.browser.Post(w.server.URL+"/lab/authenticator/scan", m.FormDataContentType(), &b))
	}
	assert.Equal(t, "The app was added.", status(upload("PNG")))
	assert.Equal(t, "Choose a picture of a QR code.", alert(upload("")))
	assert.Equal(t, http.StatusRequestEntityTooLarge, upload(strings.Repeat("x", maxUpload)).StatusCode)
	w.devices.fails = errors.New("no QR code found")
	assert.Equal(t, "The app was not added: no QR code found", alert(upload("PNG")))
	assert.Equal(t, []string{"enrol alex otpauth://totp/x?secret=A", "scan alex PNG", "scan alex PNG"}, w.devices.calls)
}

func TestTheWorkstationSaysWhy(t *testing.T) {
	w := newWorld(t)
	p := w.post("/lab/workstation", "workstation", "NL-LAPTOP-01", "user", `NORTHLIGHT\alex`, "password", "wrong-Secret9", "network", "online")
	text := outline(p.Doc)
	assert.Contains(t, text, "The user name or password is incorrect.")
	assert.Contains(t, text, "Status: 52e")
	assert.NotContains(t, p.Body, "wrong-Secret9")
	p = w.post("/lab/workstation", "workstation", "NL-LAPTOP-01", "user", "alex", "password", "right", "network", "offline")
	assert.Contains(t, outline(p.Doc), "Welcome. You are signed in.")
	assert.Contains(t, outline(p.Doc), "Judged by what the computer remembers")
	assert.Contains(t, outline(p.Doc), "radio network: Offline (chosen)")
	assert.Equal(t, http.StatusNotFound, w.post("/lab/workstation", "workstation", "other", "user", "a").StatusCode)
	assert.Equal(t, "Enter your user ID.", alert(w.post("/lab/workstation", "workstation", "NL-LAPTOP-01")))
}

func TestTheClockMoves(t *testing.T) {
	for claim, c := range map[string]struct {
		form  []string
		now   time.Time
		fault string
	}{
		"by a button":           {[]string{"advance", "25h"}, noon.Add(25 * time.Hour), ""},
		"by a typed duration":   {[]string{"press", "advance", "by", "90m"}, noon.Add(90 * time.Minute), ""},
		"back":                  {[]string{"press", "advance", "by", "-10s"}, noon.Add(-10 * time.Second), ""},
		"to an instant":         {[]string{"press", "set", "set", "2027-01-01T08:00"}, time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC), ""},
		"to an RFC 3339 time":   {[]string{"press", "set", "set", "2027-01-01T08:00:00+01:00"}, time.Date(2027, 1, 1, 7, 0, 0, 0, time.UTC), ""},
		"not by nonsense":       {[]string{"press", "advance", "by", "soon"}, noon, "Enter a duration such as 90m, 25h or -10s, at most 20 years."},
		"not by nothing":        {[]string{"press", "advance"}, noon, "Enter a duration such as 90m, 25h or -10s, at most 20 years."},
		"not by a century":      {[]string{"press", "advance", "by", "876000h"}, noon, "Enter a duration such as 90m, 25h or -10s, at most 20 years."},
		"not to a nonsense day": {[]string{"press", "set", "set", "2027-13-01T08:00"}, noon, "Enter a date and a time."},
	} {
		t.Run(claim, func(t *testing.T) {
			w := newWorld(t)
			p := w.post("/lab/clock", c.form...)
			assert.Equal(t, c.now, w.clock.Now())
			assert.Equal(t, c.fault, alert(p))
			assert.Equal(t, c.fault == "", status(p) == "The clock was changed.")
		})
	}
	w := newWorld(t)
	w.post("/lab/clock", "press", "freeze")
	assert.True(t, w.clock.State().Frozen)
	assert.Contains(t, outline(w.get("/lab/clock").Doc), "stands still")
	w.post("/lab/clock", "press", "thaw")
	assert.False(t, w.clock.State().Frozen)
}

func TestDecisionRecordsAreFoundByTheirSupportCode(t *testing.T) {
	w := newWorld(t)
	assert.Contains(t, w.get("/lab/attempts").Body, "/lab/attempts/"+storySupport)
	p := w.get("/lab/attempts/" + storySupport)
	for _, said := range []string{
		"Smallest change that would have let it pass", "minimum-age", "MS-SAMR 3.1.1.8.5", "minPwdAge\n24h", "unicodePwd: [redacted]",
		"0000052D: AtrErr", "33008", "nothing registered", "RSA-2048 OAEP",
	} {
		assert.Contains(t, outline(p.Doc), said)
	}
	assert.Equal(t, http.StatusNotFound, w.get("/lab/attempts/unknown").StatusCode)
}

func TestEventsAreFilteredByLog(t *testing.T) {
	w := newWorld(t)
	p := outline(w.get("/lab/events?channel=security").Doc)
	assert.Contains(t, p, "4724")
	assert.NotContains(t, p, "33008")
	assert.Equal(t, http.StatusNotFound, w.get("/lab/events?channel=other").StatusCode)
}

func TestHealthAndReadiness(t *testing.T) {
	var notYet error
	w := newWorld(t, func(c *Config) { c.Ready = func() error { return notYet } })
	assert.Equal(t, 200, w.get("/healthz").StatusCode)
	assert.Equal(t, 200, w.get("/readyz").StatusCode)
	notYet = errors.New("the directory does not answer")
	p := w.get("/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, p.StatusCode)
	assert.Contains(t, p.Body, "the directory does not answer")
}

func TestOtherRoomsAreMounted(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Mount = map[string]http.Handler{"/control/v1": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
		})}
	})
	assert.Equal(t, http.StatusTeapot, w.get("/control/v1/labs").StatusCode)
	assert.Equal(t, http.StatusTeapot, w.get("/control/v1").StatusCode)
}
