package robot

import (
	"bytes"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/chance"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func noonClock() time.Time { return noon }

func newDesk(t *testing.T) (*Desk, *time.Time) {
	t.Helper()
	now := noonClock()
	d, err := NewDesk(func() time.Time { return now }, chance.New(7).Next)
	require.NoError(t, err)
	return d, &now
}

func TestAnAnswerIsJudged(t *testing.T) {
	for claim, c := range map[string]struct {
		typed func(right string) string
		after time.Duration
		want  Verdict
	}{
		"the right answer":                      {func(s string) string { return s }, 0, Right},
		"the right answer in lower case":        {strings.ToLower, 0, Right},
		"the right answer with blanks":          {func(s string) string { return " " + s[:1] + " " + s[1:] + " " }, 0, Right},
		"a wrong answer":                        {func(s string) string { return s + "x" }, 0, Wrong},
		"no answer":                             {func(string) string { return "" }, 0, Wrong},
		"the right answer just before it ends":  {func(s string) string { return s }, Life - time.Nanosecond, Right},
		"the right answer when ten minutes are": {func(s string) string { return s }, Life, Expired},
	} {
		for _, form := range []Form{Picture, Question} {
			t.Run(claim+" to a "+string(form), func(t *testing.T) {
				d, now := newDesk(t)
				ch := d.Ask(form)
				right, ok := d.Answer(ch.ID)
				require.True(t, ok)
				*now = now.Add(c.after)
				assert.Equal(t, c.want, d.Check(ch.ID, c.typed(right)))
				assert.Equal(t, Expired, d.Check(ch.ID, right), "a challenge answers once")
				_, ok = d.Answer(ch.ID)
				assert.False(t, ok)
			})
		}
	}
}

func TestSameSeedSamePictures(t *testing.T) {
	a, _ := newDesk(t)
	b, _ := newDesk(t)
	first, second := a.Ask(Picture), b.Ask(Picture)
	require.Equal(t, first, second)
	left, ok := a.Image(first.ID)
	require.True(t, ok)
	right, _ := b.Image(second.ID)
	assert.Equal(t, left, right)
	img, err := png.Decode(bytes.NewReader(left))
	require.NoError(t, err)
	assert.Equal(t, width, img.Bounds().Dx())
	assert.NotEqual(t, first.ID, a.Ask(Picture).ID)
}

func TestPicturesAreShownWhileOpenOnly(t *testing.T) {
	d, now := newDesk(t)
	picture, question := d.Ask(Picture), d.Ask(Question)
	_, ok := d.Image(question.ID)
	assert.False(t, ok, "a question has no picture")
	_, ok = d.Image("never asked")
	assert.False(t, ok)
	*now = now.Add(Life)
	_, ok = d.Image(picture.ID)
	assert.False(t, ok, "too late")
}

func TestSumsStayBetweenOneAndTwenty(t *testing.T) {
	d, _ := newDesk(t)
	ops := map[Op]int{}
	for range 500 {
		s := d.Ask(Question).Sum
		ops[s.Op]++
		for _, n := range []int{s.A, s.B, s.result()} {
			assert.GreaterOrEqual(t, n, 1)
			assert.LessOrEqual(t, n, 20)
		}
	}
	assert.Len(t, ops, 2)
}

func TestADeskForgets(t *testing.T) {
	d, now := newDesk(t)
	oldest := d.Ask(Question)
	for range limit {
		d.Ask(Question)
	}
	assert.Len(t, d.open, limit)
	assert.Equal(t, Expired, d.Check(oldest.ID, ""))
	*now = now.Add(Life)
	d.Ask(Question)
	assert.Len(t, d.open, 1)
	assert.Len(t, d.order, 1)
}
