package scenario

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestATranscriptHidesWhatNobodyMayRead(t *testing.T) {
	out := newTranscript(World{URL: "http://127.0.0.1:8080"}, time.Time{})
	for line, want := range map[string]string{
		"reset alice Secret-1234 email":           "reset alice … email",
		"change alice Secret-1234 Secret-5678":    "change alice … …",
		"signin alice Secret-1234 offline":        "signin alice … offline",
		"ldap bind alice Secret-1234":             "ldap bind alice …",
		"ldap search base '(cn=a b)' cn":          "ldap search base '(cn=a b)' cn",
		"enter 'New password' Secret-1234":        "enter 'New password' …",
		"enter 'What was your first pet?' Secret": "enter 'What was your first pet?' …",
		"enter 'User ID' alice":                   "enter 'User ID' alice",
		"enter 'User ID' 'it''s'":                 "enter 'User ID' 'it''s'",
		"! expect page 'a b'":                     "! expect page 'a b'",
		"unlock alice email":                      "unlock alice email",
	} {
		words, err := split(line)
		require.NoError(t, err)
		assert.Equal(t, want, out.shown(Line{Words: words, Text: line}))
	}
}

func TestATranscriptIsTheSameEveryTime(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	out := newTranscript(World{URL: "http://127.0.0.1:43210"}, start)
	out.say("  page at http://127.0.0.1:43210/lab for 3c5e98b4-6d75-4c54-80e6-46dd73f324b7")
	out.say("  f30708da-26f4-4c59-9180-bffb035d46f0, again 3c5e98b4-6d75-4c54-80e6-46dd73f324b7")
	out.say("  ldaps://127.0.0.1:10636 and 127.0.0.1:43210  \n  (mS-DS-ConsistencyGuid=\\00\\01\\02\\03\\04\\05\\06\\07\\08\\09\\0a\\0b\\0c\\0d\\0e\\0f)")
	assert.Equal(t, `  page at portal:/lab for <guid 1>
  <guid 2>, again <guid 1>
  ldaps://lab and portal
  (mS-DS-ConsistencyGuid=<guid 3>)
`, out.String())
	assert.Equal(t, "+25h0m1s", out.offset(start.Add(25*time.Hour+1900*time.Millisecond)))
}
