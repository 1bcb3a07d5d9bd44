package scenario

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/control/client"
	"github.com/ssprlab/ssprlab/internal/journal"
)

// expectations are what can be expected.
var expectations = []string{"page", "audit", "event", "mail", "directory", "why"}

// unmet is a fact that does not hold. Whatever else goes wrong is no such fact,
// and fails an expectation that is turned round, too.
type unmet string

func (u unmet) Error() string { return string(u) }

func unmetf(format string, args ...any) error { return unmet(fmt.Sprintf(format, args...)) }

// doExpect checks one fact. A fact that does not hold ends the story.
func doExpect(ctx context.Context, r *run, args []string) error {
	switch args[0] {
	case "page":
		return r.expectPage(args[1:])
	case "audit":
		return r.expectRecord(ctx, journal.Audit, args[1:])
	case "event":
		return r.expectRecord(ctx, "", args[1:])
	case "mail":
		return r.expectMail(ctx, args[1:])
	case "directory":
		return r.expectDirectory(ctx, args[1:])
	}
	return r.expectWhy(ctx, args[1:])
}

func (r *run) expectPage(args []string) error {
	b, err := r.browser()
	if err != nil {
		return err
	}
	if b.doc == nil {
		return errNoPage
	}
	for _, words := range args {
		if !b.says(words) {
			return unmetf("the page does not say %q; it says:\n%s", words, strings.Join(b.outline(), "\n"))
		}
	}
	return nil
}

// expectRecord looks for a record of a channel: an event by its number, an
// audit record by its activity or reason.
func (r *run) expectRecord(ctx context.Context, channel journal.Channel, args []string) error {
	records, err := r.world.Control.Journal(ctx, journal.Query{Channel: channel}, 0)
	if err != nil {
		return err
	}
	for _, want := range args {
		if !slices.ContainsFunc(records, func(rec journal.Record) bool { return tells(rec, want) }) {
			return unmetf("no record of the journal is %q", want)
		}
	}
	return nil
}

func tells(rec journal.Record, want string) bool {
	if rec.Audit != nil {
		return strings.Contains(rec.Audit.ActivityDisplayName+": "+rec.Audit.ResultReason+" ("+rec.Audit.Result+")", want)
	}
	id, err := strconv.Atoi(want)
	return err == nil && rec.Event != nil && rec.Event.ID == id
}

func (r *run) expectMail(ctx context.Context, args []string) error {
	mails, err := r.world.Control.Mailbox(ctx, args[0], "", 0)
	if err != nil {
		return err
	}
	for _, want := range args[1:] {
		found := false
		for _, m := range mails {
			found = found || strings.Contains(m.Subject, want) || strings.Contains(m.Text, want)
		}
		if !found {
			return unmetf("no mail to %s says %q", args[0], want)
		}
	}
	if len(mails) == 0 {
		return unmetf("no mail to %s", args[0])
	}
	return nil
}

// expectDirectory looks at an account as a domain controller holds it, the first
// one of the domain without "at NAME": NAME has a value, NAME= has none,
// NAME=VALUE has that one.
func (r *run) expectDirectory(ctx context.Context, args []string) error {
	at, _, args := controllerOf(args)
	entry, err := r.world.Control.Account(ctx, args[0], at)
	if client.IsNotFound(err) {
		return unmetf("%v", err)
	}
	if err != nil {
		return err
	}
	for _, want := range args[1:] {
		name, value, valued := strings.Cut(want, "=")
		got := entry.Attributes[name]
		switch {
		case !valued && len(got) == 0:
			return unmetf("%s has no %s", args[0], name)
		case valued && value == "" && len(got) > 0, value != "" && !slices.Contains(got, value):
			return unmetf("%s of %s is %v, not %q", name, args[0], got, value)
		}
	}
	return nil
}

// expectWhy looks at the decision record of the last attempt: NAME=VALUE of its
// fields, or words of its explanation.
func (r *run) expectWhy(ctx context.Context, args []string) error {
	if r.last == "" {
		return unmetf("nobody has attempted anything yet")
	}
	a, err := r.world.Control.Why(ctx, r.last)
	if err != nil {
		return err
	}
	fields := map[string]string{
		"outcome": string(a.Outcome), "cause": a.Cause, "code": string(a.Code), "kind": string(a.Kind),
		"gates": strconv.Itoa(a.Gates), "remedy": a.Remedy,
	}
	for _, want := range args {
		name, value, isField := strings.Cut(want, "=")
		got, known := fields[name]
		switch {
		case isField && known:
			if got != value {
				return unmetf("%s is %q, not %q\n%s", name, got, value, a.Explanation)
			}
		case !strings.Contains(a.Explanation, want):
			return unmetf("the decision record does not say %q\n%s", want, a.Explanation)
		}
	}
	return nil
}
