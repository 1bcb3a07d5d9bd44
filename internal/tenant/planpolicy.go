package tenant

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// headAttributes are the policy attributes of the domain head (MS-SAMR
// 3.1.1.8, MS-ADTS 3.1.1.5.3).
func (p PasswordPolicySeed) headAttributes() []PlannedAttribute {
	properties := 0
	if p.Complexity {
		properties |= 0x1 // DOMAIN_PASSWORD_COMPLEX
	}
	if p.ReversibleEncrypt {
		properties |= 0x10 // DOMAIN_PASSWORD_STORE_CLEARTEXT
	}
	return []PlannedAttribute{
		attribute("minPwdLength", strconv.Itoa(p.MinimumLength)),
		attribute("pwdProperties", strconv.Itoa(properties)),
		attribute("pwdHistoryLength", strconv.Itoa(p.History)),
		attribute("minPwdAge", interval(p.MinimumAge)),
		attribute("maxPwdAge", intervalOrNever(p.MaximumAge)),
		attribute("lockoutThreshold", strconv.Itoa(p.LockoutThreshold)),
		attribute("lockoutDuration", intervalOrNever(p.LockoutDuration)),
		attribute("lockOutObservationWindow", interval(p.LockoutWindow)),
	}
}

// passwordSettings plans a fine-grained policy.
func (p *planner) passwordSettings(pso PSOSeed) {
	rules := pso.PasswordPolicySeed
	attributes := []PlannedAttribute{
		attribute("objectClass", "top", "msDS-PasswordSettings"),
		attribute("msDS-PasswordSettingsPrecedence", strconv.Itoa(pso.Precedence)),
		attribute("msDS-MinimumPasswordLength", strconv.Itoa(rules.MinimumLength)),
		attribute("msDS-PasswordHistoryLength", strconv.Itoa(rules.History)),
		attribute("msDS-PasswordComplexityEnabled", boolean(rules.Complexity)),
		attribute("msDS-PasswordReversibleEncryptionEnabled", boolean(rules.ReversibleEncrypt)),
		attribute("msDS-MinimumPasswordAge", interval(rules.MinimumAge)),
		attribute("msDS-MaximumPasswordAge", intervalOrNever(rules.MaximumAge)),
		attribute("msDS-LockoutThreshold", strconv.Itoa(rules.LockoutThreshold)),
		attribute("msDS-LockoutObservationWindow", interval(rules.LockoutWindow)),
		attribute("msDS-LockoutDuration", intervalOrNever(rules.LockoutDuration)),
	}
	var links []string
	for _, sam := range pso.AppliesTo {
		links = append(links, p.groupDN(sam))
	}
	p.Entries = append(p.Entries, PlannedEntry{
		DN:         "CN=" + escapeRDN(pso.Name) + ",CN=Password Settings Container,CN=System," + p.BaseDN,
		Attributes: append(attributes, given(attribute("msDS-PSOAppliesTo", links...))...),
	})
}

// interval is a duration as AD keeps it: negative, in 100 ns.
func interval(d time.Duration) string { return strconv.FormatInt(-int64(d/100), 10) }

// intervalOrNever is an interval for which none means never.
func intervalOrNever(d time.Duration) string {
	if d == 0 {
		return strconv.FormatInt(math.MinInt64, 10)
	}
	return interval(d)
}

func boolean(b bool) string { return strings.ToUpper(strconv.FormatBool(b)) }
