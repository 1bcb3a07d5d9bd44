package rawclient

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// A Report is what a [Load] measured.
type Report struct {
	Operations int
	Elapsed    time.Duration
	P50, P99   time.Duration
}

// PerSecond is the throughput.
func (r Report) PerSecond() float64 { return float64(r.Operations) / r.Elapsed.Seconds() }

// String is one line for a table.
func (r Report) String() string {
	return fmt.Sprintf("%.0f ops/s, p50 %.2f ms, p99 %.2f ms", r.PerSecond(),
		float64(r.P50)/float64(time.Millisecond), float64(r.P99)/float64(time.Millisecond))
}

// A Load is the same work done over several connections at once.
type Load struct {
	Connections int
	Dial        func(ctx context.Context) (net.Conn, error)
	// Prepare runs once on each connection, uncounted; it may be nil.
	Prepare func(c *Client) error
	// Work is one operation, the i-th of connection conn. An error ends the load.
	Work func(c *Client, conn, i int) error
	// Now measures; nil is the real clock.
	Now func() time.Time
}

// Run performs operations in all, shared evenly, and measures from the moment when
// every connection is prepared.
func (l Load) Run(ctx context.Context, operations int) (Report, error) {
	if l.Now == nil {
		l.Now = time.Now //nolint:forbidigo // what is measured is the machine
	}
	clients := make([]*Client, l.Connections)
	for i := range clients {
		conn, err := l.Dial(ctx)
		if err != nil {
			return Report{}, fmt.Errorf("connecting: %w", err)
		}
		defer conn.Close()
		clients[i] = New(conn)
		if l.Prepare != nil {
			if err := l.Prepare(clients[i]); err != nil {
				return Report{}, fmt.Errorf("preparing a connection: %w", err)
			}
		}
	}

	share := (operations + l.Connections - 1) / l.Connections
	took := make([][]time.Duration, l.Connections)
	errs := make([]error, l.Connections)
	var wg sync.WaitGroup
	start := l.Now()
	for n, c := range clients {
		wg.Go(func() {
			took[n] = make([]time.Duration, 0, share)
			for i := range share {
				begin := l.Now()
				if errs[n] = l.Work(c, n, i); errs[n] != nil {
					return
				}
				took[n] = append(took[n], l.Now().Sub(begin))
			}
		})
	}
	wg.Wait()
	elapsed := l.Now().Sub(start)
	for _, err := range errs {
		if err != nil {
			return Report{}, err
		}
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	return Report{
		Operations: len(all), Elapsed: elapsed,
		P50: all[len(all)/2], P99: all[len(all)*99/100],
	}, nil
}
