package relay

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// NATSConfig says how to reach a NATS server.
type NATSConfig struct {
	URL    string      // nats://host:port or tls://host:port; several joined by commas
	Name   string      // shown in the server's list of connections
	Token  secret.Text // see envelope.RelayToken; empty: the server asks for none
	TLS    *tls.Config // nil: the system's roots, where the URL asks for TLS
	Prefix string      // put before every subject, so that labs share a server; a word, or ""
	// DialTimeout bounds the first connection and each attempt to reconnect; 0 is
	// 5 s. Reconnect is the pause between attempts; 0 is 500 ms.
	DialTimeout, Reconnect time.Duration
}

// NATS is a relay through a NATS server. It reconnects for ever: an agent
// outlives the portal's restart.
type NATS struct {
	conn   *nats.Conn
	prefix string

	mu       sync.Mutex
	watchers map[*natsWatcher]struct{}
	cancel   context.CancelFunc
	ctx      context.Context
}

var _ Relay = (*NATS)(nil)

// DialNATS connects. The error names the URL; a server that is not there yet is
// an error too, so that a wrong address is told at the start.
func DialNATS(cfg NATSConfig) (*NATS, error) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &NATS{watchers: map[*natsWatcher]struct{}{}, ctx: ctx, cancel: cancel}
	if cfg.Prefix != "" {
		r.prefix = cfg.Prefix + "."
	}
	options := []nats.Option{
		nats.Name(cfg.Name), nats.MaxReconnects(-1),
		nats.Timeout(orDefault(cfg.DialTimeout, 5*time.Second)),
		nats.ReconnectWait(orDefault(cfg.Reconnect, 500*time.Millisecond)), nats.ReconnectJitter(50*time.Millisecond, 100*time.Millisecond),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { r.tell(false, err) }),
		nats.ReconnectHandler(func(*nats.Conn) { r.tell(true, nil) }),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // told by Watch; the default prints
	}
	if !cfg.Token.Empty() {
		options = append(options, nats.Token(cfg.Token.Reveal()))
	}
	if cfg.TLS != nil {
		options = append(options, nats.Secure(cfg.TLS))
	}
	conn, err := nats.Connect(cfg.URL, options...)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("connecting to the relay %s: %w; check the address, that the portal runs with --relay-listen, and the relay secret", cfg.URL, err)
	}
	r.conn = conn
	return r, nil
}

// Close ends all subscriptions and the connection.
func (r *NATS) Close() {
	r.cancel()
	r.conn.Close()
}

// Request implements [Relay].
func (r *NATS) Request(ctx context.Context, subject string, frame []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !r.conn.IsConnected() {
		return nil, ErrDown
	}
	m, err := r.conn.RequestWithContext(ctx, r.prefix+subject, frame)
	switch {
	case err == nil:
		return m.Data, nil
	case errors.Is(err, nats.ErrNoResponders):
		return nil, ErrNobody
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, fmt.Errorf("asking %s: %w", subject, err)
}

// Publish implements [Relay].
func (r *NATS) Publish(ctx context.Context, subject string, frame []byte) error {
	if !r.conn.IsConnected() {
		return ErrDown
	}
	if err := r.conn.Publish(r.prefix+subject, frame); err != nil {
		return fmt.Errorf("publishing on %s: %w", subject, err)
	}
	return r.flush(ctx)
}

// flush waits until the server has what was sent.
func (r *NATS) flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := r.conn.FlushWithContext(ctx); err != nil {
		return fmt.Errorf("waiting for the relay: %w", err)
	}
	return nil
}

type natsSubscription struct {
	of     *NATS
	sub    *nats.Subscription
	cancel context.CancelFunc
}

func (s natsSubscription) Close() {
	s.cancel()
	_ = s.sub.Unsubscribe()
	if s.of.conn.IsConnected() { // a server that is gone delivers nothing either
		_ = s.of.flush(context.Background())
	}
}

// Listen implements [Relay]. Handlers run at once, not one after another: a
// slow directory must not hold up the next person.
func (r *NATS) Listen(subject, group string, handle Handler) (Subscription, error) {
	ctx, cancel := context.WithCancel(r.ctx)
	receive := func(m *nats.Msg) {
		go func() {
			if answer := handle(ctx, m.Data); answer != nil && m.Reply != "" {
				_ = m.Respond(answer) // who asked sees silence, as after any lost answer
			}
		}()
	}
	var sub *nats.Subscription
	var err error
	if group == "" {
		sub, err = r.conn.Subscribe(r.prefix+subject, receive)
	} else {
		sub, err = r.conn.QueueSubscribe(r.prefix+subject, group, receive)
	}
	if err == nil {
		err = r.flush(ctx)
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("listening on %s: %w", subject, err)
	}
	return natsSubscription{r, sub, cancel}, nil
}

type natsWatcher struct {
	of      *NATS
	changed func(bool, error)
}

// Watch implements [Relay].
func (r *NATS) Watch(changed func(up bool, cause error)) Subscription {
	w := &natsWatcher{r, changed}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchers[w] = struct{}{}
	return w
}

func (w *natsWatcher) Close() {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	delete(w.of.watchers, w)
}

func (r *NATS) tell(up bool, cause error) {
	if r.ctx.Err() != nil {
		return // we closed it ourselves
	}
	if !up && cause == nil {
		cause = nats.ErrConnectionClosed
	}
	r.mu.Lock()
	var tell []func(bool, error)
	for w := range r.watchers {
		tell = append(tell, w.changed)
	}
	r.mu.Unlock()
	for _, f := range tell {
		f(up, cause)
	}
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}
