package scenario

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const small = `# Alice forgot her password.
# She has her telephone.

reset alice@northlight.example 'two words' email
! expect event 33004
-- briefing --
Help Alice.
-- transcript --
> reset …
`

func TestAStoryIsRead(t *testing.T) {
	s, err := Parse("small.txtar", []byte(small))
	require.NoError(t, err)
	assert.Equal(t, "small.txtar", s.Name)
	assert.Equal(t, "Alice forgot her password.", s.Title)
	assert.Equal(t, "Help Alice.\n", s.Briefing)
	assert.Equal(t, "> reset …\n", s.Transcript)
	assert.Empty(t, s.Seed)
	assert.Equal(t, []Line{
		{Number: 4, Words: []string{"reset", "alice@northlight.example", "two words", "email"}, Text: "reset alice@northlight.example 'two words' email"},
		{Number: 5, Words: []string{"!", "expect", "event", "33004"}, Text: "! expect event 33004"},
	}, s.Lines)
}

func TestWordsAreCutAtBlanks(t *testing.T) {
	for line, want := range map[string][]string{
		"a b":              {"a", "b"},
		"  a\t b ":         {"a", "b"},
		"'a b' c":          {"a b", "c"},
		"'it''s' hers":     {"it's", "hers"},
		"''":               {""},
		"a ''''":           {"a", "'"},
		`'{"gates": 2}'`:   {`{"gates": 2}`},
		"don't mind":       {"don't", "mind"},
		"'next''' 'to' me": {"next'", "to", "me"},
		"":                 nil,
	} {
		got, err := split(line)
		require.NoError(t, err, line)
		assert.Equal(t, want, got, line)
	}
	for _, line := range []string{"'a", "a 'b", "'it''s", "'"} {
		_, err := split(line)
		assert.ErrorContains(t, err, "does not end", line)
	}
}

// What is quoted as the transcript quotes it reads as the same words.
func FuzzQuotedWordsComeBack(f *testing.F) {
	f.Add("press", "it's \t here")
	f.Add("a", "")
	f.Add("'", "''")
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.ContainsAny(a+b, "\n\r") {
			t.Skip("a line is one line")
		}
		quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
		got, err := split(quote(a) + " " + quote(b))
		require.NoError(t, err)
		assert.Equal(t, []string{a, b}, got)
	})
}

func TestSlipsInAStoryNameTheirLine(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		says []string
	}{
		"an unknown word":         {"# t\n\nrest alice x\n", []string{"line 3", `unknown word "rest"`, "reset", "unlock"}},
		"too few arguments":       {"visit\n", []string{"line 1", "visit PATH"}},
		"too many arguments":      {"visit / /signin\n", []string{"line 1", "visit PATH"}},
		"too few to expect":       {"expect page\n", []string{"line 1", "expect page|audit"}},
		"an unknown fact":         {"visit /\n! expect pge x\n", []string{"line 2", `"pge"`, "page, audit, event, mail, directory, why"}},
		"a quote without end":     {"visit /\nenter 'User ID alice\n", []string{"line 2", "does not end"}},
		"not anything but expect": {"! visit /\n", []string{"line 1", "! expect"}},
		"nothing to turn round":   {"!\n", []string{"line 1", "! expect"}},
		"an unknown file":         {"visit /\n-- seeds.yaml --\n", []string{`"seeds.yaml"`, "seed.yaml"}},
		"a file twice":            {"visit /\n-- briefing --\na\n-- briefing --\nb\n", []string{`"briefing"`, "twice"}},
		"no lines":                {"# only a title\n", []string{"no lines"}},
		"nothing":                 {"", []string{"no lines"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("slip.txtar", []byte(c.text))
			for _, words := range append(c.says, "slip.txtar") {
				require.ErrorContains(t, err, words)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add("visit /\n-- seed.yaml --\ntenant: {}\n")
	f.Add("! expect page ''\n-- transcript --")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse("fuzz.txtar", []byte(text))
		if err != nil {
			return
		}
		require.NotEmpty(t, s.Lines)
		again, err := Parse("fuzz.txtar", s.WithTranscript("> visit /\n"))
		require.NoError(t, err, "a story with another transcript is a story")
		assert.Equal(t, "> visit /\n", again.Transcript)
		assert.Equal(t, s.Lines, again.Lines)
		assert.Equal(t, s.Seed, again.Seed)
	})
}

func TestATranscriptIsReplacedAndNothingElse(t *testing.T) {
	s, err := Parse("small.txtar", []byte(small))
	require.NoError(t, err)
	assert.Equal(t, strings.Replace(small, "> reset …\n", "> another\n", 1), string(s.WithTranscript("> another\n")))

	s, err = Parse("new.txtar", []byte("visit /\n"))
	require.NoError(t, err)
	assert.Equal(t, "visit /\n-- transcript --\n> visit /\n", string(s.WithTranscript("> visit /\n")))
}

func TestTheOpeningIsReadBeforeTheWorldStarts(t *testing.T) {
	s, err := Parse("s.txtar", []byte("rand 7\nclock 2026-05-01T08:00:00Z\nvisit /\nclock 2026-06-01T08:00:00Z\nclock advance 1h\n"))
	require.NoError(t, err)
	o, rest, err := s.opening()
	require.NoError(t, err)
	assert.Equal(t, uint64(7), o.RandSeed)
	assert.Equal(t, "2026-05-01T08:00:00Z", o.Clock.Format("2006-01-02T15:04:05Z07:00"))
	assert.Len(t, rest, 3, "a later time moves the clock")

	for text, says := range map[string]string{"rand x\n": "s.txtar:1: rand takes a number", "visit /\nrand -1\n": "s.txtar:2", "clock noon\n": "clock takes a time"} {
		s, err := Parse("s.txtar", []byte(text))
		require.NoError(t, err)
		_, _, err = s.opening()
		require.ErrorContains(t, err, says)
	}
}
