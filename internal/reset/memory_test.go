package reset_test

import (
	"testing"

	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/reset/resettest"
)

func TestMemorySessionsKeepTheContract(t *testing.T) {
	resettest.Sessions(t, func(*testing.T) reset.SessionStore { return reset.NewMemorySessions() })
}
