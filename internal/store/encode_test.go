package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

func changes() *rapid.Generator[directory.Change] {
	octets := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })
	guid := rapid.Map(rapid.SliceOfN(rapid.Byte(), 16, 16), func(b []byte) security.GUID { return security.GUID(b) })
	hash := rapid.Map(guid, func(g security.GUID) domain.NTHash { return domain.NTHash(g) })
	at := rapid.Map(rapid.Int64(), func(n int64) time.Time { return time.Unix(0, n).UTC() })
	return rapid.Custom(func(t *rapid.T) directory.Change {
		c := directory.Change{
			USN: rapid.Uint32().Draw(t, "usn"), Time: at.Draw(t, "time"), New: rapid.Bool().Draw(t, "new"), Last: rapid.Bool().Draw(t, "last"), Removed: rapid.Bool().Draw(t, "removed"), GUID: guid.Draw(t, "guid"), Parent: guid.Draw(t, "parent"),
			DN: octets.Draw(t, "dn"), RDNType: octets.Draw(t, "type"), RDN: octets.Draw(t, "rdn"), Classes: rapid.SliceOf(octets).Draw(t, "classes"),
			SID: security.SID(octets.Draw(t, "sid")), Descriptor: []byte(octets.Draw(t, "sd")), Created: at.Draw(t, "created"), USNCreated: rapid.Uint32().Draw(t, "usnCreated"),
			Instance: rapid.Int32().Draw(t, "instance"), Deleted: rapid.Bool().Draw(t, "deleted"), Recycled: rapid.Bool().Draw(t, "recycled"),
			Attributes: rapid.MapOf(octets, rapid.SliceOf(octets)).Draw(t, "attributes"),
		}
		if rapid.Bool().Draw(t, "linked") {
			c.Links = rapid.MapOfN(octets, rapid.SliceOf(guid), 1, 3).Draw(t, "links")
		}
		c.Origin = rapid.Uint16().Draw(t, "origin")
		second := rapid.Map(rapid.Int64Range(-1<<40, 1<<40), func(n int64) time.Time { return time.Unix(n, 0).UTC() })
		stamp := rapid.Custom(func(t *rapid.T) directory.Stamp {
			return directory.Stamp{
				Attribute: octets.Draw(t, "attribute"), Version: rapid.Uint32().Draw(t, "version"), Time: second.Draw(t, "written"),
				USN: rapid.Uint32().Draw(t, "usnOriginating"), Origin: rapid.Uint16().Draw(t, "by"),
			}
		})
		if list := rapid.SliceOf(stamp).Draw(t, "stamps"); len(list) > 0 {
			c.Stamps = list
		}
		if rapid.Bool().Draw(t, "linkStamped") {
			value := rapid.Custom(func(t *rapid.T) directory.LinkStamp {
				return directory.LinkStamp{Target: guid.Draw(t, "target"), Absent: rapid.Bool().Draw(t, "absent"), Created: second.Draw(t, "first"), Stamp: stamp.Draw(t, "stamp")}
			})
			c.LinkStamps = rapid.MapOfN(octets, rapid.SliceOf(value), 1, 3).Draw(t, "linkStamps")
		}
		if rapid.Bool().Draw(t, "secret") {
			c.Secrets = &directory.Secrets{
				Current: hash.Draw(t, "current"), Changed: domain.FileTime(rapid.Int64().Draw(t, "changed")),
				KeyVersion: rapid.Int().Draw(t, "version"), Has: rapid.Bool().Draw(t, "has"),
			}
			if h := rapid.SliceOf(hash).Draw(t, "history"); len(h) > 0 {
				c.Secrets.History = h
			}
		}
		return c
	})
}

func TestAChangeIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := changes().Draw(t, "change")
		b := appendChange(nil, &want)
		got, err := parseChange(b)
		require.NoError(t, err)
		require.Equal(t, want, got)
		_, err = parseChange(b[:rapid.IntRange(0, len(b)-1).Draw(t, "cut")])
		require.Error(t, err, "a part of it is noticed")
	})
}

func TestAChangeOfAnEarlierProgramIsRead(t *testing.T) {
	want := directory.Change{RDN: "a", Descriptor: []byte{}, Classes: []string{}, Attributes: map[string][]string{"b": {"c"}}, Time: time.Unix(1, 0).UTC(), Created: time.Unix(1, 0).UTC()}
	b := appendChange(nil, &want)
	b = b[:len(b)-3] // origin, no stamps, no stamps of links
	b[0] = unstamped
	got, err := parseChange(b)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

func FuzzParseChange(f *testing.F) {
	f.Add(appendChange(nil, &directory.Change{Attributes: map[string][]string{"a": {"b", ""}}, Secrets: &directory.Secrets{History: make([]domain.NTHash, 2)}}))
	f.Add([]byte{1, 0xff, 0xff})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := parseChange(in)
		if err != nil {
			return
		}
		again, err := parseChange(appendChange(nil, &c))
		require.NoError(t, err)
		assert.Equal(t, c, again)
	})
}
