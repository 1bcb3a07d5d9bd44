package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ssprlab/ssprlab/internal/journal"
)

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
	case "why":
		return r.expectWhy(ctx, args[1:])
	}
	return fmt.Errorf("expect does not know %q: page, audit, event, mail, directory or why", args[0])
}

func (r *run) expectPage(args []string) error {
	b, err := r.browser()
	if err != nil {
		return err
	}
	for _, words := range args {
		if !b.says(words) {
			return fmt.Errorf("the page does not say %q; it says:\n%s", words, strings.Join(b.outline(), "\n"))
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
			return fmt.Errorf("no record of the journal is %q", want)
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
			return fmt.Errorf("no mail to %s says %q", args[0], want)
		}
	}
	if len(mails) == 0 {
		return fmt.Errorf("no mail to %s", args[0])
	}
	return nil
}

// expectDirectory looks at an account as the domain controller holds it.
func (r *run) expectDirectory(ctx context.Context, args []string) error {
	text, err := r.world.Control.Get(ctx, "directory/"+args[0])
	if err != nil {
		return err
	}
	var entry struct {
		Attributes map[string][]string `json:"attributes"`
	}
	if err := json.Unmarshal(text, &entry); err != nil {
		return err
	}
	for _, want := range args[1:] {
		name, value, _ := strings.Cut(want, "=")
		if got := entry.Attributes[name]; !slices.Contains(got, value) && (value != "" || len(got) > 0) {
			return fmt.Errorf("%s of %s is %v, not %q", name, args[0], got, value)
		}
	}
	return nil
}

// expectWhy looks at the decision record of the last attempt: NAME=VALUE of its
// fields, or words of its explanation.
func (r *run) expectWhy(ctx context.Context, args []string) error {
	if r.last == "" {
		return fmt.Errorf("nobody has attempted anything yet")
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
				return fmt.Errorf("%s is %q, not %q\n%s", name, got, value, a.Explanation)
			}
		case !strings.Contains(a.Explanation, want):
			return fmt.Errorf("the decision record does not say %q\n%s", want, a.Explanation)
		}
	}
	return nil
}
