package ssprctl

import (
	"context"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/conformance"
	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/secret"
)

const conformanceUsage = "conformance run --url ldaps://HOST --bind-dn NAME [--ca FILE] [--ldap-url URL] [--gc-url URL] [--gcs-url URL] [--base-dn DN] [--dialect windows|windows-2016|windows-2022|samba] [--record FILE] [--only PREFIX]... [--with-lab | --samba-log FILE], conformance list"

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
	dialect := set.String("dialect", "windows", "whose answers are expected: windows, windows-2016, windows-2022 or samba; windows leaves out what the versions differ by")
	record := set.String("record", "", "write the answers to this `FILE`, one JSON object a line")
	withLab := set.Bool("with-lab", false, "the domain controller is one of the lab that --url or --ready before the command name: read its Security log and switch its signing there")
	sambaLog := set.String("samba-log", "", "the domain controller is a Samba on this machine with \"log level = "+conformance.SambaLogLevel+"\": read the events in its log `FILE`")
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
	target := conformance.Target{URL: *url, PlainURL: *plain, GCURL: *gc, GCSURL: *gcs, BindDN: *bind, BaseDN: *base, Dialect: conformance.Dialect(*dialect), LabMarker: rig.LabMarker}
	switch target.Dialect {
	case conformance.Windows, conformance.Samba:
	case conformance.Windows2016, conformance.Windows2022:
		target.Dialect, target.Version = conformance.Windows, target.Dialect
	default:
		return usageError(fmt.Sprintf("--dialect %s: windows, windows-2016, windows-2022 or samba", *dialect))
	}
	switch {
	case *withLab && *sambaLog != "":
		return usageError("--with-lab and --samba-log: give one of the two")
	case *withLab:
		target.Events, target.Signing = a.securityLog(), a.signing(*url)
	case *sambaLog != "":
		target.Events = conformance.SambaLog(*sambaLog)
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
	target.Progress = progress(a.stderr, len(exchanges))
	return hold(ctx, a, target, exchanges, *record)
}

// hold plays exchanges, prints the report and fails when something differs.
func hold(ctx context.Context, a *app, target conformance.Target, exchanges []conformance.Exchange, record string) error {
	// Names of a run must differ from those of another on the same domain.
	report, err := conformance.Run(ctx, target, fmt.Sprintf("%05x", rand.N(1<<20)), exchanges)
	if len(report.Outcomes) > 0 {
		err = errors.Join(err, report.Write(a.stdout))
	}
	if record != "" && len(report.Outcomes) > 0 {
		err = errors.Join(err, writeRecord(record, report))
	}
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted after %d of %d exchanges; what they made is gone, what they set is restored", len(report.Outcomes), len(exchanges))
	}
	if err != nil {
		return err
	}
	if n := report.Counts(); n.Differ > 0 {
		return fmt.Errorf("%d of the %d exchanges that were played differ", n.Differ, n.Agree+n.Known+n.Differ)
	}
	return nil
}

// securityLog reads the Security log of the lab.
func (a *app) securityLog() func(context.Context) ([]conformance.Event, error) {
	after := int64(0)
	return func(ctx context.Context) ([]conformance.Event, error) {
		records, err := a.client.Journal(ctx, journal.Query{Channel: journal.Security, After: after}, 0)
		if err != nil {
			return nil, fmt.Errorf("reading the lab's Security log: %w", err)
		}
		var events []conformance.Event
		for _, r := range records {
			after = r.Seq
			data := map[string]string{}
			for _, d := range r.Event.Data {
				data[d.Key] = d.Value
			}
			events = append(events, conformance.WindowsEvent(r.Event.ID, r.Event.Level == "Success", data))
		}
		return events, nil
	}
}

// signing switches whether a domain controller of the lab takes passwords in
// clear.
func (a *app) signing(url string) func(context.Context, bool) error {
	return func(ctx context.Context, required bool) error {
		lab, err := a.client.Describe(ctx)
		if err != nil {
			return fmt.Errorf("asking the lab for its domain controllers: %w", err)
		}
		i := slices.IndexFunc(lab.Controllers, func(c api.Controller) bool { return c.LDAPS == url })
		if i < 0 {
			return fmt.Errorf("the lab has no domain controller at %s", url)
		}
		c := lab.Controllers[i]
		_, err = a.client.Patch(ctx, "domains/"+c.Domain+"/controllers/"+c.Name, fmt.Appendf(nil, `{"requireSigning":%t}`, required))
		return err
	}
}

// progress says which file of exchanges is being played: a run takes minutes.
func progress(w io.Writer, total int) func(*conformance.Exchange) {
	file, n := "", 0
	return func(x *conformance.Exchange) {
		if x.File != file {
			file = x.File
			fmt.Fprintf(w, "%4d of %d: %s\n", n, total, strings.TrimSuffix(file, ".txt"))
		}
		n++
	}
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
