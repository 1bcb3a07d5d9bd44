package adwire_test

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/adwire"
	"github.com/ssprlab/ssprlab/internal/adwire/ber"
	"github.com/ssprlab/ssprlab/internal/adwire/rawclient"
	"github.com/ssprlab/ssprlab/internal/directory"
)

// nested returns a filter of NOTs, depth levels in all.
func nested(depth int) func([]byte) []byte {
	return func(b []byte) []byte {
		inner := ber.AppendString(nil, 0x87, "cn")
		for range depth - 1 {
			inner = append(ber.AppendHeader(nil, 0xa2, len(inner)), inner...)
		}
		return append(b, inner...)
	}
}

func TestMalformedMessageIsToldAndEndsTheConnection(t *testing.T) {
	body := func(tag byte, octets ...byte) []byte {
		return rawclient.Append(nil, 1, tag, nil, func(b []byte) []byte { return append(b, octets...) })
	}
	for name, octets := range map[string][]byte{
		"not a SEQUENCE":                 {0x31, 0x03, 0x02, 0x01, 0x01},
		"HTTP":                           []byte("GET / HTTP/1.1\r\n\r\n"),
		"indefinite length":              {0x30, 0x80, 0x02, 0x01, 0x01, 0, 0},
		"length of five octets":          {0x30, 0x85, 0, 0, 0, 0, 3, 0x02, 0x01, 0x01},
		"tag of two octets":              {0x3f, 0x81, 0x01, 0x00},
		"empty envelope":                 {0x30, 0x00},
		"message ID 0":                   {0x30, 0x05, 0x02, 0x01, 0x00, 0x42, 0x00},
		"negative message ID":            {0x30, 0x05, 0x02, 0x01, 0xff, 0x42, 0x00},
		"message ID above 2147483647":    {0x30, 0x09, 0x02, 0x05, 0x00, 0x80, 0, 0, 0, 0x42, 0x00},
		"empty message ID":               {0x30, 0x04, 0x02, 0x00, 0x42, 0x00},
		"no operation":                   {0x30, 0x03, 0x02, 0x01, 0x01},
		"unknown operation":              body(0x7e),
		"a response":                     body(0x61, 0x0a, 0x01, 0x00),
		"inner length beyond the frame":  {0x30, 0x07, 0x02, 0x01, 0x01, 0x63, 0x84, 0x7f, 0xff},
		"bind without fields":            body(0x60),
		"bind with unknown choice":       body(0x60, 0x02, 0x01, 0x03, 0x04, 0x00, 0x87, 0x00),
		"bind of version 0":              body(0x60, 0x02, 0x01, 0x00, 0x04, 0x00, 0x80, 0x00),
		"search without fields":          body(0x63),
		"search with scope 3":            body(0x63, 0x04, 0x00, 0x0a, 0x01, 0x03, 0x0a, 0x01, 0x00, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x01, 0x01, 0x00, 0x87, 0x00, 0x30, 0x00),
		"search with unknown filter":     rawclient.Append(nil, 1, 0x63, nil, searchBody("", func(b []byte) []byte { return append(b, 0xaa, 0x00) })),
		"substring filter without parts": rawclient.Append(nil, 1, 0x63, nil, searchBody("", func(b []byte) []byte { return append(b, 0xa4, 0x05, 0x04, 0x01, 'a', 0x30, 0x00) })),
		"NOT of two filters":             rawclient.Append(nil, 1, 0x63, nil, searchBody("", func(b []byte) []byte { return append(b, 0xa2, 0x06, 0x87, 0x01, 'a', 0x87, 0x01, 'b') })),
		"modify of an unknown kind":      body(0x66, 0x04, 0x00, 0x30, 0x0c, 0x30, 0x0a, 0x0a, 0x01, 0x07, 0x30, 0x05, 0x04, 0x01, 'a', 0x31, 0x00),
		"add without attributes":         body(0x68, 0x04, 0x01, 'a'),
		"compare without assertion":      body(0x6e, 0x04, 0x01, 'a'),
		"modify DN without RDN":          body(0x6c, 0x04, 0x01, 'a'),
		"extended without name":          body(0x77),
		"abandon of nothing":             body(0x50),
		"control that is no SEQUENCE":    searchMessage(1, alice, func(b []byte) []byte { return append(b, 0x04, 0x00) }),
		"control without OID":            searchMessage(1, alice, func(b []byte) []byte { return append(b, 0x30, 0x00) }),
		"control with long criticality":  searchMessage(1, alice, func(b []byte) []byte { return append(b, 0x30, 0x07, 0x04, 0x01, '1', 0x01, 0x02, 0xff, 0xff) }),
	} {
		t.Run(name, func(t *testing.T) {
			l := start(t, newFake())
			c := l.raw()
			send(t, c, octets)
			r := notice(t, c)
			assert.Equal(t, int(directory.ProtocolError), r.Code)
			assert.Contains(t, r.Diagnostic, "comment: Error decoding ldap message")
			assert.EqualValues(t, 1, l.server.Stats().Malformed)

			other := l.raw()
			send(t, other, searchMessage(1, alice, nil))
			_, r = answer(t, other, 1)
			assert.Zero(t, r.Code, "the next connection is served")
		})
	}
}

