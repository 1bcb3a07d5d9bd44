package adwire_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/adwire"
	"github.com/ssprlab/ssprlab/internal/directory"
)

func TestFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		fault adwire.Fault
		code  directory.Code
		fails string        // what the client meets instead of an answer
		took  time.Duration // until then
		done  bool          // whether the directory performed the modify
	}{
		"none":                            {done: true},
		"a slow domain controller":        {fault: adwire.Fault{Delay: time.Minute}, took: time.Minute, done: true},
		"a cut connection":                {fault: adwire.Fault{Cut: true}, fails: "EOF"},
		"an answer that is lost":          {fault: adwire.Fault{Lose: true}, fails: "EOF", done: true},
		"an answer of our choice":         {fault: adwire.Fault{Answer: &directory.Result{Code: directory.Busy}}, code: directory.Busy},
		"an answer with another's number": {fault: adwire.Fault{MessageID: 77}, fails: "message ID 77, want 2", done: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := start(t, newFake(), func(c *adwire.Config) {
					c.Fault = func(operation string, r directory.Request) adwire.Fault {
						if operation != "modify" {
							return adwire.Fault{}
						}
						assert.Equal(t, alice, r.Caller.DN())
						return tc.fault
					}
				})
				c := l.raw()
				_, err := c.Bind(alice, password)
				require.NoError(t, err)
				begin := time.Now()
				r, err := c.SetPassword(bob, "Mad-hatter9", false)
				assert.Equal(t, tc.took, time.Since(begin))
				if tc.fails != "" {
					require.ErrorContains(t, err, tc.fails)
				} else {
					require.NoError(t, err)
					assert.Equal(t, int(tc.code), r.Code)
				}
				synctest.Wait()
				assert.Equal(t, tc.done, len(l.dir.modifies) == 1)
			})
		})
	}
}
