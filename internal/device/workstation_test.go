package device_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// controller is a domain controller of a few lines: current and previous
// passwords, and refusals by name.
type controller struct {
	asked             []string
	current, previous map[string]string // by lower-case sAMAccountName
	refuse            map[string]string // name to sub-code
	down              bool
}

func (c *controller) Bind(_ context.Context, user string, password secret.Text) (device.Identity, error) {
	c.asked = append(c.asked, user)
	if c.down {
		return device.Identity{}, errors.New("no route to host")
	}
	name := strings.ToLower(user)
	name = strings.TrimSuffix(strings.TrimPrefix(name, `northlight\`), "@northlight.example")
	if code, refused := c.refuse[name]; refused {
		return device.Identity{}, &device.BindRefusal{SubCode: code}
	}
	if p := password.Reveal(); p != c.current[name] && p != c.previous[name] || p == "" {
		return device.Identity{}, &device.BindRefusal{SubCode: "52e"}
	}
	return device.Identity{SAMAccountName: name, UserPrincipalName: name + "@northlight.example"}, nil
}

func (c *controller) currentOnly(_ context.Context, who device.Identity, password secret.Text) (bool, error) {
	return c.current[who.SAMAccountName] == password.Reveal(), nil
}

func newLaptop() (*device.Workstation, *controller) {
	c := &controller{current: map[string]string{"alice": "New-1234"}, previous: map[string]string{"alice": "Old-1234"}, refuse: map[string]string{}}
	return device.NewWorkstation("LAPTOP1", device.Domain{NetBIOS: "NORTHLIGHT", Binder: c, CurrentOnly: c.currentOnly}), c
}

func signIn(w *device.Workstation, user, password string, offline bool) device.SignInResult {
	return w.SignIn(context.Background(), user, secret.New(password), offline)
}

func TestTheScreenTellsWhatTheRealOneTells(t *testing.T) {
	for name, c := range map[string]struct {
		subCode, nt, sub, says string
		mustChange             bool
	}{
		"wrong name or password":  {"52e", "C000006D", "C000006A", "not right", false},
		"unknown name, old build": {"525", "C000006D", "C0000064", "not right", false},
		"disabled":                {"533", "C000006E", "C0000072", "disabled", false},
		"locked":                  {"775", "C0000234", "", "locked", false},
		"account expired":         {"701", "C0000193", "", "expired", false},
		"must change":             {"773", "C0000224", "", "change your password", true},
		"password expired":        {"532", "C000006E", "C0000071", "change your password", true},
		"logon hours":             {"530", "C000006E", "C000006F", "time of day", false},
		"workstation":             {"531", "C000006E", "C0000070", "this computer", false},
		"something new":           {"999", "C000006D", "", "not right", false},
	} {
		t.Run(name, func(t *testing.T) {
			w, dc := newLaptop()
			dc.refuse["alice"] = c.subCode
			r := signIn(w, "alice", "New-1234", false)
			assert.False(t, r.SignedIn)
			assert.Equal(t, []string{c.nt, c.sub, c.subCode}, []string{r.NTStatus, r.SubStatus, r.SubCode})
			assert.Contains(t, r.Message, c.says)
			assert.Equal(t, c.mustChange, r.MustChange)
			assert.Equal(t, device.FromDomainController, r.Source)
			assert.Empty(t, w.Cached(), "a refusal is not remembered")
		})
	}
}

func TestWrongNameAndWrongPasswordReadTheSame(t *testing.T) {
	w, dc := newLaptop()
	dc.refuse["nobody"] = "525"
	assert.Equal(t, signIn(w, "alice", "wrong", false).Message, signIn(w, "nobody", "x", false).Message)
}

func TestAfterAReset(t *testing.T) {
	for name, c := range map[string]struct {
		password        string
		offline, dcDown bool
		want            bool
		source          device.SignInSource
		logonType       int
	}{
		"on line, the new password":         {"New-1234", false, false, true, device.FromDomainController, 2},
		"on line, the old one is refused":   {"Old-1234", false, false, false, device.FromDomainController, 2},
		"off line, the old one still works": {"Old-1234", true, false, true, device.FromCache, 11},
		"off line, the new one does not":    {"New-1234", true, false, false, "", 2},
		"no controller: the old one works":  {"Old-1234", false, true, true, device.FromCache, 11},
		"no controller: the new one no":     {"New-1234", false, true, false, "", 2},
		"nothing typed":                     {"", false, false, false, device.FromDomainController, 2},
		"nothing typed, off line":           {"", true, false, false, "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			w, dc := newLaptop()
			dc.current["alice"], dc.previous["alice"] = "Old-1234", ""
			require.True(t, signIn(w, "alice", "Old-1234", false).SignedIn)
			dc.current["alice"], dc.previous["alice"] = "New-1234", "Old-1234"
			dc.down = c.dcDown

			r := signIn(w, "alice", c.password, c.offline)
			assert.Equal(t, c.want, r.SignedIn)
			assert.Equal(t, c.source, r.Source)
			assert.Equal(t, c.logonType, r.LogonType)
			switch {
			case r.SignedIn:
				assert.Equal(t, "00000000", r.NTStatus)
			case c.source == "":
				assert.Equal(t, "C000005E", r.NTStatus)
				assert.Contains(t, r.Message, "domain is not available")
			}
		})
	}
}

func TestTheCacheIgnoresWhatHappenedToTheAccount(t *testing.T) {
	w, dc := newLaptop()
	require.True(t, signIn(w, "alice", "New-1234", false).SignedIn)
	for _, state := range []string{"533", "775", "701", "773"} {
		dc.refuse["alice"] = state
		assert.False(t, signIn(w, "alice", "New-1234", false).SignedIn)
		assert.True(t, signIn(w, "alice", "New-1234", true).SignedIn)
	}
}

func TestTheNewPasswordReplacesTheOldOneInTheCache(t *testing.T) {
	w, dc := newLaptop()
	dc.current["alice"] = "Old-1234"
	require.True(t, signIn(w, "alice", "Old-1234", false).SignedIn)
	dc.current["alice"] = "New-1234"
	require.True(t, signIn(w, "alice", "New-1234", false).SignedIn)
	assert.False(t, signIn(w, "alice", "Old-1234", true).SignedIn)
	assert.True(t, signIn(w, "alice", "New-1234", true).SignedIn)
	assert.Len(t, w.Cached(), 1)
}

func TestOnePersonUnderAllNames(t *testing.T) {
	w, dc := newLaptop()
	require.True(t, signIn(w, " alice ", "New-1234", false).SignedIn)
	assert.Equal(t, []string{`NORTHLIGHT\alice`}, dc.asked)
	for _, name := range []string{"alice", "ALICE", `NORTHLIGHT\alice`, "Alice@northlight.example"} {
		assert.True(t, signIn(w, name, "New-1234", true).SignedIn, "%s", name)
	}
	for _, name := range []string{"bob", "alice@other.example", ""} {
		assert.False(t, signIn(w, name, "New-1234", true).SignedIn, "%s", name)
	}
}

func TestAComputerWithAPast(t *testing.T) {
	w, _ := newLaptop()
	w.Remember(device.Identity{SAMAccountName: "carol"}, secret.New("Spring-1"))
	assert.True(t, signIn(w, "carol", "Spring-1", true).SignedIn)
	assert.False(t, signIn(w, "carol", "Spring-1", false).SignedIn, "the network knows better")
}

func TestTheLastTenAccountsAreRemembered(t *testing.T) {
	w, dc := newLaptop()
	for i := range 12 {
		dc.current[fmt.Sprintf("u%d", i)] = "Password-1"
		require.True(t, signIn(w, fmt.Sprintf("u%d", i), "Password-1", false).SignedIn)
		require.True(t, signIn(w, "u0", "Password-1", false).SignedIn) // stays the latest
	}
	assert.Equal(t, []string{"u0", "u11", "u10", "u9", "u8", "u7", "u6", "u5", "u4", "u3"}, w.Cached())
	assert.False(t, signIn(w, "u2", "Password-1", true).SignedIn)

	require.NoError(t, w.SetCachedLogons(0))
	assert.False(t, signIn(w, "u0", "Password-1", true).SignedIn, "0 forbids it")
	require.True(t, signIn(w, "u0", "Password-1", false).SignedIn)
	assert.Empty(t, w.Cached())
	require.ErrorContains(t, w.SetCachedLogons(51), "50")
	require.Error(t, w.SetCachedLogons(-1))
}

func TestAForeignDirectoryAcceptsThePreviousPasswordAndSaysSo(t *testing.T) {
	_, dc := newLaptop()
	w := device.NewWorkstation("LAPTOP1", device.Domain{NetBIOS: "NORTHLIGHT", Binder: dc})
	r := signIn(w, "alice", "Old-1234", false)
	assert.True(t, r.SignedIn)
	assert.Contains(t, r.Note, "previous password")
}

func TestChangingAnExpiredPassword(t *testing.T) {
	for name, c := range map[string]struct {
		err      error
		signedIn bool
		nt       string
	}{
		"done":                  {nil, true, "00000000"},
		"refused by the domain": {fmt.Errorf("x: %w", device.ErrNewPasswordRefused), false, "C000006C"},
		"wrong old password":    {&device.BindRefusal{SubCode: "52e"}, false, "C000006D"},
		"no controller":         {errors.New("no route"), false, "C000005E"},
	} {
		t.Run(name, func(t *testing.T) {
			_, dc := newLaptop()
			dc.refuse["alice"] = "773"
			w := device.NewWorkstation("LAPTOP1", device.Domain{
				NetBIOS: "NORTHLIGHT", Binder: dc, CurrentOnly: dc.currentOnly,
				Change: func(_ context.Context, user string, _, replacement secret.Text) error {
					assert.Equal(t, `NORTHLIGHT\alice`, user)
					if c.err == nil {
						delete(dc.refuse, "alice")
						dc.current["alice"] = replacement.Reveal()
					}
					return c.err
				},
			})
			require.True(t, signIn(w, "alice", "Old-1234", false).MustChange)
			r := w.ChangePassword(t.Context(), "alice", secret.New("Old-1234"), secret.New("Newer-1234"))
			assert.Equal(t, c.signedIn, r.SignedIn)
			assert.Equal(t, c.nt, r.NTStatus)
		})
	}
	w, _ := newLaptop()
	assert.False(t, w.ChangePassword(t.Context(), "alice", secret.New("a"), secret.New("b")).SignedIn)
}
