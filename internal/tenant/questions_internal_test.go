package tenant

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/secret"
)

func TestEqualAnswersDoNotLookEqual(t *testing.T) {
	answer := secret.New("biscuit")
	hash := hashAnswer("salt", "alice", "first_pet", answer)
	assert.Equal(t, hash, hashAnswer("salt", "alice", "first_pet", answer))
	assert.NotEqual(t, hash, hashAnswer("salt", "bob", "first_pet", answer))
	assert.NotEqual(t, hash, hashAnswer("salt", "alice", "dream_job", answer))
	assert.NotEqual(t, hash, hashAnswer("pepper", "alice", "first_pet", answer))
}
