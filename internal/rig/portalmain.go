package rig

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/control"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
	"github.com/ssprlab/ssprlab/internal/writeback/relay"

	cryptorand "crypto/rand"
)

// closeTimeout bounds the orderly end of a program.
const closeTimeout = 900 * time.Millisecond

// portalFlags is what portal is told.
type portalFlags struct {
	lab         LabConfig
	seedFile    string
	clock       string
	randSeed    string
	ready       string
	relayListen string
	relayURL    string
	relaySecret string
	directory   foreignFlags
	public      bool
	names       string
	verbose     bool
	data        string
}

// foreignFlags name a directory outside the process.
type foreignFlags struct {
	urls, bindDN, passwordFile, ca, baseDN, readyFile string
	confirmed                                         bool
}

func (f *foreignFlags) declare(set *flag.FlagSet) {
	set.StringVar(&f.urls, "directory", "", "write to this directory instead of the embedded one: ldaps://host[:port], several separated by commas")
	set.StringVar(&f.bindDN, "bind-dn", "", "DN or UPN that the agent binds as")
	set.StringVar(&f.passwordFile, "bind-password-file", "", "`FILE` with the password of --bind-dn")
	set.StringVar(&f.ca, "ca", "", "PEM `FILE` with the CA of the directory's certificate; default: the system's")
	set.StringVar(&f.baseDN, "base-dn", "", "where people are looked for; default: the directory's own domain")
	set.StringVar(&f.readyFile, "directory-ready", "", "ready `FILE` of a fakead: gives --bind-dn, --bind-password-file, --ca and --base-dn where they are not given")
	set.BoolVar(&f.confirmed, "foreign-directory", false, "confirm that --directory is meant to be written to although it is no lab")
}

// config reads the files. It is nil when no directory is named.
func (f *foreignFlags) config() (*ForeignConfig, error) {
	if f.urls == "" {
		for flagName, value := range map[string]string{"bind-dn": f.bindDN, "bind-password-file": f.passwordFile, "ca": f.ca, "base-dn": f.baseDN, "directory-ready": f.readyFile} {
			if value != "" {
				return nil, usagef("--%s %s: has no effect without --directory: name the directory too", flagName, value)
			}
		}
		return nil, nil //nolint:nilnil // no directory named is no error
	}
	if err := f.fromReady(); err != nil {
		return nil, err
	}
	if f.bindDN == "" || f.passwordFile == "" {
		return nil, usagef("--directory %s: needs --bind-dn and --bind-password-file: the account that the agent binds as", f.urls)
	}
	c := &ForeignConfig{URLs: strings.Split(f.urls, ","), BindName: f.bindDN, BaseDN: f.baseDN, Confirmed: f.confirmed}
	password, err := os.ReadFile(f.passwordFile)
	if err != nil {
		return nil, usagef("--bind-password-file %s: %v", f.passwordFile, err)
	}
	c.BindPassword = secret.New(strings.TrimRight(string(password), "\r\n"))
	if f.ca != "" {
		if c.CA, err = os.ReadFile(f.ca); err != nil {
			return nil, usagef("--ca %s: %v", f.ca, err)
		}
		if _, err := rootsOf(c.CA); err != nil {
			return nil, usagef("--ca %s: %v", f.ca, err)
		}
	}
	return c, nil
}

// fromReady takes from a fakead's ready file what the flags leave open.
func (f *foreignFlags) fromReady() error {
	if f.readyFile == "" {
		return nil
	}
	r, err := ReadReady(f.readyFile)
	if err != nil {
		return usagef("--directory-ready %s: %v", f.readyFile, err)
	}
	for field, value := range map[*string]string{&f.bindDN: r.BindDN, &f.passwordFile: r.BindPasswordFile, &f.ca: r.CA, &f.baseDN: r.BaseDN} {
		if *field == "" {
			*field = value
		}
	}
	return nil
}

// PortalMain is the program portal: it returns its exit code.
func PortalMain(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := runPortal(ctx, args, stdout, stderr, os.LookupEnv); err != nil {
		return fail(stderr, "portal", err)
	}
	return exitDone
}

