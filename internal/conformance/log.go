package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// An Event is a record that a domain controller wrote into its Security log.
type Event struct {
	ID      int // as Windows numbers it, such as 4724
	Success bool
	// About names the accounts that it is about: distinguished names, SIDs,
	// account names, principal names, as they come.
	About []string
	// Fields have the names of Windows' EventData. "Status" is the NT status that
	// says why a sign-in failed.
	Fields map[string]string
}

// WindowsEvent is an event from its EventData (AD reference 13.3).
func WindowsEvent(id int, success bool, data map[string]string) Event {
	e := Event{ID: id, Success: success, Fields: data}
	for _, name := range []string{"TargetUserName", "TargetSid", "MemberName", "MemberSid", "OldTargetUserName"} {
		if v := data[name]; v != "" {
			e.About = append(e.About, v)
		}
	}
	if sub := data["SubStatus"]; sub != "" && sub != "0x0" {
		e.Fields["Status"] = sub // the reason; Status alone says that it failed
	}
	return e
}

// errNoLog says that an exchange looks at what LDAP does not show.
const errNoLog omission = "it looks at the domain controller's Security log, which LDAP does not show"

// readsLog says whether an exchange looks at the log in a dialect.
func (x *Exchange) readsLog(d Dialect) bool {
	return slices.ContainsFunc(x.Then, func(c Check) bool { return c.Kind == "logs" && (c.Dialect == "" || c.Dialect == d) })
}

// startLog skips what was written before the request that counts.
func (p *play) startLog(ctx context.Context) error {
	if !p.x.readsLog(p.s.target.Dialect) {
		return nil
	}
	if p.s.target.Events == nil {
		return errNoLog
	}
	_, err := p.s.target.Events(ctx)
	return err
}

// endLog keeps what was written since.
func (p *play) endLog(ctx context.Context) (err error) {
	if p.x.readsLog(p.s.target.Dialect) {
		p.logged, err = p.s.target.Events(ctx)
	}
	return err
}

// logs compares the events about an account with words ID[!][:field=pattern]...;
// ! is one of failure, a * at the end stands for any others.
func (p *play) logs(words []string, out *Outcome) []string {
	var have []Event
	for _, e := range p.logged {
		if p.isAbout(e, words[0]) {
			have = append(have, e)
		}
	}
	shown := make([]string, len(have))
	for i, e := range have {
		shown[i] = e.short()
	}
	out.note("events about "+words[0], shown)
	want, open := words[1:], false
	if n := len(want); n > 0 && want[n-1] == "*" {
		want, open = want[:n-1], true
	}
	for i, w := range want {
		if i >= len(have) || !have[i].fits(w) {
			return []string{fmt.Sprintf("events about %s: [%s], want [%s]", words[0], describeAll(have), strings.Join(words[1:], " "))}
		}
	}
	if len(have) > len(want) && !open {
		return []string{fmt.Sprintf("events about %s: [%s], want [%s]", words[0], describeAll(have), strings.Join(words[1:], " "))}
	}
	return nil
}

// isAbout says whether an event is about the object of a label, or about
// somebody of that name; several names of one object stand between bars.
func (p *play) isAbout(e Event, who string) bool {
	names := strings.Split(p.fill(who), "|")
	if one := p.people[who]; one != nil {
		names = []string{one.dn, one.sam, one.upn, sidText(one.sid)}
	}
	return slices.ContainsFunc(e.About, func(a string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return n != "" && strings.EqualFold(n, a) })
	})
}

// short is an event as an exchange writes it.
func (e Event) short() string {
	if e.Success {
		return fmt.Sprint(e.ID)
	}
	return fmt.Sprintf("%d!", e.ID)
}

// fits says whether an event is as a word of an exchange has it.
func (e Event) fits(word string) bool {
	parts := strings.Split(word, ":")
	if parts[0] != e.short() {
		return false
	}
	for _, part := range parts[1:] {
		name, pattern, _ := strings.Cut(part, "=")
		if !glob(strings.ToLower(pattern), strings.ToLower(e.Fields[name])) {
			return false
		}
	}
	return true
}

func describeAll(events []Event) string {
	list := make([]string, len(events))
	for i, e := range events {
		list[i] = e.short()
		for _, name := range []string{"LogonType", "Status"} {
			if v := e.Fields[name]; v != "" {
				list[i] += ":" + name + "=" + v
			}
		}
	}
	return strings.Join(list, " ")
}
