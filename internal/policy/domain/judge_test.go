package domain

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// write is a password as it comes.
func write(kind WriteKind, password string) PasswordWrite {
	return PasswordWrite{Kind: kind, New: ClearText(password), Old: ClearText("Curr3nt!pass")}
}

func judged(t *testing.T, p Policy, a Account, w PasswordWrite) Refusal {
	t.Helper()
	refusal, checks := JudgePassword(p, a, w, noon)
	failed := 0
	for _, c := range checks {
		assert.NotEmpty(t, c.Name)
		assert.NotEmpty(t, c.Rule)
		assert.NotEmpty(t, c.Source)
		if c.Verdict == Failed {
			failed++
			assert.NotEmpty(t, c.Remedy, c.Name)
		}
	}
	assert.Equal(t, refusal != Accepted, failed > 0, "a refusal comes with a failed check")
	return refusal
}

// Minimum length 6, complexity on: documentation and observation agree.
func TestComplexityOfTheFixedCases(t *testing.T) {
	for id, c := range map[string]struct {
		password string
		want     Refusal
	}{
		"A05-021 two classes":               {"ABCabc", NotComplex},
		"A05-022 upper lower digit":         {"ABab12", Accepted},
		"A05-023 lower digit symbol":        {"abab1!", Accepted},
		"A05-024 upper digit symbol":        {"ABAB1!", Accepted},
		"A05-025 lower digit":               {"abab12", NotComplex},
		"A05-033 space counts for nothing":  {"abc 12", NotComplex},
		"A05-034 tab counts for nothing":    {"abc\t12", NotComplex},
		"A05-028 letter without case":       {"abc12中", Accepted},
		"A05-029 Greek lower case is lower": {"abc12α", NotComplex},
		"A05-031 Cyrillic":                  {"ЖжЖж12", Accepted},
		"Ärger12":                           {"Ärger12", Accepted},
		"lone surrogate counts for nothing": {"abc12\ufffd", NotComplex},
	} {
		t.Run(id, func(t *testing.T) {
			for _, dialect := range []Dialect{Windows, Samba} {
				if dialect == Samba && strings.HasPrefix(id, "lone") {
					continue
				}
				p := policyWith(shorter, func(p *Policy) { p.Switches.Dialect = dialect })
				assert.Equal(t, c.want, judged(t, p, erin(), write(Reset, c.password)), "dialect %d", dialect)
			}
		})
	}
}

func TestCurrencySignsAreAClassOnSambaOnly(t *testing.T) {
	assert.Equal(t, NotComplex, judged(t, policyWith(shorter), erin(), write(Reset, "abc12€")))
	assert.Equal(t, Accepted, judged(t, policyWith(shorter, samba), erin(), write(Reset, "abc12€")), "A05-027")
}

func TestEveryPrintableASCIICharacterHasItsClass(t *testing.T) {
	const symbols = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	for r := rune(0); r < 0x80; r++ {
		want := Classes(0)
		switch {
		case r >= 'A' && r <= 'Z':
			want = UpperCase
		case r >= 'a' && r <= 'z':
			want = LowerCase
		case r >= '0' && r <= '9':
			want = Digits
		case strings.ContainsRune(symbols, r):
			want = Symbols
		}
		assert.Equal(t, want, ClassesOf(ClearText(string(r)), Windows), "%q", r)
		assert.Equal(t, want, ClassesOf(ClearText(string(r)), Samba), "%q", r)
	}
}

