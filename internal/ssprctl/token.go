package ssprctl

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/secret"
)

const tokenUsage = "token [upload FILE | assign SERIAL USER | unassign SERIAL | activate SERIAL [CODE] | code SERIAL | drift SERIAL DURATION | delete SERIAL]"

func doToken(ctx context.Context, a *app, args []string) error {
	if len(args) == 0 {
		return a.listTokens(ctx)
	}
	word, args := args[0], args[1:]
	switch n := len(args); {
	case word == "upload" && n == 1:
		return a.uploadTokens(ctx, args[0])
	case word == "assign" && n == 2:
		return a.showToken(a.client.ChangeToken(ctx, args[0], api.TokenChange{AssignedTo: &args[1]}))
	case word == "unassign" && n == 1:
		nobody := ""
		return a.showToken(a.client.ChangeToken(ctx, args[0], api.TokenChange{AssignedTo: &nobody}))
	case word == "activate" && (n == 1 || n == 2):
		var in api.TokenActivation
		if n == 2 {
			in.VerificationCode = secret.New(args[1])
		}
		return a.showToken(a.client.ActivateToken(ctx, args[0], in))
	case word == "code" && n == 1:
		code, err := a.client.TokenCode(ctx, args[0])
		if err != nil {
			return err
		}
		return a.print(code, func(w io.Writer) { fmt.Fprintln(w, code.Code) })
	case word == "drift" && n == 2:
		return a.showToken(a.client.ChangeToken(ctx, args[0], api.TokenChange{Drift: &args[1]}))
	case word == "delete" && n == 1:
		return a.client.DeleteToken(ctx, args[0])
	}
	return usageError("usage: ssprctl " + tokenUsage)
}

func (a *app) listTokens(ctx context.Context) error {
	all, err := a.client.Tokens(ctx)
	if err != nil {
		return err
	}
	return a.print(all, func(w io.Writer) { tokenTable(w, all...) })
}

func tokenTable(w io.Writer, all ...api.HardwareToken) {
	table(w, func(row func(...any)) {
		for _, t := range all {
			row(t.SerialNumber, t.Status, t.AssignedTo, fmt.Sprintf("%ds", t.TimeIntervalInSeconds), t.HashFunction, t.Manufacturer, t.Model)
		}
	})
}

func (a *app) showToken(t api.HardwareToken, err error) error {
	if err != nil {
		return err
	}
	return a.print(t, func(w io.Writer) { tokenTable(w, t) })
}

// uploadTokens reads a CSV file, or standard input for "-". Bad lines are told
// and exit code 1; the others are in the tenant then.
func (a *app) uploadTokens(ctx context.Context, name string) error {
	read := func() ([]byte, error) { return os.ReadFile(name) }
	if name == "-" {
		read = func() ([]byte, error) { return io.ReadAll(a.stdin) }
	}
	text, err := read()
	if err != nil {
		return usageError("reading the tokens: " + err.Error())
	}
	up, err := a.client.UploadTokens(ctx, api.TokenFile{CSV: secret.New(string(text))})
	if err != nil {
		return err
	}
	if err := a.print(up, func(w io.Writer) { tokenTable(w, up.Tokens...) }); err != nil {
		return err
	}
	for _, f := range up.Failures {
		where := fmt.Sprintf("line %d", f.Line)
		if f.Field != "" {
			where += ", " + f.Field
		}
		fmt.Fprintf(a.stderr, "%s: %s\n", where, f.Reason)
	}
	if n := len(up.Failures); n > 0 {
		return fmt.Errorf("%d problems in %s: correct the lines and upload them again", n, name)
	}
	return nil
}
