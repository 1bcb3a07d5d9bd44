package ber_test

import (
	"bytes"
	"testing"

	asn1 "github.com/go-asn1-ber/asn1-ber"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
)

func TestHeaders(t *testing.T) {
	for name, tc := range map[string]struct {
		in           []byte
		length, size int
		err          error
	}{
		"short":                    {in: []byte{0x30, 0x05}, length: 5, size: 2},
		"long form of Windows":     {in: []byte{0x30, 0x84, 0, 0, 0, 3}, length: 3, size: 6},
		"the largest length":       {in: []byte{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff}, length: 1<<31 - 1, size: 6},
		"nothing yet":              {},
		"a tag so far":             {in: []byte{0x30}},
		"half a length":            {in: []byte{0x30, 0x84, 0, 0}},
		"above the largest length": {in: []byte{0x30, 0x84, 0x80, 0, 0, 0}, err: ber.ErrLength},
		"five octets of length":    {in: []byte{0x30, 0x85, 0, 0, 0, 0, 1}, err: ber.ErrLength},
		"indefinite":               {in: []byte{0x30, 0x80}, err: ber.ErrIndefinite},
		"a long tag":               {in: []byte{0x7f}, err: ber.ErrLongTag},
	} {
		t.Run(name, func(t *testing.T) {
			_, length, size, err := ber.Header(tc.in)
			require.ErrorIs(t, err, tc.err)
			assert.Equal(t, tc.length, length)
			assert.Equal(t, tc.size, size)
		})
	}
}

func TestIntegers(t *testing.T) {
	for name, tc := range map[string]struct {
		in   []byte
		want int
		err  error
	}{
		"zero":               {in: []byte{0}},
		"minus one":          {in: []byte{0xff}, want: -1},
		"padded":             {in: []byte{0, 0, 0, 0, 7}, want: 7},
		"least":              {in: []byte{0x80, 0, 0, 0}, want: -1 << 31},
		"greatest, unsigned": {in: []byte{0, 0xff, 0xff, 0xff, 0xff}, want: 1<<32 - 1},
		"empty":              {in: []byte{}, err: ber.ErrInteger},
		"more than 32 bits":  {in: []byte{1, 0, 0, 0, 0}, err: ber.ErrInteger},
		"more than 8 octets": {in: make([]byte, 9), err: ber.ErrInteger},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ber.Reader(tc.in).Integer()
			require.ErrorIs(t, err, tc.err)
			assert.Equal(t, tc.want, got)
		})
	}
}

func TestElementBeyondTheEnd(t *testing.T) {
	r := ber.Reader{0x04, 0x03, 'a', 'b'}
	_, err := r.Text()
	require.ErrorIs(t, err, ber.ErrTruncated)
	r = ber.Reader{0x02, 0x01, 0x01}
	_, err = r.Text()
	require.ErrorIs(t, err, ber.ErrTag)
	_, err = new(ber.Reader).Text()
	require.ErrorIs(t, err, ber.ErrTruncated)
}

func TestElementCannotReachIntoTheNext(t *testing.T) {
	r := ber.Reader{0x04, 0x01, 'a', 0x04, 0x01, 'b'}
	first, err := r.Expect(ber.OctetString)
	require.NoError(t, err)
	_ = append(first, 'X')
	second, err := r.Text()
	require.NoError(t, err)
	assert.Equal(t, "b", second)
}

func TestWhatIsWrittenIsReadAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-1<<31, 1<<31-1).Draw(t, "integer")
		s := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "octets")
		yes := rapid.Bool().Draw(t, "boolean")

		b, at := ber.Open(nil, ber.Sequence)
		b = ber.AppendInt(b, ber.Integer, n)
		b = ber.AppendString(b, ber.OctetString, s)
		b = ber.AppendBool(b, ber.Boolean, yes)
		b = ber.Close(b, at)

		r := ber.Reader(b)
		seq, err := r.Expect(ber.Sequence)
		require.NoError(t, err)
		require.NoError(t, r.Done())
		gotN, err := seq.Int(ber.Integer)
		require.NoError(t, err)
		assert.Equal(t, n, gotN)
		gotS, err := seq.Expect(ber.OctetString)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(s, gotS))
		gotYes, err := seq.Bool()
		require.NoError(t, err)
		assert.Equal(t, yes, gotYes)
		require.NoError(t, seq.Done())

		p, err := asn1.DecodePacketErr(b)
		require.NoError(t, err)
		require.Len(t, p.Children, 3)
		assert.EqualValues(t, n, p.Children[0].Value)
		assert.True(t, bytes.Equal(s, p.Children[1].ByteValue))
		assert.Equal(t, yes, p.Children[2].Value)
	})
}

func TestLengthsOfEverySize(t *testing.T) {
	for _, n := range []int{0, 127, 128, 255, 256, 65535, 65536, 1 << 24} {
		b := ber.AppendString(nil, ber.OctetString, make([]byte, n))
		r := ber.Reader(b)
		got, err := r.Expect(ber.OctetString)
		require.NoError(t, err)
		require.Len(t, got, n)
	}
}
