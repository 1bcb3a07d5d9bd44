package rig

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ssprlab/ssprlab/internal/control"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
	"github.com/ssprlab/ssprlab/internal/portal"
)

// securityProvider writes the Security log of a Windows domain controller (AD
// reference 13.1).
const securityProvider = "Microsoft-Windows-Security-Auditing"

// logSecurity puts an event of a domain controller into the journal. What the
// agent does for an attempt is told apart by time only, as in the real log.
func (l *Lab) logSecurity(e directory.SecurityEvent) {
	level := "Failure"
	if e.Success {
		level = "Success"
	}
	event := journal.Event{Computer: e.DC, Provider: securityProvider, ID: e.ID, Level: level, Name: securityNames[e.ID]}
	data := journal.Data{Len: len(e.Fields), At: func(i int) (name, value string) { return e.Fields[i].Name, e.Fields[i].Value }}
	l.Journal.LogSecurity(e.Time, event, data, e.MaxSize)
}

// securityNames are the titles of the events (AD reference 13.2).
var securityNames = withGroups(map[int]string{
	4624: "An account was successfully logged on", 4625: "An account failed to log on",
	4720: "A user account was created", 4722: "A user account was enabled", 4723: "An attempt was made to change an account's password",
	4724: "An attempt was made to reset an account's password", 4725: "A user account was disabled", 4726: "A user account was deleted",
	4738: "A user account was changed", 4739: "Domain policy was changed", 4740: "A user account was locked out",
	4741: "A computer account was created", 4742: "A computer account was changed", 4743: "A computer account was deleted",
	4764: "A group's type was changed",
	4767: "A user account was unlocked", 4768: "A Kerberos authentication ticket was requested", 4771: "Kerberos pre-authentication failed",
	4776: "The domain controller attempted to validate credentials", 4780: "The ACL was set on accounts which are members of administrators groups",
	4781: "The name of an account was changed", 5136: "A directory service object was modified",
	5137: "A directory service object was created", 5138: "A directory service object was undeleted",
	5139: "A directory service object was moved", 5141: "A directory service object was deleted",
})

// withGroups adds the titles of the events of each kind of group: created,
// changed, member added, member removed, deleted.
func withGroups(names map[int]string) map[int]string {
	titles := [5]string{"A %s group was created", "A %s group was changed", "A member was added to a %s group", "A member was removed from a %s group", "A %s group was deleted"}
	for kind, ids := range map[string][5]int{
		"security-enabled global":     {4727, 4737, 4728, 4729, 4730},
		"security-enabled local":      {4731, 4735, 4732, 4733, 4734},
		"security-enabled universal":  {4754, 4755, 4756, 4757, 4758},
		"security-disabled local":     {4744, 4745, 4746, 4747, 4748},
		"security-disabled global":    {4749, 4750, 4751, 4752, 4753},
		"security-disabled universal": {4759, 4760, 4761, 4762, 4763},
	} {
		for i, id := range ids {
			names[id] = fmt.Sprintf(titles[i], kind)
		}
	}
	return names
}

// find searches a domain as SYSTEM at its PDC emulator.
func (l *Lab) find(ctx context.Context, d *directory.Domain, filter directory.Filter, attributes ...string) ([]directory.Entry, error) {
	return l.findAt(ctx, d.PDC(), filter, attributes...)
}

// findAt searches the domain of a domain controller as that one knows it.
func (l *Lab) findAt(ctx context.Context, dc *directory.DC, filter directory.Filter, attributes ...string) ([]directory.Entry, error) {
	var found collector
	base := dc.Domain().DN()
	res := dc.Search(ctx, system(l.Clock.Now()), directory.SearchRequest{
		Base: base, Scope: directory.WholeSubtree, Filter: filter, Attributes: attributes,
	}, new(directory.Cursors), &found)
	return found, refusedError("searching", base, res)
}

// values is an entry's attributes as text; what is no text is in base64.
func values(e directory.Entry) map[string][]string {
	out := map[string][]string{}
	for _, a := range e.Attributes {
		for _, v := range a.Values {
			text := string(v)
			if !utf8.Valid(v) || strings.ContainsRune(text, 0) {
				text = base64.StdEncoding.EncodeToString(v)
			}
			out[a.Name] = append(out[a.Name], text)
		}
	}
	return out
}

// computed attributes come only when they are named.
var shownAttributes = []string{"*", "msDS-User-Account-Control-Computed", "msDS-UserPasswordExpiryTimeComputed", "msDS-ResultantPSO", "msDS-KeyVersionNumber"}

type directoryAPI struct{ l *Lab }

func (a directoryAPI) Entry(ctx context.Context, name, controller string) (string, map[string][]string, bool) {
	e, ok := a.l.account(ctx, name, controller, shownAttributes...)
	return e.DN, values(e), ok
}

