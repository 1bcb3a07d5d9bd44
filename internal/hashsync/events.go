package hashsync

import (
	"fmt"
	"strconv"
	"time"

	"github.com/ssprlab/ssprlab/internal/journal"
)

// provider writes the events of hash synchronisation into the Application log
// of the sync server (reference 9.3).
const provider = "Directory Synchronization"

// The events (reference 9.3). No levels are documented; Information and Error
// are ours, as for writeback.
const (
	eventBatchStart = 650
	eventBatchEnd   = 651
	eventBatchError = 652
	eventPingError  = 655
	eventRequest    = 656
	eventResult     = 657
	eventDomain     = 611 // error synchronising a domain
	eventUnexpected = 603
	eventKey        = 667 // MD5 key generation failed
)

// An eventLog is the Application log of an agent in one cycle.
type eventLog struct {
	s           *Service
	agent       Agent
	cycle       time.Time
	correlation string
}

func (l eventLog) write(id int, level, name, message string, data ...journal.KeyValue) {
	if l.agent.Silent {
		return
	}
	l.s.Append(journal.Record{
		Channel: journal.Application, Time: l.cycle, CorrelationID: l.correlation,
		Event: &journal.Event{Computer: l.agent.Name, Provider: provider, ID: id, Level: level, Name: name, Message: message, Data: data},
	})
}

func (l eventLog) informs(id int, name, message string, data ...journal.KeyValue) {
	l.write(id, "Information", name, message, data...)
}

func (l eventLog) complains(id int, name, message string) { l.write(id, "Error", name, message) }

func (l eventLog) batchStart(n int) {
	l.informs(eventBatchStart, "PasswordSyncBatchStart", "A batch of passwords of "+l.agent.Domain+" begins.", count(n))
}

func (l eventLog) batchEnd(n int) {
	l.informs(eventBatchEnd, "PasswordSyncBatchEnd", "The batch of passwords of "+l.agent.Domain+" has ended.", count(n))
}

func count(n int) journal.KeyValue { return journal.KeyValue{Key: "Count", Value: strconv.Itoa(n)} }

func (l eventLog) request(a Account) {
	l.informs(eventRequest, "PasswordChangeRequest", fmt.Sprintf("Password change request: Anchor: %s, Dn: %s", a.Anchor, a.DN), facts(a)...)
}

func (l eventLog) result(a Account, s Status) {
	level := "Information"
	if s == Failed {
		level = "Error"
	}
	l.write(eventResult, level, "PasswordChangeResult", fmt.Sprintf("Password change result: Anchor: %s, Dn: %s, Result: %s", a.Anchor, a.DN, s),
		append(facts(a), journal.KeyValue{Key: "Result", Value: string(s)})...)
}

func facts(a Account) []journal.KeyValue {
	return []journal.KeyValue{
		{Key: "Anchor", Value: a.Anchor}, {Key: "Dn", Value: a.DN}, {Key: "ChangeDate", Value: a.Set.UTC().Format(time.RFC3339)},
	}
}

// failed writes what a cycle leaves that could not do its work.
func (l eventLog) failed(f Failure) {
	switch f {
	case FIPS:
		l.complains(eventKey, "MD5KeyGenerationFailed", "The key for the hashes could not be made: the server allows FIPS algorithms only, and MD5 is none.")
	case Unreachable:
		l.complains(eventBatchError, "PasswordSyncBatchError", "The batch of passwords could not be sent: the cloud service does not answer.")
		l.complains(eventPingError, "PasswordSyncPingError", "The cloud service does not answer.")
		return
	case NoRight:
		l.complains(eventDomain, "PasswordSyncDomainError", "Passwords of "+l.agent.Domain+" could not be read: access is denied. The connector account "+
			l.agent.Connector+" needs Replicating Directory Changes and Replicating Directory Changes All on the domain.")
		return
	}
	l.complains(eventDomain, "PasswordSyncDomainError", "Passwords of "+l.agent.Domain+" could not be synchronised.")
}

func (l eventLog) unexpected(err error) {
	l.complains(eventUnexpected, "PasswordSyncUnexpectedError", "The tenant could not be read: "+err.Error())
}

// audit writes the directory service's record of a password that was brought
// (reference 9.4).
func (l eventLog) audit(target journal.Actor) {
	r := journal.DirectoryWrite(l.correlation, journal.ActivityDirectoryChange, l.s.SyncUser(l.agent.Name), target)
	r.Time = l.cycle
	l.s.Append(r)
}
