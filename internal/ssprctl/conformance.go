package ssprctl

import (
	"context"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/ssprlab/ssprlab/internal/conformance"
	"github.com/ssprlab/ssprlab/internal/secret"
)

const conformanceUsage = "conformance run --url ldaps://HOST --bind-dn NAME [--ca FILE] [--ldap-url URL] [--gc-url URL] [--gcs-url URL] [--base-dn DN] [--dialect windows|samba] [--record FILE] [--only PREFIX]..., conformance list"

// doConformance holds a directory against the answers of Active Directory.
func doConformance(ctx context.Context, a *app, args []string) error {
	exchanges, err := conformance.All()
	if err != nil {
		return err
	}
	switch {
	case len(args) == 1 && args[0] == "list":
		for _, x := range exchanges {
			fmt.Fprintf(a.stdout, "%-34s %s\n", x.ID, x.Title)
		}
		return nil
	case len(args) == 0 || args[0] != "run":
		return usageError("usage: ssprctl " + conformanceUsage)
	}
	set := flag.NewFlagSet("ssprctl conformance run", flag.ContinueOnError)
	set.SetOutput(a.stderr)
	url := set.String("url", "", "the domain controller: ldaps://HOST[:PORT]")
	plain := set.String("ldap-url", "", "its port in clear, where that is not 389: ldap://HOST:PORT")
	gc := set.String("gc-url", "", "its global catalogue in clear, where that is not port 3268: ldap://HOST:PORT")
	gcs := set.String("gcs-url", "", "its global catalogue over TLS, where that is not port 3269: ldaps://HOST:PORT")
	bind := set.String("bind-dn", "", "an administrator of the domain: exchanges make users, change the policy and restore it")
	passwordFile := set.String("bind-password-file", "", "`FILE` with the password; without it the password is read from standard input")
	ca := set.String("ca", "", "certificate authority of the directory (PEM `FILE`); default: the system's")
	base := set.String("base-dn", "", "the domain; default: the default naming context")
	dialect := set.String("dialect", "windows", "whose answers are expected: windows or samba")
	record := set.String("record", "", "write the answers to this `FILE`, one JSON object a line")
	var only []string
	set.Func("only", "play only the exchanges whose ID or file starts with this; may be given again", func(s string) error { only = append(only, s); return nil })
	if err := set.Parse(args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usageError(err.Error())
	}
	if *url == "" || *bind == "" || set.NArg() > 0 {
		return usageError("usage: ssprctl " + conformanceUsage)
	}
	target := conformance.Target{URL: *url, PlainURL: *plain, GCURL: *gc, GCSURL: *gcs, BindDN: *bind, BaseDN: *base, Dialect: conformance.Dialect(*dialect)}
	if target.Dialect != conformance.Windows && target.Dialect != conformance.Samba {
		return usageError(fmt.Sprintf("--dialect %s: windows or samba", *dialect))
	}
	if target.CA, err = authorities(*ca); err != nil {
		return err
	}
	if target.Password, err = bindPassword(*passwordFile); err != nil {
		return err
	}
	exchanges = chosen(exchanges, only)
	if len(exchanges) == 0 {
		return usageError("--only " + strings.Join(only, ", ") + ": no exchange is called so; see ssprctl conformance list")
	}
	return hold(ctx, a, target, exchanges, *record)
}

// hold plays exchanges, prints the report and fails when something differs.
func hold(ctx context.Context, a *app, target conformance.Target, exchanges []conformance.Exchange, record string) error {
	// Names of a run must differ from those of another on the same domain.
	report, err := conformance.Run(ctx, target, fmt.Sprintf("%05x", rand.N(1<<20)), exchanges)
	if len(report.Outcomes) > 0 {
		err = errors.Join(err, report.Write(a.stdout))
	}
	if record != "" && err == nil {
		err = writeRecord(record, report)
	}
	if err != nil {
		return err
	}
	if _, differ, _ := report.Counts(); differ > 0 {
		return fmt.Errorf("%d of %d exchanges differ", differ, len(report.Outcomes))
	}
	return nil
}

func writeRecord(name string, report conformance.Report) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("--record %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return report.Record(f)
}

func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--ca %s: no certificate in PEM form in it", file)
	}
	return pool, nil
}

func bindPassword(file string) (secret.Text, error) {
	if file == "" {
		text, err := readSecret(os.Stdin)
		return secret.New(text), err
	}
	f, err := os.Open(file)
	if err != nil {
		return secret.Text{}, fmt.Errorf("--bind-password-file: %w", err)
	}
	defer f.Close()
	text, err := readSecret(f)
	return secret.New(text), err
}

func chosen(all []conformance.Exchange, prefixes []string) []conformance.Exchange {
	if len(prefixes) == 0 {
		return all
	}
	var out []conformance.Exchange
	for _, x := range all {
		for _, p := range prefixes {
			if strings.HasPrefix(x.ID, p) || strings.HasPrefix(x.File, p) {
				out = append(out, x)
				break
			}
		}
	}
	return out
}
