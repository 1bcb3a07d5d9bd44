package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// encoding is the first octet of an encoded change. Values of attributes are
// octets, which JSON cannot hold, and encoding happens while the directory is
// locked, where gob would cost more than the operation.
const encoding = 2

// unstamped is the encoding of programs that did not keep stamps.
const unstamped = 1

// flags of a change.
const (
	flagNew = 1 << iota
	flagDeleted
	flagRecycled
	flagSecrets
	flagPassword
	flagLast
	flagRemoved
)

// appendChange appends the encoded form of c: numbers as varints, octets after
// their length.
func appendChange(b []byte, c *directory.Change) []byte {
	flags := uint64(0)
	set := func(on bool, flag uint64) {
		if on {
			flags |= flag
		}
	}
	set(c.New, flagNew)
	set(c.Deleted, flagDeleted)
	set(c.Recycled, flagRecycled)
	set(c.Last, flagLast)
	set(c.Removed, flagRemoved)
	set(c.Secrets != nil, flagSecrets)
	set(c.Secrets != nil && c.Secrets.Has, flagPassword)

	b = append(b, encoding)
	b = binary.AppendUvarint(b, flags)
	b = binary.AppendUvarint(b, uint64(c.USN))
	b = binary.AppendVarint(b, c.Time.UnixNano())
	b = append(b, c.GUID[:]...)
	b = append(b, c.Parent[:]...)
	b = appendTexts(b, c.DN, c.RDNType, c.RDN, string(c.SID), string(c.Descriptor))
	b = appendList(b, c.Classes)
	b = binary.AppendVarint(b, c.Created.UnixNano())
	b = binary.AppendUvarint(b, uint64(c.USNCreated))
	b = binary.AppendVarint(b, int64(c.Instance))
	b = binary.AppendUvarint(b, uint64(len(c.Attributes)))
	for name, values := range c.Attributes {
		b = appendList(appendTexts(b, name), values)
	}
	b = binary.AppendUvarint(b, uint64(len(c.Links)))
	for name, targets := range c.Links {
		b = binary.AppendUvarint(appendTexts(b, name), uint64(len(targets)))
		for _, t := range targets {
			b = append(b, t[:]...)
		}
	}
	if s := c.Secrets; s != nil {
		b = append(b, s.Current[:]...)
		b = binary.AppendUvarint(b, uint64(len(s.History)))
		for _, h := range s.History {
			b = append(b, h[:]...)
		}
		b = binary.AppendVarint(b, int64(s.Changed))
		b = binary.AppendVarint(b, int64(s.KeyVersion))
	}
	return appendStamps(b, c)
}

func appendStamps(b []byte, c *directory.Change) []byte {
	b = binary.AppendUvarint(b, uint64(c.Origin))
	b = binary.AppendUvarint(b, uint64(len(c.Stamps)))
	for _, s := range c.Stamps {
		b = appendStamp(b, s)
	}
	b = binary.AppendUvarint(b, uint64(len(c.LinkStamps)))
	for name, list := range c.LinkStamps {
		b = binary.AppendUvarint(appendTexts(b, name), uint64(len(list)))
		for _, s := range list {
			b = append(b, s.Target[:]...)
			absent := uint64(0)
			if s.Absent {
				absent = 1
			}
			b = binary.AppendVarint(binary.AppendUvarint(b, absent), s.Created.Unix())
			b = appendStamp(b, s.Stamp)
		}
	}
	return b
}

func appendStamp(b []byte, s directory.Stamp) []byte {
	b = binary.AppendUvarint(appendTexts(b, s.Attribute), uint64(s.Version))
	b = binary.AppendVarint(b, s.Time.Unix())
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(s.USN)), uint64(s.Origin))
}

