package security

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheSystemListSaysWhatIsAudited(t *testing.T) {
	pwdLastSet := MustGUID("bf967a0a-0de6-11d0-a285-00aa003049e2")
	user := MustGUID("bf967aba-0de6-11d0-a285-00aa003049e2")
	me := MustSID("S-1-5-21-1000-2000-3000-1104")
	token := NewToken(me, 0, Everyone)
	for name, c := range map[string]struct {
		sddl string
		q    Query
		want bool
	}{
		"no list":                    {"D:(A;;WP;;;WD)", Query{Want: WriteProperty}, false},
		"everybody's writes":         {"S:(AU;SA;WP;;;WD)", Query{Want: WriteProperty, Type: pwdLastSet}, true},
		"failures only":              {"S:(AU;FA;WP;;;WD)", Query{Want: WriteProperty, Type: pwdLastSet}, false},
		"another right":              {"S:(AU;SA;WD;;;WD)", Query{Want: WriteProperty, Type: pwdLastSet}, false},
		"somebody else's writes":     {"S:(AU;SA;WP;;;BA)", Query{Want: WriteProperty, Type: pwdLastSet}, false},
		"mine":                       {"S:(AU;SA;WP;;;S-1-5-21-1000-2000-3000-1104)", Query{Want: WriteProperty, Type: pwdLastSet}, true},
		"that attribute":             {"S:(OU;SA;WP;bf967a0a-0de6-11d0-a285-00aa003049e2;;WD)", Query{Want: WriteProperty, Type: pwdLastSet}, true},
		"another attribute":          {"S:(OU;SA;WP;28630ebf-41d5-11d1-a9c1-0000f80367c1;;WD)", Query{Want: WriteProperty, Type: pwdLastSet}, false},
		"children of the class":      {"S:(OU;SA;CC;bf967aba-0de6-11d0-a285-00aa003049e2;;WD)", Query{Want: CreateChild, Type: user}, true},
		"for those who inherit only": {"S:(AU;CIIOSA;WP;;;WD)", Query{Want: WriteProperty, Type: pwdLastSet}, false},
	} {
		assert.Equal(t, c.want, Audited(token, MustSDDL(c.sddl, corp), me, c.q), name)
	}
}
