package transfer_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/ldif"
	"github.com/ssprlab/ssprlab/internal/ldif/transfer"
	"github.com/ssprlab/ssprlab/internal/secret"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func domainController(t *testing.T) transfer.Embedded {
	t.Helper()
	f, err := directory.NewForest(directory.ForestConfig{
		Now: now, Rand: chance.New(1).Stream("directory"),
		Domains: []directory.DomainConfig{{DNSName: "corp.example", NetBIOS: "CORP", Password: "Adm1nistrator!"}},
	})
	require.NoError(t, err)
	return transfer.Embedded{DC: f.Domains()[0].DCs()[0], Request: func() directory.Request {
		return directory.Request{Now: now, Caller: directory.System(), Channel: directory.Channel{Encrypted: true, URLScheme: "ldaps"}}
	}}
}

func load(t *testing.T, to transfer.Directory, text string) transfer.Count {
	t.Helper()
	done, err := transfer.Import(t.Context(), to, ldif.NewReader(strings.NewReader(text)), transfer.ImportOptions{})
	require.NoError(t, err)
	return done
}

func export(t *testing.T, from transfer.Directory, o transfer.ExportOptions) string {
	t.Helper()
	var out bytes.Buffer
	_, err := transfer.Export(t.Context(), from, o, ldif.NewWriter(&out))
	require.NoError(t, err)
	return out.String()
}

// people: the password is "Rabbit-hole7" in quotes and UTF-16LE, as ldifde
// takes it.
const people = `version: 1

dn: OU=Staff,DC=corp,DC=example
objectClass: organizationalUnit

dn: CN=Bob,OU=Staff,DC=corp,DC=example
objectClass: user
sAMAccountName: bob

dn: CN=Alice,OU=Staff,DC=corp,DC=example
objectClass: user
sAMAccountName: alice
description:: w6RuZGVydA==
unicodePwd:: IgBSAGEAYgBiAGkAdAAtAGgAbwBsAGUANwAiAA==
userAccountControl: 512
manager: CN=Bob,OU=Staff,DC=corp,DC=example

dn: CN=All,OU=Staff,DC=corp,DC=example
objectClass: group
sAMAccountName: all

dn: CN=All,OU=Staff,DC=corp,DC=example
changetype: modify
add: member
member: CN=Alice,OU=Staff,DC=corp,DC=example
member: CN=Bob,OU=Staff,DC=corp,DC=example
-
`

func TestImportedPasswordsBind(t *testing.T) {
	d := domainController(t)
	assert.Equal(t, transfer.Count{Added: 4, Changed: 1}, load(t, d, people))
	r := d.Request()
	r.Caller = directory.Caller{}
	_, res := d.DC.Bind(t.Context(), r, directory.BindRequest{Version: 3, Name: `CORP\alice`, Password: secret.New("Rabbit-hole7")})
	assert.Equal(t, directory.Success, res.Code, res.Diagnostic)
}

func TestAnExportCanBeImported(t *testing.T) {
	first := domainController(t)
	load(t, first, people)
	text := export(t, first, transfer.ExportOptions{Base: "OU=Staff,DC=corp,DC=example"})
	for _, name := range []string{"objectGUID", "objectSid", "whenCreated", "uSNChanged", "memberOf", "pwdLastSet", "primaryGroupID", "unicodePwd", "directReports"} {
		assert.NotContains(t, text, "\n"+name+":", "the server owns it")
	}
	assert.Contains(t, text, "description:: w6RuZGVydA==")
	assert.Greater(t, strings.Index(text, "add: member"), strings.LastIndex(text, "changetype: add"), "links come after the entries they point at")

	second := domainController(t)
	assert.Equal(t, transfer.Count{Added: 4, Changed: 2}, load(t, second, text))
	assert.Equal(t, text, export(t, second, transfer.ExportOptions{Base: "OU=Staff,DC=corp,DC=example"}))
}

