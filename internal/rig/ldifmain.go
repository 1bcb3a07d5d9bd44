package rig

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/ldif"
	"github.com/ssprlab/ssprlab/internal/ldif/transfer"
)

// importLDIF carries a file's entries and changes out as the directory's own
// SYSTEM would.
func (l *Lab) importLDIF(ctx context.Context, name string) error {
	file, err := os.Open(name)
	if err != nil {
		return usagef("--ldif %s: %v", name, err)
	}
	defer file.Close()
	to := transfer.Embedded{DC: l.Forest.Domains()[0].DCs()[0], Request: func() directory.Request { return system(l.Clock.Now()) }}
	if _, err := transfer.Import(ctx, to, ldif.NewReader(file), transfer.ImportOptions{}); err != nil {
		return fmt.Errorf("--ldif %s: %w", name, err)
	}
	return nil
}

// ldifFlags is what "ssprctl ldif" is told.
type ldifFlags struct {
	directory    foreignFlags
	filter       string
	all          bool
	skipExisting bool
}

// LDIF exports, imports and checks files in the LDAP Data Interchange Format.
// args is the verb, flags, and a name or files; see docs/data.md.
func LDIF(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	const usage = "usage: ssprctl ldif export [FLAGS] [BASE] | import [FLAGS] FILE... | check FILE...; - is standard input"
	if len(args) == 0 {
		return UsageError{usage}
	}
	var f ldifFlags
	set := flag.NewFlagSet("ssprctl ldif "+args[0], flag.ContinueOnError)
	set.SetOutput(stderr)
	f.directory.declare(set)
	set.StringVar(&f.filter, "filter", "", "export only entries that this `FILTER` finds, as (objectClass=user)")
	set.BoolVar(&f.all, "all", false, "export what the server owns, too: to look at, not to import")
	set.BoolVar(&f.skipExisting, "skip-existing", false, "import: go on after entries that are there already")
	if err := set.Parse(args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return UsageError{err.Error()}
	}
	switch rest := set.Args(); {
	case args[0] == "export" && len(rest) <= 1:
		return f.export(ctx, rest, stdout, stderr)
	case args[0] == "import" && len(rest) > 0:
		return f.importFiles(ctx, rest, stdin, stderr)
	case args[0] == "check" && len(rest) > 0:
		return eachFile(rest, stdin, func(name string, in *ldif.Reader) error { return checkFile(name, in, stdout) })
	}
	return UsageError{usage}
}

// dial connects to the directory that the flags name.
func (f *ldifFlags) dial(ctx context.Context) (transfer.Remote, *ForeignConfig, error) {
	cfg, err := f.directory.config()
	if err != nil {
		return transfer.Remote{}, nil, err
	}
	if cfg == nil {
		return transfer.Remote{}, nil, usagef("--directory is missing: name the directory, as ldaps://127.0.0.1:10636, and --directory-ready or --bind-dn, --bind-password-file and --ca")
	}
	roots, err := rootsOf(cfg.CA)
	if err != nil {
		return transfer.Remote{}, nil, err
	}
	d, err := transfer.Dial(ctx, transfer.Target{URL: cfg.URLs[0], BindName: cfg.BindName, Password: cfg.BindPassword, CA: roots})
	return d, cfg, err
}

func (f *ldifFlags) export(ctx context.Context, base []string, stdout, stderr io.Writer) error {
	d, cfg, err := f.dial(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	o := transfer.ExportOptions{Base: cfg.BaseDN, Filter: f.filter, All: f.all}
	if len(base) > 0 {
		o.Base = base[0]
	}
	if o.Base == "" {
		if o.Base, _, err = transfer.Head(ctx, d); err != nil {
			return err
		}
	}
	n, err := transfer.Export(ctx, d, o, ldif.NewWriter(stdout))
	if err == nil {
		fmt.Fprintf(stderr, "%d entries of %s\n", n, o.Base)
	}
	return err
}

// importFiles writes to the directory, if that is a lab or its owner said so.
func (f *ldifFlags) importFiles(ctx context.Context, names []string, stdin io.Reader, stderr io.Writer) error {
	d, cfg, err := f.dial(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	if !cfg.Confirmed {
		head, says, err := transfer.Head(ctx, d)
		if err != nil {
			return err
		}
		if says != LabMarker {
			return usagef("--directory %s: %s does not say that it is a lab: add --foreign-directory if it is meant to be written to", cfg.URLs[0], head)
		}
	}
	return eachFile(names, stdin, func(name string, in *ldif.Reader) error {
		done, err := transfer.Import(ctx, d, in, transfer.ImportOptions{SkipExisting: f.skipExisting})
		fmt.Fprintf(stderr, "%s: %s\n", name, done)
		return err
	})
}

// checkFile reads a file and changes nothing.
func checkFile(name string, in *ldif.Reader, stdout io.Writer) error {
	n := 0
	for {
		switch _, err := in.Read(); {
		case errors.Is(err, io.EOF):
			fmt.Fprintf(stdout, "%s: %d records\n", name, n)
			return nil
		case err != nil:
			return err
		}
		n++
	}
}

func eachFile(names []string, stdin io.Reader, do func(string, *ldif.Reader) error) error {
	for _, name := range names {
		if err := withFile(name, stdin, func(in io.Reader) error { return do(name, ldif.NewReader(in)) }); err != nil {
			return err
		}
	}
	return nil
}

func withFile(name string, stdin io.Reader, do func(io.Reader) error) error {
	in := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return UsageError{err.Error()}
		}
		defer file.Close()
		in = file
	}
	if err := do(in); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
