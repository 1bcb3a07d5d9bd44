package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/ssprlab/ssprlab/internal/control"
	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// noListener is the address of a listener that a lab goes without.
const noListener = "none"

// fakeadFlags is what fakead is told.
type fakeadFlags struct {
	lab                                              LabConfig
	seedFile, clock, randSeed, ready, names, control string
	data                                             string
	public, verbose                                  bool
}

// FakeADMain is the program fakead: it returns its exit code.
func FakeADMain(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := runFakeAD(ctx, args, stdout, stderr, os.LookupEnv); err != nil {
		return fail(stderr, "fakead", err)
	}
	return exitDone
}

func runFakeAD(ctx context.Context, args []string, stdout, stderr io.Writer, getenv func(string) (string, bool)) (err error) {
	var f fakeadFlags
	o := newOptions("fakead", "fakead serves the embedded Active Directory alone, over LDAP and LDAPS.", stderr, getenv)
	o.set.StringVar(&f.lab.LDAPListen, "ldap-listen", "127.0.0.1:10389", "LDAP in clear and StartTLS; port 0 picks one")
	o.set.StringVar(&f.lab.LDAPSListen, "ldaps-listen", "127.0.0.1:10636", "LDAP over TLS")
	declareCatalogue(o.set, &f.lab)
	o.set.StringVar(&f.control, "control-listen", "", "serve the control API (clock, policy, accounts, Security log) on this `ADDR`")
	o.set.StringVar(&f.seedFile, "seed", "", "seed `FILE` (YAML); default: the demo")
	o.set.StringVar(&f.lab.LDIF, "ldif", "", "carry out this LDIF `FILE` (entries or changes, RFC 2849) on top of the seed, before serving")
	o.set.StringVar(&f.data, "data", "", "keep the directory in this `DIR`, so that every acknowledged change survives; a later start goes on with it")
	o.set.StringVar(&f.clock, "clock", "", "starting time, as 2026-03-02T09:00:00Z; default: now")
	o.set.StringVar(&f.randSeed, "rand-seed", "", "number that identifiers are drawn from; default: random")
	o.set.StringVar(&f.ready, "ready", "", "write this JSON `FILE` when the directory serves, and beside it the CA and the service account's password")
	o.set.StringVar(&f.names, "host", "", "further host names of the certificate, separated by commas")
	o.set.BoolVar(&f.public, "public", false, "allow listeners that other machines can reach; the control API then needs its token")
	o.set.BoolVar(&f.verbose, "verbose", false, "log connections")
	if err := o.parse(args); err != nil {
		return err
	}
	cfg, err := f.config(ctx, stderr)
	if err != nil {
		return err
	}
	l := &Lab{Config: cfg.withDefaults(), errs: make(chan error, 8)}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		err = errors.Join(err, l.Close(closing))
	}()
	for _, part := range []func(context.Context) error{l.openValues, l.openForest, l.keep, l.openDirectory, l.openDevices, l.openWriteback, l.openReset} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	r, err := f.serveControl(ctx, l)
	if err != nil {
		return err
	}
	if err := f.announce(stdout, l, r); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-l.Failed():
		return err
	}
}

func (f *fakeadFlags) config(ctx context.Context, stderr io.Writer) (LabConfig, error) {
	cfg := f.lab
	cfg.Logger, cfg.NoAgent, cfg.SMTPListen = logger(stderr, f.verbose), true, noListener
	for _, l := range []struct{ flag, addr string }{
		{"ldap-listen", cfg.LDAPListen},
		{"ldaps-listen", cfg.LDAPSListen},
		{"control-listen", f.control},
		{"gc-listen", cfg.GCListen},
		{"gcs-listen", cfg.GCSListen},
	} {
		if err := checkAddress(l.flag, l.addr, f.public); err != nil {
			return cfg, err
		}
	}
	if f.names != "" {
		cfg.Names = strings.Split(f.names, ",")
	}
	var err error
	if cfg.Seed, err = readSeed(f.seedFile, stderr); err != nil {
		return cfg, err
	}
	if len(cfg.Seed.Domains) == 0 {
		return cfg, usagef("--seed %s: describes no domain: add one under domains", f.seedFile)
	}
	if cfg.Clock, err = readClock(f.clock); err != nil {
		return cfg, err
	}
	if cfg.RandSeed, err = readRandSeed(f.randSeed); err != nil {
		return cfg, err
	}
	if err := openData(ctx, f.data, f.seedFile, f.randSeed, &cfg); err != nil {
		return cfg, err
	}
	cfg.Controllers, err = listeners(cfg.Seed, f.public)
	return cfg, err
}

// serveControl opens the control API, where it is asked for.
func (f *fakeadFlags) serveControl(ctx context.Context, l *Lab) (Ready, error) {
	r := Ready{LDAP: l.LDAPURL, LDAPS: l.LDAPSURL, GC: l.GCURL, GCS: l.GCSURL, Lab: l.Config.ID, Controllers: l.controllers()}
	if f.control == "" {
		return r, nil
	}
	if f.public {
		r.ControlToken = randomWord()
	}
	host := NewHost(l.Config)
	host.Adopt(l)
	ln, err := l.listen(ctx, "control-listen", f.control)
	if err != nil {
		return r, err
	}
	r.Portal = "http://" + dialable(ln.Addr())
	server := &http.Server{
		Handler:           l.durable(control.New(control.Config{Host: host, Token: secret.New(r.ControlToken), Logger: l.Config.Logger})),
		ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	l.onClose(func(context.Context) error { return server.Close() })
	l.serve("control API", func() error { return server.Serve(ln) })
	return r, nil
}

// announce writes the ready file and the first lines.
func (f *fakeadFlags) announce(w io.Writer, l *Lab, r Ready) error {
	plan := l.plans[0]
	account := ""
	if f.ready != "" {
		r.CA, r.BaseDN = f.ready+".ca.pem", plan.BaseDN
		if err := writeWhole(r.CA, l.CA, 0o644); err != nil {
			return err
		}
		if len(plan.Agents) > 0 {
			upn, password, err := l.serviceAccount(plan, plan.Agents[0].ServiceAccount)
			if err != nil {
				return err
			}
			r.BindDN, r.BindPasswordFile = upn, f.ready+".bind-password"
			if err := writeWhole(r.BindPasswordFile, []byte(password.Reveal()+"\n"), 0o600); err != nil {
				return err
			}
		}
		if err := r.write(f.ready); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "SSPR Lab's Active Directory is a test double: nothing here is real.\n\n  domain      %s (%s)\n  directory   %s  %s\n", plan.DNSName, plan.NetBIOS, l.LDAPSURL, l.LDAPURL)
	furtherControllers(w, "  %-11s %s  %s\n", r)
	if gc := catalogue(r); gc != "" {
		fmt.Fprintf(w, "  catalogue   %s\n", gc)
	}
	if r.Portal != "" {
		fmt.Fprintf(w, "  control     %s%s\n", r.Portal, api.Base)
	}
	for _, u := range l.Config.Seed.Users {
		if u.OnPremises != nil && account == "" {
			account = u.UserPrincipalName
		}
	}
	fmt.Fprintf(w, "  try         ldapwhoami -x -H %s -D %s -W\n  chance      --rand-seed %d\n\nCtrl-C ends it.\n", l.LDAPURL, account, l.Config.RandSeed)
	return nil
}
