package rig

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// envPrefix begins the name of the environment variable of every flag:
// --smtp-listen is SSPR_SMTP_LISTEN.
const envPrefix = "SSPR_"

// exit codes of every program.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// A UsageError is a mistake in flags, environment or configuration file. It
// names the flag, the value and the remedy.
type UsageError struct{ Text string }

func (e UsageError) Error() string { return e.Text }

func usagef(format string, args ...any) error { return UsageError{fmt.Sprintf(format, args...)} }

// options reads one program's flags, in this order of precedence: command line,
// environment, configuration file, default.
type options struct {
	set    *flag.FlagSet
	config string
	getenv func(string) (string, bool)
}

func newOptions(program, summary string, stderr io.Writer, getenv func(string) (string, bool)) *options {
	o := &options{set: flag.NewFlagSet(program, flag.ContinueOnError), getenv: getenv}
	o.set.SetOutput(stderr)
	o.set.Usage = func() {
		fmt.Fprintf(stderr, "%s\n\nEvery flag has an environment variable (--smtp-listen is %sSMTP_LISTEN) and a key in --config FILE (YAML).\n\n", summary, envPrefix)
		o.set.PrintDefaults()
	}
	o.set.StringVar(&o.config, "config", "", "read settings from this YAML `FILE`: one key for each flag, without the dashes")
	return o
}

// parse fills the variables of all flags.
func (o *options) parse(args []string) error {
	if err := o.set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return UsageError{err.Error() + ": see --help"}
	}
	if o.set.NArg() > 0 {
		return usagef("unexpected argument %q: all settings are flags, see --help", o.set.Arg(0))
	}
	given := map[string]bool{}
	o.set.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if err := o.fromEnvironment(given); err != nil {
		return err
	}
	if o.config == "" {
		return nil
	}
	return o.fromFile(given)
}

func (o *options) fromEnvironment(given map[string]bool) error {
	var problems []error
	o.set.VisitAll(func(f *flag.Flag) {
		name := envPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := o.getenv(name)
		if !ok || given[f.Name] {
			return
		}
		given[f.Name] = true
		if err := o.set.Set(f.Name, value); err != nil {
			problems = append(problems, usagef("environment variable %s: %q: %v", name, value, err))
		}
	})
	return errors.Join(problems...)
}

func (o *options) fromFile(given map[string]bool) error {
	text, err := os.ReadFile(o.config)
	if err != nil {
		return usagef("--config %s: %v", o.config, err)
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return usagef("--config %s: %s", o.config, yaml.FormatError(err, false, false))
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil
	}
	pairs, err := mappingPairs(file.Docs[0].Body)
	if err != nil {
		return usagef("--config %s: %v", o.config, err)
	}
	for _, pair := range pairs {
		key, line := keyText(pair), pair.Key.GetToken().Position.Line
		f := o.set.Lookup(key)
		if f == nil || key == "config" {
			return usagef("--config %s: line %d: unknown key %q: %s", o.config, line, key, o.nearest(key))
		}
		if given[key] {
			continue
		}
		value, err := scalarText(pair.Value)
		if err == nil {
			err = o.set.Set(key, value)
		}
		if err != nil {
			return usagef("--config %s: line %d: %s: %s: %v", o.config, line, key, pair.Value, err)
		}
	}
	return nil
}

func mappingPairs(body ast.Node) ([]*ast.MappingValueNode, error) {
	switch n := body.(type) {
	case *ast.MappingNode:
		return n.Values, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, nil
	}
	return nil, fmt.Errorf("expected keys and values, found %s", body.Type())
}

// keyText is a key as it is meant: without the quotes that YAML allows.
func keyText(pair *ast.MappingValueNode) string {
	if text, ok := pair.Key.(*ast.StringNode); ok {
		return text.Value
	}
	return pair.Key.String()
}

func scalarText(n ast.Node) (string, error) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return v.GetToken().Value, nil
	case *ast.NullNode:
		return "", nil
	}
	return "", fmt.Errorf("expected a single value, found %s", n.Type())
}

// fail prints err and returns the exit code it stands for.
func fail(stderr io.Writer, program string, err error) int {
	if errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	fmt.Fprintf(stderr, "%s: %v\n", program, err)
	if _, ok := errors.AsType[UsageError](err); ok {
		return exitUsage
	}
	return exitFailed
}
