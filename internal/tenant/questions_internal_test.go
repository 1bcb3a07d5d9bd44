package tenant

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

func TestEqualAnswersDoNotLookEqual(t *testing.T) {
	answer, folds := secret.New("biscuit"), policy.QuestionSettings{}
	hash := hashAnswer("salt", "alice", "first_pet", folds, answer)
	assert.Equal(t, hash, hashAnswer("salt", "alice", "first_pet", folds, answer))
	assert.NotEqual(t, hash, hashAnswer("salt", "bob", "first_pet", folds, answer))
	assert.NotEqual(t, hash, hashAnswer("salt", "alice", "dream_job", folds, answer))
	assert.NotEqual(t, hash, hashAnswer("pepper", "alice", "first_pet", folds, answer))
	assert.NotEqual(t, hash, hashAnswer("salt", "alice", "first_pet", policy.QuestionSettings{Exact: true}, answer))
}
