package ssprctl

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/scenario"
)

// doScenario tells stories, each in a lab of its own inside this process.
func doScenario(ctx context.Context, a *app, args []string) error {
	const what = "scenario run [--format tap|junit] [--update] FILE..."
	if len(args) == 0 || args[0] != "run" {
		return usageError("usage: ssprctl " + what)
	}
	set := flag.NewFlagSet("ssprctl scenario run", flag.ContinueOnError)
	set.SetOutput(a.stderr)
	format := set.String("format", "tap", "tap or junit")
	update := set.Bool("update", false, "rewrite the transcripts in the files")
	if err := set.Parse(args[1:]); err != nil {
		return usageError(err.Error())
	}
	if set.NArg() == 0 {
		return usageError("usage: ssprctl " + what)
	}
	write, known := map[string]func([]scenario.Result) error{
		"tap":   func(r []scenario.Result) error { return scenario.WriteTAP(a.stdout, r) },
		"junit": func(r []scenario.Result) error { return scenario.WriteJUnit(a.stdout, r) },
	}[*format]
	if !known {
		return usageError(fmt.Sprintf("--format %s: tap or junit", *format))
	}
	start := rig.World(func() memnet.Network { return memnet.New() }, time.Now)
	var results []scenario.Result
	for _, file := range set.Args() {
		r, err := tell(ctx, file, start, *update)
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	if err := write(results); err != nil {
		return err
	}
	for _, r := range results {
		if r.Golden() != nil {
			return fmt.Errorf("%s did not go as written", r.Story.Name)
		}
	}
	return nil
}

// tell runs one file, and rewrites its transcript when that is asked for.
func tell(ctx context.Context, file string, start scenario.Starter, update bool) (scenario.Result, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return scenario.Result{}, fmt.Errorf("reading the scenario: %w", err)
	}
	story, err := scenario.Parse(filepath.Base(file), text)
	if err != nil {
		return scenario.Result{}, usageError(err.Error())
	}
	r := scenario.Run(ctx, story, start)
	if update && r.Err == nil && r.Transcript != story.Transcript {
		if err := os.WriteFile(file, story.WithTranscript(r.Transcript), 0o644); err != nil {
			return r, fmt.Errorf("rewriting the transcript: %w", err)
		}
		r.Story.Transcript = r.Transcript
	}
	return r, nil
}
