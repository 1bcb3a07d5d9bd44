package tenant

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// A TokenSeed is a hardware token of a seed file.
type TokenSeed struct {
	Serial    string        `strict:"required" doc:"serial number"`
	Maker     string        `doc:"manufacturer"`
	Model     string        `doc:"model"`
	Secret    secret.Text   `doc:"base32; drawn from the lab's seed when left out"`
	Period    time.Duration `doc:"30s or 60s"`
	Algorithm OATHAlgorithm `doc:"sha1 unless given"`
	User      string        `doc:"UPN of the person that it is assigned to; nobody when left out"`
	Activated bool          `doc:"and activated"`
}

// token is the seed's token for a store.
func (t TokenSeed) token(draw func() secret.Text) NewToken {
	o := OATH{Secret: t.Secret, Period: t.Period, Algorithm: t.Algorithm}
	if o.Secret.Empty() {
		o.Secret = draw()
	}
	n := NewToken{SerialNumber: t.Serial, Manufacturer: t.Maker, Model: t.Model, OATH: o, User: t.User}
	fillIn(&n.Manufacturer, "Contoso")
	fillIn(&n.Model, "HardwareKey")
	return n
}

// addSeededTokens puts the tokens of a seed into the tenant. Their people are
// there.
func (s *Store) addSeededTokens(seed Seed, now time.Time) error {
	for _, t := range seed.HardwareTokens {
		stream := s.chance.Stream("tenant", "token-secret", strings.ToLower(t.Serial))
		draw := func() secret.Text { return secret.New(base32Plain.EncodeToString(chance.Bytes(stream, 20))) }
		if _, err := s.addToken(t.token(draw), now); err != nil {
			return fmt.Errorf("building hardware token %s: %w", t.Serial, err)
		}
		if a, owner, _ := s.findToken(t.Serial); owner != nil && t.Activated {
			s.activate(a, owner)
		}
	}
	return nil
}

// tokens checks the hardware tokens of a seed.
func (c *checker) tokens() {
	serials, have := map[string]int{}, map[string]int{}
	for _, u := range c.seed.Users {
		have[strings.ToLower(u.UserPrincipalName)] = len(u.Methods.Apps)
		for _, a := range u.Methods.Apps {
			if a.Serial != "" {
				serials[strings.ToLower(a.Serial)] = -1
			}
		}
	}
	anySecret := func() secret.Text { return secret.New(strings.Repeat("A", 32)) }
	for i, t := range c.seed.HardwareTokens {
		at := fmt.Sprintf("hardwareTokens[%d]", i)
		for _, p := range t.token(anySecret).tidy().problems() {
			c.add(at+"."+seedKeys[p.Path], p.Text)
		}
		if first, twice := serials[strings.ToLower(t.Serial)]; twice && first < 0 {
			c.add(at+".serial", "is that of an app under users: write the token in one place")
		} else {
			c.once(serials, at+".serial", t.Serial, i)
		}
		c.tokenUser(at, t, have)
	}
}

// seedKeys are the keys of a seed for the fields of a token.
var seedKeys = map[string]string{
	fieldSerial: "serial", fieldSecret: "secret", fieldInterval: "period", fieldMaker: "maker", fieldModel: "model", fieldHash: "algorithm",
}

// tokenUser checks whose a token is. have counts apps and tokens by UPN.
func (c *checker) tokenUser(at string, t TokenSeed, have map[string]int) {
	if t.User == "" {
		if t.Activated {
			c.add(at+".activated", "is true for a token that nobody has: name its user")
		}
		return
	}
	i := slices.IndexFunc(c.seed.Users, func(u UserSeed) bool { return strings.EqualFold(u.UserPrincipalName, t.User) })
	if i < 0 {
		c.addf(at+".user", "%q is no user of this file: write a UPN", t.User)
		return
	}
	key := strings.ToLower(t.User)
	if ok, why := policy.MayHoldToken(policy.Person{Guest: c.seed.Users[i].Guest}, have[key]); !ok {
		c.add(at+".user", why)
	}
	have[key]++
}
