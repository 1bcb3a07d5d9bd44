package domain

import "time"

// noon is when most of the tests happen.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// ago is a moment before noon.
func ago(d time.Duration) FileTime { return FileTimeOf(noon.Add(-d)) }

// erin is an ordinary user whose password is ten days old.
func erin(change ...func(*Account)) Account {
	a := Account{
		SAMAccountName: "ehagens", DisplayName: "Erin M. Hagens", RID: 1104,
		Control: NormalAccount, PasswordLastSet: ago(10 * day), AccountExpires: Never,
		HasPassword: true, Current: ClearText("Curr3nt!pass").NTHash(),
		History: []NTHash{ClearText("Curr3nt!pass").NTHash(), ClearText("Pr3vious!pass").NTHash(), ClearText("Tw0back!pass").NTHash(), ClearText("Thr33back!pass").NTHash()},
	}
	for _, c := range change {
		c(&a)
	}
	return a
}

// policyWith is the default policy, changed.
func policyWith(change ...func(*Policy)) Policy {
	p := DefaultPolicy()
	for _, c := range change {
		c(&p)
	}
	return p
}

func samba(p *Policy)   { p.Switches.Dialect = Samba }
func simple(p *Policy)  { p.Properties &^= Complex }
func shorter(p *Policy) { p.MinLength = 6 }
func threeTries(p *Policy) {
	p.LockoutThreshold = 3
	p.LockoutDuration, p.LockoutWindow = IntervalOf(8*time.Second), IntervalOf(8*time.Second)
}
