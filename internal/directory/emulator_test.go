package directory_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
)

// newPair is a domain of two controllers whose changes are everywhere at once.
func newPair(t *testing.T) (l *lab, one, two *directory.DC) {
	t.Helper()
	l = &lab{t: t, now: start}
	cfg := twoControllers(nil)
	cfg.OnEvent = func(e directory.SecurityEvent) { l.events = append(l.events, e) }
	f, err := directory.NewForest(cfg)
	require.NoError(t, err)
	l.forest, l.domain = f, f.Domains()[0]
	l.domain.SetSettings(directory.Settings{Replication: directory.Replication{Instant: true}})
	one, two = l.domain.DC("DC1"), l.domain.DC("DC2")
	l.dc = one
	require.NoError(t, l.domain.AddOU(l.now, staff))
	return l, one, two
}

func (l *lab) logs(id int) map[string]int {
	out := map[string]int{}
	for _, e := range l.events {
		if e.ID == id {
			out[e.DC]++
		}
	}
	return out
}

func TestALockoutIsInTheLogOfEachControllerOnce(t *testing.T) {
	for name, guess := range map[string]func(*lab, string) directory.Code{
		"by binds": func(l *lab, dn string) directory.Code {
			_, res := l.bind(dn, "wrong")
			return res.Code
		},
		"by old passwords": func(l *lab, dn string) directory.Code {
			return l.changePassword(l.admin(), dn, "wrong", "An0ther!Word").Code
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, one, two := newPair(t)
			dn := l.user("Anna Long")
			p := l.domain.Policy()
			p.LockoutThreshold = 3
			require.NoError(t, l.domain.SetPolicy(l.now, p))
			l.dc = two
			for range 3 {
				assert.NotEqual(t, directory.Success, guess(l, dn))
			}
			assert.NotEqual(t, "0", l.value(dn, "lockoutTime"))
			assert.Equal(t, map[string]int{one.HostName(): 1, two.HostName(): 1}, l.logs(4740))
			assert.NotEmpty(t, l.logs(4776), "the wrong passwords")
		})
	}
}

func TestTheSweepIsTheTaskOfThePDCEmulator(t *testing.T) {
	l, one, two := newPair(t)
	anna := l.user("Anna Long")
	l.modify(l.admin(), "CN=Domain Admins,CN=Users,"+base, change(directory.AddValues, "member", anna))
	run := func() directory.Result {
		return l.modify(l.admin(), "", change(directory.AddValues, "runProtectAdminGroupsTask", "1"))
	}
	l.dc = two
	res := run()
	assert.Equal(t, directory.UnwillingToPerform, res.Code)
	assert.Contains(t, res.Diagnostic, "000020AE")
	assert.Empty(t, l.value(anna, "adminCount"))
	require.Equal(t, directory.Success, l.modify(l.admin(), "", change(directory.AddValues, "becomePdc", "1")).Code)
	require.Equal(t, directory.Success, run().Code)
	assert.Equal(t, "1", l.value(anna, "adminCount"))
	assert.Equal(t, 0, l.logs(4780)[one.HostName()])
	assert.NotZero(t, l.logs(4780)[two.HostName()], "the log of the PDC emulator")
}

func TestABindIsEnoughForTheHourlySweep(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	l.modify(l.admin(), "CN=Domain Admins,CN=Users,"+base, change(directory.AddValues, "member", anna))
	l.now = l.now.Add(61 * time.Minute)
	_, res := l.bind(anna, firstPass)
	require.Equal(t, directory.Success, res.Code)
	assert.NotEmpty(t, l.find(4780))
}
