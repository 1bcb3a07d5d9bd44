package agent

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
	"github.com/ssprlab/ssprlab/internal/writeback/relay"
)

// A Config is everything an agent needs. Fields are required unless they say
// otherwise.
type Config struct {
	ID               string // of this installation, a GUID
	Kind             envelope.Kind
	Domain           string // DNS name of the AD domain it serves
	Computer         string // name of its server in the events
	Version          string // of the product it plays; "2.4.27.0" when empty
	ConnectorAccount string // DOMAIN\name, for the events

	Relay  relay.Relay
	Secret secret.Text // relay secret of the tenant
	Writer Writer
	Keys   KeySource
	NewID  func(kind string) string // "key"

	// Disabled starts with writeback not selected in the wizard: see [Agent.Enable].
	Disabled bool
	// Log keeps the events. When nil they travel to the cloud with the next
	// answer or announcement: an agent in a process of its own.
	Log EventLog
	// LabClock is the lab's time. When nil the agent does not share it, and a
	// message's life is judged by the cloud alone, which stops waiting.
	LabClock func() time.Time
	// Faults is asked before each message; nil: none.
	Faults func() Fault
	// Timeout bounds one write in real time; 0 is 25 s, less than the cloud waits.
	Timeout time.Duration
	Logger  *slog.Logger // nil: none
}

// An Agent is one installation of the writeback service.
type Agent struct {
	cfg Config

	life sync.Mutex // held by Start, Stop, Enable, Disable, Rollover from start to end

	mu        sync.Mutex
	running   bool
	enabled   bool
	listening []relay.Subscription
	present   keyPair
	previous  keyPair         // still opens what was sealed before a rollover
	last      *rsa.PrivateKey // made last: the next pair is another one, even after a disable
	applied   applied
	unshipped []envelope.Logged
}

// A keyPair is a key ID and, once somebody needed it, its key.
type keyPair struct {
	id  string
	key *rsa.PrivateKey
}

// New checks the configuration. The agent listens after [Agent.Start].
func New(cfg Config) (*Agent, error) {
	if _, err := envelope.ParseKind(string(cfg.Kind)); err != nil {
		return nil, err
	}
	for name, missing := range map[string]bool{
		"ID": cfg.ID == "", "Domain": cfg.Domain == "", "Relay": cfg.Relay == nil, "Writer": cfg.Writer == nil,
		"Keys": cfg.Keys == nil, "NewID": cfg.NewID == nil,
	} {
		if missing {
			return nil, fmt.Errorf("configuring the %s agent: %s is missing", cfg.Kind, name)
		}
	}
	if cfg.Version == "" {
		cfg.Version = "2.4.27.0"
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 25 * time.Second
	}
	if cfg.Faults == nil {
		cfg.Faults = func() Fault { return Fault{} }
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	a := &Agent{cfg: cfg, enabled: !cfg.Disabled}
	if a.enabled {
		a.present = keyPair{id: cfg.NewID("key")}
	}
	return a, nil
}

// Start listens and announces the agent: event 31015. Starting twice does
// nothing. Where the relay cannot be reached it leaves 6306, 6800, 32001 and
// 31044, and 31015 once it can.
func (a *Agent) Start(ctx context.Context) error {
	a.life.Lock()
	defer a.life.Unlock()
	if a.isRunning() || !a.isEnabled() {
		return nil
	}
	return a.start(ctx)
}

func (a *Agent) start(ctx context.Context) error {
	subjects := []struct{ subject, group string }{
		{relay.Queue(a.cfg.Domain, string(a.cfg.Kind)), "agents"},
		{relay.Direct(a.cfg.ID), "agent"},
		{relay.Everyone, ""},
	}
	var open []relay.Subscription
	for _, s := range subjects {
		sub, err := a.cfg.Relay.Listen(s.subject, s.group, a.handle)
		if err != nil {
			for _, o := range open {
				o.Close()
			}
			a.recordStartFailure(err)
			return fmt.Errorf("starting agent %s: %w", a.cfg.ID, err)
		}
		open = append(open, sub)
	}
	open = append(open, a.cfg.Relay.Watch(a.connection))
	a.mu.Lock()
	a.listening, a.running = open, true
	a.mu.Unlock()
	if err := a.announce(ctx); err != nil {
		a.recordStartFailure(err)
		return nil // the relay's return is told by Watch
	}
	a.record(serviceStarted, "", "The password writeback service has started and is ready for requests.")
	if a.cfg.Log == nil {
		return a.announce(ctx) // the event just written travels with it
	}
	return nil
}

// Stop stops listening: event 31016. Writes under way are given up. Until the
// next Start the cloud finds nobody at the relay.
func (a *Agent) Stop() {
	a.life.Lock()
	defer a.life.Unlock()
	a.stop()
}

func (a *Agent) stop() {
	a.mu.Lock()
	open, was := a.listening, a.running
	a.listening, a.running = nil, false
	a.mu.Unlock()
	for _, s := range open {
		s.Close()
	}
	if was {
		a.record(serviceStopped, "", "The password writeback service has stopped. Requests will fail.")
	}
}

// Enable configures writeback on this agent, as the wizard does, with a fresh
// key pair: events 31017, 31018, 31004, 31005, then Start's.
func (a *Agent) Enable(ctx context.Context) error {
	a.life.Lock()
	defer a.life.Unlock()
	if a.isEnabled() && a.isRunning() {
		return nil
	}
	a.record(authTokenSuccess, "", "A token for the administrator of the set-up was obtained.")
	a.newKey()
	a.record(onboardingStart, "", "Password writeback is being enabled.")
	a.mu.Lock()
	a.enabled = true
	a.mu.Unlock()
	a.record(onboardingSuccess, "", "Password writeback is enabled.")
	return a.start(ctx)
}

// Disable takes writeback off this agent: events 31012, 31013, 31016. What was
// sealed for its keys cannot be opened any more.
func (a *Agent) Disable(ctx context.Context) error {
	a.life.Lock()
	defer a.life.Unlock()
	if !a.isEnabled() {
		return nil
	}
	a.record(offboardingStart, "", "Password writeback is being disabled.")
	a.mu.Lock()
	a.enabled = false
	a.present, a.previous = keyPair{}, keyPair{}
	a.mu.Unlock()
	a.record(offboardingDone, "", "Password writeback is disabled.")
	err := a.announce(ctx)
	a.stop()
	return err
}

// Rollover makes a new key pair and announces it: event 31018. The old pair
// still opens messages that were sealed for it.
func (a *Agent) Rollover(ctx context.Context) error {
	a.life.Lock()
	defer a.life.Unlock()
	if !a.isEnabled() {
		return nil
	}
	a.newKey()
	return a.announce(ctx)
}

// newKey takes a new key ID; the pair itself is made when somebody needs it.
func (a *Agent) newKey() {
	id := a.cfg.NewID("key")
	a.mu.Lock()
	a.previous, a.present = a.present, keyPair{id: id}
	a.mu.Unlock()
	a.record(keyPairCreated, "", "The encryption key pair "+id+" was created.")
}

// HeartBeat asks the relay whether the tenant's queue answers: event 31019, or
// 32002 and an error.
func (a *Agent) HeartBeat(ctx context.Context) error {
	if err := a.announce(ctx); err != nil {
		a.record(busError, "", "The request to the tenant's Service Bus instance failed: "+err.Error())
		return fmt.Errorf("sending a heartbeat: %w", err)
	}
	a.record(heartBeat, "", "A request to the tenant's Service Bus instance succeeded.")
	return nil
}

// KeyID names the present key pair; "" while writeback is disabled.
func (a *Agent) KeyID() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.present.id
}