func TestAnnouncedLengthTakesNoMemory(t *testing.T) {
	l := start(t, newFake())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 20 {
		c := l.raw()
		send(t, c, []byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff})
		_, err := c.Receive()
		require.Error(t, err, "closed without a word")
	}
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(2<<20))
	assert.EqualValues(t, 20, l.server.Stats().Dropped)
}

func TestMemoryFollowsWhatHasArrived(t *testing.T) {
	l := start(t, newFake())
	var before, after runtime.MemStats
	c := make([]*rawclient.Client, 20)
	for i := range c {
		c[i] = l.raw()
		send(t, c[i], bindMessage(1, 3, alice, password))
		answer(t, c[i], 1)
	}
	runtime.ReadMemStats(&before)
	for i := range c {
		send(t, c[i], []byte{0x30, 0x84, 0, 0x9f, 0xff, 0xf0}, make([]byte, 8<<10)) // 10 MiB announced
	}
	require.Eventually(t, func() bool { runtime.ReadMemStats(&after); return after.TotalAlloc-before.TotalAlloc > 20*(64<<10) }, 5*time.Second, time.Millisecond)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20))
}

func TestReceiveLimitDependsOnWhoIsBound(t *testing.T) {
	for name, tc := range map[string]struct {
		size  int
		bound bool
		ok    bool
	}{
		"a small request before the bind": {size: 200 << 10, ok: true},
		"a large request before the bind": {size: 300 << 10},
		"a large request after the bind":  {size: 300 << 10, bound: true, ok: true},
		"too large a request, even so":    {size: 11 << 20, bound: true},
	} {
		t.Run(name, func(t *testing.T) {
			l := start(t, newFake())
			c := l.raw()
			if tc.bound {
				send(t, c, bindMessage(1, 3, alice, password))
				answer(t, c, 1)
			}
			err := c.Send(deleteMessage(2, string(bytes.Repeat([]byte("x"), tc.size)), nil))
			if tc.ok {
				require.NoError(t, err)
				_, r := answer(t, c, 2)
				assert.Zero(t, r.Code)
				return
			}
			_, err = c.Receive()
			require.Error(t, err)
			assert.EqualValues(t, 1, l.server.Stats().Dropped)
		})
	}
}

func TestDeepFilters(t *testing.T) {
	for name, tc := range map[string]struct {
		depth int
		want  directory.Code
	}{
		"as deep as allowed": {depth: 512, want: directory.Success},
		"one too deep":       {depth: 513, want: directory.AdminLimitExceeded},
		"as deep as fits in": {depth: 50_000, want: directory.AdminLimitExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			l := start(t, newFake())
			c := l.raw()
			send(t, c, bindMessage(1, 3, alice, password), rawclient.Append(nil, 2, 0x63, nil, searchBody(alice, nested(tc.depth))))
			answer(t, c, 1)
			_, r := answer(t, c, 2)
			assert.Equal(t, int(tc.want), r.Code)
		})
	}
}

func TestMillionEmptyElements(t *testing.T) {
	c := start(t, newFake()).raw()
	send(t, c, bindMessage(1, 3, alice, password), rawclient.Append(nil, 2, 0x63, nil, searchBody(alice, func(b []byte) []byte {
		b, at := ber.Open(b, 0xa0)
		b = append(b, bytes.Repeat([]byte{0x87, 0x00}, 1_000_000)...)
		return ber.Close(b, at)
	})))
	answer(t, c, 1)
	_, r := answer(t, c, 2)
	assert.Zero(t, r.Code)
}

func TestSilentClients(t *testing.T) {
	whole := searchMessage(1, alice, nil)
	for name, tc := range map[string]struct {
		send   []byte
		every  time.Duration // between octets; 0 sends all at once
		want   time.Duration
		notice bool
	}{
		"nothing at all": {want: 120 * time.Second, notice: true},
		"half a request": {send: whole[:len(whole)/2], want: 120 * time.Second, notice: true},
		"one request":    {send: whole, want: 900 * time.Second, notice: true},
		"one and a half": {send: append(bytes.Clone(whole), whole[:5]...), want: 120 * time.Second, notice: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := start(t, newFake())
				c := l.raw()
				begin := time.Now()
				send(t, c, tc.send)
				for {
					m, err := c.Receive()
					require.NoError(t, err)
					if m.ID == 0 {
						break
					}
				}
				assert.Equal(t, tc.want, time.Since(begin))
				_, err := c.Receive()
				require.Error(t, err)
				assert.EqualValues(t, 1, l.server.Stats().Dropped)
			})
		})
	}
}

func TestClientThatDripsARequestIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, newFake())
		c := l.raw()
		begin := time.Now()
		for _, o := range searchMessage(1, alice, nil) {
			if c.Send([]byte{o}) != nil {
				break
			}
			time.Sleep(time.Minute) // virtual
		}
		synctest.Wait()
		assert.Less(t, time.Since(begin), time.Hour)
		assert.Zero(t, l.server.Stats().Connections)
		assert.Zero(t, l.server.Stats().Operations)
	})
}

func TestClientThatDoesNotReadHarmsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := start(t, newFake())
		deaf := l.raw()
		for id := 1; id <= 50; id++ { // 50,000 entries, far more than the network holds
			send(t, deaf, searchMessage(id, "cn=many", nil))
		}
		synctest.Wait()
		c := l.raw()
		send(t, c, searchMessage(1, alice, nil))
		_, r := answer(t, c, 1)
		assert.Zero(t, r.Code)
		time.Sleep(time.Minute) // virtual
		synctest.Wait()
		assert.EqualValues(t, 1, l.server.Stats().Connections, "the deaf one is gone")
	})
}

func TestClientThatVanishesCancelsItsOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newFake()
		l := start(t, dir)
		c := l.raw()
		send(t, c, searchMessage(1, slow, nil))
		synctest.Wait()
		time.Sleep(time.Second) // virtual
		require.NoError(t, c.Close())
		synctest.Wait()
		assert.Len(t, dir.causes, 1)
		assert.Zero(t, l.server.Stats().Connections)
	})
}

func TestAnotherConnectionTakesThePlaceOfTheIdlest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newFake()
		dir.limits.MaxConnections = 3
		l := start(t, dir)
		use := func(c *rawclient.Client) error {
			r, err := c.BaseSearch(alice)
			if err == nil {
				assert.Equal(t, 1, r.Entries)
			}
			time.Sleep(time.Second) // virtual
			return err
		}
		a, b, c := l.raw(), l.raw(), l.raw()
		for _, c := range []*rawclient.Client{a, b, c, a} {
			require.NoError(t, use(c))
		}
		require.NoError(t, use(l.raw()))
		require.Error(t, use(b), "b was idle longest")
		require.NoError(t, use(a))
		require.NoError(t, use(c))
		assert.EqualValues(t, 3, l.server.Stats().Connections)
	})
}

// Valid messages with octets changed, removed, doubled or cut must never end in a
// panic, nor stop the server from serving others.
func TestMutatedMessages(t *testing.T) {
	l := start(t, newFake(), func(c *adwire.Config) { c.Logger = nil })
	seeds := messages()
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 4000 {
		m := bytes.Clone(seeds[i%len(seeds)])
		for range 1 + rnd.IntN(3) {
			at := rnd.IntN(len(m))
			switch rnd.IntN(5) {
			case 0:
				m[at] = byte(rnd.Uint32())
			case 1:
				m[at] ^= 1 << rnd.IntN(8)
			case 2:
				m = append(m[:at], m[min(len(m), at+1+rnd.IntN(4)):]...)
			case 3:
				m = append(m[:at:at], append([]byte{byte(rnd.Uint32())}, m[at:]...)...)
			default:
				m[at] = []byte{0, 0x7f, 0x80, 0x84, 0xff}[rnd.IntN(5)]
			}
			if len(m) == 0 {
				m = []byte{0}
			}
		}
		conn := l.dial(ldapAddr)
		_, err := conn.Write(append(m, unbind...))
		require.NoError(t, err)
		if i%50 == 0 {
			c := l.raw()
			r, err := c.BaseSearch(alice)
			require.NoError(t, err)
			require.Equal(t, 1, r.Entries)
			c.Close()
		}
		conn.Close()
	}
	assert.Zero(t, l.server.Stats().Panics)
}

