package domain

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func pso(name string, precedence int, guid byte) PSO {
	p := DefaultPolicy()
	p.Name = ""
	return PSO{DN: name, Precedence: precedence, GUID: [16]byte{15: guid}, Policy: p}
}

func TestResultantPSO(t *testing.T) {
	a, b, c := pso("A", 20, 1), pso("B", 10, 2), pso("C", 10, 1)
	for why, test := range map[string]struct {
		direct, groups []PSO
		want           string
	}{
		"none":                                  {nil, nil, ""},
		"only through a group (A05-085)":        {nil, []PSO{a}, "A"},
		"lower precedence wins":                 {nil, []PSO{a, b}, "B"},
		"direct beats group whatever (A05-087)": {[]PSO{a}, []PSO{b, c}, "A"},
		"tie: the smaller GUID (A05-088)":       {[]PSO{b, c}, nil, "C"},
		"tie, other order (A05-089)":            {[]PSO{c, b}, nil, "C"},
	} {
		t.Run(why, func(t *testing.T) {
			got := ResultantPSO(test.direct, test.groups)
			if test.want == "" {
				require.Nil(t, got)
				return
			}
			assert.Equal(t, test.want, got.DN)
		})
	}
}

func TestTheResultantPSODoesNotDependOnTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) PSO {
			return pso("", rapid.IntRange(1, 3).Draw(t, "precedence"), rapid.Byte().Draw(t, "guid"))
		}), 1, 8).Draw(t, "list")
		shuffled := rapid.Permutation(list).Draw(t, "shuffled")
		one, other := ResultantPSO(list, nil), ResultantPSO(nil, shuffled)
		assert.Equal(t, one.Precedence, other.Precedence)
		assert.Equal(t, one.GUID, other.GUID)
	})
}

func TestWhoHasNoPSO(t *testing.T) {
	assert.True(t, SubjectToPSO(erin()))
	assert.False(t, SubjectToPSO(erin(func(a *Account) { a.RID = RIDKrbtgt })))
	assert.False(t, SubjectToPSO(erin(func(a *Account) { a.Control = WorkstationTrustAccount })))
}

func TestAPSOReplacesEveryValueButReversibleEncryption(t *testing.T) {
	head := policyWith(func(p *Policy) {
		p.Properties = Complex | LockoutAdmins | StoreCleartext
		p.Switches.Dialect = Samba
	})
	fine := PSO{DN: "CN=strict", Policy: Policy{
		MinLength: 12, HistoryLength: 3, MinAge: -1, MaxAge: -2, LockoutThreshold: 2, LockoutDuration: -4, LockoutWindow: -3,
		Properties: NoClearChange,
	}}
	want := fine.Policy
	want.Name = "CN=strict"
	want.Properties = LockoutAdmins | StoreCleartext
	want.Switches.Dialect = Samba
	assert.Equal(t, want, Effective(head, &fine))
	assert.Equal(t, head, Effective(head, nil))

	fine.Policy.Properties = Complex | StoreCleartext
	assert.Equal(t, Complex|StoreCleartext, Effective(DefaultPolicy(), &fine).Properties)
}

func TestLimitsOfAPSO(t *testing.T) {
	assert.Empty(t, pso("fine", 1, 0).Validate())
	for want, change := range map[string]func(*PSO){
		"msDS-PasswordSettingsPrecedence is 0: set it to 1 or more": func(p *PSO) { p.Precedence = 0 },
		"msDS-MinimumPasswordLength is 256: set it to 0 to 255":     func(p *PSO) { p.Policy.MinLength = 256 },
		"msDS-PasswordHistoryLength is 1025":                        func(p *PSO) { p.Policy.HistoryLength = 1025 },
		"msDS-MaximumPasswordAge is 1d":                             func(p *PSO) { p.Policy.MaxAge = p.Policy.MinAge },
		"msDS-LockoutObservationWindow is 1d":                       func(p *PSO) { p.Policy.LockoutWindow = IntervalOf(day) },
	} {
		p := pso("", 1, 0)
		change(&p)
		errs := p.Validate()
		if assert.Len(t, errs, 1, want) {
			assert.ErrorContains(t, errs[0], want)
		}
	}
}
