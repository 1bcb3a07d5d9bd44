package journal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/journal"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func open() *journal.Journal { return journal.New(func() time.Time { return noon }) }

func event(channel journal.Channel, correlationID string, id int) journal.Record {
	return journal.Record{Channel: channel, CorrelationID: correlationID, Event: &journal.Event{
		Provider: "PasswordResetService", ID: id, Name: "PasswordResetStart",
		Data: []journal.KeyValue{{Key: "user", Value: "alice"}},
	}}
}

func TestAppendNumbersAndStamps(t *testing.T) {
	j := open()
	first := j.Append(event(journal.Application, "c1", 31001))
	earlier := event(journal.Application, "c1", 31002)
	earlier.Time = noon.Add(-time.Hour)
	second := j.Append(earlier)

	assert.EqualValues(t, 1, first.Seq)
	assert.Equal(t, noon, first.Time)
	assert.EqualValues(t, 2, second.Seq)
	assert.Equal(t, noon.Add(-time.Hour), second.Time, "a time that is there stays")
}

func TestWhatIsHandedOutIsACopy(t *testing.T) {
	j := open()
	in := event(journal.Application, "c1", 31001)
	out := j.Append(in)
	in.Event.Data[0].Value, out.Event.ID = "mallory", 1
	j.Records(journal.Query{})[0].Event.Data[0].Value = "mallory"

	kept := j.Records(journal.Query{})[0].Event
	assert.Equal(t, 31001, kept.ID)
	assert.Equal(t, "alice", kept.Data[0].Value)
}

func TestQueriesAgreeWithLookingAtEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := open()
		channel := rapid.SampledFrom([]journal.Channel{"", journal.Audit, journal.Application, journal.Security})
		id := rapid.SampledFrom([]string{"", "c1", "c2"})
		var all []journal.Record
		for range rapid.IntRange(0, 30).Draw(t, "records") {
			all = append(all, j.Append(event(channel.Draw(t, "channel"), id.Draw(t, "id"), 1)))
		}
		q := journal.Query{
			Channel: channel.Draw(t, "asked channel"), CorrelationID: id.Draw(t, "asked id"),
			After: int64(rapid.IntRange(-1, 31).Draw(t, "after")), Limit: rapid.IntRange(0, 5).Draw(t, "limit"),
		}
		want := []journal.Record{}
		for _, r := range all {
			if (q.Channel == "" || r.Channel == q.Channel) && (q.CorrelationID == "" || r.CorrelationID == q.CorrelationID) &&
				r.Seq > q.After && (q.Limit == 0 || len(want) < q.Limit) {
				want = append(want, r)
			}
		}
		assert.Equal(t, want, j.Records(q))
	})
}

func TestWaitReturnsWithTheFirstRecordThatFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := open()
		got := make(chan []journal.Record, 1)
		go func() {
			got <- j.Wait(t.Context(), journal.Query{Channel: journal.Security, After: 1})
		}()
		synctest.Wait()
		j.Append(event(journal.Security, "", 4625))
		j.Append(event(journal.Audit, "", 0))
		synctest.Wait()
		assert.Empty(t, got, "neither an old record nor one of another channel wakes it for good")

		j.Append(event(journal.Security, "", 4724))
		found := <-got
		require.Len(t, found, 1)
		assert.Equal(t, 4724, found[0].Event.ID)
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		assert.Empty(t, open().Wait(ctx, journal.Query{}))
	})
}

