package conformance_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/conformance"
)

// auditLog is what Samba 4.17 writes: headers, JSON, and kinds of records that
// have no counterpart in the log of Windows.
const auditLog = `[2026/03/02 09:00:00.123456,  3] ../../auth/auth_log.c:857(log_json)
  {"timestamp": "2026-03-02T09:00:00+0000", "type": "Authentication", "Authentication": {"eventId": 4625, "logonType": 8, "status": "NT_STATUS_WRONG_PASSWORD", "clientAccount": "CN=evu,DC=x", "mappedAccount": "evu"}}
  {"timestamp": "2026-03-02T09:00:00+0000", "type": "Authorization", "Authorization": {"serviceDescription": "LDAP", "account": "evu"}}
  {"timestamp": "2026-03-02T09:00:01+0000", "type": "passwordChange", "passwordChange": {"eventId": 4724, "statusCode": 19, "status": "Constraint violation", "dn": "CN=evu,DC=x", "action": "Reset"}}
  {"timestamp": "2026-03-02T09:00:02+0000", "type": "groupChange", "groupChange": {"statusCode": 0, "status": "Success", "action": "PrimaryGroup", "user": "CN=evu,DC=x"}}
  {"timestamp": "2026-03-02T09:00:02+0000", "type": "groupChange", "groupChange": {"eventId": 4728, "statusCode": 0, "status": "Success", "action": "Added", "user": "CN=evu,DC=x", "group": "CN=g,DC=x"}}
`

func TestSambasAuditLogIsReadOnceAndInWholeLines(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	const half = `  {"type": "passwordChange", "passwordChange": {"eventId": 4723, "statusCode": 0`
	require.NoError(t, os.WriteFile(file, []byte(auditLog+half), 0o600))
	events := conformance.SambaLog(file)
	got, err := events(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []conformance.Event{
		{ID: 4625, About: []string{"CN=evu,DC=x", "evu"}, Fields: map[string]string{"LogonType": "8", "Status": "0xc000006a"}},
		{ID: 4724, About: []string{"CN=evu,DC=x"}, Fields: map[string]string{}},
		{ID: 4728, Success: true, About: []string{"CN=evu,DC=x", "CN=g,DC=x"}, Fields: map[string]string{}},
	}, got)

	require.NoError(t, os.WriteFile(file, []byte(auditLog+half+`, "dn": "CN=evu,DC=x"}}`+"\n"), 0o600))
	got, err = events(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []conformance.Event{{ID: 4723, Success: true, About: []string{"CN=evu,DC=x"}, Fields: map[string]string{}}}, got)

	_, err = conformance.SambaLog(filepath.Join(t.TempDir(), "none"))(t.Context())
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// The status that says why a sign-in failed is SubStatus, unless that is 0.
func TestEventsOfWindows(t *testing.T) {
	e := conformance.WindowsEvent(4625, false, map[string]string{"TargetUserName": "evu", "Status": "0xc000006d", "SubStatus": "0xc000006a"})
	assert.Equal(t, "0xc000006a", e.Fields["Status"])
	assert.Equal(t, []string{"evu"}, e.About)
	e = conformance.WindowsEvent(4625, false, map[string]string{"TargetUserName": "evu", "Status": "0xc0000234", "SubStatus": "0x0"})
	assert.Equal(t, "0xc0000234", e.Fields["Status"])
}