func runPortal(ctx context.Context, args []string, stdout, stderr io.Writer, getenv func(string) (string, bool)) error {
	var f portalFlags
	o := newOptions("portal", "portal runs a whole SSPR lab in one process: pages, control API, relay, writeback agent and an embedded Active Directory.", stderr, getenv)
	o.set.StringVar(&f.lab.Listen, "listen", "127.0.0.1:8080", "pages and control API; port 0 picks one")
	o.set.StringVar(&f.lab.LDAPListen, "ldap-listen", "127.0.0.1:10389", "the embedded directory, in clear and StartTLS")
	o.set.StringVar(&f.lab.LDAPSListen, "ldaps-listen", "127.0.0.1:10636", "the embedded directory over TLS")
	declareCatalogue(o.set, &f.lab)
	o.set.StringVar(&f.lab.SMTPListen, "smtp-listen", "127.0.0.1:10025", "the mailbox's SMTP sink")
	o.set.StringVar(&f.lab.SMTPRelay, "smtp-relay", "", "send mail to this `HOST:PORT` instead of the mailbox")
	o.set.StringVar(&f.relayListen, "relay-listen", "", "open a NATS relay for agents in other processes on this `ADDR`")
	o.set.StringVar(&f.relayURL, "relay", "", "use the NATS relay at this `URL`")
	o.set.StringVar(&f.relaySecret, "relay-secret-file", "", "`FILE` with the secret that portal and agents share; default: drawn, and written to the ready file")
	o.set.BoolVar(&f.lab.NoAgent, "no-agent", false, "leave writeback to agents in other processes")
	o.set.BoolVar(&f.lab.NoDirectory, "no-directory", false, "do not serve the embedded directory")
	f.directory.declare(o.set)
	o.set.StringVar(&f.seedFile, "seed", "", "seed `FILE` (YAML) with tenant, domains and people; default: the demo")
	o.set.StringVar(&f.data, "data", "", "keep the lab in this `DIR`, so that every acknowledged change survives; a later start goes on with it")
	o.set.StringVar(&f.clock, "clock", "", "starting time of the lab, as 2026-03-02T09:00:00Z; default: now")
	o.set.StringVar(&f.randSeed, "rand-seed", "", "number that the lab's chance is drawn from; default: random")
	o.set.StringVar(&f.ready, "ready", "", "write this JSON `FILE` when everything serves")
	o.set.StringVar(&f.names, "host", "", "further host names of the lab's certificates, separated by commas")
	o.set.BoolVar(&f.lab.HTTPS, "https", false, "serve pages and control API over TLS, with a certificate of the lab's CA, which the ready file names")
	o.set.BoolVar(&f.public, "public", false, "allow listeners that other machines can reach; the control API then needs its token")
	o.set.BoolVar(&f.verbose, "verbose", false, "log each request")
	if err := o.parse(args); err != nil {
		return err
	}
	p := &portalProgram{flags: f, stdout: stdout, stderr: stderr}
	return p.run(ctx)
}

// A portalProgram is portal, running.
type portalProgram struct {
	flags          portalFlags
	stdout, stderr io.Writer
	token          secret.Text
	relayURL       string
	closers        []func(context.Context) error
}

func (p *portalProgram) run(ctx context.Context) (err error) {
	cfg, err := p.config(ctx)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		for i := len(p.closers) - 1; i >= 0; i-- {
			err = errors.Join(err, p.closers[i](closing))
		}
	}()
	if err := p.openRelay(&cfg); err != nil {
		return err
	}
	host := NewHost(cfg)
	cfg.Control = control.New(control.Config{Host: host, Token: p.token, Logger: cfg.Logger})
	host.base = cfg
	lab, err := NewLab(ctx, cfg)
	if err != nil {
		return err
	}
	host.Adopt(lab)
	p.closers = append(p.closers, host.Close)
	if err := p.announce(lab); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-lab.Failed():
		return err
	}
}

