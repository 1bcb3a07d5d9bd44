package directory

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// The rule of MS-ADTS 3.1.1.1.9, in its order.
func TestTheNewerStamp(t *testing.T) {
	f := ruleForest(t)
	low, high := uint16(0), uint16(1)
	if string(f.invocation(low)) > string(f.invocation(high)) {
		low, high = high, low
	}
	for name, c := range map[string]struct{ newer, older stamp }{
		"the higher version, though earlier":    {stamp{version: 3, time: 1, by: low}, stamp{version: 2, time: 9, by: high}},
		"the later time":                        {stamp{version: 2, time: 9, by: low}, stamp{version: 2, time: 1, by: high}},
		"the higher invocation ID":              {stamp{version: 2, time: 9, by: high}, stamp{version: 2, time: 9, by: low}},
		"anything is newer than what never was": {stamp{version: 1}, stamp{}},
	} {
		require.True(t, f.newer(c.newer, c.older), name)
		require.False(t, f.newer(c.older, c.newer), name)
		require.False(t, f.newer(c.newer, c.newer), name)
	}
}

func ruleForest(t require.TestingT) *Forest {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	f, err := NewForest(ForestConfig{Now: at, Rand: chance.New(1).Stream("directory"), Domains: []DomainConfig{
		{DNSName: "corp.example", NetBIOS: "CORP", DCs: []DCConfig{{Name: "DC1"}, {Name: "DC2"}, {Name: "DC3"}}},
	}})
	require.NoError(t, err)
	return f
}

// States of one object on replicas that write and learn from each other merge to
// the same whatever the order: this is why replicas agree.
func TestMergingIsASemilattice(t *testing.T) {
	f := ruleForest(t)
	group := f.byGUID[f.derive("CN=Domain Guests,CN=Users,DC=corp,DC=example")]
	users := f.domains[0].users.kids.list[:6]
	rapid.Check(t, func(t *rapid.T) {
		first := group.obj.Load()
		states, on := []*object{first}, [3]*object{first, first, first}
		some := func(label string) *object { return states[rapid.IntRange(0, len(states)-1).Draw(t, label)] }
		for i := range rapid.IntRange(2, 15).Draw(t, "steps") {
			by := rapid.IntRange(0, 2).Draw(t, "on")
			if on[by].deleted || rapid.IntRange(0, 3).Draw(t, "learns") == 0 {
				on[by] = f.merge(on[by], some("from"), nil)
			} else {
				later := time.Duration(rapid.IntRange(0, 3).Draw(t, "time")) * time.Second
				w := writer{by: uint16(by), usn: uint32(9000 + i), now: f.created.Add(later), object: (*node).newest}
				on[by] = f.written(t, on[by], w, users, f.domains[0].system)
			}
			states = append(states, on[by])
		}
		a, b, c := some("x"), some("y"), some("z")
		same := func(x, y *object, what string) { require.Empty(t, f.difference(x, y), what) }
		same(f.merge(a, b, nil), f.merge(b, a, nil), "commutative")
		same(f.merge(f.merge(a, b, nil), c, nil), f.merge(a, f.merge(b, c, nil), nil), "associative")
		same(f.merge(a, a, nil), a, "idempotent")
		same(f.merge(f.merge(a, b, nil), b, nil), f.merge(a, b, nil), "absorbing")
	})
}

// written is an object after one random write.
func (f *Forest) written(t *rapid.T, was *object, w writer, users []*node, elsewhere *node) *object {
	o := was.clone()
	k := f.k
	text := fmt.Sprint(w.usn)
	switch rapid.IntRange(0, 7).Draw(t, "what") {
	case 0, 1:
		o.set(rapid.SampledFrom([]*schema.Attribute{k.description, k.mail}).Draw(t, "attribute"), w.usn, oneValue(text))
	case 2:
		o.set(k.description, w.usn, values{})
	case 3:
		o.rdn = text
	case 4:
		o.parent = elsewhere
	case 5:
		o.secret = &secrets{has: true, version: int(w.usn)}
	case 6:
		n := rapid.SampledFrom(users).Draw(t, "member")
		o.setLinks(k.member, w.usn, append(without(without(o.linked(k.member), users[0]), n), n))
	case 7:
		f.strip(o)
		o.deleted, o.rdn = true, mangledName(o.rdn, "DEL", o.guid)
	}
	f.stampChanges(was, o, w)
	return o
}
