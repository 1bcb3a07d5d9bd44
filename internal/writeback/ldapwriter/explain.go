package ldapwriter

import (
	"context"
	"fmt"
	"strconv"
	"time"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/agent"
)

// A passwordPolicy is what can be read of the rules in force for an account; 0
// stands for no rule and for one that cannot be read.
type passwordPolicy struct {
	minimumLength int
	minimumAge    time.Duration
	history       int
	now           time.Time // of the domain controller
	source        string    // DN of the domain or of the fine-grained policy
}

// explain says which rule a refused password broke, as far as that can be told
// from outside: the controller's answer is the same for all of them. It reads
// only, and leaves r as it is when it may not read.
func (w *Writer) explain(ctx context.Context, t *trace, s *session, k kind, a account, password secret.Text, r agent.Result) agent.Result {
	p, ok := w.readPolicy(ctx, t, s, a)
	if !ok {
		return r
	}
	length := len(utf16.Encode([]rune(password.Reveal())))
	changed, known := fileTime(a.pwdLastSet)
	ageCounts := k == changing || s.hints != ""
	switch age := p.now.Sub(changed); {
	case length < p.minimumLength:
		r.Detail += fmt.Sprintf("; it is shorter than the %d characters that %s demands", p.minimumLength, p.source)
		r.Remedy = fmt.Sprintf("choose a password of at least %d characters", p.minimumLength)
	case ageCounts && known && !p.now.IsZero() && age < p.minimumAge:
		r.Detail += fmt.Sprintf("; the present password is %v old and %s demands a minimum age of %v", age.Round(time.Second), p.source, p.minimumAge)
		r.Remedy = fmt.Sprintf("wait %v, or set the minimum password age to 0 for people who reset more than once a day", (p.minimumAge - age).Round(time.Second))
	case ageCounts:
		r.Detail += fmt.Sprintf("; it is long enough and the present one old enough for %s, so complexity, the history of %d passwords or a password filter refused it", p.source, p.history)
		r.Remedy = "choose a password with three kinds of characters, without parts of the name, that was not used before"
	default:
		r.Detail += fmt.Sprintf("; it is long enough for %s, so complexity or a password filter refused it", p.source)
		r.Remedy = "choose a password with three kinds of characters and without parts of the name"
	}
	return r
}

// readPolicy reads the rules: a fine-grained policy where the account names one
// that may be read, else the domain's.
func (w *Writer) readPolicy(ctx context.Context, t *trace, s *session, a account) (passwordPolicy, bool) {
	var p passwordPolicy
	if root := w.readOne(ctx, t, s, "", "currentTime"); root != nil {
		p.now, _ = time.Parse("20060102150405.0Z", root.GetEqualFoldAttributeValue("currentTime"))
	}
	if person := w.readOne(ctx, t, s, a.dn, "msDS-ResultantPSO"); person != nil {
		if dn := person.GetEqualFoldAttributeValue("msDS-ResultantPSO"); dn != "" {
			fine := w.readOne(ctx, t, s, dn, "msDS-MinimumPasswordLength", "msDS-MinimumPasswordAge", "msDS-PasswordHistoryLength")
			if fine == nil || fine.GetEqualFoldAttributeValue("msDS-MinimumPasswordLength") == "" {
				return p, false // rules that the connector account may not see
			}
			p.fill(fine, "msDS-MinimumPasswordLength", "msDS-MinimumPasswordAge", "msDS-PasswordHistoryLength")
			return p, true
		}
	}
	head := w.readOne(ctx, t, s, s.domain, "minPwdLength", "minPwdAge", "pwdHistoryLength")
	if head == nil || head.GetEqualFoldAttributeValue("minPwdLength") == "" {
		return p, false
	}
	p.fill(head, "minPwdLength", "minPwdAge", "pwdHistoryLength")
	return p, true
}

func (p *passwordPolicy) fill(e *ldap.Entry, length, age, history string) {
	p.source = e.DN
	p.minimumLength, _ = strconv.Atoi(e.GetEqualFoldAttributeValue(length))
	p.history, _ = strconv.Atoi(e.GetEqualFoldAttributeValue(history))
	if ticks, ok := number(e.GetEqualFoldAttributeValue(age)); ok && ticks < 0 && ticks > -1<<62/100 {
		p.minimumAge = time.Duration(-ticks) * 100
	}
}

// readOne reads attributes of one entry; nil when it cannot.
func (w *Writer) readOne(ctx context.Context, t *trace, s *session, dn string, attributes ...string) *ldap.Entry {
	res, err := s.search(ctx, t, w.cfg.OperationTimeout, entryRequest(dn, attributes...))
	if err != nil || len(res.Entries) != 1 {
		return nil
	}
	return res.Entries[0]
}

// fileTime reads a time in 100 ns since 1601; false when there is none.
func fileTime(text string) (time.Time, bool) {
	ticks, ok := number(text)
	if !ok || ticks <= 0 {
		return time.Time{}, false
	}
	const unixEpoch = 116444736000000000
	ticks -= unixEpoch
	return time.Unix(ticks/1e7, ticks%1e7*100).UTC(), true
}