func TestNameRule(t *testing.T) {
	for why, c := range map[string]struct {
		password string
		change   func(*Account)
		want     Refusal
	}{
		"account name in another case":                     {"x1EHAGENSx!", nil, ContainsName},
		"part of the display name":                         {"my-ErIn-77", nil, ContainsName},
		"another part":                                     {"HAGENS77x!", nil, ContainsName},
		"parts of parts are free":                          {"Hagen-77xx", nil, Accepted},
		"a part of one letter is free":                     {"MMmm-77xx!", nil, Accepted},
		"no display name":                                  {"my-Erin-77", func(a *Account) { a.DisplayName = "" }, Accepted},
		"account name of two letters":                      {"xx-EH-77xx", func(a *Account) { a.SAMAccountName = "eh" }, Accepted},
		"account name is not split":                        {"xx-Eve-77x", func(a *Account) { a.SAMAccountName = "eve.adams"; a.DisplayName = "" }, Accepted},
		"split at comma hyphen underscore number sign tab": {"xx-One-77x", func(a *Account) { a.DisplayName = "a,b-c_d#e\tone" }, ContainsName},
		"three letters are enough":                         {"xx-Eva-77x", func(a *Account) { a.DisplayName = "Eva" }, ContainsName},
		"beyond ASCII":                                     {"xx-ÄRGER-7", func(a *Account) { a.DisplayName = "Ärger" }, ContainsName},
	} {
		t.Run(why, func(t *testing.T) {
			a := erin()
			if c.change != nil {
				c.change(&a)
			}
			assert.Equal(t, c.want, judged(t, DefaultPolicy(), a, write(Reset, c.password)))
			assert.Equal(t, Accepted, judged(t, policyWith(samba), a, write(Reset, c.password)), "D04: Samba does not ask")
			assert.Equal(t, Accepted, judged(t, policyWith(simple), a, write(Reset, c.password)), "without complexity nobody asks")
			always := policyWith(simple, func(p *Policy) { p.Switches.NameRuleAlways = true })
			assert.Equal(t, c.want, judged(t, always, a, write(Reset, c.password)), "but the protocol text does")
		})
	}
}

func TestLengths(t *testing.T) {
	for why, c := range map[string]struct {
		policy   Policy
		password string
		want     Refusal
	}{
		"one short":                   {DefaultPolicy(), "Abc12!", TooShort},
		"just long enough":            {DefaultPolicy(), "Abc123!", Accepted},
		"Windows counts UTF-16 units": {DefaultPolicy(), "Ab1!\U0001D11E\U0001D11E", Accepted},
		"Samba counts characters":     {policyWith(samba), "Ab1!\U0001D11E\U0001D11E", TooShort},
		"256 units":                   {DefaultPolicy(), "Ab1!" + strings.Repeat("x", 252), Accepted},
		"257 units":                   {DefaultPolicy(), "Ab1!" + strings.Repeat("x", 253), TooLong},
		"Samba has no end (D05)":      {policyWith(samba), "Ab1!" + strings.Repeat("x", 253), Accepted},
		"empty when a length is demanded (A03-017)":  {DefaultPolicy(), "", TooShort},
		"empty, only complexity demanded (A05-048)":  {policyWith(func(p *Policy) { p.MinLength = 0 }), "", NotComplex},
		"empty, nothing demanded (A05-049)":          {policyWith(simple, func(p *Policy) { p.MinLength = 0 }), "", Accepted},
		"simple without complexity (A05-040)":        {policyWith(simple, shorter), "alllower", Accepted},
		"short before simple (A03-084)":              {DefaultPolicy(), "abc", TooShort},
		"complexity comes before history and name":   {policyWith(func(p *Policy) { p.MinLength = 3 }), "erin", NotComplex},
		"length of 255 units with surrogates inside": {DefaultPolicy(), "Ab1" + strings.Repeat("\U0001D11E", 126), Accepted},
	} {
		t.Run(why, func(t *testing.T) {
			assert.Equal(t, c.want, judged(t, c.policy, erin(), write(Reset, c.password)))
		})
	}
}

