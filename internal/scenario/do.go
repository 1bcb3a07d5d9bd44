package scenario

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
	"golang.org/x/net/html/atom"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

func doClock(ctx context.Context, r *run, args []string) error {
	change := api.ClockChange{}
	if args[0] == "advance" {
		if len(args) != 2 {
			return errors.New("clock advance takes a duration as 25h")
		}
		change.Advance = args[1]
	} else {
		t, err := time.Parse(time.RFC3339, args[0])
		if err != nil {
			return fmt.Errorf("clock takes a time as 2026-03-02T09:00:00Z: %w", err)
		}
		change.Set = &t
	}
	_, err := r.world.Control.MoveClock(ctx, change)
	return err
}

func doAs(_ context.Context, r *run, args []string) error {
	r.person = args[0]
	return nil
}

func doVisit(ctx context.Context, r *run, args []string) error {
	b, err := r.browser()
	if err != nil {
		return err
	}
	if err := b.visit(ctx, args[0]); err != nil {
		return err
	}
	r.out.page(b)
	return nil
}

func doReload(ctx context.Context, r *run, _ []string) error {
	b, err := r.browser()
	if err != nil {
		return err
	}
	if err := b.reload(ctx); err != nil {
		return err
	}
	r.out.page(b)
	return nil
}

func doEnter(ctx context.Context, r *run, args []string) error {
	b, err := r.browser()
	if err != nil {
		return err
	}
	value, err := r.lookUp(ctx, args[1])
	if err != nil {
		return err
	}
	return b.enter(args[0], value)
}

// lookUp reads a value from a person's device where the story says so.
func (r *run) lookUp(ctx context.Context, value string) (string, error) {
	switch device, whose, _ := strings.Cut(value, ":"); device {
	case "@mail":
		mails, err := r.world.Control.Mailbox(ctx, whose, "", 0)
		if err != nil {
			return "", err
		}
		for i := len(mails) - 1; i >= 0; i-- {
			if mails[i].Code != "" {
				return mails[i].Code, nil
			}
		}
		return "", fmt.Errorf("no mail to %s holds a code", whose)
	case "@app":
		code, err := r.world.Control.AppCode(ctx, whose)
		return code.Code, err
	case "@token":
		code, err := r.world.Control.TokenCode(ctx, whose)
		return code.Code, err
	case "@text":
		events, err := r.world.Control.Phone(ctx, whose, 0)
		if err != nil {
			return "", err
		}
		for i := len(events) - 1; i >= 0; i-- {
			if events[i].Code != "" {
				return events[i].Code, nil
			}
		}
		return "", fmt.Errorf("no text message to %s holds a code", whose)
	}
	return value, nil
}

func doChoose(_ context.Context, r *run, args []string) error {
	b, err := r.browser()
	if err != nil {
		return err
	}
	return b.choose(args[0])
}

func doPress(ctx context.Context, r *run, args []string) error {
	b, err := r.browser()
	if err != nil {
		return err
	}
	if err := b.press(ctx, args[0]); err != nil {
		return err
	}
	r.out.page(b)
	return nil
}

// doRobot answers the robot check as somebody does who can see it.
func doRobot(ctx context.Context, r *run, _ []string) error {
	b, err := r.browser()
	if err != nil {
		return err
	}
	id, field := "", ""
	for n := range walk(b.doc) {
		if n.DataAtom != atom.Input {
			continue
		}
		switch attr(n, "name") {
		case "robot", "robotId":
			id = attr(n, "value")
		case "answer", "robotAnswer", "characters":
			field = attr(n, "id")
		}
	}
	if id == "" || field == "" {
		return errors.New("the page has no robot check")
	}
	answer, err := r.world.Control.Robot(ctx, id)
	if err != nil {
		return err
	}
	for n := range walk(b.doc) {
		if attr(n, "id") == field {
			b.filled[n] = answer
		}
	}
	return nil
}

func doReset(ctx context.Context, r *run, args []string) error {
	return r.attempt(ctx, api.NewAttempt{Kind: policy.Reset, User: args[0], NewPassword: secret.New(args[1]), Proofs: proofs(args[2:])})
}

func doUnlock(ctx context.Context, r *run, args []string) error {
	return r.attempt(ctx, api.NewAttempt{Kind: policy.Unlock, User: args[0], Proofs: proofs(args[1:])})
}

func doChange(ctx context.Context, r *run, args []string) error {
	return r.attempt(ctx, api.NewAttempt{
		Kind: policy.Change, User: args[0], CurrentPassword: secret.New(args[1]), NewPassword: secret.New(args[2]),
	})
}

func proofs(methods []string) []api.Proof {
	var list []api.Proof
	for _, m := range methods {
		list = append(list, api.Proof{Method: policy.Method(m)})
	}
	return list
}

