package rig

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
	"github.com/ssprlab/ssprlab/internal/writeback"
	"github.com/ssprlab/ssprlab/internal/writeback/agent"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
	"github.com/ssprlab/ssprlab/internal/writeback/ldapwriter"
	"github.com/ssprlab/ssprlab/internal/writeback/relay"
)

// processKeys is the pool from which the agents of this process take their RSA
// pairs. Labs share nothing that one could see of another: a message of one
// never reaches the relay of another.
var processKeys = sync.OnceValue(func() *agent.KeyPool { return &agent.KeyPool{} })

// An Agent is a writeback agent of a lab, with what it writes through.
type Agent struct {
	*agent.Agent

	Name   string
	Kind   envelope.Kind
	Domain string
	writer *ldapwriter.Writer
}

// openWriteback starts relay, agents and the cloud side, in this order, so that
// the first status is the true one.
func (l *Lab) openWriteback(ctx context.Context) error {
	if l.Config.Relay == nil {
		l.ownRelay = &relay.Memory{}
		l.Config.Relay = l.ownRelay
	}
	var err error
	l.Writeback, err = writeback.New(ctx, writeback.Config{
		Relay: l.Config.Relay, Secret: l.Config.RelaySecret, Settings: l.Tenant.Settings, SourceAnchor: l.sourceAnchor,
		Now: l.Clock.Now, NewID: l.newID, Serves: l.serves(), Log: l.logApplication, Faults: l.Faults.cloud, Down: l.Faults.down, Logger: l.Config.Logger,
	})
	if err != nil {
		return fmt.Errorf("opening the cloud side of writeback: %w", err)
	}
	l.onClose(func(context.Context) error { l.Writeback.Close(); return nil })
	if l.Config.NoAgent {
		return nil
	}
	for _, seed := range l.Config.Seed.Agents {
		if err := l.openAgent(ctx, seed); err != nil {
			return fmt.Errorf("starting agent %s: %w", seed.Name, err)
		}
	}
	return nil
}

// serves says which kind of agent synchronises each domain of the seed.
func (l *Lab) serves() map[string]envelope.Kind {
	m := map[string]envelope.Kind{}
	for _, p := range l.plans {
		for _, a := range p.Agents {
			if _, taken := m[strings.ToLower(p.DNSName)]; !taken {
				m[strings.ToLower(p.DNSName)] = envelope.Kind(a.Kind)
			}
		}
	}
	return m
}

func (l *Lab) sourceAnchor(ctx context.Context, personID string) (string, error) {
	u, err := l.Tenant.User(ctx, personID)
	return u.OnPremises.ImmutableID, err
}

func (l *Lab) logApplication(e journal.Event, correlationID string) {
	l.Journal.Append(journal.Record{Channel: journal.Application, CorrelationID: correlationID, Event: &e})
}

// openAgent starts one agent. It may be created while the directory it writes
// to is away: it then says so with each write.
func (l *Lab) openAgent(ctx context.Context, seed tenant.AgentSeed) error {
	plan, err := l.planOf(seed.Domain)
	if err != nil {
		return err
	}
	target, err := l.writerConfig(plan, seed)
	if err != nil {
		return err
	}
	writer, err := ldapwriter.New(target)
	if err != nil {
		return err
	}
	l.onClose(func(context.Context) error { writer.Close(); return nil })
	if l.Config.Foreign != nil && !l.Config.Foreign.Confirmed {
		if err := checkMarker(ctx, writer, target.URLs[0]); err != nil {
			return err
		}
	}
	a := &Agent{Name: seed.Name, Kind: envelope.Kind(seed.Kind), Domain: plan.DNSName, writer: writer}
	a.Agent, err = agent.New(agent.Config{
		ID: l.newID("agent"), Kind: a.Kind, Domain: plan.DNSName, Computer: seed.Name, Version: seed.Version,
		ConnectorAccount: plan.NetBIOS + `\` + seed.ServiceAccount,
		Relay:            l.Config.Relay, Secret: l.Config.RelaySecret, Writer: writer, Keys: l.Config.Keys, NewID: l.newID,
		Disabled: seed.Disabled, Log: l.logApplication, LabClock: l.Clock.Now, Faults: l.Faults.agent(seed.Name), Logger: l.Config.Logger,
	})
	if err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	l.onClose(func(context.Context) error { a.Stop(); return nil })
	l.Agents = append(l.Agents, a)
	return nil
}

func (l *Lab) planOf(domain string) (tenant.DirectoryPlan, error) {
	for _, p := range l.plans {
		if strings.EqualFold(domain, p.DNSName) || strings.EqualFold(domain, p.NetBIOS) {
			return p, nil
		}
	}
	return tenant.DirectoryPlan{}, fmt.Errorf("no domain %q in the seed", domain)
}

func (l *Lab) writerConfig(plan tenant.DirectoryPlan, seed tenant.AgentSeed) (ldapwriter.Config, error) {
	if f := l.Config.Foreign; f != nil {
		pool, err := rootsOf(f.CA)
		return ldapwriter.Config{
			URLs: f.URLs, BindName: f.BindName, BindPassword: f.BindPassword, BaseDN: f.BaseDN, RootCAs: pool,
			Dial: l.Config.Network.DialContext, Logger: l.Config.Logger,
		}, err
	}
	name, password, err := l.serviceAccount(plan, seed.ServiceAccount)
	url := ""
	if at := l.controller(plan.DNSName, seed.Controller); at != nil {
		url = at.LDAPSURL
	}
	return ldapwriter.Config{
		URLs: []string{url}, BindName: name, BindPassword: password, BaseDN: plan.BaseDN, RootCAs: l.authority.pool(),
		Dial: l.Config.Network.DialContext, Logger: l.Config.Logger, ConnectLimits: envelope.Kind(seed.Kind) == envelope.ConnectSync,
	}, err
}

// serviceAccount is what an agent binds as.
func (l *Lab) serviceAccount(plan tenant.DirectoryPlan, name string) (upn string, password secret.Text, err error) {
	for _, d := range l.Config.Seed.Domains {
		if !strings.EqualFold(d.DNSName, plan.DNSName) {
			continue
		}
		for _, s := range d.ServiceAccounts {
			if strings.EqualFold(s.Name, name) {
				return s.Name + "@" + plan.DNSName, s.Password, nil
			}
		}
	}
	return "", secret.Text{}, fmt.Errorf("domain %s has no service account %q", plan.DNSName, name)
}

// rootsOf reads certificates. None means the system's.
func rootsOf(pem []byte) (*x509.CertPool, error) {
	if len(pem) == 0 {
		return nil, nil //nolint:nilnil // crypto/tls takes nil for the system's roots
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate in the PEM file: give the CA that issued the directory's certificate")
	}
	return pool, nil
}
