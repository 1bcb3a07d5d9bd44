package device_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/memnet"
	"github.com/ssprlab/ssprlab/internal/notify"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func atNoon() time.Time { return noon }

// serve runs a sink on l until the test ends.
func serve(t *testing.T, box *device.Mailbox, l net.Listener) {
	t.Helper()
	sink := device.NewSink(box, slog.New(slog.NewTextHandler(t.Output(), nil)))
	done := make(chan error, 1)
	go func() { done <- sink.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, sink.Close())
		require.NoError(t, <-done)
	})
}

func TestCodeMailArrivesOverMemoryAndLoopback(t *testing.T) {
	send := func(t *testing.T, network memnet.Network, addr string) {
		box := device.NewMailbox(atNoon, 0)
		l, err := network.Listen(t.Context(), "tcp", addr)
		require.NoError(t, err)
		serve(t, box, l)
		mailer := &notify.Mailer{Addr: l.Addr().String(), Dial: network.DialContext, Now: atNoon, Stream: chance.New(1).Stream}
		require.NoError(t, mailer.Send(t.Context(), notify.Verification(policy.Settings{TenantName: "Nördlicht"}, challenge.CodeMail{
			To: "Alice@home.example", TenantName: "Nördlicht", Code: secret.New("042137"), Expires: 5 * time.Minute,
		})))

		list := box.Wait(t.Context(), "alice@HOME.example", 0)
		require.Len(t, list, 1)
		m := list[0]
		assert.Equal(t, "042137", m.Code)
		assert.Equal(t, "Nördlicht account email verification code", m.Subject)
		assert.Equal(t, "Microsoft on behalf of Nördlicht <"+policy.Senders(policy.PublicCloud)[0]+">", m.From)
		assert.Equal(t, noon, m.Received)
		assert.Contains(t, m.Text, "Use this code to prove that the address belongs to your Nördlicht account.\n")
		assert.Contains(t, m.HTML, `<html lang="en">`)
		assert.Empty(t, m.Problem)
	}
	t.Run("loopback", func(t *testing.T) { send(t, memnet.Real(), "127.0.0.1:0") })
	t.Run("memory", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { send(t, memnet.New(), "mail.example:25") })
	})
}

func TestAForeignClientWithSeveralRecipients(t *testing.T) {
	box := device.NewMailbox(atNoon, 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	serve(t, box, l)
	body := "From: it@northlight.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nPlain, with 123456 in it.\r\n.. and a dot\r\n"
	require.NoError(t, smtp.SendMail(l.Addr().String(), nil, "it@northlight.example", []string{"a@x.example", "b@y.example"}, []byte(body)))

	for _, to := range []string{"a@x.example", "b@y.example"} {
		list := box.List(to, 0)
		require.Len(t, list, 1)
		assert.Equal(t, "Grüße", list[0].Subject)
		assert.Equal(t, "it@northlight.example", list[0].Sender)
		assert.Equal(t, []string{"a@x.example", "b@y.example"}, list[0].Envelope)
		assert.Equal(t, "Plain, with 123456 in it.\n.. and a dot\n", list[0].Text)
		assert.Equal(t, "123456", list[0].Code)
	}
	assert.Equal(t, []string{"a@x.example", "b@y.example"}, box.Addresses())
	assert.Len(t, box.List("", 0), 2)
	assert.Len(t, box.List("", 1), 1, "after the first")
}

func TestTheSinkHasLimits(t *testing.T) {
	box := device.NewMailbox(atNoon, 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	serve(t, box, l)
	send := func(to []string, body string) error {
		return smtp.SendMail(l.Addr().String(), nil, "a@b.example", to, []byte(body))
	}
	line := strings.Repeat("x", 78) + "\r\n"
	require.ErrorContains(t, send([]string{"a@b.example"}, strings.Repeat(line, device.MaxMessageBytes/len(line)+1)), "552")
	var many []string
	for i := range device.MaxRecipients + 1 {
		many = append(many, fmt.Sprintf("u%d@b.example", i))
	}
	require.ErrorContains(t, send(many, "x"), "452")
	require.ErrorContains(t, send([]string{"nodomain"}, "x"), "501")
	require.ErrorContains(t, send([]string{strings.Repeat("x", 250) + "@b.example"}, "x"), "553")
	assert.Empty(t, box.List("", 0))
}

func TestWhatCannotBeReadIsKeptRaw(t *testing.T) {
	for name, c := range map[string]struct{ raw, text string }{
		"no header at all":      {"\xff\xfe nonsense", "\uFFFD nonsense"},
		"multipart that is not": {"Content-Type: multipart/mixed; boundary=x\r\n\r\nnothing", ""},
	} {
		t.Run(name, func(t *testing.T) {
			box := device.NewMailbox(atNoon, 0)
			box.Deliver("a@b.example", []string{"c@d.example"}, []byte(c.raw))
			m := box.List("c@d.example", 0)[0]
			assert.NotEmpty(t, m.Problem)
			assert.Contains(t, m.Text, c.text)
			assert.NotEmpty(t, m.Text)
		})
	}
}

func TestTheCodeIsFound(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"on a line of its own":         {"Ticket 111111.\r\n\r\n   042137\r\n", "042137"},
		"in a sentence":                {"Your code is 042137.\r\n", "042137"},
		"not in a longer number":       {"Call +491234567 or 0421370\r\n", ""},
		"not in an identifier":         {"see 8b1d4f0e-123456-99 and v1.123456 and a_123456\r\n", ""},
		"not in a word":                {"ABC123456 123456XYZ\r\n", ""},
		"none":                         {"Nothing to see.\r\n", ""},
		"the first of two in sentence": {"Use 111111, not 222222.\r\n", "111111"},
	} {
		t.Run(name, func(t *testing.T) {
			box := device.NewMailbox(atNoon, 0)
			box.Deliver("", []string{"a@b.example"}, []byte("Subject: x\r\n\r\n"+c.body))
			box.Deliver("", []string{"a@b.example"}, []byte("Subject: x\r\nContent-Type: text/html\r\n\r\n<style>.c{x:999999}</style><p title='888888'>"+c.body+"</p>"))
			for _, m := range box.List("a@b.example", 0) {
				assert.Equal(t, c.want, m.Code)
			}
		})
	}
}

func TestWaitSeesTheNextMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := device.NewMailbox(atNoon, 0)
		deliver := func(to, body string) { box.Deliver("", []string{to}, []byte("Subject: x\r\n\r\n"+body)) }
		deliver("a@b.example", "old")
		got := make(chan []device.Mail, 1)
		go func() { got <- box.Wait(t.Context(), "a@b.example", 1) }()
		synctest.Wait()
		deliver("other@b.example", "not this")
		synctest.Wait()
		assert.Empty(t, got)
		deliver("a@b.example", "new")
		found := <-got
		require.Len(t, found, 1)
		assert.Equal(t, "new", found[0].Text)

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		assert.Empty(t, box.Wait(ctx, "a@b.example", 3), "and gives up with its context")
	})
}

func TestWatchYieldsEveryMailOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := device.NewMailbox(atNoon, 0)
		ctx, cancel := context.WithCancel(t.Context())
		var seen []int64
		done := make(chan struct{})
		go func() {
			defer close(done)
			for m := range box.Watch(ctx, "", 0) {
				seen = append(seen, m.Seq)
			}
		}()
		for range 5 {
			box.Deliver("", []string{"a@b.example", "c@d.example"}, []byte("\r\nx"))
			synctest.Wait()
		}
		cancel()
		<-done
		assert.Equal(t, []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, seen)
	})
}

func TestTheOldestMailGoesFirst(t *testing.T) {
	box := device.NewMailbox(atNoon, 20)
	for i := range 100 {
		box.Deliver("", []string{fmt.Sprintf("u%d@b.example", i%3)}, []byte("\r\nx"))
	}
	all := box.List("", 0)
	assert.LessOrEqual(t, len(all), 20)
	assert.EqualValues(t, 100, all[len(all)-1].Seq)
	_, there := box.Get(1)
	assert.False(t, there)
	last, there := box.Get(100)
	assert.True(t, there)
	assert.Equal(t, "u0@b.example", last.To)
	for i, m := range all {
		assert.EqualValues(t, 100-len(all)+1+i, m.Seq)
	}
	for _, m := range box.List("U1@b.example", 0) {
		assert.Equal(t, "u1@b.example", m.To)
	}
	box.Clear("u1@b.example")
	assert.Empty(t, box.List("u1@b.example", 0))
	assert.NotEmpty(t, box.List("u2@b.example", 0))
	box.Clear("")
	assert.Empty(t, box.List("", 0))
}

func TestHugeMailDoesNotFillMemory(t *testing.T) {
	box := device.NewMailbox(atNoon, 0)
	huge := []byte("Subject: x\r\n\r\n" + strings.Repeat("x", device.MaxMessageBytes-100))
	for range 100 {
		box.Deliver("", []string{"a@b.example", "c@d.example"}, huge)
	}
	kept := 0
	for _, m := range box.List("a@b.example", 0) {
		kept += len(m.Raw) + len(m.Text)
	}
	assert.LessOrEqual(t, kept, device.MaxMailboxBytes)
	assert.Greater(t, kept, device.MaxMailboxBytes/2)
	assert.EqualValues(t, 200, box.List("c@d.example", 0)[len(box.List("c@d.example", 0))-1].Seq, "the newest stays")
}

func FuzzMailNeverPanics(f *testing.F) {
	f.Add([]byte("Subject: x\r\n\r\nbody"))
	f.Add([]byte("Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=koi8-r\r\n\r\n<p>\xc1\r\n--b--"))
	f.Add([]byte("Content-Type: text/plain; charset=nonesuch\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		box := device.NewMailbox(atNoon, 0)
		box.Deliver("a@b.example", []string{"c@d.example"}, raw)
		m := box.List("c@d.example", 0)[0]
		assert.True(t, utf8.ValidString(m.Text), "what is shown is UTF-8")
		assert.True(t, utf8.ValidString(m.HTML), "what is shown is UTF-8")
	})
}

func BenchmarkMailOverMemory(b *testing.B) {
	network := memnet.New()
	l, err := network.Listen(b.Context(), "tcp", "mail.example:25")
	require.NoError(b, err)
	box := device.NewMailbox(atNoon, 0)
	sink := device.NewSink(box, slog.New(slog.DiscardHandler))
	go func() { _ = sink.Serve(l) }()
	mailer := &notify.Mailer{Addr: "mail.example:25", Dial: network.DialContext, Now: atNoon, Stream: chance.New(1).Stream}
	mail := notify.Verification(policy.Settings{}, challenge.CodeMail{To: "a@b.example", Code: secret.New("042137"), Expires: time.Minute})
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, mailer.Send(b.Context(), mail))
	}
	require.NoError(b, sink.Close())
}
