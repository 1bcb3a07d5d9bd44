package directory_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/secret"
)

const (
	services    = "CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration," + base
	queryPolicy = "CN=Default Query Policy,CN=Query-Policies," + services
)

func (l *lab) write(dn, name string, values ...string) {
	l.t.Helper()
	c := directory.ModifyChange{Kind: directory.ReplaceValues, Name: name}
	for _, v := range values {
		c.Values = append(c.Values, []byte(v))
	}
	res := l.modify(l.admin(), dn, c)
	require.Equal(l.t, directory.Success, res.Code, res.Diagnostic)
}

func (l *lab) root(name string) map[string]bool {
	l.t.Helper()
	s, _ := l.search(l.request(l.admin()), "", directory.BaseObject, "(objectClass=*)", name)
	out := map[string]bool{}
	for _, a := range s.entries[0].Attributes {
		for _, v := range a.Values {
			out[string(v)] = true
		}
	}
	return out
}

func TestAdminLimitsTakeEffectWhenWritten(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	assert.True(t, l.root("lDAPPoliciesEffective")["MaxPageSize:1000"])
	group := "CN=everybody," + staff
	require.Equal(t, directory.Success, l.add(l.admin(), group, []string{"objectClass", "group"}).Code)
	var members []string
	for i := range 7 {
		members = append(members, l.user(fmt.Sprintf("User %d", i)))
	}
	l.write(group, "member", members...)
	l.write(queryPolicy, "lDAPAdminLimits", "maxpagesize=3", "MaxValRange=2", "MaxQueryDuration=7", "MaxConnections=-1", "MaxReceiveBuffer=99999999", "nonsense")

	got := l.root("lDAPPoliciesEffective")
	for _, want := range []string{"MaxPageSize:3", "MaxValRange:2", "MaxQueryDuration:7", "MaxConnections:5000", "MaxReceiveBuffer:20971520"} {
		assert.True(t, got[want], "%s in %v", want, got)
	}
	limits := l.dc.Limits()
	assert.Equal(t, 7*time.Second, limits.MaxQueryDuration)
	assert.Equal(t, 5000, limits.MaxConnections, "no positive number")
	assert.Equal(t, 20971520, limits.MaxReceiveBuffer, "the hard limit")

	s, res := l.search(l.request(l.admin()), staff, directory.SingleLevel, "(objectClass=user)", "name")
	assert.Equal(t, directory.SizeLimitExceeded, res.Code)
	assert.Len(t, s.entries, 3)

	r := l.request(l.admin())
	r.Controls.Paged = &directory.Paged{Size: 5}
	s, res = l.search(r, staff, directory.SingleLevel, "(objectClass=user)", "name")
	assert.Equal(t, directory.Success, res.Code)
	assert.Len(t, s.entries, 3)
	assert.NotEmpty(t, res.Controls.Paged.Cookie)

	r = l.request(l.admin())
	r.Controls.Sort = &directory.Sort{Keys: []directory.SortKey{{Attribute: "name"}}}
	r.Controls.VLV = &directory.VLV{Offset: 1, After: 9}
	s, _ = l.search(r, staff, directory.SingleLevel, "(objectClass=user)", "name")
	assert.Len(t, s.entries, 3)

	s, _ = l.search(l.request(l.admin()), group, directory.BaseObject, "(objectClass=*)", "member")
	require.Len(t, s.entries[0].Attributes, 2)
	assert.Equal(t, "member;range=0-1", s.entries[0].Attributes[1].Name)

	l.write(queryPolicy, "lDAPAdminLimits")
	assert.True(t, l.root("lDAPPoliciesEffective")["MaxPageSize:1000"])
	assert.Equal(t, directory.DefaultLimits(), l.dc.Limits())
}

func TestConfigurableSettingsTellTheTruth(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anonymous := func() directory.Code {
		_, res := l.dc.Bind(context.Background(), l.request(directory.Caller{}), directory.BindRequest{Version: 3, Name: "somebody", Password: secret.New("")})
		return res.Code
	}
	assert.True(t, l.root("configurableSettingsEffective")["DenyUnauthenticatedBind:0"])
	assert.Equal(t, directory.Success, anonymous())
	l.write(services, "msDS-Other-Settings", "denyunauthenticatedbind=1", "DisableVLVSupport=1", "DynamicObjectMinTTL=x")
	got := l.root("configurableSettingsEffective")
	for _, want := range []string{"DenyUnauthenticatedBind:1", "DisableVLVSupport:1", "DynamicObjectMinTTL:900", "DynamicObjectDefaultTTL:86400"} {
		assert.True(t, got[want], "%s in %v", want, got)
	}
	assert.Equal(t, directory.InvalidCredentials, anonymous())

	r := l.request(l.admin())
	r.Controls.Sort = &directory.Sort{Keys: []directory.SortKey{{Attribute: "name"}}}
	r.Controls.VLV = &directory.VLV{Offset: 1}
	s, res := l.search(r, base, directory.SingleLevel, "(objectClass=*)", "name")
	assert.Equal(t, directory.Success, res.Code)
	assert.Nil(t, res.Controls.VLV)
	assert.Greater(t, len(s.entries), 1, "the view is not asked for")
	r.Controls.CriticalVLV = true
	_, res = l.search(r, base, directory.SingleLevel, "(objectClass=*)", "name")
	assert.Equal(t, directory.UnavailableCriticalExtension, res.Code)
}