// account finds an account by sAMAccountName, UPN or DN, as a domain controller
// knows it; "" is the first of each domain.
func (l *Lab) account(ctx context.Context, name, controller string, attributes ...string) (directory.Entry, bool) {
	var filter directory.Filter
	for _, attribute := range []string{"sAMAccountName", "userPrincipalName", "distinguishedName"} {
		one := directory.Equal(attribute, []byte(name))
		if filter == nil {
			filter = one
		} else {
			filter = directory.Or(filter, one)
		}
	}
	for _, d := range l.Forest.Domains() {
		dc := d.DCs()[0]
		if controller != "" {
			c := l.controller(d.DNSName(), controller)
			if c == nil {
				continue
			}
			dc = c.DC
		}
		if found, err := l.findAt(ctx, dc, filter, attributes...); err == nil && len(found) > 0 {
			return found[0], true
		}
	}
	return directory.Entry{}, false
}

// policyJSON is a domain's password policy in the words of a seed file.
type policyJSON struct {
	MinimumLength    int    `json:"minimumLength"`
	Complexity       bool   `json:"complexity"`
	History          int    `json:"history"`
	MinimumAge       string `json:"minimumAge"` // Go durations; "0s" for none
	MaximumAge       string `json:"maximumAge"`
	LockoutThreshold int    `json:"lockoutThreshold"`
	LockoutDuration  string `json:"lockoutDuration"`
	LockoutWindow    string `json:"lockoutWindow"`
}

// policyAttributes are the attributes of the domain head (AD reference 5.1).
var policyAttributes = []string{
	"minPwdLength", "pwdProperties", "pwdHistoryLength", "minPwdAge", "maxPwdAge", "lockoutThreshold", "lockoutDuration", "lockOutObservationWindow",
}

func (a directoryAPI) domain(name string) *directory.Domain {
	for _, d := range a.l.Forest.Domains() {
		if strings.EqualFold(name, d.DNSName()) || strings.EqualFold(name, d.NetBIOS()) {
			return d
		}
	}
	return nil
}

func (a directoryAPI) read(d *directory.Domain) (policyJSON, int, error) {
	found, err := a.l.find(context.Background(), d, directory.Equal("distinguishedName", []byte(d.DN())), policyAttributes...)
	if err != nil || len(found) != 1 {
		return policyJSON{}, 0, fmt.Errorf("reading the policy of %s: %w", d.DNSName(), err)
	}
	v := values(found[0])
	number := func(name string) int {
		n, _ := strconv.Atoi(strings.Join(v[name], ""))
		return n
	}
	age := func(name string) string { return intervalText(strings.Join(v[name], "")) }
	properties := number("pwdProperties")
	return policyJSON{
		MinimumLength: number("minPwdLength"), Complexity: properties&1 != 0, History: number("pwdHistoryLength"),
		MinimumAge: age("minPwdAge"), MaximumAge: age("maxPwdAge"), LockoutThreshold: number("lockoutThreshold"),
		LockoutDuration: age("lockoutDuration"), LockoutWindow: age("lockOutObservationWindow"),
	}, properties, nil
}

// intervalText turns a negative count of 100 ns into a Go duration; never is 0.
func intervalText(value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || domain.Interval(n) == domain.Forever {
		return "0s"
	}
	return time.Duration(-n * 100).String()
}

func (a directoryAPI) Policy(name string) (json.RawMessage, bool) {
	d := a.domain(name)
	if d == nil {
		return nil, false
	}
	p, _, err := a.read(d)
	if err != nil {
		return nil, false
	}
	text, err := json.Marshal(p)
	return text, err == nil
}

func (a directoryAPI) PatchPolicy(name string, patch json.RawMessage) (json.RawMessage, error) {
	d := a.domain(name)
	if d == nil {
		return nil, control.BadInput{Field: "domain", Text: fmt.Sprintf("no embedded domain %q", name)}
	}
	p, properties, err := a.read(d)
	if err != nil {
		return nil, err
	}
	if err := strictJSON(patch, &p); err != nil {
		return nil, control.BadInput{Text: err.Error()}
	}
	m, err := p.modification(d.DN(), properties)
	if err != nil {
		return nil, err
	}
	if err := refusedError("changing", d.DN(), d.PDC().Modify(context.Background(), system(a.l.Clock.Now()), m)); err != nil {
		return nil, control.BadInput{Text: err.Error()}
	}
	text, _ := a.Policy(name)
	return text, nil
}