func TestWhoIsFreeOfThePolicy(t *testing.T) {
	control := func(u UAC) func(*Account) { return func(a *Account) { a.Control = u } }
	for why, c := range map[string]struct {
		account Account
		policy  Policy
		want    Refusal
	}{
		"ordinary user":                       {erin(), DefaultPolicy(), TooShort},
		"disabled user":                       {erin(control(NormalAccount | AccountDisable)), DefaultPolicy(), TooShort},
		"PASSWD_NOTREQD":                      {erin(control(NormalAccount | PasswordNotRequired)), DefaultPolicy(), Accepted},
		"PASSWD_NOTREQD on Samba (A03-097)":   {erin(control(NormalAccount | PasswordNotRequired)), policyWith(samba), TooShort},
		"computer (A03-095)":                  {erin(control(WorkstationTrustAccount)), policyWith(samba), Accepted},
		"computer on Windows":                 {erin(control(WorkstationTrustAccount)), DefaultPolicy(), Accepted},
		"krbtgt":                              {erin(func(a *Account) { a.RID = RIDKrbtgt }), DefaultPolicy(), Accepted},
		"built-in Administrator is not freed": {erin(func(a *Account) { a.RID = RIDAdministrator }), DefaultPolicy(), TooShort},
	} {
		t.Run(why, func(t *testing.T) {
			assert.Equal(t, c.want, judged(t, c.policy, c.account, write(Reset, "abc")))
		})
	}
}

func TestWhatEachKindOfWriteObeys(t *testing.T) {
	young := erin(func(a *Account) { a.PasswordLastSet = ago(time.Hour) })
	for why, c := range map[string]struct {
		account  Account
		password string
		want     map[WriteKind]Refusal
	}{
		"current password again": {erin(), "Curr3nt!pass", map[WriteKind]Refusal{Reset: Accepted, Create: Accepted, HintedReset: InHistory, Change: InHistory}},
		"password in history":    {erin(), "Tw0back!pass", map[WriteKind]Refusal{Reset: Accepted, Create: Accepted, HintedReset: InHistory, Change: InHistory}},
		"password an hour old":   {young, "Fr3sh!pass", map[WriteKind]Refusal{Reset: Accepted, Create: Accepted, HintedReset: TooYoung, Change: TooYoung}},
		"too short":              {erin(), "Ab1!", map[WriteKind]Refusal{Reset: TooShort, Create: TooShort, HintedReset: TooShort, Change: TooShort}},
		"not complex":            {erin(), "lower1234", map[WriteKind]Refusal{Reset: NotComplex, Create: NotComplex, HintedReset: NotComplex, Change: NotComplex}},
		"name":                   {erin(), "Hagens-2026", map[WriteKind]Refusal{Reset: ContainsName, Create: ContainsName, HintedReset: ContainsName, Change: ContainsName}},
		"acceptable":             {erin(), "Fr3sh!pass", map[WriteKind]Refusal{Reset: Accepted, Create: Accepted, HintedReset: Accepted, Change: Accepted}},
	} {
		for kind, want := range c.want {
			t.Run(fmt.Sprintf("%s, %s", why, kind), func(t *testing.T) {
				assert.Equal(t, want, judged(t, DefaultPolicy(), c.account, write(kind, c.password)))
			})
		}
	}
}

func TestSambaIgnoresPolicyHints(t *testing.T) {
	young := erin(func(a *Account) { a.PasswordLastSet = ago(time.Hour) })
	assert.Equal(t, Accepted, judged(t, policyWith(samba), young, write(HintedReset, "Curr3nt!pass")), "A04-004")
}

func TestMinimumAge(t *testing.T) {
	set := func(f FileTime) Account { return erin(func(a *Account) { a.PasswordLastSet = f }) }
	lax := policyWith(func(p *Policy) { p.Switches.HintsSkipMinAge = true })
	none := policyWith(func(p *Policy) { p.MinAge = 0 })
	for why, c := range map[string]struct {
		policy  Policy
		account Account
		kind    WriteKind
		want    Refusal
	}{
		"seconds old (A03-080)":               {DefaultPolicy(), set(ago(time.Second)), Change, TooYoung},
		"exactly at the boundary":             {DefaultPolicy(), set(ago(day)), Change, TooYoung},
		"one tick past the boundary":          {DefaultPolicy(), set(ago(day) - 1), Change, Accepted},
		"must change (A03-083)":               {DefaultPolicy(), set(0), Change, Accepted},
		"must change, with hints":             {DefaultPolicy(), set(0), HintedReset, Accepted},
		"no minimum":                          {none, set(ago(0)), Change, Accepted},
		"hints that name history only":        {lax, set(ago(time.Hour)), HintedReset, Accepted},
		"the switch is not for changes":       {lax, set(ago(time.Hour)), Change, TooYoung},
		"administrator's reset (A03-079)":     {DefaultPolicy(), set(ago(time.Second)), Reset, Accepted},
		"a clock that went back is young too": {DefaultPolicy(), set(FileTimeOf(noon.Add(day))), Change, TooYoung},
	} {
		t.Run(why, func(t *testing.T) {
			assert.Equal(t, c.want, judged(t, c.policy, c.account, write(c.kind, "Fr3sh!pass")))
		})
	}
}

