package conformance

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// An omission is why an exchange was not played.
type omission string

func (o omission) Error() string { return string(o) }

// errYoung says that the setup asks for something that neither LDAP nor
// waiting can do.
const errYoung omission = "it needs a password that is past a maximum age of days: LDAP cannot make one older, and Samba takes a maximum age of a day or less for none"

// age makes a password older than it is.
func (p *play) age(ctx context.Context, w []string) error {
	if len(w) != 2 || p.people[w[0]] == nil {
		return errors.New("age needs the label of a user and a duration")
	}
	d, err := duration(w[1])
	if err != nil {
		return err
	}
	if p.s.target.Age != nil {
		return p.s.target.Age(ctx, p.people[w[0]].dn, d)
	}
	return p.outlive(ctx, w[0], d)
}

// Without a way to make a password older, the maximum age is made shorter: for
// this account alone, by a fine-grained policy, because administrators must
// still be able to sign in.
const (
	shortAge = time.Second     // of the fine-grained policy
	outlived = 2 * time.Second // how old the password gets
	soon     = 5 * time.Second // a maximum age that can be waited for
)

// outlive has a password that is as far past its maximum age, or as far from it,
// as one of age d would be, and sets off what the checks must take into account.
func (p *play) outlive(ctx context.Context, label string, d time.Duration) error {
	head, err := p.s.read(p.s.base, "maxPwdAge", "minPwdLength", "pwdProperties", "pwdHistoryLength", "lockoutThreshold", "lockoutDuration", "lockOutObservationWindow")
	if err != nil {
		return fmt.Errorf("reading the domain's policy: %w", err)
	}
	longest, never, err := maximumAge(head.GetAttributeValue("maxPwdAge"))
	switch {
	case err != nil:
		return err
	case !never && longest < soon:
		return p.s.wait(ctx, longest+time.Second)
	case never || longest >= d:
		p.shift = d - outlived
		return p.s.wait(ctx, outlived)
	case p.s.target.Dialect == Samba:
		return errYoung
	}
	p.shift = (d - outlived) - (longest - shortAge)
	if err := p.shortLived(label, head); err != nil {
		return err
	}
	return p.s.wait(ctx, outlived)
}

// maximumAge reads maxPwdAge: a negative count of 100 ns; 0 and the smallest
// number are never (AD reference 5.5).
func maximumAge(value string) (age time.Duration, never bool, err error) {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return 0, false, fmt.Errorf("reading maxPwdAge %q: %w", value, err)
	}
	if n == 0 || n == math.MinInt64 || n < math.MinInt64/100 {
		return 0, true, nil
	}
	return time.Duration(-n) * 100, false, nil
}

// shortLived gives an account a fine-grained policy that is the domain's but for
// its maximum age.
func (p *play) shortLived(label string, head *ldap.Entry) error {
	properties, err := strconv.Atoi(head.GetAttributeValue("pwdProperties"))
	if err != nil {
		return fmt.Errorf("reading pwdProperties: %w", err)
	}
	dn := "CN=ssprlab-conformance-" + p.s.run + "-" + label + ",CN=Password Settings Container,CN=System," + p.s.base
	add := ldap.NewAddRequest(dn, nil)
	for _, a := range []struct{ name, value string }{
		{"objectClass", "msDS-PasswordSettings"},
		{"msDS-PasswordSettingsPrecedence", "1"},
		{"msDS-MaximumPasswordAge", strconv.FormatInt(-int64(shortAge/100), 10)},
		{"msDS-MinimumPasswordAge", "0"},
		{"msDS-PasswordReversibleEncryptionEnabled", "FALSE"},
		{"msDS-PasswordComplexityEnabled", map[bool]string{true: "TRUE", false: "FALSE"}[properties&1 != 0]},
		{"msDS-MinimumPasswordLength", head.GetAttributeValue("minPwdLength")},
		{"msDS-PasswordHistoryLength", head.GetAttributeValue("pwdHistoryLength")},
		{"msDS-LockoutThreshold", head.GetAttributeValue("lockoutThreshold")},
		{"msDS-LockoutDuration", head.GetAttributeValue("lockoutDuration")},
		{"msDS-LockoutObservationWindow", head.GetAttributeValue("lockOutObservationWindow")},
		{"msDS-PSOAppliesTo", p.people[label].dn},
	} {
		add.Attribute(a.name, []string{a.value})
	}
	if err := p.s.admin.Add(add); err != nil {
		return fmt.Errorf("making the fine-grained policy %s: %w", dn, err)
	}
	p.outside = append(p.outside, dn)
	return nil
}
