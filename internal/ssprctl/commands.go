package ssprctl

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

func doLabs(ctx context.Context, a *app, args []string) error {
	const what = "labs [create [SEED] | fork | snapshot | restore ID | delete]"
	if err := need(args, 0, 2, what); err != nil {
		return err
	}
	switch word := strings.Join(args[:min(len(args), 1)], ""); {
	case word == "":
		labs, err := a.client.Labs(ctx)
		if err != nil {
			return err
		}
		return a.showLabs(labs...)
	case word == "create":
		return a.createLab(ctx, args[1:])
	case word == "fork" && len(args) == 1:
		lab, _, err := a.client.Fork(ctx)
		if err != nil {
			return err
		}
		return a.showLabs(lab)
	case word == "snapshot" && len(args) == 1:
		id, err := a.client.Snapshot(ctx)
		if err != nil {
			return err
		}
		return a.print(api.Snapshot{Snapshot: id}, func(w io.Writer) { fmt.Fprintln(w, id) })
	case word == "restore" && len(args) == 2:
		return a.client.Restore(ctx, args[1])
	case word == "delete" && len(args) == 1:
		return a.client.Delete(ctx)
	}
	return usageError("usage: ssprctl " + what)
}

// createLab starts a lab of a seed file, or the demo.
func (a *app) createLab(ctx context.Context, args []string) error {
	var in api.NewLab
	if len(args) == 1 {
		text, err := os.ReadFile(args[0])
		if err != nil {
			return usageError("reading the seed: " + err.Error())
		}
		if text, err = tenant.InlinePictures(text, os.DirFS(filepath.Dir(args[0]))); err != nil {
			return usageError(err.Error())
		}
		in.Seed = string(text)
	}
	lab, _, err := a.client.Create(ctx, in)
	if err != nil {
		return err
	}
	return a.showLabs(lab)
}

func (a *app) showLabs(labs ...api.Lab) error {
	return a.print(labs, func(w io.Writer) {
		table(w, func(row func(...any)) {
			for _, l := range labs {
				row(l.ID, l.Tenant, l.Portal, l.LDAPS)
			}
		})
	})
}

// table aligns columns.
func table(w io.Writer, fill func(row func(cells ...any))) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fill(func(cells ...any) {
		for i, c := range cells {
			if i > 0 {
				fmt.Fprint(t, "\t")
			}
			fmt.Fprint(t, c)
		}
		fmt.Fprintln(t)
	})
	_ = t.Flush()
}

func doClock(ctx context.Context, a *app, args []string) error {
	const what = "clock [set TIME | advance DURATION | freeze | thaw]"
	if err := need(args, 0, 2, what); err != nil {
		return err
	}
	change, err := clockChange(args)
	if err != nil {
		return err
	}
	var state api.Clock
	if change == nil {
		state, err = a.client.Clock(ctx)
	} else {
		state, err = a.client.MoveClock(ctx, *change)
	}
	if err != nil {
		return err
	}
	return a.print(state, func(w io.Writer) {
		frozen := ""
		if state.Frozen {
			frozen = ", frozen"
		}
		fmt.Fprintf(w, "%s%s\n", state.Now.Format(time.RFC3339), frozen)
	})
}

func clockChange(args []string) (*api.ClockChange, error) {
	yes, no := true, false
	switch {
	case len(args) == 0:
		return nil, nil //nolint:nilnil // nothing to change is no error
	case args[0] == "freeze" && len(args) == 1:
		return &api.ClockChange{Freeze: &yes}, nil
	case args[0] == "thaw" && len(args) == 1:
		return &api.ClockChange{Freeze: &no}, nil
	case args[0] == "advance" && len(args) == 2:
		return &api.ClockChange{Advance: args[1]}, nil
	case args[0] == "set" && len(args) == 2:
		t, err := time.Parse(time.RFC3339, args[1])
		if err != nil {
			return nil, usageError(fmt.Sprintf("%q is no time: write it as 2026-03-02T09:00:00Z", args[1]))
		}
		return &api.ClockChange{Set: &t}, nil
	}
	return nil, usageError("usage: ssprctl clock [set TIME | advance DURATION | freeze | thaw]")
}

func doMailbox(ctx context.Context, a *app, args []string) error {
	if err := need(args, 0, 1, "mailbox [ADDRESS]"); err != nil {
		return err
	}
	mails, err := a.client.Mailbox(ctx, strings.Join(args, ""), "", 0)
	if err != nil {
		return err
	}
	return a.print(mails, func(w io.Writer) {
		for _, m := range mails {
			fmt.Fprintf(w, "%s  to %s\n%s\n\n%s\n\n", m.Time.Format(time.RFC3339), strings.Join(m.To, ", "), m.Subject, strings.TrimSpace(m.Text))
		}
	})
}