func TestAttemptsCollectTheirEvents(t *testing.T) {
	j := open()
	j.StartAttempt(journal.Attempt{CorrelationID: "c1", UserPrincipalName: "alice@northlight.example"})
	j.StartAttempt(journal.Attempt{CorrelationID: "c2"})
	j.Append(journal.FlowProgress("c1", journal.Actor{}, journal.ReasonSubmittedID))
	j.Append(event(journal.Application, "c2", 31001))
	j.Append(event(journal.Application, "c1", 31002))
	j.UpdateAttempt("c1", func(a *journal.Attempt) {
		a.Outcome, a.CorrelationID = journal.Done, "elsewhere"
		a.Steps = append(a.Steps, journal.Step{What: "proof passed"})
	})
	j.UpdateAttempt("nobody", func(*journal.Attempt) { t.Error("an unknown attempt is not changed") })

	a, ok := j.Attempt("c1")
	require.True(t, ok)
	assert.Equal(t, journal.Done, a.Outcome)
	assert.Equal(t, noon, a.Started)
	assert.Equal(t, []journal.EventRef{
		{Seq: 1, Channel: journal.Audit, Text: "Self-service password reset flow activity progress: User submitted their user ID (success)"},
		{Seq: 3, Channel: journal.Application, ID: 31002, Text: "PasswordResetService: PasswordResetStart"},
	}, a.Events)

	all := j.Attempts()
	require.Len(t, all, 2)
	assert.Equal(t, "c2", all[0].CorrelationID, "newest first")
	assert.Equal(t, journal.Open, all[0].Outcome)
	_, ok = j.Attempt("nobody")
	assert.False(t, ok)
}

func TestAnAttemptIsNeverOverwritten(t *testing.T) {
	j := open()
	j.StartAttempt(journal.Attempt{CorrelationID: "c1", UserPrincipalName: "alice"})
	j.StartAttempt(journal.Attempt{CorrelationID: "c1", UserPrincipalName: "mallory"})
	var leaked *journal.Attempt
	j.UpdateAttempt("c1", func(a *journal.Attempt) { leaked = a })
	leaked.UserPrincipalName = "mallory"

	a, _ := j.Attempt("c1")
	assert.Equal(t, "alice", a.UserPrincipalName)
	assert.Len(t, j.Attempts(), 1)
}

func TestEmptyListsAreListsInJSON(t *testing.T) {
	j := open()
	j.StartAttempt(journal.Attempt{CorrelationID: "c1"})
	a, _ := j.Attempt("c1")
	b, err := json.Marshal(a)
	require.NoError(t, err)
	assert.JSONEq(t, `{"correlationId":"c1","kind":"","userPrincipalName":"","started":"2026-03-02T12:00:00Z",
		"outcome":"open","checks":[],"steps":[]}`, string(b))
	b, err = json.Marshal(j.Records(journal.Query{}))
	require.NoError(t, err)
	assert.Equal(t, "[]", string(b))
}

func TestSnapshotSurvivesJSONAndRestores(t *testing.T) {
	j := open()
	j.StartAttempt(journal.Attempt{CorrelationID: "c1"})
	j.StartAttempt(journal.Attempt{CorrelationID: "c2"})
	j.Append(journal.FlowProgress("c1", journal.Actor{ID: "1"}, journal.ReasonSubmittedID))
	b, err := json.Marshal(j.Snapshot())
	require.NoError(t, err)
	var s journal.Snapshot
	require.NoError(t, json.Unmarshal(b, &s))

	other := open()
	other.Append(event(journal.Security, "", 1))
	other.Restore(s)
	assert.Equal(t, j.Records(journal.Query{}), other.Records(journal.Query{}))
	assert.Equal(t, j.Attempts(), other.Attempts())
	assert.EqualValues(t, 2, other.Append(event(journal.Security, "", 2)).Seq)
}

func TestManyWritersOneOrder(t *testing.T) {
	j := open()
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			id := fmt.Sprint("c", w)
			j.StartAttempt(journal.Attempt{CorrelationID: id})
			for range 50 {
				j.Append(event(journal.Application, id, w))
				j.UpdateAttempt(id, func(a *journal.Attempt) { a.Gates++ })
				j.Records(journal.Query{CorrelationID: id})
			}
		})
	}
	wg.Wait()
	for i, r := range j.Records(journal.Query{}) {
		require.EqualValues(t, i+1, r.Seq)
	}
	for _, a := range j.Attempts() {
		assert.Equal(t, 50, a.Gates)
		assert.Len(t, a.Events, 50)
	}
}

func BenchmarkAppend(b *testing.B) {
	j, r := open(), event(journal.Application, "c1", 31001)
	b.ReportAllocs()
	for b.Loop() {
		j.Append(r)
	}
}
