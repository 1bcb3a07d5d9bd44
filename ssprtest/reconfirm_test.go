package ssprtest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/ssprtest"
)

// concept-sspr-howitworks: the days count from setting the information to
// reconfirming it, and prefilled data needs no registration.
func TestPrefilledDataIsConfirmedAfterItsDays(t *testing.T) {
	lab := ssprtest.Start(t)
	lab.Clock.Freeze()
	signIn := func() string {
		return open(t, lab).post("/signin", "username", bob, "password", demoPassword)
	}
	assert.Contains(t, signIn(), "lose access to your account", "nothing is on file: register")
	lab.Clock.Advance(24 * time.Hour)
	lab.Set("users/"+bob, `{"otherMails":["bob@home.example"]}`)
	lab.Person(bob).Resets("Rabbit-hole7!", ssprtest.Email)
	const still = "confirm that it is still right"
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	lab.Clock.Advance(days(180) - time.Second)
	w := open(t, lab)
	assert.NotContains(t, w.post("/signin", "username", bob, "password", "Rabbit-hole7!"), still)
	lab.Clock.Advance(time.Second)
	assert.Contains(t, w.post("/signin", "username", bob, "password", "Rabbit-hole7!"), still)
	w.post("/signin/confirm")
	lab.Clock.Advance(days(180) - time.Second)
	assert.NotContains(t, open(t, lab).post("/signin", "username", bob, "password", "Rabbit-hole7!"), still, "confirmed, not registered")
	lab.Clock.Advance(time.Second)
	assert.Contains(t, open(t, lab).post("/signin", "username", bob, "password", "Rabbit-hole7!"), still)

	// Data that is written anew begins anew.
	lab.Set("users/"+alice, `{"registeredAt":null,"reconfirmedAt":null,"authenticationEmail":"alice@new.example"}`)
	alice := func() string { return open(t, lab).post("/signin", "username", alice, "password", demoPassword) }
	assert.NotContains(t, alice(), still)
	lab.Clock.Advance(days(180))
	assert.Contains(t, alice(), still)
}
