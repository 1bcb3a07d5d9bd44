package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkHybridReset is one whole reset through all parts in one process: the
// checks, a code of the app, the sealed message, the relay, the agent, a write
// over TLS, mails over SMTP, the records. The domain's minimum age is switched off.
func BenchmarkHybridReset(b *testing.B) {
	seed, err := tenant.Demo()
	require.NoError(b, err)
	seed.Domains[0].Policy.MinimumAge = 0
	l, err := rig.NewLab(b.Context(), rig.LabConfig{Seed: seed, Network: memnet.New(), RandSeed: 1})
	require.NoError(b, err)
	defer func() { require.NoError(b, l.Close(b.Context())) }()
	n := 0
	once := func() {
		n++
		password := secret.New(fmt.Sprintf("Copper-Kettle-%d-Hob", n))
		ctx, s := b.Context(), l.Reset
		v, err := s.Begin(ctx, reset.BeginInput{UserID: alice, Cookies: true})
		require.NoError(b, err)
		v, err = s.ChooseTrouble(ctx, v.SessionID, policy.Reset)
		require.NoError(b, err)
		v, err = s.StartProof(ctx, v.SessionID, policy.AppCode, "")
		require.NoError(b, err)
		v, err = s.AnswerProof(ctx, v.SessionID, []secret.Text{secret.New(l.Authenticator.Codes(alice)[0].Code)})
		require.NoError(b, err)
		v, err = s.ChoosePassword(ctx, v.SessionID, password, password)
		require.NoError(b, err)
		require.Equal(b, reset.StepDone, v.Step, "%s %s %s", v.Message, v.PasswordReason, v.Code)
		l.Clock.Advance(30 * time.Second) // the app's next code
	}
	once() // the agent connects, keys are made
	before := cpu(b)
	for b.Loop() {
		once()
	}
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N)/1e6, "cpu-ms/op")
}

// BenchmarkNewLab starts a lab in a running process and ends it: embedded
// directory with LDAPS, mailbox, relay, agent, pages.
func BenchmarkNewLab(b *testing.B) {
	seed, err := tenant.Demo()
	require.NoError(b, err)
	for name, network := range map[string]func() memnet.Network{
		"memory": func() memnet.Network { return memnet.New() }, "loopback": memnet.Real,
	} {
		b.Run(name, func(b *testing.B) {
			start := func() *rig.Lab {
				l, err := rig.NewLab(b.Context(), rig.LabConfig{Seed: seed, Network: network(), RandSeed: 1})
				require.NoError(b, err)
				return l
			}
			require.NoError(b, start().Close(b.Context()))
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, start().Close(b.Context()))
			}
			b.StopTimer()
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			l := start()
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1024, "KiB-kept")
			require.NoError(b, l.Close(b.Context()))
		})
	}
}

// BenchmarkPortalStart builds the program portal and runs it as people do: from
// the start of the process to the ready line, and its resident memory then.
func BenchmarkPortalStart(b *testing.B) {
	path := filepath.Join(b.TempDir(), "portal")
	text, err := exec.Command("go", "build", "-o", path, "../cmd/portal").CombinedOutput()
	require.NoError(b, err, "%s", text)
	resident := 0
	for b.Loop() {
		p, err := launch("portal", exec.Command(path, anyPorts...), lastLine)
		require.NoError(b, err)
		b.StopTimer()
		resident = max(resident, residentKiB(b, p.cmd.Process.Pid))
		require.NoError(b, p.stop())
		b.StartTimer()
	}
	b.ReportMetric(float64(resident)/1024, "MiB-resident")
}

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

func residentKiB(b *testing.B, pid int) int {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0 // no Linux
	}
	found := residentLine.FindSubmatch(text)
	require.NotNil(b, found)
	n, err := strconv.Atoi(string(found[1]))
	require.NoError(b, err)
	return n
}
