package writeback

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
	"github.com/ssprlab/ssprlab/internal/writeback/relay"
)

// Defaults of a [Config] (reference 8.2).
const (
	DefaultTimeout    = 30 * time.Second     // real time until an answer counts as lost
	DefaultMessageTTL = 5 * time.Minute      // lab time until nobody acts on a message any more
	DefaultKeyLife    = 183 * 24 * time.Hour // lab time until an agent is told to make a new pair
)

// A Config is everything the service needs. Fields are required unless they say
// otherwise.
type Config struct {
	Relay  relay.Relay
	Secret secret.Text // relay secret: the tenant and its agents know it
	// Settings returns the tenant's settings: the switches "write back passwords"
	// and "write back with cloud sync".
	Settings func(ctx context.Context) (policy.Settings, error)
	// SourceAnchor returns the immutable ID of a synchronised person (Graph:
	// onPremisesImmutableId), "" when there is none.
	SourceAnchor func(ctx context.Context, personID string) (string, error)
	Now          func() time.Time         // the lab's clock
	NewID        func(kind string) string // "message"

	// Serves says which kind of agent synchronises a domain, by its DNS name in
	// lower case. A domain that is not named is served by the kind that announced
	// itself for it, Connect Sync before Cloud Sync.
	Serves map[string]envelope.Kind
	// Log keeps events that agents of other processes ship; nil: none.
	Log func(e journal.Event, correlationID string)
	// Faults is asked before each message; nil: none.
	Faults func(domain string, kind envelope.Kind) Fault
	// Down is asked by Status instead of Faults, so that a fault that strikes a
	// number of times is not used up by being looked at; nil: Faults.
	Down func(domain string, kind envelope.Kind) bool

	// Delivery is asked before each message; nil: at once, and never queued.
	Delivery func() Delivery

	Timeout    time.Duration // 0: DefaultTimeout
	MessageTTL time.Duration // 0: DefaultMessageTTL
	KeyLife    time.Duration // 0: DefaultKeyLife
	Logger     *slog.Logger  // nil: none
}

// A Fault is how the way to an agent misbehaves, for labs and tests.
type Fault struct {
	Unreachable bool // as though nobody listened at the relay
	AnswerLost  bool // the message is delivered, its answer is not
}

// A Service is the cloud side of writeback of one tenant.
type Service struct {
	cfg Config
	sub relay.Subscription

	mu     sync.Mutex
	agents map[string]*agentState
	open   map[string]unanswered // by correlation ID
	order  []string
	queue  []waiting
}

var _ reset.OnPremises = (*Service)(nil)

// New checks the configuration, listens for announcements and asks agents that
// are already there to announce themselves.
func New(ctx context.Context, cfg Config) (*Service, error) {
	for name, missing := range map[string]bool{
		"Relay": cfg.Relay == nil, "Settings": cfg.Settings == nil, "SourceAnchor": cfg.SourceAnchor == nil,
		"Now": cfg.Now == nil, "NewID": cfg.NewID == nil,
	} {
		if missing {
			return nil, fmt.Errorf("configuring writeback: %s is missing", name)
		}
	}
	cfg.Timeout = orDefault(cfg.Timeout, DefaultTimeout)
	cfg.MessageTTL = orDefault(cfg.MessageTTL, DefaultMessageTTL)
	cfg.KeyLife = orDefault(cfg.KeyLife, DefaultKeyLife)
	if cfg.Faults == nil {
		cfg.Faults = func(string, envelope.Kind) Fault { return Fault{} }
	}
	if cfg.Down == nil {
		cfg.Down = func(domain string, kind envelope.Kind) bool { return cfg.Faults(domain, kind).Unreachable }
	}
	if cfg.Delivery == nil {
		cfg.Delivery = func() Delivery { return Delivery{} }
	}
	if cfg.Log == nil {
		cfg.Log = func(journal.Event, string) {}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{cfg: cfg, agents: map[string]*agentState{}, open: map[string]unanswered{}}
	var err error
	if s.sub, err = cfg.Relay.Listen(relay.Announcements, "", s.announced); err != nil {
		return nil, fmt.Errorf("listening for agents: %w", err)
	}
	if err := cfg.Relay.Publish(ctx, relay.Everyone, envelope.Hello{Present: true}.Encode(cfg.Secret)); err != nil && !errors.Is(err, relay.ErrDown) {
		s.sub.Close()
		return nil, fmt.Errorf("asking for agents: %w", err)
	}
	return s, nil
}

// Close stops listening for announcements.
func (s *Service) Close() { s.sub.Close() }

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}
