package transfer

import (
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// owned are attributes that the server keeps and refuses from clients, beside
// those that the schema marks (AD reference 10.7; ldifde -m leaves out the
// same).
var owned = map[string]bool{
	"distinguishedname": true, "instancetype": true, "whencreated": true, "whenchanged": true, "usncreated": true, "usnchanged": true,
	"name": true, "objectguid": true, "objectsid": true, "samaccounttype": true, "primarygroupid": true, "badpwdcount": true,
	"badpasswordtime": true, "lastlogon": true, "lastlogoff": true, "lastlogontimestamp": true, "logoncount": true, "pwdlastset": true,
	"memberof": true, "admincount": true, "iscriticalsystemobject": true, "dscorepropagationdata": true, "objectcategory": true,
	"lockouttime": true, "nextrid": true, "creationtime": true, "modifiedcount": true, "modifiedcountatlastprom": true,
}

// ServerOwned reports whether an attribute belongs to the server, so that an
// entry with it cannot be added.
func ServerOwned(name string) bool {
	name, _, _ = strings.Cut(name, ";")
	if owned[strings.ToLower(name)] {
		return true
	}
	a := schema.Default().Attribute(name)
	return a != nil && a.Name != "objectClass" && (a.SystemOnly || a.Constructed() || a.BackLink())
}

// linked reports whether values of an attribute are names of other entries
// that must exist first.
func linked(name string) bool {
	name, _, _ = strings.Cut(name, ";")
	a := schema.Default().Attribute(name)
	return a != nil && a.Linked() && !a.BackLink()
}