func TestOrderOfReasons(t *testing.T) {
	young := erin(func(a *Account) { a.PasswordLastSet = ago(time.Second) })
	assert.Equal(t, TooYoung, judged(t, policyWith(samba), young, write(Change, "Ab1!")), "A03-081")
	assert.Equal(t, TooShort, judged(t, DefaultPolicy(), young, write(HintedReset, "Ab1!")))
	wrong := write(Change, "Ab1!")
	wrong.Old = ClearText("nonsense")
	assert.Equal(t, WrongOldPassword, judged(t, policyWith(samba), young, wrong), "A03-082")
	locked := erin(func(a *Account) { a.Lockout.LockoutTime = ago(time.Minute) })
	assert.Equal(t, LockedOut, judged(t, DefaultPolicy(), locked, wrong), "A03-106")
	assert.Equal(t, LockedOut, judged(t, DefaultPolicy(), locked, write(Change, "Fr3sh!pass")), "A03-105")
	assert.Equal(t, Accepted, judged(t, DefaultPolicy(), locked, write(Reset, "Fr3sh!pass")), "A03-100")
}

func TestThePreviousPasswordIsNoOldPassword(t *testing.T) {
	w := write(Change, "Fr3sh!pass")
	w.Old = ClearText("Pr3vious!pass")
	assert.Equal(t, WrongOldPassword, judged(t, DefaultPolicy(), erin(), w))
}

func TestHistoryCountsTheCurrentPasswordAsOne(t *testing.T) {
	length := func(n int) Policy { return policyWith(func(p *Policy) { p.HistoryLength, p.MinAge = n, 0 }) }
	a := erin(func(a *Account) { a.HasPassword, a.History = false, nil })
	for i := range 5 {
		a = SetPassword(length(3), a, write(Reset, fmt.Sprintf("H1story!%d", i)), true, noon)
	}
	require.Len(t, a.History, 3)
	for why, c := range map[string]struct {
		policy   Policy
		password string
		want     Refusal
	}{
		"A04-017 current":               {length(3), "H1story!4", InHistory},
		"A04-018 one back":              {length(3), "H1story!3", InHistory},
		"A04-019 two back":              {length(3), "H1story!2", InHistory},
		"A04-020 three back":            {length(3), "H1story!1", Accepted},
		"A04-023 length one, current":   {length(1), "H1story!4", InHistory},
		"A04-024 length one, one back":  {length(1), "H1story!3", Accepted},
		"length zero, current":          {length(0), "H1story!4", Accepted},
		"longer than what is kept":      {length(24), "H1story!1", Accepted},
		"length nonsense, refuses none": {length(-1), "H1story!4", Accepted},
	} {
		t.Run(why, func(t *testing.T) {
			w := PasswordWrite{Kind: Change, Old: ClearText("H1story!4"), New: ClearText(c.password)}
			assert.Equal(t, c.want, judged(t, c.policy, a, w))
		})
	}
	zero := length(0)
	zero.Switches.Dialect = Samba
	same := PasswordWrite{Kind: Change, Old: ClearText("H1story!4"), New: ClearText("H1story!4")}
	assert.Equal(t, InHistory, judged(t, zero, a, same), "A04-022, D46")
}

