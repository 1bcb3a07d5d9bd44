package chance

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"sync"
)

// A Source derives streams from one seed. It is safe for concurrent use.
type Source struct {
	seed uint64
	mu   sync.Mutex
	next map[string]uint64
}

// New returns the source of seed.
func New(seed uint64) *Source { return &Source{seed: seed, next: map[string]uint64{}} }

// Seed reports the seed, for the first line that a program prints.
func (s *Source) Seed() uint64 { return s.seed }

// Stream returns the stream of a purpose. The same seed and words give the same
// octets every time, so name everything that must differ: the session, the
// user, the number of the attempt.
func (s *Source) Stream(purpose ...string) io.Reader {
	h := sha256.New()
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], s.seed)
	h.Write(n[:])
	for _, p := range purpose {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		_, _ = io.WriteString(h, p) // a hash never fails
	}
	return rand.NewChaCha8([32]byte(h.Sum(nil)))
}

// Next returns the stream of the next event of a kind: the first call for
// "session" and the second give different streams, in an order that only
// depends on how often that kind was asked for.
func (s *Source) Next(kind string) io.Reader {
	s.mu.Lock()
	s.next[kind]++
	n := s.next[kind]
	s.mu.Unlock()
	return s.Stream(kind, strconv.FormatUint(n, 10))
}

// Bytes reads n octets of r.
func Bytes(r io.Reader, n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		panic("chance: a stream ended: " + err.Error()) // ChaCha8 has no end
	}
	return b
}

// GUID returns a version 4 GUID in its usual text form, lower case.
func GUID(r io.Reader) string {
	b := Bytes(r, 16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Intn returns a number from 0 to n-1, each as likely as the others.
func Intn(r io.Reader, n int) int {
	limit := ^uint64(0) - ^uint64(0)%uint64(n)
	for {
		if v := binary.BigEndian.Uint64(Bytes(r, 8)); v < limit {
			return int(v % uint64(n))
		}
	}
}

// Digits returns n decimal digits.
func Digits(r io.Reader, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + Intn(r, 10))
	}
	return string(b)
}