func (r *run) attempt(ctx context.Context, in api.NewAttempt) error {
	out, err := r.world.Control.Attempt(ctx, in)
	if err != nil {
		return err
	}
	r.last = out.CorrelationID
	said := []string{string(out.Outcome)}
	for _, word := range []string{out.Message, string(out.PasswordReason), string(out.Code)} {
		if word != "" {
			said = append(said, word)
		}
	}
	r.out.say("  outcome %s", strings.Join(said, ", "))
	return nil
}

func doSignIn(ctx context.Context, r *run, args []string) error {
	in := api.WorkstationSignIn{User: args[0], Password: secret.New(args[1]), Network: "online"}
	if len(args) > 2 {
		in.Network = args[2]
	}
	out, err := r.world.Control.SignIn(ctx, "first", in)
	if err != nil {
		return err
	}
	told := "refused"
	if out.SignedIn {
		told = "signed in, " + out.Source
	}
	if out.SubCode != "" {
		told += ", data " + out.SubCode
	}
	r.out.say("  workstation %s: %s", told, out.Message)
	return nil
}

// doLDAP speaks to a domain controller as any client does: one connection to
// each, TLS. Without "at NAME" it is the first one.
func doLDAP(ctx context.Context, r *run, args []string) error {
	at, said, args := controllerOf(args)
	if len(args) < 3 {
		return fmt.Errorf("ldap takes other arguments: %s", words()["ldap"].usage)
	}
	conn, err := r.connect(ctx, at)
	if err != nil {
		return err
	}
	switch args[0] {
	case "bind":
		err := conn.Bind(args[1], args[2])
		r.out.say("  ldap%s bind %s → %s", said, args[1], answer(err))
		return nil
	case "search":
		found, err := conn.Search(ldap.NewSearchRequest(args[1], ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, args[2], args[3:], nil))
		if err != nil {
			r.out.say("  ldap%s search %s → %s", said, args[2], answer(err))
			return nil
		}
		for _, e := range found.Entries {
			r.out.say("  ldap%s entry %s", said, e.DN)
			for _, a := range e.Attributes {
				r.out.say("    %s: %s", a.Name, strings.Join(a.Values, " | "))
			}
		}
		return nil
	}
	return fmt.Errorf("ldap does not know %q: bind or search", args[0])
}

// controllerOf takes "at NAME" from the front of arguments. said is the same for
// the transcript.
func controllerOf(args []string) (name, said string, rest []string) {
	if len(args) > 2 && args[0] == "at" {
		return args[1], " at " + args[1], args[2:]
	}
	return "", "", args
}

// connect is the story's connection to a domain controller.
func (r *run) connect(ctx context.Context, controller string) (*ldap.Conn, error) {
	if have := r.ldap[controller]; have != nil && !have.IsClosing() {
		return have, nil
	}
	target := r.world.LDAPS
	if controller != "" {
		lab, err := r.world.Control.Describe(ctx)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(lab.Controllers, func(c api.Controller) bool {
			return strings.EqualFold(controller, c.Name) || strings.EqualFold(controller, c.Host)
		})
		if i < 0 {
			return nil, fmt.Errorf("the lab has no domain controller %q", controller)
		}
		target = lab.Controllers[i].LDAPS
	}
	raw, err := r.world.Dial(ctx, "tcp", strings.TrimPrefix(target, "ldaps://"))
	if err != nil {
		return nil, fmt.Errorf("reaching the directory: %w", err)
	}
	conn := ldap.NewConn(tls.Client(raw, &tls.Config{RootCAs: r.world.Roots, ServerName: r.world.Host, MinVersion: tls.VersionTLS12}), true)
	conn.Start()
	r.ldap[controller] = conn
	return conn, nil
}

func answer(err error) string {
	if err == nil {
		return "0 success"
	}
	le, ok := errors.AsType[*ldap.Error](err)
	if !ok {
		return err.Error()
	}
	return fmt.Sprintf("%d %s %q", le.ResultCode, ldap.LDAPResultCodeMap[le.ResultCode], le.Err.Error())
}

func doSet(ctx context.Context, r *run, args []string) error {
	if !json.Valid([]byte(args[1])) {
		return fmt.Errorf("set takes a JSON merge patch, not %s", args[1])
	}
	_, err := r.world.Control.Patch(ctx, args[0], json.RawMessage(args[1]))
	return err
}

func doFault(ctx context.Context, r *run, args []string) error {
	body := args[0]
	if body == "none" {
		body = "[]"
	}
	if !json.Valid([]byte(body)) {
		return fmt.Errorf("fault takes a list of faults in JSON, or none; not %s", body)
	}
	_, err := r.world.Control.Put(ctx, "faults", json.RawMessage(body))
	return err
}
