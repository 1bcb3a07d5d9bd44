package directory_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
)

// AD reference 13.6: a filter has its turn after the domain's own rules, in sets
// and changes, and what it refuses cannot be told from any other policy failure.
func TestAPasswordFilterHasTheLastWord(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	var asked []directory.FilteredPassword
	accept := false
	l.dc.SetPasswordFilter(func(p directory.FilteredPassword) bool {
		asked = append(asked, p)
		return accept
	})
	admin := l.admin()
	tooShort := l.reset(admin, anna, "x1!A")
	assert.Empty(t, asked, "the domain's rules come first")

	refused := l.reset(admin, anna, "N3w!Passw0rd")
	assert.Equal(t, tooShort, refused, "0000052D, whoever refused")
	require.Len(t, asked, 1)
	assert.Equal(t, []any{true, "annalong", "Anna Long", "N3w!Passw0rd", l.now}, []any{asked[0].Set, asked[0].UserName, asked[0].FullName, asked[0].Password.Reveal(), asked[0].Now})
	last := l.events[len(l.events)-1]
	assert.Equal(t, 4724, last.ID)
	assert.False(t, last.Success)
	l.as(anna, firstPass)

	anna2 := l.as(anna, firstPass)
	res := l.changePassword(anna2, anna, firstPass, "An0ther!Word")
	assert.Equal(t, directory.ConstraintViolation, res.Code)
	assert.Contains(t, res.Diagnostic, "0000052D")
	assert.False(t, asked[len(asked)-1].Set)

	res = l.dc.Add(context.Background(), l.request(admin), directory.AddRequest{DN: "CN=Bo," + staff, Attributes: []directory.Attribute{
		{Name: "objectClass", Values: [][]byte{[]byte("user")}}, {Name: "sAMAccountName", Values: [][]byte{[]byte("bo")}}, {Name: "unicodePwd", Values: [][]byte{quoted("N3w!Passw0rd")}},
	}})
	assert.Equal(t, directory.UnwillingToPerform, res.Code, "a new account's password is set, too")

	accept = true
	assert.Equal(t, directory.Success, l.changePassword(anna2, anna, firstPass, "An0ther!Word").Code)
	n := len(asked)
	assert.Equal(t, directory.Success, l.reset(directory.System(), anna, "short").Code)
	assert.Len(t, asked, n, "provisioning is not filtered")
	accept = false
	l.dc.SetPasswordFilter(nil)
	assert.Equal(t, directory.Success, l.reset(admin, anna, "N3w!Passw0rd").Code)
}