func (p policyJSON) modification(dn string, properties int) (directory.ModifyRequest, error) {
	if p.Complexity {
		properties |= 1
	} else {
		properties &^= 1
	}
	m := directory.ModifyRequest{DN: dn}
	set := func(attribute string, value int64) {
		m.Changes = append(m.Changes, directory.ModifyChange{Kind: directory.ReplaceValues, Name: attribute, Values: [][]byte{[]byte(strconv.FormatInt(value, 10))}})
	}
	set("pwdProperties", int64(properties))
	for _, count := range []struct {
		attribute, field string
		value, most      int // MS-SAMR 3.1.1.6
	}{
		{"minPwdLength", "minimumLength", p.MinimumLength, 256},
		{"pwdHistoryLength", "history", p.History, 1024},
		{"lockoutThreshold", "lockoutThreshold", p.LockoutThreshold, 65535},
	} {
		if count.value < 0 || count.value > count.most {
			return m, control.BadInput{Field: count.field, Text: fmt.Sprintf("%d is no number from 0 to %d", count.value, count.most)}
		}
		set(count.attribute, int64(count.value))
	}
	for _, age := range []struct {
		attribute, field, text string
		never                  bool // 0 means never, not none
	}{
		{"minPwdAge", "minimumAge", p.MinimumAge, false},
		{"maxPwdAge", "maximumAge", p.MaximumAge, true},
		{"lockoutDuration", "lockoutDuration", p.LockoutDuration, true},
		{"lockOutObservationWindow", "lockoutWindow", p.LockoutWindow, false},
	} {
		d, err := time.ParseDuration(age.text)
		if err != nil || d < 0 {
			return m, control.BadInput{Field: age.field, Text: fmt.Sprintf("%q is no duration from 0s, as 24h", age.text)}
		}
		value := -int64(d / 100)
		if d == 0 && age.never {
			value = int64(domain.Forever)
		}
		set(age.attribute, value)
	}
	return m, nil
}

// directoryPage shows the domains to the pages.
type directoryPage struct{ l *Lab }

func (p directoryPage) Domains(ctx context.Context) ([]portal.Domain, error) {
	var list []portal.Domain
	for _, d := range p.l.Forest.Domains() {
		one := portal.Domain{Name: d.DNSName(), NetBIOS: d.NetBIOS()}
		for _, c := range p.l.Controllers {
			if c.DC.Domain() == d {
				one.Controllers = append(one.Controllers, c.page())
			}
		}
		rules, _, err := directoryAPI(p).read(d)
		if err != nil {
			return nil, err
		}
		one.Policy = append(rules.facts(), p.l.Protection.facts(d)...)
		if one.Accounts, err = p.accounts(ctx, d); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

func (p policyJSON) facts() []policy.Fact {
	complexity := "off"
	if p.Complexity {
		complexity = "on"
	}
	return []policy.Fact{
		{Name: "minPwdLength", Value: strconv.Itoa(p.MinimumLength)},
		{Name: "complexity", Value: complexity},
		{Name: "pwdHistoryLength", Value: strconv.Itoa(p.History)},
		{Name: "minPwdAge", Value: p.MinimumAge},
		{Name: "maxPwdAge", Value: p.MaximumAge},
		{Name: "lockoutThreshold", Value: strconv.Itoa(p.LockoutThreshold)},
		{Name: "lockoutDuration", Value: p.LockoutDuration},
		{Name: "lockOutObservationWindow", Value: p.LockoutWindow},
	}
}

func (p directoryPage) accounts(ctx context.Context, d *directory.Domain) ([]portal.Account, error) {
	found, err := p.l.find(ctx, d, directory.And(directory.Equal("objectClass", []byte("user")), directory.Not(directory.Equal("objectClass", []byte("computer")))),
		"sAMAccountName", "userPrincipalName", "userAccountControl", "pwdLastSet", "badPwdCount", "lockoutTime", "adminCount",
		"msDS-User-Account-Control-Computed", "msDS-UserPasswordExpiryTimeComputed")
	if err != nil {
		return nil, err
	}
	var list []portal.Account
	for _, e := range found {
		v := values(e)
		number := func(name string) int64 {
			n, _ := strconv.ParseInt(strings.Join(v[name], ""), 10, 64)
			return n
		}
		a := portal.Account{
			Name: strings.Join(v["sAMAccountName"], ""), UserPrincipalName: strings.Join(v["userPrincipalName"], ""), DN: e.DN,
			Enabled: number("userAccountControl")&2 == 0, MustChange: number("pwdLastSet") == 0, BadPasswords: int(number("badPwdCount")),
			Protected: number("adminCount") == 1,
		}
		if !a.MustChange {
			a.PasswordSet = domain.FileTime(number("pwdLastSet")).Time()
		}
		if expires := domain.FileTime(number("msDS-UserPasswordExpiryTimeComputed")); expires != domain.Never && expires != 0 {
			a.PasswordExpires = expires.Time()
		}
		if number("msDS-User-Account-Control-Computed")&0x10 != 0 {
			a.LockedSince = domain.FileTime(number("lockoutTime")).Time()
		}
		list = append(list, a)
	}
	slices.SortFunc(list, func(x, y portal.Account) int { return strings.Compare(x.Name, y.Name) })
	return list, nil
}