func doCode(ctx context.Context, a *app, args []string) error {
	if err := need(args, 1, 1, "code USER"); err != nil {
		return err
	}
	code, err := a.client.AppCode(ctx, args[0])
	if err != nil {
		return err
	}
	return a.print(code, func(w io.Writer) { fmt.Fprintln(w, code.Code) })
}

func doPushes(ctx context.Context, a *app, args []string) error {
	if err := need(args, 1, 3, "pushes USER [approve|deny [NUMBER]]"); err != nil {
		return err
	}
	pushes, err := a.client.Pushes(ctx, args[0])
	if err != nil {
		return err
	}
	if len(args) == 1 {
		return a.print(pushes, func(w io.Writer) {
			for _, p := range pushes {
				fmt.Fprintf(w, "%s  %s  pending %t\n", p.Time.Format(time.RFC3339), p.ID, p.Pending)
			}
		})
	}
	answer := api.PushAnswer{Answer: args[1]}
	if len(args) == 3 {
		if answer.Number, err = strconv.Atoi(args[2]); err != nil {
			return usageError(fmt.Sprintf("%q is no number", args[2]))
		}
	}
	answered := 0
	for _, p := range pushes {
		if !p.Pending {
			continue
		}
		if err := a.client.AnswerPush(ctx, args[0], p.ID, answer); err != nil {
			return err
		}
		answered++
	}
	if answered == 0 {
		return fmt.Errorf("no notification of %s is pending", args[0])
	}
	return nil
}

func doPhone(ctx context.Context, a *app, args []string) error {
	if err := need(args, 1, 1, "phone NUMBER"); err != nil {
		return err
	}
	events, err := a.client.Phone(ctx, args[0], 0)
	if err != nil {
		return err
	}
	return a.print(events, func(w io.Writer) {
		for _, e := range events {
			fmt.Fprintf(w, "%s  %s  %s\n", e.Time.Format(time.RFC3339), e.Kind, e.Text)
		}
	})
}

func doReset(ctx context.Context, a *app, args []string) error {
	if err := need(args, 1, -1, "reset USER [METHOD...] < PASSWORD"); err != nil {
		return err
	}
	password, err := readSecret(a.stdin)
	if err != nil {
		return err
	}
	return a.attempt(ctx, api.NewAttempt{Kind: policy.Reset, User: args[0], NewPassword: secret.New(password), Proofs: proofs(args[1:])})
}

func doUnlock(ctx context.Context, a *app, args []string) error {
	if err := need(args, 1, -1, "unlock USER [METHOD...]"); err != nil {
		return err
	}
	return a.attempt(ctx, api.NewAttempt{Kind: policy.Unlock, User: args[0], Proofs: proofs(args[1:])})
}

func proofs(methods []string) []api.Proof {
	var list []api.Proof
	for _, m := range methods {
		list = append(list, api.Proof{Method: policy.Method(m)})
	}
	return list
}

// attempt prints how it ended and why; anything but done is exit code 1.
func (a *app) attempt(ctx context.Context, in api.NewAttempt) error {
	out, err := a.client.Attempt(ctx, in)
	if err != nil {
		return err
	}
	if err := a.print(out, func(w io.Writer) {
		if out.Attempt != nil {
			fmt.Fprint(w, out.Attempt.Explanation)
		}
	}); err != nil {
		return err
	}
	if out.Outcome != journal.Done {
		return fmt.Errorf("the attempt ended as %s: ssprctl why %s", out.Outcome, out.CorrelationID)
	}
	return nil
}

func doAttempts(ctx context.Context, a *app, args []string) error {
	if err := need(args, 0, 0, "attempts"); err != nil {
		return err
	}
	list, err := a.client.Attempts(ctx)
	if err != nil {
		return err
	}
	return a.print(list, func(w io.Writer) {
		table(w, func(row func(...any)) {
			for _, one := range list {
				row(one.CorrelationID, one.Started.Format(time.RFC3339), one.Kind, one.UserPrincipalName, one.Outcome, one.Code, one.Cause)
			}
		})
	})
}

func doWhy(ctx context.Context, a *app, args []string) error {
	if err := need(args, 1, 1, "why ID"); err != nil {
		return err
	}
	id := args[0]
	if id == "last" {
		list, err := a.client.Attempts(ctx)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fmt.Errorf("nobody has attempted anything yet")
		}
		id = list[0].CorrelationID
	}
	why, err := a.client.Why(ctx, id)
	if err != nil {
		return err
	}
	return a.print(why, func(w io.Writer) { fmt.Fprint(w, why.Explanation) })
}

