package directory

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
	"github.com/ssprlab/ssprlab/internal/directory/security"
)

// subschema computes what CN=Aggregate says of the schema (MS-ADTS
// 3.1.1.3.1.1); nothing for other attributes and objects. Clients that read it
// ask seldom, and every lab would have to keep it.
func (s *session) subschema(o *object, a *schema.Attribute) values {
	if !o.class.is("subSchema") {
		return values{}
	}
	var out []string
	switch k := s.k; a {
	case k.attributeTypes, k.extendedAttributeInfo:
		describe := attributeType
		if a == k.extendedAttributeInfo {
			describe = extendedAttribute
		}
		for _, described := range s.f.schema.Attributes {
			out = append(out, describe(described))
		}
	case k.objectClasses, k.extendedClassInfo, k.dITContentRules:
		describe := objectClass
		switch a {
		case k.extendedClassInfo:
			describe = extendedClass
		case k.dITContentRules:
			describe = contentRule
		}
		for _, described := range s.f.schema.Classes {
			if text := describe(described); text != "" {
				out = append(out, text)
			}
		}
	}
	return listOf(out)
}

func attributeType(a *schema.Attribute) string {
	text := fmt.Sprintf("( %s NAME '%s' SYNTAX '%s'", a.OID, a.Name, a.Syntax.LDAP())
	if a.Single {
		text += " SINGLE-VALUE"
	}
	if a.SystemOnly {
		text += " NO-USER-MODIFICATION"
	}
	return text + " )"
}

func extendedAttribute(a *schema.Attribute) string {
	text := fmt.Sprintf("( %s NAME '%s'", a.OID, a.Name)
	if a.HasLower {
		text += fmt.Sprintf(" RANGE-LOWER '%d'", a.Lower)
	}
	if a.HasUpper {
		text += fmt.Sprintf(" RANGE-UPPER '%d'", a.Upper)
	}
	text += " PROPERTY-GUID '" + hexGUID(a.GUID) + "'"
	if !a.Set.IsZero() {
		text += " PROPERTY-SET-GUID '" + hexGUID(a.Set) + "'"
	}
	if a.SearchFlags&schema.Indexed != 0 {
		text += " INDEXED"
	}
	if a.SystemOnly {
		text += " SYSTEM-ONLY"
	}
	return text + " )"
}

func hexGUID(g security.GUID) string { return fmt.Sprintf("%X", g[:]) }

func objectClass(c *schema.Class) string {
	kinds := map[schema.Kind]string{schema.Structural: " STRUCTURAL", schema.Abstract: " ABSTRACT", schema.Auxiliary: " AUXILIARY"}
	text := fmt.Sprintf("( %s NAME '%s'", c.OID, c.Name)
	if c.Parent != nil {
		text += " SUP " + c.Parent.Name
	}
	return text + kinds[c.Kind] + oids("MUST", c.OwnMust) + oids("MAY", c.OwnMay) + " )"
}

func extendedClass(c *schema.Class) string {
	return fmt.Sprintf("( %s NAME '%s' CLASS-GUID '%s' )", c.OID, c.Name, hexGUID(c.GUID))
}

// contentRule says what auxiliary classes add to a class; empty for a class
// without them.
func contentRule(c *schema.Class) string {
	if len(c.Aux) == 0 {
		return ""
	}
	var must, may []string
	var add func(*schema.Class)
	add = func(aux *schema.Class) {
		for _, link := range aux.Chain[1:] { // every class is below top
			must, may = append(must, link.OwnMust...), append(may, link.OwnMay...)
			for _, further := range link.Aux {
				add(further)
			}
		}
	}
	for _, aux := range c.Aux {
		add(aux)
	}
	return fmt.Sprintf("( %s NAME '%s'", c.OID, c.Name) + oids("AUX", c.OwnAux) + oids("MUST", distinct(must)) + oids("MAY", distinct(may)) + " )"
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// oids writes a list of RFC 4512 4.1 as AD spaces it.
func oids(word string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " " + word + " (" + strings.Join(names, " $ ") + " )"
}
