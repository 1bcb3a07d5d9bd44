package directory

import (
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
)

// A logonState is what one domain controller remembers of an account's logons;
// none of it is replicated.
type logonState struct {
	badCount  int
	badTime   domain.FileTime
	lastLogon domain.FileTime
	locked    domain.FileTime // when this domain controller locked the account: what counts while it can tell nobody
	// lastLogoff is never set by the directory; Samba lets clients write it.
	lastLogoff domain.FileTime
	count      int
}

// A logonTable holds the logon states of a domain controller by slot.
type logonTable struct {
	mu     sync.Mutex // held while a chunk is added
	chunks atomic.Pointer[[]*logonChunk]
}

type logonChunk [1024]atomic.Pointer[logonState]

func (t *logonTable) get(slot uint32) logonState {
	c := t.chunks.Load()
	if c == nil || int(slot>>10) >= len(*c) || (*c)[slot>>10] == nil {
		return logonState{}
	}
	if s := (*c)[slot>>10][slot&1023].Load(); s != nil {
		return *s
	}
	return logonState{}
}

// update changes a state atomically.
func (t *logonTable) update(slot uint32, change func(logonState) logonState) {
	p := &t.chunk(slot)[slot&1023]
	for {
		old := p.Load()
		var before logonState
		if old != nil {
			before = *old
		}
		after := change(before)
		if p.CompareAndSwap(old, &after) {
			return
		}
	}
}

func (t *logonTable) chunk(slot uint32) *logonChunk {
	i := int(slot >> 10)
	if c := t.chunks.Load(); c != nil && i < len(*c) && (*c)[i] != nil {
		return (*c)[i]
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []*logonChunk
	if c := t.chunks.Load(); c != nil {
		list = append(list, *c...)
	}
	for len(list) <= i {
		list = append(list, nil)
	}
	if list[i] == nil {
		list[i] = new(logonChunk)
	}
	t.chunks.Store(&list)
	return list[i]
}

// localValue is an attribute that every domain controller has its own value of.
// Users and computers show it from their creation on.
func (dc *DC) localValue(o *object, a *schema.Attribute) values {
	if !o.class.is("user") || o.deleted {
		return values{}
	}
	s, k := dc.logons.get(o.node.slot), dc.forest.k
	switch a {
	case k.badPwdCount:
		return oneValue(strconv.Itoa(s.badCount))
	case k.badPasswordTime:
		return oneValue(s.badTime.String())
	case k.lastLogon:
		return oneValue(s.lastLogon.String())
	case k.lastLogoff:
		return oneValue(s.lastLogoff.String())
	case k.logonCount:
		return oneValue(strconv.Itoa(s.count))
	}
	return values{}
}
