package conformance_test

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/conformance"
	"github.com/ssprlab/ssprlab/internal/directory"
)

// theDomain is what a run must leave as it was: the policy, and what there is.
func theDomain(t *testing.T, target conformance.Target) (policy map[string]string, names []string) {
	t.Helper()
	raw, err := target.Dial(t.Context(), "ldap")
	require.NoError(t, err)
	c := ldap.NewConn(raw, false)
	c.Start()
	defer c.Close()
	_, err = c.SimpleBind(&ldap.SimpleBindRequest{Username: target.BindDN, Password: administratorPassword})
	require.NoError(t, err)
	found, err := c.Search(ldap.NewSearchRequest("DC=corp,DC=example", ldap.ScopeWholeSubtree, 0, 0, 0, false, "(objectClass=*)",
		[]string{"lockoutThreshold", "lockoutDuration", "lockOutObservationWindow"}, nil))
	require.NoError(t, err)
	policy = map[string]string{}
	for _, e := range found.Entries {
		names = append(names, e.DN)
		for _, a := range e.Attributes {
			policy[e.DN+" "+a.Name] = a.Values[0]
		}
	}
	return policy, names
}

// logExchanges are a few that change the policy and look at the log, so that a
// test can break in between their setup and their end.
func logExchanges(t *testing.T) []conformance.Exchange {
	t.Helper()
	all, err := conformance.All()
	require.NoError(t, err)
	return slices.DeleteFunc(all, func(x conformance.Exchange) bool {
		return !slices.Contains([]string{"log-unlock", "log-bind-locked", "log-reset"}, x.ID)
	})
}

// connections are those of a run.
type connections struct {
	mu   sync.Mutex
	list []net.Conn
}

func (c *connections) watch(target *conformance.Target) {
	dial := target.Dial
	target.Dial = func(ctx context.Context, over string) (net.Conn, error) {
		conn, err := dial(ctx, over)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.list = append(c.list, conn)
		return conn, err
	}
}

func (c *connections) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.list {
		_ = conn.Close()
	}
}

// A run that fails midway leaves the domain as it was, and goes on.
func TestARunThatLosesItsConnectionsRestoresTheDomain(t *testing.T) {
	target := embedded(t, directory.Windows2022, "4f7c")
	policy, names := theDomain(t, target)
	var open connections
	open.watch(&target)
	events, looks := target.Events, 0
	target.Events = func(ctx context.Context) ([]conformance.Event, error) {
		if looks++; looks == 4 { // after the request of the second exchange
			open.cut()
		}
		return events(ctx)
	}
	report, err := conformance.Run(t.Context(), target, "t1", logExchanges(t))
	require.NoError(t, err)
	n := report.Counts()
	assert.Equal(t, 3, n.Agree+n.Differ, "all were played")
	after, left := theDomain(t, target)
	assert.Equal(t, policy, after)
	assert.ElementsMatch(t, names, left)
}

func TestARunThatIsInterruptedRestoresTheDomain(t *testing.T) {
	target := embedded(t, directory.Windows2022, "4f7c")
	policy, names := theDomain(t, target)
	ctx, interrupt := context.WithCancel(t.Context())
	events, looks := target.Events, 0
	target.Events = func(ctx context.Context) ([]conformance.Event, error) {
		if looks++; looks == 3 { // when the second exchange is set up
			interrupt()
		}
		return events(ctx)
	}
	report, err := conformance.Run(ctx, target, "t1", logExchanges(t))
	require.ErrorIs(t, err, context.Canceled)
	assert.Len(t, report.Outcomes, 1, "what was cut short is no outcome")
	after, left := theDomain(t, target)
	assert.Equal(t, policy, after)
	assert.ElementsMatch(t, names, left)
}
