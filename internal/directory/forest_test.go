package directory_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/secret"
)

const erik = "CN=Erik,CN=Users,DC=emea,DC=corp,DC=example"

// catalogue is what a global catalogue has of an attribute of somebody in the
// other domain; "32" when it does not know him.
func (r *replicas) catalogue(dc int, name string) string {
	r.t.Helper()
	q := r.dcs[dc].request(r.who)
	q.Channel.GlobalCatalog = true
	s, res := r.dcs[dc].search(q, erik, directory.BaseObject, "(objectClass=*)", name)
	if res.Code == directory.NoSuchObject {
		return "32"
	}
	r.ok(res)
	require.Len(r.t, s.entries, 1)
	if len(s.entries[0].Attributes) == 0 {
		return ""
	}
	return string(s.entries[0].Attributes[0].Values[0])
}

// What is written in one domain reaches the configuration and the global
// catalogues of the others when it arrives there (MS-ADTS 3.1.1.1.9).
func TestDomainsOfAForestReplicate(t *testing.T) {
	r := newForestReplicas(t, []directory.DCConfig{{Name: "DC1"}, {Name: "DC2", Site: "Branch"}}, emea)
	const config = "CN=Sites,CN=Configuration," + base
	r.ok(r.dcs[2].add(r.who, erik, at("objectClass", "user"), at("sAMAccountName", "erik"), at("userPrincipalName", "erik@corp.example"), at("unicodePwd", string(quoted(firstPass))), at("userAccountControl", "512")))
	assert.Equal(t, "32", r.catalogue(0, "cn"))
	_, res := r.dcs[0].bind("erik@corp.example", firstPass)
	assert.Equal(t, directory.InvalidCredentials, res.Code, "the catalogue knows no such name")
	_, res = r.dcs[0].bind(`EMEA\erik`, firstPass)
	assert.Equal(t, directory.Success, res.Code, "his domain is asked")

	r.wait(15 * time.Second)
	assert.Equal(t, "Erik", r.catalogue(0, "cn"))
	_, res = r.dcs[0].bind("erik@corp.example", firstPass)
	assert.Equal(t, directory.Success, res.Code)
	assert.Equal(t, "32", r.catalogue(1, "cn"), "from site to site it takes longer")
	r.wait(3 * time.Hour)
	assert.Equal(t, "Erik", r.catalogue(1, "cn"))

	r.ok(r.dcs[2].modify(r.who, erik, change(set, "displayName", "Erik B."), change(set, "userPrincipalName", "eb@corp.example")))
	assert.Empty(t, r.catalogue(0, "displayName"))
	_, res = r.dcs[0].bind("erik@corp.example", firstPass)
	assert.Equal(t, directory.Success, res.Code, "the catalogue still has the old name")
	r.wait(15 * time.Second)
	assert.Equal(t, "Erik B.", r.catalogue(0, "displayName"))
	_, res = r.dcs[0].bind("erik@corp.example", firstPass)
	assert.Equal(t, directory.InvalidCredentials, res.Code)

	r.ok(r.dcs[0].modify(r.who, config, change(set, "description", "ours")))
	assert.Equal(t, "ours", r.at(0, config, "description"))
	assert.Empty(t, r.at(2, config, "description"))
	r.wait(15 * time.Second)
	assert.Equal(t, "ours", r.at(2, config, "description"))
	assert.Empty(t, r.at(1, config, "description"))
	r.wait(3 * time.Hour)
	assert.Equal(t, "ours", r.at(1, config, "description"))
}

// Somebody who was made at another domain controller of his own domain is known
// to the one that judges him, although nobody has asked that one since.
func TestTimePassesForDomainControllersThatNobodyAsks(t *testing.T) {
	two := emea
	two.DCs = []directory.DCConfig{{Name: "EDC1"}, {Name: "EDC2"}}
	r := newForestReplicas(t, []directory.DCConfig{{Name: "DC1"}}, two)
	r.ok(r.dcs[2].add(r.who, erik, at("objectClass", "user"), at("sAMAccountName", "erik"), at("unicodePwd", string(quoted(firstPass))), at("userAccountControl", "512")))
	in := func() directory.Result {
		_, res := r.dcs[0].dc.Bind(t.Context(), r.dcs[0].request(directory.Caller{}), directory.BindRequest{Version: 3, Name: `EMEA\erik`, Password: secret.New(firstPass)})
		return res
	}
	assert.Equal(t, directory.InvalidCredentials, in().Code)
	r.wait(time.Minute)
	assert.Equal(t, directory.Success, in().Code)
}

// What another domain has on its way holds nothing back of what DirSync tells of
// this one.
func TestDirSyncGoesOnWhileAnotherDomainIsLate(t *testing.T) {
	r := newForestReplicas(t, []directory.DCConfig{{Name: "DC1"}}, emea)
	bob := r.dcs[0].user("Bob")
	_, d := r.dcs[0].sync(r.who, directory.DirSync{MaxBytes: 1 << 30}, "(objectClass=user)", "title")
	r.ok(r.dcs[1].modify(r.who, "CN=Users,DC=emea,DC=corp,DC=example", change(set, "description", "late")))
	r.ok(r.dcs[0].modify(r.who, bob, change(set, "title", "here")))
	s, d := r.dcs[0].sync(r.who, directory.DirSync{MaxBytes: 1 << 30, Cookie: d.Cookie}, "(objectClass=user)", "title")
	assert.Equal(t, []string{bob}, s.dns())
	s, _ = r.dcs[0].sync(r.who, directory.DirSync{MaxBytes: 1 << 30, Cookie: d.Cookie}, "(objectClass=user)", "title")
	assert.Empty(t, s.dns())
}

// msDS-isRODC and msDS-isGC are told of the settings, the server and the account
// of a domain controller (MS-ADTS 3.1.1.4.5).
func TestADomainControllerIsToldByAllItsObjects(t *testing.T) {
	r := newReplicas(t, directory.DCConfig{Name: "DC1", NoGlobalCatalog: true}, directory.DCConfig{Name: "RODC", ReadOnly: true})
	for name, want := range map[string][2]string{"DC1": {"FALSE", "FALSE"}, "RODC": {"TRUE", "TRUE"}} {
		server := "CN=" + name + ",CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration," + base
		for _, dn := range []string{server, "CN=NTDS Settings," + server, "CN=" + name + ",OU=Domain Controllers," + base} {
			assert.Equal(t, want[0], r.at(0, dn, "msDS-isRODC"), dn)
			assert.Equal(t, want[1], r.at(0, dn, "msDS-isGC"), dn)
		}
	}
	assert.Empty(t, r.at(0, "CN=Sites,CN=Configuration,"+base, "msDS-isGC"))
}