// Running reports whether the agent listens.
func (a *Agent) Running() bool { return a.isRunning() }

func (a *Agent) isRunning() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.running
}

func (a *Agent) isEnabled() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.enabled
}

// announce publishes what the cloud must know.
func (a *Agent) announce(ctx context.Context) error {
	n, err := a.announcement(false)
	if err != nil {
		return err
	}
	n.Events = a.ship()
	if err := a.cfg.Relay.Publish(ctx, relay.Announcements, n.Encode(a.cfg.Secret)); err != nil {
		a.unship(n.Events)
		return fmt.Errorf("announcing agent %s: %w", a.cfg.ID, err)
	}
	return nil
}

func (a *Agent) unship(events []envelope.Logged) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unshipped = append(events, a.unshipped...)
}

// announcement describes the agent, with its public key when that exists or is
// asked for.
func (a *Agent) announcement(withKey bool) (envelope.Announcement, error) {
	if withKey {
		if err := a.makeKey(); err != nil {
			return envelope.Announcement{}, err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	n := envelope.Announcement{AgentID: a.cfg.ID, Kind: a.cfg.Kind, Domain: a.cfg.Domain, Version: a.cfg.Version, Enabled: a.enabled, KeyID: a.present.id}
	if a.present.key != nil {
		der, err := x509.MarshalPKIXPublicKey(&a.present.key.PublicKey)
		if err != nil {
			return n, fmt.Errorf("announcing key %s: %w", a.present.id, err)
		}
		n.PublicKey = der
	}
	return n, nil
}

// makeKey makes the present pair if it has not been made. No lock is held
// meanwhile: it can take a while.
func (a *Agent) makeKey() error {
	a.mu.Lock()
	want, last, enabled := a.present, a.last, a.enabled
	a.mu.Unlock()
	if !enabled || want.key != nil {
		return nil
	}
	var not []*rsa.PrivateKey
	if last != nil {
		not = append(not, last)
	}
	key, err := a.cfg.Keys.Key(not...)
	if err != nil {
		a.record(cryptoError, "", "The encryption key pair could not be created: "+err.Error())
		return fmt.Errorf("making key %s: %w", want.id, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.present.id == want.id && a.present.key == nil {
		a.present.key, a.last = key, key
	}
	return nil
}

// privateKey implements [envelope.KeyHolder].
func (a *Agent) privateKey(id string) *rsa.PrivateKey {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch id {
	case "":
		return nil
	case a.present.id:
		return a.present.key
	case a.previous.id:
		return a.previous.key
	}
	return nil
}

// connection hears of the relay's state.
func (a *Agent) connection(up bool, cause error) {
	if !up {
		a.recordListenerError(cause)
		return
	}
	a.record(serviceStarted, "", "The password writeback service is connected again and ready for requests.")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := a.announce(ctx); err != nil {
		a.recordListenerError(err)
	}
}

func (a *Agent) recordListenerError(cause error) {
	if cause == nil {
		cause = errors.New("closed")
	}
	a.record(listenerError, "", "The connection to the connect service was lost. ("+cause.Error()+")")
	a.record(busError, "", "The tenant's Service Bus instance cannot be reached: "+cause.Error())
}

// recordStartFailure writes what a server shows whose service starts without the
// relay.
func (a *Agent) recordStartFailure(cause error) {
	a.record(engineUnexpected, "", "The server encountered an unexpected error while performing an operation for the client: "+cause.Error())
	a.record(extensionFailed, "", "The password management extension failed to start. The synchronization service is started.")
	a.record(serviceError, "", "The cloud password reset service cannot be reached: "+cause.Error())
	a.record(noServiceHost, "", "Password writeback is not working: no service host of the two relays is running.")
}