// config checks the flags and reads the files that they name.
func (p *portalProgram) config(ctx context.Context) (LabConfig, error) {
	f, cfg := p.flags, p.flags.lab
	cfg.Logger = logger(p.stderr, f.verbose)
	for _, l := range []struct{ flag, addr string }{
		{"listen", cfg.Listen},
		{"ldap-listen", cfg.LDAPListen},
		{"ldaps-listen", cfg.LDAPSListen},
		{"gc-listen", cfg.GCListen},
		{"gcs-listen", cfg.GCSListen},
		{"smtp-listen", cfg.SMTPListen},
		{"relay-listen", f.relayListen},
	} {
		if err := checkAddress(l.flag, l.addr, f.public); err != nil {
			return cfg, err
		}
	}
	if f.relayListen != "" && f.relayURL != "" {
		return cfg, usagef("--relay %s: a relay is opened by --relay-listen already: give one of the two", f.relayURL)
	}
	if f.names != "" {
		cfg.Names = strings.Split(f.names, ",")
	}
	var err error
	if cfg.Seed, err = readSeed(f.seedFile, p.stderr); err != nil {
		return cfg, err
	}
	if cfg.Clock, err = readClock(f.clock); err != nil {
		return cfg, err
	}
	if cfg.RandSeed, err = readRandSeed(f.randSeed); err != nil {
		return cfg, err
	}
	if cfg.Foreign, err = f.directory.config(); err != nil {
		return cfg, err
	}
	if f.public {
		p.token = secret.New(randomWord())
	}
	if err := p.relaySecret(&cfg); err != nil {
		return cfg, err
	}
	if err := openData(ctx, f.data, f.seedFile, f.randSeed, &cfg); err != nil {
		return cfg, err
	}
	cfg.Controllers, err = listeners(cfg.Seed, f.public)
	return cfg, err
}

// relaySecret settles what portal and agents share.
func (p *portalProgram) relaySecret(cfg *LabConfig) error {
	switch {
	case p.flags.relaySecret != "":
		text, err := os.ReadFile(p.flags.relaySecret)
		if err != nil {
			return usagef("--relay-secret-file %s: %v", p.flags.relaySecret, err)
		}
		cfg.RelaySecret = secret.New(strings.TrimSpace(string(text)))
	case p.flags.relayListen != "":
		cfg.RelaySecret = secret.New(randomWord())
	case p.flags.relayURL != "":
		cfg.RelaySecret = secret.New(demoRelaySecret)
	}
	return nil
}

// demoRelaySecret is shared by programs that are told of one relay and of no
// secret: a lab on one machine.
const demoRelaySecret = "northlight-demo-relay"

// openRelay opens or joins the NATS relay.
func (p *portalProgram) openRelay(cfg *LabConfig) error {
	url, token := p.flags.relayURL, secret.Text{}
	if p.flags.relayListen != "" {
		token = envelope.RelayToken(cfg.RelaySecret)
		embedded, err := relay.Embed(relay.EmbedConfig{Listen: p.flags.relayListen, Token: token})
		if err != nil {
			return fmt.Errorf("--relay-listen %s: %w", p.flags.relayListen, err)
		}
		p.closers = append(p.closers, func(context.Context) error { embedded.Close(); return nil })
		url = embedded.URL()
	}
	if url == "" {
		return nil
	}
	joined, err := relay.DialNATS(relay.NATSConfig{URL: url, Name: "portal", Token: token})
	if err != nil {
		return fmt.Errorf("--relay %s: %w: start the relay first, or leave the flag out", url, err)
	}
	p.closers = append(p.closers, func(context.Context) error { joined.Close(); return nil })
	cfg.Relay, p.relayURL = joined, url
	return nil
}

// announce writes the ready file and the first lines.
func (p *portalProgram) announce(l *Lab) error {
	r := Ready{Portal: l.PortalURL, LDAP: l.LDAPURL, LDAPS: l.LDAPSURL, GC: l.GCURL, GCS: l.GCSURL, SMTP: l.SMTPAddr, Relay: p.relayURL, ControlToken: p.token.Reveal(), Lab: l.Config.ID, Controllers: l.controllers()}
	if p.flags.ready != "" {
		if err := p.writeReady(l, r); err != nil {
			return err
		}
	}
	l.welcome(p.stdout, r)
	processKeys().Warm() // the first reset need not wait for its key
	return nil
}