func TestAPictureHoldsEverythingAndIsTakenBackWithoutWhatIsOwned(t *testing.T) {
	first := domainController(t)
	load(t, first, people)
	text := export(t, first, transfer.ExportOptions{Base: "OU=Staff,DC=corp,DC=example", Filter: "(sAMAccountName=bob)", All: true})
	for _, name := range []string{"objectGUID", "objectSid", "nTSecurityDescriptor", "memberOf"} {
		assert.Contains(t, text, "\n"+name+":")
	}
	assert.NotContains(t, text, "changetype")
	second := domainController(t)
	load(t, second, "dn: OU=Staff,DC=corp,DC=example\nobjectClass: organizationalUnit\n")
	text = strings.ReplaceAll(text, "\n ", "")
	var kept []string
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, "nTSecurityDescriptor") {
			kept = append(kept, line)
		}
	}
	assert.Equal(t, transfer.Count{Added: 1}, load(t, second, strings.Join(kept, "\n")))
}

func TestLargeGroupsAreExportedWhole(t *testing.T) {
	d := domainController(t)
	var text strings.Builder
	text.WriteString("dn: OU=Staff,DC=corp,DC=example\nobjectClass: organizationalUnit\n\n")
	members := ""
	for i := range 1600 {
		fmt.Fprintf(&text, "dn: CN=c%d,OU=Staff,DC=corp,DC=example\nobjectClass: contact\n\n", i)
		members += fmt.Sprintf("member: CN=c%d,OU=Staff,DC=corp,DC=example\n", i)
	}
	text.WriteString("dn: CN=All,OU=Staff,DC=corp,DC=example\nobjectClass: group\n" + members)
	load(t, d, text.String())
	out := export(t, d, transfer.ExportOptions{Base: "OU=Staff,DC=corp,DC=example"})
	assert.Equal(t, 1600, strings.Count(out, "\nmember: "))
	assert.NotContains(t, out, "range=")
}

func TestImportNamesTheLineThatFailed(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		line int
		text string
	}{
		"a parent that is missing": {"dn: CN=a,OU=Nowhere,DC=corp,DC=example\nobjectClass: user\n", 1, "adding CN=a,OU=Nowhere,DC=corp,DC=example: result 32"},
		"an entry that is there":   {"\n\ndn: CN=Users,DC=corp,DC=example\nobjectClass: container\n", 3, "result 68"},
		"an unknown control":       {"dn: CN=Users,DC=corp,DC=example\ncontrol: 1.2.3 true\nchangetype: delete\n", 1, "result 12"},
		"a rename of nothing":      {"dn: CN=a,DC=corp,DC=example\nchangetype: moddn\nnewrdn: CN=b\ndeleteoldrdn: 1\n", 1, "renaming CN=a"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := transfer.Import(t.Context(), domainController(t), ldif.NewReader(strings.NewReader(c.in)), transfer.ImportOptions{})
			failed, ok := errors.AsType[*transfer.RecordError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, c.line, failed.Line)
			assert.Contains(t, err.Error(), c.text)
		})
	}
}

func TestExistingEntriesMayBeSkipped(t *testing.T) {
	d := domainController(t)
	load(t, d, "dn: OU=Staff,DC=corp,DC=example\nobjectClass: organizationalUnit\n")
	done, err := transfer.Import(t.Context(), d, ldif.NewReader(strings.NewReader(strings.Split(people, "dn: CN=All")[0])), transfer.ImportOptions{SkipExisting: true})
	require.NoError(t, err)
	assert.Equal(t, transfer.Count{Added: 2, Skipped: 1}, done)
}

func TestChangesWithControls(t *testing.T) {
	d := domainController(t)
	load(t, d, people)
	done := load(t, d, "dn: CN=Bob,OU=Staff,DC=corp,DC=example\nchangetype: modrdn\nnewrdn: CN=Robert\ndeleteoldrdn: 1\n\n"+
		"dn: CN=Robert,OU=Staff,DC=corp,DC=example\ncontrol: 1.2.840.113556.1.4.1413 true\nchangetype: modify\ndelete: description\n-\n\n"+
		"dn: OU=Staff,DC=corp,DC=example\ncontrol: 1.2.840.113556.1.4.805 true\nchangetype: delete\n")
	assert.Equal(t, transfer.Count{Changed: 2, Deleted: 1}, done)
}
