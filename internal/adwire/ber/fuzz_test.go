package ber_test

import (
	"bytes"
	"testing"

	asn1 "github.com/go-asn1-ber/asn1-ber"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
)

// An element that is read lies inside of what was given, and comes back when it
// is written: with the shortest length, which is what LDAP clients send. Where
// go-asn1-ber, which others decode with, takes the same octets, it sees the same
// tag and content.
func FuzzReader(f *testing.F) {
	for _, seed := range [][]byte{
		nil,
		{0x30},
		{0x30, 0x80},
		{0x30, 0x84, 0x7f, 0xff, 0xff, 0xff},
		{0x04, 0x03, 'a', 'b', 'c'},
		{0x02, 0x01, 0x7f},
		{0x01, 0x01, 0xff},
		{0x0a, 0x01, 0x02},
		{0x30, 0x84, 0, 0, 0, 3, 0x02, 0x01, 1},
		{0x1f, 0x81, 0x01, 0x00},
		{0x60, 0x07, 0x02, 0x01, 0x03, 0x04, 0x00, 0x80, 0x00},
		{0x30, 0x0c, 0x02, 0x01, 0x01, 0x60, 0x07, 0x02, 0x01, 0x03, 0x04, 0x00, 0x80, 0x00},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r := ber.Reader(in)
		tag, content, err := r.Next()
		if err != nil {
			return
		}
		if len(content)+len(r) > len(in) || cap(content) != len(content) {
			t.Fatalf("%d octets of content and %d that remain are more than %d", len(content), len(r), len(in))
		}
		written := ber.AppendString(nil, tag, string(content))
		again := ber.Reader(written)
		if tag2, content2, err := again.Next(); err != nil || tag2 != tag || !bytes.Equal(content, content2) || !again.Empty() {
			t.Fatalf("% x comes back as % x (%v)", in, written, err)
		}
		if universal := tag&0xe0 == 0; len(in) <= 512 && universal { // of others it keeps no octets
			element := in[:len(in)-len(r)]
			if p, err := asn1.DecodePacketErr(element); err == nil && (byte(p.Tag) != tag&0x1f || !bytes.Equal(p.ByteValue, content) && len(content) > 0) {
				t.Fatalf("% x: tag %x and % x here, %x and % x there", element, tag, content, p.Tag, p.ByteValue)
			}
		}
		read(tag, content)
	})
}

// read asks for everything that a decoder may ask of an element.
func read(tag byte, content ber.Reader) {
	element := ber.AppendString(nil, tag, string(content))
	for _, ask := range []func(r ber.Reader){
		func(r ber.Reader) { _, _ = r.Text() },
		func(r ber.Reader) { _, _ = r.Int(tag) },
		func(r ber.Reader) { _, _, _ = r.Optional(tag) },
		func(r ber.Reader) { _, _ = r.Expect(ber.Sequence) },
	} {
		ask(element)
	}
	if tag&0x20 == 0 {
		return
	}
	for inner := content; !inner.Empty(); {
		if _, _, err := inner.Next(); err != nil {
			return
		}
	}
}
