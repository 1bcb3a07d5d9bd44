package directory_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/directory"
)

func TestNamesOfTheGroupsOfAToken(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	l.modify(l.admin(), "CN=Domain Admins,CN=Users,"+base, change(directory.AddValues, "member", anna))
	got := l.values(l.admin(), anna, "msds-tokenGroupNames")
	assert.Contains(t, got, "CN=Domain Users,CN=Users,"+base)
	assert.Contains(t, got, "CN=Domain Admins,CN=Users,"+base)
	assert.Contains(t, got, "CN=Administrators,CN=Builtin,"+base, "nested")
	assert.Len(t, got, len(l.values(l.admin(), anna, "tokenGroups")))
	assert.NotContains(t, l.values(l.admin(), anna, "msds-tokenGroupNamesGlobalAndUniversal"), "CN=Administrators,CN=Builtin,"+base)
}

func TestPossibleInferiorsOfAClass(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	got := l.values(l.admin(), "CN=Organizational-Unit,CN=Schema,CN=Configuration,"+base, "possibleInferiors")
	for _, want := range []string{"user", "group", "organizationalUnit", "computer"} {
		assert.Contains(t, got, want)
	}
	assert.NotContains(t, got, "top")
	assert.Empty(t, l.values(l.admin(), "CN=Users,"+base, "possibleInferiors"), "of classes alone")
}
