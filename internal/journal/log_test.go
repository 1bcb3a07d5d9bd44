package journal_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/journal"
)

// small is the maximum size of a log that holds few events.
const small = 1 << 10

// values are keys and values in turn.
func values(list ...string) journal.Data {
	return journal.Data{Len: len(list) / 2, At: func(i int) (key, value string) { return list[2*i], list[2*i+1] }}
}

// logon puts an event into the Security log of a computer.
func logon(j *journal.Journal, computer, who string) {
	data := values("TargetUserName", who, "Status", "0x0")
	j.LogSecurity(noon, journal.Event{Computer: computer, ID: 4776, Name: "The domain controller attempted to validate credentials"}, data, small)
}

// capacity is how many events of one length a small log holds.
func capacity(t require.TestingT) int {
	j := open()
	for range 100 {
		logon(j, "DC1", "0000")
	}
	held := len(j.Records(journal.Query{}))
	require.Greater(t, held, 1)
	require.Less(t, held, 100)
	return held
}

func TestALogKeepsItsNewestEventsWhateverOthersWrite(t *testing.T) {
	held := capacity(t)
	rapid.Check(t, func(t *rapid.T) {
		j := open()
		logs := map[string][]int64{}
		id := map[int64]string{}
		channels := map[int64]journal.Channel{}
		for seq := int64(1); seq <= int64(rapid.IntRange(0, 60).Draw(t, "records")); seq++ {
			switch name := rapid.SampledFrom([]string{"DC1", "DC1", "DC1", "DC2", "audit", "SYNC1"}).Draw(t, "log"); name {
			case "audit":
				id[seq], channels[seq] = "c1", journal.Audit
				j.Append(journal.FlowProgress("c1", journal.Actor{}, journal.ReasonSubmittedID))
				logs[name] = append(logs[name], seq)
			case "SYNC1":
				id[seq], channels[seq] = "c2", journal.Application
				j.Append(event(journal.Application, "c2", 31001))
				logs[name] = append(logs[name], seq)
			default:
				channels[seq] = journal.Security
				logon(j, name, fmt.Sprintf("%04d", seq))
				logs[name] = append(logs[name], seq)
				if over := len(logs[name]) - held; over > 0 {
					logs[name] = logs[name][over:]
				}
			}
		}
		there := map[int64]bool{}
		for list := range maps.Values(logs) {
			for _, seq := range list {
				there[seq] = true
			}
		}
		q := journal.Query{
			Channel:       rapid.SampledFrom([]journal.Channel{"", journal.Audit, journal.Application, journal.Security}).Draw(t, "asked channel"),
			CorrelationID: rapid.SampledFrom([]string{"", "", "c1", "c2"}).Draw(t, "asked id"),
			After:         int64(rapid.IntRange(-1, 61).Draw(t, "after")), Limit: rapid.IntRange(0, 5).Draw(t, "limit"),
		}
		want := []int64{}
		for seq := max(q.After, 0) + 1; seq <= j.Last(); seq++ {
			if there[seq] && (q.Channel == "" || channels[seq] == q.Channel) && (q.CorrelationID == "" || id[seq] == q.CorrelationID) && (q.Limit == 0 || len(want) < q.Limit) {
				want = append(want, seq)
			}
		}
		assert.Equal(t, want, numbers(j.Records(q)))
		for _, r := range j.Records(journal.Query{Channel: journal.Security}) {
			require.Equal(t, fmt.Sprintf("%04d", r.Seq), r.Event.Data[0].Value)
		}

		kept, err := json.Marshal(j.Snapshot())
		require.NoError(t, err)
		var s journal.Snapshot
		require.NoError(t, json.Unmarshal(kept, &s))
		other := open()
		other.Restore(s)
		assert.Equal(t, j.Records(journal.Query{}), other.Records(journal.Query{}), "numbers and all")
		assert.Equal(t, j.Last(), other.Last())
	})
}

func numbers(records []journal.Record) []int64 {
	list := []int64{}
	for _, r := range records {
		list = append(list, r.Seq)
	}
	return list
}

// A reader that comes back with the last number it saw gets everything that is
// left, once, whatever was overwritten meanwhile.
func TestReadingOnOverAGap(t *testing.T) {
	j := open()
	logon(j, "DC1", "0000")
	seen := j.Records(journal.Query{})[0].Seq
	for range 100 {
		logon(j, "DC1", "0000")
	}
	got := numbers(j.Wait(t.Context(), journal.Query{Channel: journal.Security, After: seen, Limit: 2}))
	require.Len(t, got, 2)
	assert.Greater(t, got[0], seen+1, "a gap")
	rest := numbers(j.Records(journal.Query{After: got[1]}))
	assert.Equal(t, got[1]+1, rest[0])
	assert.EqualValues(t, 101, rest[len(rest)-1])
}

func TestADecisionRecordKeepsWhatItsLogHasOverwritten(t *testing.T) {
	j := open()
	j.StartAttempt(journal.Attempt{CorrelationID: "c1", Events: []journal.EventRef{{Seq: 9}}})
	j.Append(event(journal.Application, "c1", 31001))
	j.Append(journal.FlowProgress("c1", journal.Actor{}, journal.ReasonSubmittedID))
	before, _ := j.Attempt("c1")
	require.Len(t, before.Events, 2)

	long := event(journal.Application, "", 31001)
	long.Event.Message = string(make([]byte, journal.DefaultMaxSize))
	j.Append(long)
	assert.Equal(t, []int64{2, 3}, numbers(j.Records(journal.Query{})), "the newest stays, however large")
	assert.Equal(t, []int64{2}, numbers(j.Records(journal.Query{CorrelationID: "c1"})))
	j.UpdateAttempt("c1", func(a *journal.Attempt) { a.Events, a.Gates = nil, 1 })
	after, _ := j.Attempt("c1")
	assert.Equal(t, before.Events, after.Events)

	other := open()
	other.Restore(j.Snapshot())
	restored, _ := other.Attempt("c1")
	assert.Equal(t, after, restored)
}

// The message of a security event is made when somebody reads.
func TestASecurityEventTellsItsTitleAndWhomItIsAbout(t *testing.T) {
	j := open()
	logon(j, "DC1", "alice")
	j.Append(j.Records(journal.Query{})[0])
	j.LogSecurity(noon, journal.Event{ID: 4739, Name: "Domain policy was changed"}, journal.Data{}, 0)
	var said []string
	for _, r := range j.Records(journal.Query{}) {
		said = append(said, r.Event.Message)
	}
	title := "The domain controller attempted to validate credentials: alice"
	assert.Equal(t, []string{title, title, "Domain policy was changed"}, said)
}

func BenchmarkLogSecurity(b *testing.B) {
	j := open()
	var list []string
	for i := range 20 {
		list = append(list, fmt.Sprintf("TargetName%d", i), "S-1-5-18 or such")
	}
	all := values(list...)
	b.ReportAllocs()
	for b.Loop() {
		j.LogSecurity(noon, journal.Event{Computer: "DC1", ID: 4624, Name: "An account was successfully logged on"}, all, 0)
	}
}
