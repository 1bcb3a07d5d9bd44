package control_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/journal"
)

// A long poll ends with the news it waits for, and without news at its time.
func TestLongPolls(t *testing.T) {
	const lab = "/control/v1/labs/first"
	for name, c := range map[string]struct {
		path, none string
		news       func(d door)
		says       string
	}{
		"mail":   {lab + "/mailbox?to=alice@home.example&wait=30s", `{"messages":[]}`, func(d door) { mailed(d) }, "Hello"},
		"a text": {lab + "/phone/14255550101?wait=30s", `{"events":[]}`, func(d door) { texted(d) }, "135790"},
		"a call": {lab + "/phone/14255550101?wait=30s", `{"events":[]}`, func(d door) { ringing(d) }, "ringing"},
		"a push": {lab + "/authenticator/" + alice + "/pushes?wait=30s", `{"pushes":[]}`, func(d door) { pushed(d) }, "push-1"},
		"records": {lab + "/journal?channel=signin&wait=30s", `{"records":[]}`, func(d door) {
			d.lab.Journal.Append(journal.Record{Channel: journal.SignIn, SignIn: &journal.SignInRecord{ErrorCode: 50126}})
		}, "50126"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := openDoor(t, "")
				begun := time.Now()
				assert.JSONEq(t, c.none, d.call(http.MethodGet, c.path, "").body)
				assert.Equal(t, 30*time.Second, time.Since(begun), "without news")

				answer := make(chan reply, 1)
				go func() { answer <- d.call(http.MethodGet, c.path, "") }()
				synctest.Wait() // the request waits
				begun = time.Now()
				c.news(d)
				assert.Contains(t, (<-answer).body, c.says)
				assert.Zero(t, time.Since(begun), "with news")
			})
		})
	}
}
