package ssprctl

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/ssprlab/ssprlab/internal/control/client"
	"github.com/ssprlab/ssprlab/internal/rig"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a mistake in the command line.
type usageError string

func (e usageError) Error() string { return string(e) }

// An app is one call of the program.
type app struct {
	client         client.Client
	json           bool
	stdin          io.Reader
	stdout, stderr io.Writer
}

// A command is a word of the command line.
type command struct {
	name, args, summary string
	run                 func(ctx context.Context, a *app, args []string) error
}

func commands() []command {
	return []command{
		{"labs", "[create [SEED] | fork | snapshot | restore ID | delete]", "list the labs; or start one, fork --lab, keep a snapshot of it, go back to one, end it", doLabs},
		{"clock", "[set TIME | advance DURATION | freeze | thaw]", "show or move the lab's clock", doClock},
		{"mailbox", "[ADDRESS]", "show mail", doMailbox},
		{"code", "USER", "show what a person's authenticator app shows", doCode},
		{"token", "[upload FILE | assign SERIAL USER | activate SERIAL | …]", "list hardware tokens; or do what administrators do with them, read a token, set its clock wrong", doToken},
		{"pushes", "USER [approve|deny [NUMBER]]", "show or answer the notifications of a person's app", doPushes},
		{"phone", "NUMBER", "show texts and calls of a phone", doPhone},
		{"reset", "USER [METHOD...]", "do what a person does who forgot; the new password is read from standard input", doReset},
		{"unlock", "USER [METHOD...]", "do what a person does who knows the password and is locked out", doUnlock},
		{"attempts", "", "list decision records", doAttempts},
		{"why", "ID", "explain how an attempt ended, by its support code; last is the newest", doWhy},
		{"journal", "[audit|application|security|dcagent|signin]", "show the logs", doJournal},
		{"signin", "USER [online|offline]", "sign in at the first workstation; the password is read from standard input", doSignIn},
		{"certificate", "ACCOUNT [--out DIR]", "issue a client certificate, with which an account binds by SASL EXTERNAL", doCertificate},
		{"pass", "USER [--by USER] [--start DURATION] [--minutes N] [--once] | USER --delete [--by USER]", "issue a Temporary Access Pass and print it, for the only time; or delete it", doPass},
		{"get", "PATH", "read a resource: tenant, users/NAME, domains/NAME, domains/NAME/policy, domains/NAME/protection, domains/NAME/settings, domains/NAME/controllers/NAME, agents/NAME, directory/NAME, faults", doGet},
		{"set", "PATH JSON", "change a resource by a JSON merge patch, or replace the list of faults", doSet},
		{"scenario", "run [--format tap|junit] [--update] FILE...", "tell stories, each in a lab of its own", doScenario},
		{"ldif", "export [BASE] | import FILE... | check FILE...", "move entries between LDIF files and directories: ldif export --help", doLDIF},
		{"conformance", "run --url URL --bind-dn NAME [--ca FILE]... | list", "hold a directory against the answers of Active Directory", doConformance},
		{"health", "URL", "exit 0 when a portal or directory serves: http://…, ldap://…, or file:READY", doHealth},
	}
}

// Main is the program ssprctl: it returns its exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return program(ctx, args, os.Stdin, stdout, stderr)
}

func program(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	err := run(ctx, args, stdin, stdout, stderr)
	switch _, misused := errors.AsType[usageError](err); {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return exitDone
	case misused:
		fmt.Fprintf(stderr, "ssprctl: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "ssprctl: %v\n", err)
	return exitFailed
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	ready := ""
	set := flag.NewFlagSet("ssprctl", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&a.client.URL, "url", env("SSPR_URL", "http://127.0.0.1:8080"), "the portal")
	set.StringVar(&a.client.Token, "token", env("SSPR_TOKEN", ""), "token of the control API, where the portal was started with --public")
	set.StringVar(&ready, "ready", env("SSPR_READY", ""), "take --url and --token from this ready `FILE`")
	set.StringVar(&a.client.Lab, "lab", env("SSPR_LAB", ""), "ID of the lab; default: the first")
	set.BoolVar(&a.json, "json", false, "print JSON")
	set.Usage = func() { usage(stderr, set) }
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usageError(err.Error() + ": see --help")
	}
	if ready != "" {
		r, err := rig.ReadReady(ready)
		if err != nil {
			return usageError("--ready " + ready + ": " + err.Error())
		}
		a.client.URL, a.client.Token = r.Portal, r.ControlToken
	}
	if set.NArg() == 0 {
		usage(stderr, set)
		return usageError("no command given")
	}
	name := set.Arg(0)
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		return usageError(fmt.Sprintf("unknown command %q: see --help", name))
	}
	return all[i].run(ctx, a, set.Args()[1:])
}

func env(name, otherwise string) string {
	if v, ok := os.LookupEnv(name); ok {
		return v
	}
	return otherwise
}

func usage(w io.Writer, set *flag.FlagSet) {
	fmt.Fprint(w, "ssprctl drives a running SSPR Lab, a test double: ssprctl [FLAGS] COMMAND [ARGUMENTS]\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-11s %-48s %s\n", c.name, c.args, c.summary)
	}
	fmt.Fprint(w, "\nFlags (environment: SSPR_URL, SSPR_TOKEN, SSPR_READY, SSPR_LAB):\n")
	set.PrintDefaults()
}

// need checks the number of arguments.
func need(args []string, low, high int, what string) error {
	if len(args) < low || high >= 0 && len(args) > high {
		return usageError("usage: ssprctl " + what)
	}
	return nil
}

// print writes v as JSON when that is asked for, else calls text.
func (a *app) print(v any, text func(w io.Writer)) error {
	if !a.json {
		text(a.stdout)
		return nil
	}
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// readSecret reads a line of standard input: secrets are not for command lines.
func readSecret(r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, 4096))
	if err != nil {
		return "", fmt.Errorf("reading the password from standard input: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	if line == "" {
		return "", usageError("the password is read from standard input, and there was none: printf '%s' … | ssprctl …")
	}
	return line, nil
}
