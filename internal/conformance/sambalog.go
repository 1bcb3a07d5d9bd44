package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// SambaLogLevel is what "log level" in smb.conf must have for [SambaLog].
const SambaLogLevel = "1 auth_json_audit:3 dsdb_password_json_audit:5 dsdb_group_json_audit:5"

// SambaLog reads the events of a Samba domain controller: the audit records in
// JSON form of its log file (smb.conf(5), "log level"). The function returns
// what was written since the last call, for [Target.Events].
func SambaLog(file string) func(context.Context) ([]Event, error) {
	var at int64
	return func(context.Context) ([]Event, error) {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("reading Samba's log: %w", err)
		}
		defer f.Close()
		if _, err := f.Seek(at, io.SeekStart); err != nil {
			return nil, fmt.Errorf("reading Samba's log: %w", err)
		}
		text, err := io.ReadAll(f)
		if err != nil {
			return nil, fmt.Errorf("reading Samba's log: %w", err)
		}
		whole := bytes.LastIndexByte(text, '\n') + 1 // the rest is being written
		at += int64(whole)
		var events []Event
		for line := range strings.Lines(string(text[:whole])) {
			if e, ok := sambaEvent(line); ok {
				events = append(events, e)
			}
		}
		return events, nil
	}
}

// sambaRecord is what the kinds of audit records have in common with events of
// Windows: those without an eventId have no counterpart there.
type sambaRecord struct {
	EventID       int    `json:"eventId"`
	Status        string `json:"status"`
	StatusCode    int    `json:"statusCode"`
	DN            string `json:"dn"`
	User          string `json:"user"`
	Group         string `json:"group"`
	ClientAccount string `json:"clientAccount"`
	MappedAccount string `json:"mappedAccount"`
	LogonType     int    `json:"logonType"`
}

// sambaEvent reads a line of the log; false when it is no such record.
func sambaEvent(line string) (Event, bool) {
	var head map[string]json.RawMessage
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &head) != nil {
		return Event{}, false
	}
	var kind string
	if json.Unmarshal(head["type"], &kind) != nil {
		return Event{}, false
	}
	var r sambaRecord
	if json.Unmarshal(head[kind], &r) != nil || r.EventID <= 0 {
		return Event{}, false
	}
	e := Event{ID: r.EventID, Success: r.StatusCode == 0, Fields: map[string]string{}}
	for _, name := range []string{r.DN, r.User, r.Group, r.ClientAccount, r.MappedAccount} {
		if name != "" {
			e.About = append(e.About, name)
		}
	}
	if kind == "Authentication" {
		e.Success = r.Status == "NT_STATUS_OK"
		e.Fields["LogonType"] = fmt.Sprint(r.LogonType)
		e.Fields["Status"] = ntStatus(r.Status)
	}
	return e, true
}

// ntStatus is the number of a status that sign-ins end with (MS-ERREF 2.3).
func ntStatus(name string) string {
	number, ok := map[string]string{
		"NT_STATUS_OK": "0x0", "NT_STATUS_NO_SUCH_USER": "0xc0000064", "NT_STATUS_WRONG_PASSWORD": "0xc000006a",
		"NT_STATUS_INVALID_LOGON_HOURS": "0xc000006f", "NT_STATUS_INVALID_WORKSTATION": "0xc0000070", "NT_STATUS_PASSWORD_EXPIRED": "0xc0000071",
		"NT_STATUS_ACCOUNT_DISABLED": "0xc0000072", "NT_STATUS_ACCOUNT_EXPIRED": "0xc0000193", "NT_STATUS_PASSWORD_MUST_CHANGE": "0xc0000224",
		"NT_STATUS_ACCOUNT_LOCKED_OUT": "0xc0000234",
	}[name]
	if !ok {
		return name
	}
	return number
}
