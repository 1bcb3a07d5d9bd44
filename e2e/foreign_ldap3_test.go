package e2e

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// debianPython is the interpreter that Debian's packages belong to.
const debianPython = "/usr/bin/python3"

// An ldap3Outcome is what one of ldap3's extensions returned.
type ldap3Outcome struct {
	Worked  bool
	Code    int
	Message string
}

// A dirSyncEntry is an entry as DirSync delivers it.
type dirSyncEntry struct {
	DN      string
	Members []string
	Always  []string // the names of its other attributes
}

// ldap3Steps is what ldap3_ad.py prints.
type ldap3Steps struct {
	Info struct {
		Contexts, Controls  []string
		Who                 string
		Attributes, Classes int
		PwdLastSet          string
		User                []string
	}
	Types            map[string][2]string
	Set              ldap3Outcome
	SetTooShort      ldap3Outcome `json:"set too short"`
	ChangeWrong      ldap3Outcome `json:"change with a wrong one"`
	Change           ldap3Outcome
	ChangeAgain      ldap3Outcome `json:"change again"`
	SetWithout       ldap3Outcome `json:"set without the right"`
	Locked, Unlocked bool
	Unlock           ldap3Outcome
	Paged, Whole     []string
	Sync             []dirSyncEntry
	SyncUnchanged    []dirSyncEntry `json:"sync unchanged"`
	Remove, Add      ldap3Outcome
	AddTwice         ldap3Outcome   `json:"add twice"`
	AddMissing       ldap3Outcome   `json:"add what is missing"`
	RemoveAgain      ldap3Outcome   `json:"remove again"`
	SyncChanged      []dirSyncEntry `json:"sync changed"`
}

// ldap3 reads the schema, and its extensions for Active Directory work.
func TestLDAP3(t *testing.T) {
	if exec.Command(debianPython, "-c", "import ldap3").Run() != nil {
		missing(t, "foreign", "python3-ldap3 is not installed: apt-get install -y python3-ldap3")
	}
	f := newForeignDirectory(t)
	cmd := exec.Command(debianPython, filepath.Join("testdata", "foreign", "ldap3_ad.py"), f.ready.LDAPS, f.ready.CA)
	cmd.Env = append(environment(), "ADMIN="+erin, "ADMIN_PASSWORD="+oldPassword, "USER_DN="+ninaDN, "USER_PASSWORD="+oldPassword,
		"NEW_PASSWORD="+newPassword, "GROUP="+allStaff, "OUTSIDER_DN="+ivanDN)
	code, out, errs := runCommand(t, "", cmd)
	require.Zero(t, code, errs)
	var got ldap3Steps
	require.NoError(t, json.Unmarshal([]byte(out), &got), out)
	worked := ldap3Outcome{Worked: true}

	t.Run("what the server says of itself", func(t *testing.T) {
		assert.Contains(t, got.Info.Contexts, "DC=corp,DC=northlight,DC=example")
		assert.Contains(t, got.Info.Controls, "1.2.840.113556.1.4.841")
		assert.Equal(t, `u:NORTHLIGHT\erin`, got.Info.Who)
	})
	t.Run("the schema", func(t *testing.T) {
		assert.Greater(t, got.Info.Attributes, 1400)
		assert.Greater(t, got.Info.Classes, 250)
		assert.Equal(t, "1.2.840.113556.1.4.906", got.Info.PwdLastSet, "LargeInteger")
		assert.Equal(t, []string{"organizationalPerson"}, got.Info.User)
		kinds := map[string]string{}
		for name, v := range got.Types {
			kinds[name] = v[0]
		}
		assert.Equal(t, map[string]string{"cn": "str", "userAccountControl": "int", "objectGUID": "str", "whenCreated": "datetime", "pwdLastSet": "datetime"}, kinds)
	})
	t.Run("a password set", func(t *testing.T) {
		assert.Equal(t, worked, got.Set)
		assert.NoError(t, bind(t, f.ready, alice, newPassword))
		assert.Equal(t, ldap3Outcome{Code: 53, Message: "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0"}, got.SetTooShort)
		assert.Equal(t, 50, got.SetWithout.Code)
	})
	t.Run("a password changed", func(t *testing.T) {
		assert.Equal(t, 19, got.ChangeWrong.Code)
		assert.Contains(t, got.ChangeWrong.Message, "00000056: AtrErr: DSID-03191083")
		assert.Equal(t, worked, got.Change)
		assert.NoError(t, bind(t, f.ready, ninaUPN, newPassword))
		assert.Equal(t, 19, got.ChangeAgain.Code, "the minimum age")
		assert.Contains(t, got.ChangeAgain.Message, "0000052D: AtrErr: DSID-03191083")
	})
	t.Run("an account unlocked", func(t *testing.T) {
		assert.True(t, got.Locked)
		assert.Equal(t, worked, got.Unlock)
		assert.True(t, got.Unlocked)
		assert.NoError(t, bind(t, f.ready, "dave@northlight.example", oldPassword))
	})
	t.Run("pages", func(t *testing.T) {
		assert.Len(t, got.Paged, 16)
		assert.ElementsMatch(t, got.Whole, got.Paged)
		assert.Len(t, slices.Compact(slices.Sorted(slices.Values(got.Paged))), 16, "each once")
	})
	t.Run("members added and removed", func(t *testing.T) {
		assert.Equal(t, worked, got.Remove)
		assert.Equal(t, worked, got.Add)
		assert.Equal(t, 68, got.AddTwice.Code)
		assert.Contains(t, got.AddTwice.Message, "00000562: UpdErr")
		assert.True(t, got.AddMissing.Worked)
		assert.True(t, got.RemoveAgain.Worked)
	})
	t.Run("DirSync", func(t *testing.T) {
		require.Len(t, got.Sync, 1)
		assert.Regexp(t, `^<GUID=[0-9a-f-]{36}>;<SID=S-1-5-21-[0-9-]+>;`+allStaff+`$`, got.Sync[0].DN)
		assert.Len(t, got.Sync[0].Members, 11)
		assert.Equal(t, []string{"instanceType", "objectGUID"}, got.Sync[0].Always)
		assert.Empty(t, got.SyncUnchanged)
		require.Len(t, got.SyncChanged, 1)
		assert.Len(t, got.SyncChanged[0].Members, 11, "one came, one went")
		last := got.SyncChanged[0].Members[10]
		assert.Regexp(t, `;`+ivanDN+`$`, last)
	})
}
