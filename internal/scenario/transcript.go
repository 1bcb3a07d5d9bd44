package scenario

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/journal"
)

// A transcript is what happened, in order, free of what differs from run to
// run: identifiers are numbered by first appearance, addresses of listeners
// have names, times are offsets from the start.
type transcript struct {
	b     strings.Builder
	start time.Time
	names *strings.Replacer
	guids map[string]int
	shows map[string]word
}

func newTranscript(w World, start time.Time) *transcript {
	return &transcript{
		start: start, guids: map[string]int{}, shows: words(),
		names: strings.NewReplacer(strings.TrimSuffix(w.URL, "/"), "portal:", strings.TrimPrefix(w.URL, "http://"), "portal"),
	}
}

func (t *transcript) String() string { return t.b.String() }

// shown is a line as the transcript shows it: without passwords, and without the
// answers to security questions.
func (t *transcript) shown(l Line) string {
	words := slices.Clone(l.Words)
	name := words[0]
	hide := -1
	if w, ok := t.shows[name]; ok && w.secret >= 0 {
		hide = w.secret + 1
	}
	if name == "ldap" {
		_, _, args := controllerOf(words[1:])
		if len(args) > 2 && args[0] == "bind" {
			hide = len(words) - len(args) + 2
		}
	}
	if name == "enter" && len(words) > 2 && asksSecret(words[1]) {
		hide = 2
	}
	for i := range words {
		switch {
		case i == hide || name == "change" && i == hide+1 && hide > 0:
			words[i] = "…"
		case strings.ContainsAny(words[i], " \t'"):
			words[i] = "'" + strings.ReplaceAll(words[i], "'", "''") + "'"
		}
	}
	return strings.Join(words, " ")
}

// asksSecret reports whether a field with a label takes what nobody may read.
func asksSecret(label string) bool {
	return strings.Contains(strings.ToLower(label), "password") || strings.HasSuffix(label, "?")
}

func (t *transcript) line(l Line) {
	fmt.Fprintf(&t.b, "> %s\n", t.clean(t.shown(l)))
}

// say adds a line of news.
func (t *transcript) say(format string, args ...any) {
	for line := range strings.Lines(t.clean(fmt.Sprintf(format, args...))) {
		t.b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

var (
	guidForm   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	guidOctets = regexp.MustCompile(`(?:\\[0-9a-fA-F]{2}){16}`)
	listener   = regexp.MustCompile(`(ldaps?|https?)://(127\.0\.0\.1|\[::1\]|localhost):\d+`)
)

func (t *transcript) clean(s string) string {
	s = t.names.Replace(s)
	s = listener.ReplaceAllString(s, "$1://lab")
	s = guidOctets.ReplaceAllStringFunc(s, t.number)
	return guidForm.ReplaceAllStringFunc(s, t.number)
}

func (t *transcript) number(id string) string {
	n, ok := t.guids[id]
	if !ok {
		n = len(t.guids) + 1
		t.guids[id] = n
	}
	return fmt.Sprintf("<guid %d>", n)
}

func (t *transcript) offset(at time.Time) string {
	return "+" + at.Sub(t.start).Truncate(time.Second).String()
}

// page adds what the browser shows.
func (t *transcript) page(b *browser) {
	for _, line := range b.outline() {
		t.say("  page %s", line)
	}
}

// news adds what happened since the last line: mails, log records, and what the
// directory was asked.
func (r *run) news(ctx context.Context) error {
	if err := r.newMail(ctx); err != nil {
		return err
	}
	if err := r.newLDAP(ctx); err != nil {
		return err
	}
	return r.newRecords(ctx)
}

func (r *run) newMail(ctx context.Context) error {
	mails, err := r.world.Control.Mailbox(ctx, "", r.mail, 0)
	if err != nil {
		return err
	}
	for _, m := range mails {
		r.mail = m.ID
		r.out.say("  mail to %s: %s", strings.Join(m.To, ", "), m.Subject)
	}
	return nil
}

func (r *run) newLDAP(ctx context.Context) error {
	attempts, err := r.world.Control.Attempts(ctx)
	if err != nil {
		return err
	}
	for _, a := range slices.Backward(attempts) {
		r.last = a.CorrelationID
		for _, x := range a.LDAP[min(r.attempts[a.CorrelationID], len(a.LDAP)):] {
			r.out.say("  ldap %s", exchange(x))
		}
		r.attempts[a.CorrelationID] = len(a.LDAP)
	}
	return nil
}

func exchange(x journal.Exchange) string {
	parts := []string{x.Operation}
	if x.DN != "" {
		parts = append(parts, x.DN)
	}
	parts = append(parts, x.Detail...)
	if len(x.Controls) > 0 {
		parts = append(parts, "control "+strings.Join(x.Controls, ", "))
	}
	answer := fmt.Sprintf("%d %s", x.Code, x.CodeName)
	if x.Diagnostic != "" {
		answer += " " + strings.TrimRight(fmt.Sprintf("%q", x.Diagnostic), "")
	}
	return strings.Join(parts, "; ") + " → " + answer
}

func (r *run) newRecords(ctx context.Context) error {
	records, err := r.world.Control.Journal(ctx, journal.Query{After: r.seq}, 0)
	if err != nil {
		return err
	}
	for _, rec := range records {
		r.seq = rec.Seq
		switch {
		case rec.Audit != nil:
			r.out.say("  %s audit %s: %s (%s)", r.out.offset(rec.Time), rec.Audit.ActivityDisplayName, rec.Audit.ResultReason, rec.Audit.Result)
		case rec.Event != nil:
			r.out.say("  %s %s %s %d %s", r.out.offset(rec.Time), rec.Channel, rec.Event.Provider, rec.Event.ID, rec.Event.Level)
		case rec.SignIn != nil:
			r.out.say("  %s sign-in %s: %d %s", r.out.offset(rec.Time), rec.SignIn.User.UserPrincipalName, rec.SignIn.ErrorCode, rec.SignIn.Reason)
		}
	}
	return nil
}
