package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/agent"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
	"github.com/ssprlab/ssprlab/internal/writeback/ldapwriter"
	"github.com/ssprlab/ssprlab/internal/writeback/relay"
)

// agentFlags is what agent is told.
type agentFlags struct {
	relay, relaySecret, kind, domain, keyFile, ready, computer string
	directory                                                  foreignFlags
	verbose                                                    bool
}

// AgentMain is the program agent: it returns its exit code.
func AgentMain(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := runAgent(ctx, args, stdout, stderr, os.LookupEnv); err != nil {
		return fail(stderr, "agent", err)
	}
	return exitDone
}

func runAgent(ctx context.Context, args []string, stdout, stderr io.Writer, getenv func(string) (string, bool)) (err error) {
	var f agentFlags
	o := newOptions("agent", "agent runs a password writeback agent alone: it dials out to a relay and writes to any Active Directory.", stderr, getenv)
	o.set.StringVar(&f.relay, "relay", "", "`URL` of the NATS relay, as nats://host:4222")
	o.set.StringVar(&f.relaySecret, "relay-secret-file", "", "`FILE` with the secret that portal and agents share")
	o.set.StringVar(&f.kind, "kind", "connect-sync", "connect-sync or cloud-sync")
	o.set.StringVar(&f.domain, "domain", "", "DNS `NAME` of the AD domain that it serves")
	o.set.StringVar(&f.keyFile, "key-file", "", "keep the private key in this `FILE`; default: a new one at each start")
	o.set.StringVar(&f.computer, "computer", "", "name of its server in the events; default: this machine's")
	o.set.StringVar(&f.ready, "ready", "", "write this JSON `FILE` when the agent listens")
	o.set.BoolVar(&f.verbose, "verbose", false, "log what happens")
	f.directory.declare(o.set)
	if err := o.parse(args); err != nil {
		return err
	}
	cfg, err := f.config(logWriter{stderr, f.verbose})
	if err != nil {
		return err
	}
	writer := cfg.Writer.(*ldapwriter.Writer)
	defer writer.Close()
	if !f.directory.confirmed {
		if err := checkMarker(ctx, writer, f.directory.urls); err != nil {
			return err
		}
	}
	joined, err := relay.DialNATS(relay.NATSConfig{URL: f.relay, Name: "agent " + f.domain, Token: f.token(cfg.Secret)})
	if err != nil {
		return fmt.Errorf("--relay %s: %w: start the relay first", f.relay, err)
	}
	defer joined.Close()
	cfg.Relay = joined
	a, err := agent.New(cfg)
	if err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		return fmt.Errorf("starting the agent: %w", err)
	}
	defer a.Stop()
	if f.ready != "" {
		if err := (Ready{Relay: f.relay}).write(f.ready); err != nil {
			return err
		}
	}
	fmt.Fprintf(stdout, "SSPR Lab writeback agent (%s), a test double of the real one, serves %s and writes to %s.\nCtrl-C ends it.\n", f.kind, f.domain, f.directory.urls)
	<-ctx.Done()
	return nil
}

// token is what the relay asks of clients: nothing where the secret is the
// demo's, because the relay is somebody else's then.
func (f agentFlags) token(relaySecret secret.Text) secret.Text {
	if f.relaySecret == "" {
		return secret.Text{}
	}
	return envelope.RelayToken(relaySecret)
}

// logWriter makes the logger of a program.
type logWriter struct {
	io.Writer
	verbose bool
}

func (f *agentFlags) config(log logWriter) (agent.Config, error) {
	var cfg agent.Config
	for name, value := range map[string]string{"relay": f.relay, "domain": f.domain, "directory": f.directory.urls} {
		if value == "" {
			return cfg, usagef("--%s is missing: an agent needs --relay, --domain and --directory", name)
		}
	}
	kind, err := envelope.ParseKind(f.kind)
	if err != nil {
		return cfg, usagef("--kind %s: connect-sync or cloud-sync", f.kind)
	}
	shared := demoRelaySecret
	if f.relaySecret != "" {
		text, err := os.ReadFile(f.relaySecret)
		if err != nil {
			return cfg, usagef("--relay-secret-file %s: %v", f.relaySecret, err)
		}
		shared = strings.TrimSpace(string(text))
	}
	target, err := f.directory.config()
	if err != nil {
		return cfg, err
	}
	roots, err := rootsOf(target.CA)
	if err != nil {
		return cfg, err
	}
	logs := logger(log.Writer, log.verbose)
	writer, err := ldapwriter.New(ldapwriter.Config{
		URLs: target.URLs, BindName: target.BindName, BindPassword: target.BindPassword, BaseDN: target.BaseDN, RootCAs: roots,
		Dial: memnet.Real().DialContext, Logger: logs,
	})
	if err != nil {
		return cfg, usagef("--directory %s: %v", f.directory.urls, err)
	}
	var keys agent.KeySource = agent.FreshKeys{}
	if f.keyFile != "" {
		keys = agent.FileKeys{Path: f.keyFile}
		if _, err := keys.Key(); err != nil {
			return cfg, usagef("--key-file %s: %v", f.keyFile, err)
		}
	}
	computer := f.computer
	if computer == "" {
		if computer, err = os.Hostname(); err != nil {
			return cfg, fmt.Errorf("reading this machine's name: %w", err)
		}
	}
	return agent.Config{
		ID: randomWord(), Kind: kind, Domain: f.domain, Computer: computer, ConnectorAccount: target.BindName,
		Secret: secret.New(shared), Writer: writer, Keys: keys, NewID: func(string) string { return randomWord() }, Logger: logs,
	}, nil
}

// LabMarker is what the head of an embedded domain says of itself.
const LabMarker = "SSPR Lab: an emulated domain, nothing here is real"

var errNoMarker = errors.New("the domain does not carry the lab marker, so it may be a real one: add --foreign-directory if passwords are meant to be reset there")

// checkMarker refuses to write to a directory that does not say it is a lab.
func checkMarker(ctx context.Context, w *ldapwriter.Writer, url string) error {
	description, err := w.Description(ctx)
	if err != nil {
		return fmt.Errorf("--directory %s: %w", url, err)
	}
	if description != LabMarker {
		return fmt.Errorf("--directory %s: %w", url, errNoMarker)
	}
	return nil
}