// messages is one valid message of each kind.
func messages() [][]byte {
	all := func(b []byte) []byte {
		b = rawControl("1.2.840.113556.1.4.319", true, []byte{0x30, 0x05, 0x02, 0x01, 0x0a, 0x04, 0x00})(b)
		b = rawControl("1.2.840.113556.1.4.473", false, []byte{0x30, 0x0c, 0x30, 0x0a, 0x04, 0x02, 'c', 'n', 0x80, 0x01, '1', 0x81, 0x01, 0xff})(b)
		b = rawControl("2.16.840.1.113730.3.4.9", false, []byte{0x30, 0x0e, 0x02, 0x01, 0, 0x02, 0x01, 9, 0xa0, 0x06, 0x02, 0x01, 1, 0x02, 0x01, 0})(b)
		b = rawControl("1.2.840.113556.1.4.801", true, []byte{0x30, 0x03, 0x02, 0x01, 0x07})(b)
		b = rawControl("1.2.840.113556.1.4.529", true, nil)(b)
		b = rawControl("1.2.840.113556.1.4.841", true, []byte{0x30, 0x0a, 0x02, 0x01, 0, 0x02, 0x03, 1, 0, 0, 0x04, 0x00})(b)
		b = rawControl("1.2.840.113556.1.4.1504", true, []byte{0x30, 0x08, 0x04, 0x06, 'm', 'e', 'm', 'b', 'e', 'r'})(b)
		return rawControl("1.2.840.113556.1.4.2239", true, []byte{0x30, 0x84, 0, 0, 0, 3, 0x02, 0x01, 0x01})(b)
	}
	filter := func(b []byte) []byte {
		b, and := ber.Open(b, 0xa0)
		b, sub := ber.Open(b, 0xa4)
		b = ber.AppendString(b, ber.OctetString, "cn")
		b, parts := ber.Open(b, ber.Sequence)
		b = ber.AppendString(b, 0x80, "a")
		b = ber.AppendString(b, 0x81, "b")
		b = ber.AppendString(b, 0x82, "c")
		b = ber.Close(ber.Close(b, parts), sub)
		b, ext := ber.Open(b, 0xa9)
		b = ber.AppendString(b, 0x81, "1.2.840.113556.1.4.803")
		b = ber.AppendString(b, 0x82, "userAccountControl")
		b = ber.AppendString(b, 0x83, "2")
		b = ber.AppendBool(b, 0x84, true)
		b = ber.Close(b, ext)
		return ber.Close(nested(4)(b), and)
	}
	attribute := func(b []byte) []byte {
		b, attr := ber.Open(b, ber.Sequence)
		b = ber.AppendString(b, ber.OctetString, "description")
		b, set := ber.Open(b, ber.Set)
		b = ber.AppendString(b, ber.OctetString, "x")
		return ber.Close(ber.Close(b, set), attr)
	}
	change := func(b []byte) []byte {
		b, at := ber.Open(b, ber.Sequence)
		b = ber.AppendInt(b, ber.Enumerated, 2)
		return ber.Close(attribute(b), at)
	}
	named := func(content func([]byte) []byte) func([]byte) []byte {
		return func(b []byte) []byte {
			b = ber.AppendString(b, ber.OctetString, alice)
			b, list := ber.Open(b, ber.Sequence)
			return ber.Close(content(b), list)
		}
	}
	return [][]byte{
		bindMessage(1, 3, alice, password),
		rawclient.Append(nil, 2, 0x60, nil, func(b []byte) []byte {
			b = ber.AppendInt(b, ber.Integer, 3)
			b = ber.AppendString(b, ber.OctetString, "")
			b, sasl := ber.Open(b, 0xa3)
			b = ber.AppendString(b, ber.OctetString, "EXTERNAL")
			b = ber.AppendString(b, ber.OctetString, "")
			return ber.Close(b, sasl)
		}),
		searchMessage(3, alice, nil),
		rawclient.Append(nil, 4, 0x63, all, searchBody(alice, filter)),
		rawclient.Append(nil, 5, 0x66, all, named(change)),
		rawclient.Append(nil, 6, 0x68, nil, named(attribute)),
		deleteMessage(7, bob, rawControl("1.2.3.4.5", false, []byte("x"))),
		rawclient.Append(nil, 8, 0x6c, nil, func(b []byte) []byte {
			b = ber.AppendString(b, ber.OctetString, bob)
			b = ber.AppendString(b, ber.OctetString, "cn=rob")
			b = ber.AppendBool(b, ber.Boolean, true)
			return ber.AppendString(b, 0x80, "ou=staff")
		}),
		rawclient.Append(nil, 9, 0x6e, nil, func(b []byte) []byte {
			b = ber.AppendString(b, ber.OctetString, bob)
			b, ava := ber.Open(b, ber.Sequence)
			b = ber.AppendString(b, ber.OctetString, "cn")
			b = ber.AppendString(b, ber.OctetString, "bob")
			return ber.Close(b, ava)
		}),
		extendedMessage(10, "1.3.6.1.4.1.4203.1.11.3"),
		extendedMessage(11, "1.3.6.1.4.1.1466.20037"),
		abandonMessage(12, 3),
	}
}