func (p *portalProgram) writeReady(l *Lab, r Ready) error {
	r.CA = p.flags.ready + ".ca.pem"
	if err := writeWhole(r.CA, l.CA, 0o644); err != nil {
		return err
	}
	if !l.Config.RelaySecret.Empty() && p.relayURL != "" {
		r.RelaySecretFile = p.flags.ready + ".relay-secret"
		if err := writeWhole(r.RelaySecretFile, []byte(l.Config.RelaySecret.Reveal()+"\n"), 0o600); err != nil {
			return err
		}
	}
	return r.write(p.flags.ready)
}

// welcome prints where everything is and what to do first.
func (l *Lab) welcome(w io.Writer, r Ready) {
	fmt.Fprintf(w, "SSPR Lab is a test double of Microsoft Entra self-service password reset: nothing here is real.\n\n")
	fmt.Fprintf(w, "  open first   %s\n", r.Portal)
	fmt.Fprintf(w, "  reset        %s/passwordreset\n", r.Portal)
	fmt.Fprintf(w, "  mailbox      %s/lab/mailbox      authenticator %s/lab/authenticator\n", r.Portal, r.Portal)
	if r.LDAPS != "" {
		fmt.Fprintf(w, "  directory    %s  %s\n", r.LDAPS, r.LDAP)
	}
	furtherControllers(w, "  %-12s %s  %s\n", r)
	if gc := catalogue(r); gc != "" {
		fmt.Fprintf(w, "  catalogue    %s\n", gc)
	}
	if l.Config.Foreign != nil {
		fmt.Fprintf(w, "  writes to    %s\n", strings.Join(l.Config.Foreign.URLs, ", "))
	}
	if r.Relay != "" {
		fmt.Fprintf(w, "  relay        %s\n", r.Relay)
	}
	fmt.Fprintf(w, "  chance       --rand-seed %d\n\n", l.Config.RandSeed)
	shown := 0
	for _, person := range l.demoPeople() {
		if shown++; shown > 3 {
			fmt.Fprintf(w, "  … and %d more on the start page\n", len(l.demoPeople())-3)
			break
		}
		fmt.Fprintf(w, "  %-28s %s\n", person.User, person.Shows)
	}
	fmt.Fprintf(w, "\nCtrl-C ends it.\n")
}

// logger writes what the person who debugs needs; requests only when asked.
func logger(w io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// checkAddress refuses listeners that other machines can reach, unless that is
// asked for, and addresses that are none.
func checkAddress(flagName, address string, public bool) error {
	return checkListener("--"+flagName+" "+address, address, public)
}

// checkListener is checkAddress for what is no flag; shown names it with its value.
func checkListener(shown, address string, public bool) error {
	if address == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return usagef("%s: is no HOST:PORT: %v", shown, err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() || public {
		return nil
	}
	return usagef("%s: other machines could reach it: listen on 127.0.0.1, or add --public if that is meant", shown)
}

// declareCatalogue declares the ports of the global catalogue, 3268 and 3269 of
// a domain controller.
func declareCatalogue(set *flag.FlagSet, cfg *LabConfig) {
	set.StringVar(&cfg.GCListen, "gc-listen", "", "serve the global catalogue (the whole forest, read only) in clear and StartTLS on this `ADDR`, as 127.0.0.1:13268; default: not at all")
	set.StringVar(&cfg.GCSListen, "gcs-listen", "", "the global catalogue over TLS on this `ADDR`, as 127.0.0.1:13269; default: not at all")
}

// catalogue is where the global catalogue is, for the first lines.
func catalogue(r Ready) string { return strings.TrimSpace(r.GCS + "  " + r.GC) }

func readClock(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, usagef("--clock %s: is no time: write it as 2026-03-02T09:00:00Z", text)
	}
	return t, nil
}

func readRandSeed(text string) (uint64, error) {
	if text == "" {
		var b [8]byte
		_, _ = cryptorand.Read(b[:])
		return binary.BigEndian.Uint64(b[:]) >> 1, nil
	}
	var n uint64
	if _, err := fmt.Sscanf(text, "%d", &n); err != nil || fmt.Sprint(n) != text {
		return 0, usagef("--rand-seed %s: is no whole number from 0 to 2^64-1", text)
	}
	return n, nil
}

// randomWord draws a secret of this process from the operating system.
func randomWord() string { return chance.GUID(cryptorand.Reader) }
