package chance_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/chance"
)

func TestSameSeedSameStream(t *testing.T) {
	a, b := chance.New(7), chance.New(7)
	assert.Equal(t, chance.Digits(a.Stream("code", "s1"), 12), chance.Digits(b.Stream("code", "s1"), 12))
	assert.NotEqual(t, chance.Digits(a.Stream("code", "s1"), 12), chance.Digits(a.Stream("code", "s2"), 12))
	assert.NotEqual(t, chance.Digits(a.Stream("code"), 12), chance.Digits(chance.New(8).Stream("code"), 12))
	assert.NotEqual(t, chance.GUID(a.Stream("a", "bc")), chance.GUID(a.Stream("ab", "c")), "words do not run together")
}

func TestNextNumbersEachKindOnItsOwn(t *testing.T) {
	a, b := chance.New(1), chance.New(1)
	first := chance.GUID(a.Next("session"))
	b.Next("mail")
	assert.Equal(t, first, chance.GUID(b.Next("session")))
	assert.NotEqual(t, first, chance.GUID(a.Next("session")))
}

func TestGUIDIsVersion4(t *testing.T) {
	assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, chance.GUID(chance.New(3).Stream("x")))
}
