package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/conformance"
)

func TestAnExchangeIsReadFromItsLines(t *testing.T) {
	all, err := conformance.Parse("x.txt", `
# a comment
== reset-short: a short password
seen A03-062
user anna displayName='Anna Long'
given modify {anna} replace pwdLastSet=0 -> any
send as anna over starttls with 1.2.3!=0500 modify {anna} replace unicodePwd=pw:"a b"
windows 53 svc:0000052D
samba refused 52e
after samba {anna} pwdLastSet=now
`)
	require.NoError(t, err)
	require.Len(t, all, 1)
	x := all[0]
	assert.Equal(t, "reset-short", x.ID)
	assert.Equal(t, []string{"A03-062"}, x.Seen)
	assert.Equal(t, []string{"anna", "displayName=Anna Long"}, x.Given[0].Words)
	assert.Equal(t, -1, x.Given[1].Request.Code)
	assert.Equal(t, "anna", x.Send.As)
	assert.Equal(t, "starttls", x.Send.Over)
	assert.Equal(t, []conformance.Control{{OID: "1.2.3", Critical: true, Value: "0500", Has: true}}, x.Send.Controls)
	assert.Equal(t, "unicodePwd=pw:a b", x.Send.Args[2])
	assert.Equal(t, "0000052D: SvcErr: DSID-*, problem 5003 (WILL_NOT_PERFORM), data *\n\x00", x.Codes[conformance.Windows].Text)
	assert.Equal(t, 49, x.Codes[conformance.Samba].Code)
	assert.Equal(t, conformance.Samba, x.Then[0].Dialect)
}

func TestWhatIsWrongInAFileIsSaidWithItsLine(t *testing.T) {
	const head = "== a: b\n"
	for why, c := range map[string]struct{ text, says string }{
		"a line before the first exchange":     {"user anna", "x.txt:1: the first exchange"},
		"an unknown word":                      {head + "usr anna", `x.txt:2: unknown word "usr"`},
		"a quote that stays open":              {head + "user 'anna", "x.txt:2: a single quote"},
		"a request without a verb":             {head + "send as anna", "x.txt:2: a request needs a verb"},
		"a verb without arguments":             {head + "send search {ou}", "x.txt:2: search needs at least 3"},
		"a second request":                     {head + "send delete x\nsend delete y", "x.txt:3: an exchange sends one"},
		"a code that is none":                  {head + "want many", `x.txt:2: reading the result code "many"`},
		"a dialect left out without reason":    {head + "omit samba", "x.txt:2: omit needs"},
		"no expectation of one of the dialect": {head + "send delete x\nsamba 0", "x.txt:1: exchange a: it expects nothing of windows"},
		"nothing sent":                         {head + "want 0", "x.txt:1: exchange a: it sends nothing"},
	} {
		_, err := conformance.Parse("x.txt", c.text)
		assert.ErrorContains(t, err, c.says, why)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("== a: b\nuser anna\nsend bind {anna} ''\nwant refused 52e\n")
	f.Add("== a: b\nsend with 1.2!=00 search '' base (a=*)\nwant 0 \"x\\n\"\nnames\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := conformance.Parse("fuzz.txt", text)
		if err != nil {
			return
		}
		for _, x := range all {
			assert.NotNil(t, x.Send)
			assert.NotEmpty(t, x.ID)
		}
	})
}