func TestPropertiesThatRefuse(t *testing.T) {
	bit := func(b Properties, more ...func(*Policy)) Policy {
		return policyWith(append(more, func(p *Policy) { p.Properties |= b })...)
	}
	machine := erin(func(a *Account) { a.Control = WorkstationTrustAccount })
	for why, c := range map[string]struct {
		policy  Policy
		account Account
		kind    WriteKind
		want    Refusal
	}{
		"refuse change, machine":               {bit(RefuseChange), machine, Change, ChangeDisabled},
		"refuse change, user":                  {bit(RefuseChange), erin(), Change, Accepted},
		"refuse change, user, Samba (A05-045)": {bit(RefuseChange, samba), erin(), Change, ChangeDisabled},
		"refuse change, reset (A05-044)":       {bit(RefuseChange, samba), erin(), Reset, Accepted},
		"no clear text":                        {bit(NoClearChange), erin(), Reset, ClearTextRefused},
		"no clear text, Samba (A05-047)":       {bit(NoClearChange, samba), erin(), Reset, Accepted},
		"no anonymous change (A05-046)":        {bit(NoAnonymousChange), erin(), Change, Accepted},
	} {
		t.Run(why, func(t *testing.T) {
			assert.Equal(t, c.want, judged(t, c.policy, c.account, write(c.kind, "Fr3sh!pass")))
		})
	}
}

func TestAllBrokenRulesAreTold(t *testing.T) {
	young := erin(func(a *Account) { a.PasswordLastSet = ago(time.Second) })
	_, checks := JudgePassword(DefaultPolicy(), young, write(HintedReset, "erin"), noon)
	var failed []string
	for _, c := range checks {
		if c.Verdict == Failed {
			failed = append(failed, c.Name)
		}
	}
	assert.Equal(t, []string{"minimum-length", "complexity", "name", "minimum-age"}, failed)
}

func TestRefusalsHaveTheCodesOfTheWire(t *testing.T) {
	for r, want := range map[Refusal]uint32{
		Accepted: 0, TooLong: 0x52D, TooShort: 0x52D, NotComplex: 0x52D, ContainsName: 0x52D, InHistory: 0x52D, TooYoung: 0x52D,
		LockedOut: 0x775, WrongOldPassword: 0x56, ChangeDisabled: 0x52D, ClearTextRefused: 0x52D,
	} {
		assert.Equal(t, want, r.Win32(), r)
	}
}

func TestNoCheckEverQuotesThePassword(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringMatching(`[A-Z]{2}[a-z]{2}[~^|][0-9]{3}[A-Za-z!]{0,10}`).Draw(t, "password")
		kind := WriteKind(rapid.IntRange(0, 3).Draw(t, "kind"))
		p := policyWith(func(p *Policy) {
			p.Switches.Dialect = Dialect(rapid.IntRange(0, 1).Draw(t, "dialect"))
			p.MinLength = rapid.IntRange(0, 20).Draw(t, "minimum")
		})
		_, checks := JudgePassword(p, erin(), write(kind, password), noon)
		assert.NotContains(t, fmt.Sprint(checks), password)
		assert.NotContains(t, fmt.Sprint(checks), "Curr3nt")
	})
}

func TestAddingCharactersNeverMakesAPasswordTooShortOrSimple(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.String().Draw(t, "password")
		more := rapid.String().Draw(t, "more")
		for _, d := range []Dialect{Windows, Samba} {
			short, long := ClassesOf(ClearText(base), d), ClassesOf(ClearText(base+more), d)
			assert.Equal(t, short, short&long, "classes are only gained")
		}
		assert.GreaterOrEqual(t, ClearText(base+more).Len(), ClearText(base).Len())
	})
}

func BenchmarkJudgePassword(b *testing.B) {
	p, a := DefaultPolicy(), erin()
	for i := len(a.History); i < 24; i++ {
		a.History = append(a.History, ClearText(fmt.Sprint(i)).NTHash())
	}
	w := write(HintedReset, "Fr3sh!password")
	b.ReportAllocs()
	for b.Loop() {
		if r, _ := JudgePassword(p, a, w, noon); r != Accepted {
			b.Fatal(r)
		}
	}
}
