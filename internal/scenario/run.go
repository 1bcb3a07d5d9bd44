package scenario

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/control/api"
)

// defaultStart is when a story begins that does not say: a Monday morning.
var defaultStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// A Result is what came of a story.
type Result struct {
	Story      Story
	Transcript string
	Err        error  // the first line that did not hold
	Why        string // explanation of the last attempt, when Err is not nil
}

// Golden compares the transcript with the story's own.
func (r Result) Golden() error {
	if r.Err != nil || r.Story.Transcript == r.Transcript {
		return r.Err
	}
	want, got := strings.Split(r.Story.Transcript, "\n"), strings.Split(r.Transcript, "\n")
	for i := range max(len(want), len(got)) {
		w, g := at(want, i), at(got, i)
		if w != g {
			return fmt.Errorf("%s: the transcript differs from line %d on:\n  expected: %s\n  happened: %s", r.Story.Name, i+1, w, g)
		}
	}
	return nil
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// A run is a story under way.
type run struct {
	world    World
	tokens   string // of the story: a CSV file
	people   map[string]*browser
	person   string
	ldap     map[string]*ldap.Conn // by domain controller
	out      *transcript
	attempts map[string]int // LDAP exchanges told of each attempt
	last     string         // correlation ID of the last attempt
	seq      int64          // last journal record told
	mail     string         // last mail told
}

// Run tells a story in a world of its own.
func Run(ctx context.Context, s Story, start Starter) Result {
	result := Result{Story: s}
	opening, lines, err := s.opening()
	if err != nil {
		result.Err = err
		return result
	}
	w, cleanup, err := start(ctx, opening)
	if err != nil {
		result.Err = fmt.Errorf("%s: starting the world: %w", s.Name, err)
		return result
	}
	r := &run{world: w, tokens: s.Tokens, people: map[string]*browser{}, person: "somebody", ldap: map[string]*ldap.Conn{}, out: newTranscript(w, opening.Clock), attempts: map[string]int{}}
	defer r.close()
	if err := r.freeze(ctx, opening.Clock); err != nil {
		result.Err = fmt.Errorf("%s: %w", s.Name, err)
	}
	for _, line := range lines {
		if result.Err != nil {
			break
		}
		if err := r.line(ctx, line); err != nil {
			result.Err = fmt.Errorf("%s:%d: %s: %w", s.Name, line.Number, r.out.shown(line), err)
		}
	}
	if result.Err != nil && r.last != "" {
		if why, err := w.Control.Why(ctx, r.last); err == nil {
			result.Why = why.Explanation
		}
	}
	result.Transcript = r.out.String()
	r.close()
	if err := cleanup(); err != nil && result.Err == nil {
		result.Err = fmt.Errorf("%s: ending the world: %w", s.Name, err)
	}
	return result
}

// opening reads the words that must be known before the world starts.
func (s Story) opening() (Start, []Line, error) {
	o := Start{Seed: s.Seed, Clock: defaultStart, RandSeed: 1}
	var rest []Line
	for _, l := range s.Lines {
		switch {
		case l.Words[0] == "rand":
			n, err := strconv.ParseUint(l.Words[1], 10, 64)
			if err != nil {
				return o, nil, fmt.Errorf("%s:%d: rand takes a number, not %q", s.Name, l.Number, l.Words[1])
			}
			o.RandSeed = n
		case l.Words[0] == "clock" && len(l.Words) == 2 && len(rest) == 0:
			t, err := time.Parse(time.RFC3339, l.Words[1])
			if err != nil {
				return o, nil, fmt.Errorf("%s:%d: clock takes a time as 2026-03-02T09:00:00Z, not %q", s.Name, l.Number, l.Words[1])
			}
			o.Clock = t
		default:
			rest = append(rest, l)
		}
	}
	return o, rest, nil
}

// freeze stops the lab's clock, so that a story takes no time but what it says.
func (r *run) freeze(ctx context.Context, at time.Time) error {
	on := true
	if _, err := r.world.Control.MoveClock(ctx, api.ClockChange{Freeze: &on}); err != nil {
		return err
	}
	_, err := r.world.Control.MoveClock(ctx, api.ClockChange{Set: &at})
	return err
}

func (r *run) line(ctx context.Context, l Line) error {
	r.out.line(l)
	args, not := l.Words, false
	if args[0] == "!" {
		args, not = args[1:], true
	}
	err := words()[args[0]].run(ctx, r, args[1:])
	if not {
		if err == nil {
			return errors.New("it holds")
		}
		if _, fact := errors.AsType[unmet](err); fact {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	return r.news(ctx)
}

// browser is the browser of the person whose turn it is.
func (r *run) browser() (*browser, error) {
	if b, ok := r.people[r.person]; ok {
		return b, nil
	}
	b, err := newBrowser(r.world)
	if err != nil {
		return nil, err
	}
	r.people[r.person] = b
	return b, nil
}

func (r *run) close() {
	for at, conn := range r.ldap {
		_ = conn.Close()
		delete(r.ldap, at)
	}
	for _, b := range r.people {
		b.client.CloseIdleConnections()
	}
}