func doJournal(ctx context.Context, a *app, args []string) error {
	if err := need(args, 0, 1, "journal [audit|application|security|dcagent|signin]"); err != nil {
		return err
	}
	records, err := a.client.Journal(ctx, journal.Query{Channel: journal.Channel(strings.Join(args, ""))}, 0)
	if err != nil {
		return err
	}
	return a.print(records, func(w io.Writer) {
		table(w, func(row func(...any)) {
			for _, r := range records {
				row(r.Time.Format(time.RFC3339), r.Channel, recordText(r))
			}
		})
	})
}

func recordText(r journal.Record) string {
	switch {
	case r.Audit != nil:
		return fmt.Sprintf("%s: %s (%s)", r.Audit.ActivityDisplayName, r.Audit.ResultReason, r.Audit.Result)
	case r.Event != nil:
		return fmt.Sprintf("%s %d %s %s", r.Event.Provider, r.Event.ID, r.Event.Level, strings.SplitN(r.Event.Message, "\n", 2)[0])
	case r.SignIn != nil:
		return fmt.Sprintf("%s: %d %s", r.SignIn.User.UserPrincipalName, r.SignIn.ErrorCode, r.SignIn.Reason)
	}
	return ""
}

func doSignIn(ctx context.Context, a *app, args []string) error {
	if err := need(args, 1, 2, "signin USER [online|offline] < PASSWORD"); err != nil {
		return err
	}
	password, err := readSecret(a.stdin)
	if err != nil {
		return err
	}
	in := api.WorkstationSignIn{User: args[0], Password: secret.New(password), Network: "online"}
	if len(args) == 2 {
		in.Network = args[1]
	}
	out, err := a.client.SignIn(ctx, "first", in)
	if err != nil {
		return err
	}
	if err := a.print(out, func(w io.Writer) { fmt.Fprintln(w, out.Message) }); err != nil {
		return err
	}
	if !out.SignedIn {
		return fmt.Errorf("not signed in: %s", out.NTStatus)
	}
	return nil
}

func doGet(ctx context.Context, a *app, args []string) error {
	if err := need(args, 1, 1, "get PATH"); err != nil {
		return err
	}
	text, err := a.client.Get(ctx, args[0])
	if err != nil {
		return err
	}
	return a.raw(text)
}

func doSet(ctx context.Context, a *app, args []string) error {
	if err := need(args, 2, 2, "set PATH JSON"); err != nil {
		return err
	}
	if !json.Valid([]byte(args[1])) {
		return usageError(fmt.Sprintf("%q is not JSON", args[1]))
	}
	change, value := a.client.Patch, []byte(args[1])
	switch args[0] {
	case "faults":
		change = a.client.Put
	case "tenant": // pictures of the branding may be named: a command line is too short for them
		var err error
		if value, err = tenant.InlinePictures(value, os.DirFS(".")); err != nil {
			return usageError(err.Error())
		}
	}
	text, err := change(ctx, args[0], json.RawMessage(value))
	if err != nil {
		return err
	}
	return a.raw(text)
}

func (a *app) raw(text json.RawMessage) error {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func doPass(ctx context.Context, a *app, args []string) error {
	const what = "pass USER [--by USER] [--start DURATION] [--minutes N] [--once] | pass USER --delete [--by USER]"
	if err := need(args, 1, 8, what); err != nil {
		return err
	}
	var in api.NewPass
	once, remove := false, false
	set := flag.NewFlagSet("ssprctl pass", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&in.By, "by", "", "who issues it")
	set.StringVar(&in.Start, "start", "", "from now")
	set.IntVar(&in.LifetimeInMinutes, "minutes", 0, "lifetime")
	set.BoolVar(&once, "once", false, "one time only")
	set.BoolVar(&remove, "delete", false, "take it away")
	if err := set.Parse(args[1:]); err != nil || set.NArg() > 0 || remove && (once || in != (api.NewPass{By: in.By})) {
		return usageError("usage: ssprctl " + what)
	}
	if remove {
		return a.client.RevokePass(ctx, args[0], in.By)
	}
	if once {
		in.IsUsableOnce = &once
	}
	pass, err := a.client.IssuePass(ctx, args[0], in)
	if err != nil {
		return err
	}
	return a.print(pass, func(w io.Writer) { fmt.Fprintln(w, pass.TemporaryAccessPass) })
}
