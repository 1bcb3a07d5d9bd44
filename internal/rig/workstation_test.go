package rig_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/rig"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// logged is what the Security logs gained since a place: the computer's short
// name and the event, with the status where the event has one.
func logged(l *rig.Lab, after int64) (list []string) {
	for _, r := range l.Journal.Records(journal.Query{Channel: journal.Security, After: after}) {
		host, _, _ := strings.Cut(r.Event.Computer, ".")
		line := host + " " + strconv.Itoa(r.Event.ID)
		for _, d := range r.Event.Data {
			if d.Key == "Status" || d.Key == "LogonType" {
				line += " " + d.Value
			}
		}
		list = append(list, line)
	}
	return list
}

// AD reference 12.3, 13.2: a workstation of the domain asks for a ticket, which
// the domain controller's log tells, and keeps a Security log of its own.
func TestAWorkstationSignsInWithKerberos(t *testing.T) {
	l := demoLab(t)
	require.NotEmpty(t, l.Workstations)
	w := l.Workstations[0]
	station := strings.ToUpper(w.Name())
	sign := func(user, password string, offline bool) []string {
		before := l.Journal.Last()
		w.SignIn(t.Context(), user, secret.New(password), offline)
		return logged(l, before)
	}
	assert.Equal(t, []string{"dc1 4768 0x0", station + " 4624 2"}, sign("alice@northlight.example", demoPassword, false))
	assert.Equal(t, []string{"dc1 4771 0x18", station + " 4625 0xc000006d 2"}, sign("alice@northlight.example", "wrong", false))
	assert.Equal(t, []string{"dc1 4771 0x12", station + " 4625 0xc000006e 2"}, sign("judy@northlight.example", demoPassword, false))
	assert.Equal(t, []string{"dc1 4768 0x6", station + " 4625 0xc000006d 2"}, sign("zoe", "wrong", false))
	assert.Equal(t, []string{station + " 4624 11"}, sign("alice@northlight.example", demoPassword, true))
	assert.Equal(t, []string{station + " 4625 0xc000005e 2"}, sign("alice@northlight.example", "wrong", true))
}
