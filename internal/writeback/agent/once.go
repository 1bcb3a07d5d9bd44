package agent

import (
	"crypto/rsa"
	"sync"
)

// rememberedAnswers is how many messages an agent remembers: an hour's worth
// and more of what one domain controller can do for people who forgot.
const rememberedAnswers = 4096

// applied remembers the answers to messages, so that one that arrives again is
// answered again and not applied again. The zero value is ready.
type applied struct {
	mu    sync.Mutex
	byID  map[string]*entry
	order []string
}

type entry struct {
	done   chan struct{}
	answer []byte
}

// once runs act for the first message of an ID and returns its answer to every
// further one, which waits while the first is under way. A message that act did
// not apply (nil) is forgotten.
func (a *applied) once(id string, act func() []byte) []byte {
	a.mu.Lock()
	if e, again := a.byID[id]; again {
		a.mu.Unlock()
		<-e.done
		return e.answer
	}
	e := &entry{done: make(chan struct{})}
	if a.byID == nil {
		a.byID = map[string]*entry{}
	}
	a.byID[id] = e
	a.order = append(a.order, id)
	if len(a.order) > rememberedAnswers {
		delete(a.byID, a.order[0])
		a.order = a.order[1:]
	}
	a.mu.Unlock()
	defer close(e.done)
	if e.answer = act(); e.answer == nil {
		a.mu.Lock()
		delete(a.byID, id)
		a.mu.Unlock()
	}
	return e.answer
}

// lookup returns the answer that was given to a message, waiting while it is
// under way; false when it never came.
func (a *applied) lookup(id string) ([]byte, bool) {
	a.mu.Lock()
	e, ok := a.byID[id]
	a.mu.Unlock()
	if !ok {
		return nil, false
	}
	<-e.done
	return e.answer, e.answer != nil
}

// noKeys holds no key at all.
func noKeys(string) *rsa.PrivateKey { return nil }