func appendTexts(b []byte, list ...string) []byte {
	for _, s := range list {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

func appendList(b []byte, list []string) []byte {
	return appendTexts(binary.AppendUvarint(b, uint64(len(list))), list...)
}

// errDamaged is an encoded change that ends too early or too late.
var errDamaged = errors.New("its octets are damaged")

// parseChange reads what appendChange wrote.
func parseChange(b []byte) (directory.Change, error) {
	if len(b) == 0 || b[0] != encoding && b[0] != unstamped {
		return directory.Change{}, fmt.Errorf("%w, or written by a later program", errDamaged)
	}
	p := parser{b: b[1:]}
	flags := p.uint()
	c := directory.Change{
		New: flags&flagNew != 0, Last: flags&flagLast != 0, Removed: flags&flagRemoved != 0, Deleted: flags&flagDeleted != 0, Recycled: flags&flagRecycled != 0,
		USN: uint32(p.uint()), Time: p.time(), GUID: p.octets16(), Parent: p.octets16(),
		DN: p.text(), RDNType: p.text(), RDN: p.text(), SID: security.SID(p.text()), Descriptor: []byte(p.text()),
		Classes: p.list(), Created: p.time(), USNCreated: uint32(p.uint()), Instance: int32(p.int()),
		Attributes: map[string][]string{},
	}
	for range p.count(2) {
		name := p.text()
		c.Attributes[name] = p.list()
	}
	if n := p.count(2); n > 0 {
		c.Links = make(map[string][]security.GUID, n)
		for range n {
			name := p.text()
			targets := make([]security.GUID, p.count(16))
			for i := range targets {
				targets[i] = p.octets16()
			}
			c.Links[name] = targets
		}
	}
	if flags&flagSecrets != 0 {
		s := &directory.Secrets{Has: flags&flagPassword != 0, Current: p.octets16()}
		for range p.count(16) {
			s.History = append(s.History, p.octets16())
		}
		s.Changed, s.KeyVersion = domain.FileTime(p.int()), int(p.int())
		c.Secrets = s
	}
	if b[0] != unstamped {
		p.stamps(&c)
	}
	if p.bad || len(p.b) > 0 {
		return directory.Change{}, errDamaged
	}
	return c, nil
}

func (p *parser) stamps(c *directory.Change) {
	c.Origin = uint16(p.uint())
	for range p.count(5) {
		c.Stamps = append(c.Stamps, p.stamp())
	}
	n := p.count(2)
	if n > 0 {
		c.LinkStamps = make(map[string][]directory.LinkStamp, n)
	}
	for range n {
		name := p.text()
		list := make([]directory.LinkStamp, p.count(23))
		for i := range list {
			list[i].Target, list[i].Absent = p.octets16(), p.uint() != 0
			list[i].Created = time.Unix(p.int(), 0).UTC()
			list[i].Stamp = p.stamp()
		}
		c.LinkStamps[name] = list
	}
}

func (p *parser) stamp() directory.Stamp {
	return directory.Stamp{Attribute: p.text(), Version: uint32(p.uint()), Time: time.Unix(p.int(), 0).UTC(), USN: uint32(p.uint()), Origin: uint16(p.uint())}
}

// A parser reads the parts of an encoded change. After a mistake everything is
// zero and bad is set.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) fail() {
	p.b, p.bad = nil, true
}

func (p *parser) uint() uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.b = p.b[n:]
	return v
}

func (p *parser) int() int64 {
	v, n := binary.Varint(p.b)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.b = p.b[n:]
	return v
}

func (p *parser) time() time.Time { return time.Unix(0, p.int()).UTC() }

func (p *parser) octets16() (out [16]byte) {
	if len(p.b) < 16 {
		p.fail()
		return out
	}
	p.b = p.b[copy(out[:], p.b):]
	return out
}

func (p *parser) text() string {
	n := p.count(1)
	s := string(p.b[:n])
	p.b = p.b[n:]
	return s
}

// count reads how many things of at least size octets follow.
func (p *parser) count(size int) int {
	n := p.uint()
	if n > uint64(len(p.b)/size) {
		p.fail()
		return 0
	}
	return int(n)
}

func (p *parser) list() []string {
	n := p.count(1)
	out := make([]string, 0, n)
	for range n {
		out = append(out, p.text())
	}
	return out
}
