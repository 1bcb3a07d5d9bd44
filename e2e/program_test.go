package e2e

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/rig"
)

// patience bounds every wait for another program. It is only ever used up when
// something is broken.
const patience = 30 * time.Second

// lastLine ends what a program prints when it serves.
const lastLine = "Ctrl-C ends it."

// A recorder keeps what was written and tells who waits for words.
type recorder struct {
	mu    sync.Mutex
	text  bytes.Buffer
	words string
	said  chan struct{}
}

func newRecorder(words string) *recorder { return &recorder{words: words, said: make(chan struct{})} }

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.has()
	r.text.Write(p)
	if !before && r.has() {
		close(r.said)
	}
	return len(p), nil
}

func (r *recorder) has() bool {
	return r.words != "" && bytes.Contains(r.text.Bytes(), []byte(r.words))
}

func (r *recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// A program is one of ours, or another's, running as a process of its own.
type program struct {
	name           string
	cmd            *exec.Cmd
	stdout, stderr *recorder
	exited         chan struct{}
	readyFile      string
}

// self is a command that runs one of our programs.
func self(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(environment(), programVariable+"="+name)
	return cmd
}

// environment is this process's, without settings that a developer's shell may
// hold for the programs.
func environment() []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "SSPR_") {
			env = append(env, e)
		}
	}
	return env
}

// launch starts a command; words of its output say that it serves.
func launch(name string, cmd *exec.Cmd, words string) (*program, error) {
	p := &program{name: name, cmd: cmd, stdout: newRecorder(words), stderr: newRecorder(words), exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.stdout, p.stderr
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = cmd.Wait()
		close(p.exited)
	}()
	select {
	case <-p.stdout.said:
	case <-p.stderr.said:
	case <-p.exited:
		return nil, errors.New(name + " ended at once:\n" + p.output())
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		return nil, errors.New(name + " does not serve:\n" + p.output())
	}
	return p, nil
}

func (p *program) output() string { return p.stdout.String() + p.stderr.String() }

// anyPorts makes a portal listen where there is room.
var anyPorts = []string{"--listen=127.0.0.1:0", "--ldap-listen=127.0.0.1:0", "--ldaps-listen=127.0.0.1:0", "--smtp-listen=127.0.0.1:0"}

// start runs one of our programs until the test ends; it must then end well.
func start(t testing.TB, name string, args ...string) *program {
	t.Helper()
	ready := filepath.Join(t.TempDir(), name+".json")
	p, err := launch(name, self(name, append(args, "--ready="+ready)...), lastLine)
	require.NoError(t, err)
	p.readyFile = ready
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Errorf("%v", err)
		}
		if t.Failed() {
			t.Logf("%s wrote:\n%s", name, p.output())
		}
	})
	return p
}

// stop asks the program to end, as Ctrl-C does.
func (p *program) stop() error {
	select {
	case <-p.exited:
	default:
		_ = p.cmd.Process.Signal(syscall.SIGINT)
	}
	select {
	case <-p.exited:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		return errors.New(p.name + " does not end:\n" + p.output())
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		return errors.New(p.name + " ended badly: " + p.cmd.ProcessState.String() + "\n" + p.output())
	}
	return nil
}

func (p *program) ready(t testing.TB) rig.Ready {
	t.Helper()
	r, err := rig.ReadReady(p.readyFile)
	require.NoError(t, err)
	return r
}

// runProgram runs one of our programs to its end.
func runProgram(t testing.TB, stdin, name string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return runCommand(t, stdin, self(name, args...))
}

// runCommand runs any command to its end.
func runCommand(t testing.TB, stdin string, cmd *exec.Cmd) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); !ended {
		require.NoError(t, err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

var _ io.Writer = (*recorder)(nil)

// needs finds a foreign program. One that is not installed skips its tests with
// the command that installs it, and fails them where CI demands the suite by
// naming it in SSPRLAB_REQUIRE.
func needs(t testing.TB, suite, program, remedy string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	missing(t, suite, program+" is not installed: "+remedy)
	return ""
}

func missing(t testing.TB, suite, what string) {
	t.Helper()
	for _, required := range strings.FieldsFunc(os.Getenv("SSPRLAB_REQUIRE"), func(r rune) bool { return r == ',' || r == ' ' }) {
		if required == suite || required == "all" {
			t.Fatalf("%s (SSPRLAB_REQUIRE names %s)", what, required)
		}
	}
	t.Skip(what)
}
