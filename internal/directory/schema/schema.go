package schema

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/ssprlab/ssprlab/internal/directory/security"
)

//go:embed data/attributes.tsv
var attributeTable string

//go:embed data/classes.tsv
var classTable string

// Version is the objectVersion of the schema: Windows Server 2016.
const Version = 87

// Default returns the schema shared by everything in the process.
var Default = sync.OnceValue(func() *Schema { return parse(attributeTable, classTable) })

// Search flags (MS-ADTS 2.2.9).
const (
	Indexed       = 0x1
	ANR           = 0x4
	KeptDeleted   = 0x8
	Confidential  = 0x80
	NeverAuditing = 0x100
)

// System flags of attributes (MS-ADTS 2.2.10).
const (
	NotReplicated = 0x1
	InPartialSet  = 0x2
	Constructed   = 0x4
)

// An Attribute is an attributeSchema.
type Attribute struct {
	ID          uint16 // position in the table of its schema
	Name        string // lDAPDisplayName
	CN          string
	OID         string
	Syntax      Syntax
	OMSyntax    int
	Single      bool
	Lower       int64
	Upper       int64
	HasLower    bool
	HasUpper    bool
	SearchFlags int
	SystemFlags int
	Link        int // 0: none; even: forward; odd: back
	Global      bool
	SystemOnly  bool
	GUID        security.GUID
	Set         security.GUID
	ATTRTYP     uint32 // prefix index and last arc (MS-DRSR 5.16.4)
	back        *Attribute
}

// Constructed reports whether values are computed when they are read.
func (a *Attribute) Constructed() bool { return a.SystemFlags&Constructed != 0 }

// Linked reports whether the attribute is one end of a link.
func (a *Attribute) Linked() bool { return a.Link != 0 }

// BackLink reports whether the attribute is the computed end of a link.
func (a *Attribute) BackLink() bool { return a.Link&1 == 1 }

// Other is the other end of a link, or nil.
func (a *Attribute) Other() *Attribute { return a.back }

// Confidential reports whether reading needs control access as well.
func (a *Attribute) Confidential() bool { return a.SearchFlags&Confidential != 0 }

// A Kind is objectClassCategory.
type Kind int

// The kinds of class.
const (
	Class88    Kind = 0
	Structural Kind = 1
	Abstract   Kind = 2
	Auxiliary  Kind = 3
)

// A Class is a classSchema.
type Class struct {
	ID         uint16
	Name       string
	CN         string
	OID        string
	Parent     *Class // top is its own parent: nil here
	Kind       Kind
	RDN        *Attribute
	Category   string // common name of the class that defaultObjectCategory names
	Aux        []*Class
	Superiors  []*Class // own and inherited, without subclasses of them
	Must       []*Attribute
	GUID       security.GUID
	SystemOnly bool
	Hidden     bool   // defaultHidingValue
	SDDL       string // defaultSecurityDescriptor
	Chain      []*Class
	OwnMust    []string
	OwnMay     []string
	OwnPoss    []string
	OwnAux     []string
	may        bits
}

// May reports whether the class allows the attribute, auxiliary classes
// included.
func (c *Class) May(a *Attribute) bool { return c.may.has(a.ID) }

// Is reports whether c is of or below the class named (exact spelling).
func (c *Class) Is(name string) bool {
	for _, k := range c.Chain {
		if k.Name == name {
			return true
		}
	}
	return false
}

type bits []uint64

func (b bits) has(i uint16) bool { return b[i>>6]&(1<<(i&63)) != 0 }
func (b bits) set(i uint16)      { b[i>>6] |= 1 << (i & 63) }

// A Schema is a set of attributes and classes.
type Schema struct {
	Attributes []*Attribute // by ID
	Classes    []*Class     // by ID
	attribute  map[string]*Attribute
	class      map[string]*Class
	byGUID     map[security.GUID]any
	ANR        []*Attribute
}

// Attribute finds an attribute by name in any case, or by OID; nil when there
// is none.
func (s *Schema) Attribute(name string) *Attribute {
	if a := s.attribute[name]; a != nil {
		return a
	}
	lower := strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(name, "OID."), "oid."))
	return s.attribute[lower]
}

// MustAttribute is Attribute for names in a program; it panics.
func (s *Schema) MustAttribute(name string) *Attribute {
	a := s.Attribute(name)
	if a == nil {
		panic("schema: no attribute " + name)
	}
	return a
}

// Class finds a class by name in any case, or by OID; nil when there is none.
func (s *Schema) Class(name string) *Class {
	if c := s.class[name]; c != nil {
		return c
	}
	return s.class[strings.ToLower(name)]
}

// MustClass is Class for names in a program; it panics.
func (s *Schema) MustClass(name string) *Class {
	c := s.Class(name)
	if c == nil {
		panic("schema: no class " + name)
	}
	return c
}

// ClassByCategory finds the class whose common name is cn.
func (s *Schema) ClassByCategory(cn string) *Class { return s.class["\x00"+strings.ToLower(cn)] }

// ByGUID finds the *Attribute or *Class with a schemaIDGUID, or nil.
func (s *Schema) ByGUID(g security.GUID) any { return s.byGUID[g] }

func parse(attributes, classes string) *Schema {
	s := &Schema{attribute: map[string]*Attribute{}, class: map[string]*Class{}, byGUID: map[security.GUID]any{}}
	for line := range strings.Lines(attributes) {
		s.addAttribute(strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	links := map[int]*Attribute{}
	for _, a := range s.Attributes {
		if a.Link != 0 {
			links[a.Link] = a
		}
	}
	for n, a := range links {
		a.back = links[n^1]
	}
	raw := map[*Class][]string{}
	for line := range strings.Lines(classes) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		raw[s.addClass(f)] = f
	}
	for _, c := range s.Classes {
		s.linkClass(c, raw)
	}
	return s
}

func number(text string) int64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("schema: reading number %q: %v", text, err))
	}
	return n
}

func (s *Schema) addAttribute(f []string) {
	a := &Attribute{
		ID: uint16(len(s.Attributes)), Name: f[0], CN: f[1], OID: f[2], Syntax: syntaxOf(f[3]), OMSyntax: int(number(f[4])),
		Single: f[5] != "", Lower: number(f[6]), Upper: number(f[7]), HasLower: f[6] != "", HasUpper: f[7] != "",
		SearchFlags: int(number(f[8])), SystemFlags: int(number(f[9])), Link: int(number(f[10])), Global: f[11] != "",
		SystemOnly: f[12] != "", GUID: security.MustGUID(f[13]), ATTRTYP: attrtyp(f[2]),
	}
	if a.Syntax == Integer || a.Syntax == LargeInteger {
		// A range that the published table prints as an unsigned number.
		if a.HasUpper && a.Syntax == Integer && a.Upper > 1<<31-1 {
			a.Upper = int64(int32(a.Upper))
		}
	}
	if f[14] != "" {
		a.Set = security.MustGUID(f[14])
	}
	s.Attributes = append(s.Attributes, a)
	s.attribute[f[0]], s.attribute[strings.ToLower(f[0])], s.attribute[a.OID] = a, a, a
	s.byGUID[a.GUID] = a
	if a.SearchFlags&ANR != 0 {
		s.ANR = append(s.ANR, a)
	}
}

func (s *Schema) addClass(f []string) *Class {
	c := &Class{
		ID: uint16(len(s.Classes)), Name: f[0], CN: f[1], OID: f[2], Kind: Kind(number(f[4])), Category: f[6],
		GUID: security.MustGUID(f[11]), SystemOnly: f[13] != "", Hidden: f[14] != "", SDDL: f[15],
		OwnAux: strings.Fields(f[7]), OwnPoss: strings.Fields(f[8]), OwnMust: strings.Fields(f[9]), OwnMay: strings.Fields(f[10]),
	}
	s.Classes = append(s.Classes, c)
	s.class[f[0]], s.class[strings.ToLower(f[0])], s.class[c.OID] = c, c, c
	s.class["\x00"+strings.ToLower(c.CN)] = c
	s.byGUID[c.GUID] = c
	return c
}

func (s *Schema) linkClass(c *Class, raw map[*Class][]string) {
	if c.may != nil {
		return
	}
	f := raw[c]
	c.may = make(bits, (len(s.Attributes)+63)/64)
	c.RDN = s.attribute[strings.ToLower(f[5])]
	if c.Name != "top" {
		c.Parent = s.MustClass(f[3])
		s.linkClass(c.Parent, raw)
		c.Chain = append(append([]*Class{}, c.Parent.Chain...), c)
		s.inherit(c, c.Parent)
		if c.RDN == nil {
			c.RDN = c.Parent.RDN
		}
	} else {
		c.Chain = []*Class{c}
	}
	for _, name := range c.OwnAux {
		aux := s.MustClass(name)
		s.linkClass(aux, raw)
		c.Aux = append(c.Aux, aux)
		s.inherit(c, aux)
	}
	for _, name := range c.OwnPoss {
		if sup := s.class[strings.ToLower(name)]; sup != nil {
			c.Superiors = append(c.Superiors, sup)
		}
	}
	for _, name := range c.OwnMust {
		s.demand(c, s.MustAttribute(name))
	}
	for _, name := range c.OwnMay {
		if a := s.attribute[strings.ToLower(name)]; a != nil {
			c.may.set(a.ID)
		}
	}
}

func (s *Schema) demand(c *Class, a *Attribute) {
	for _, have := range c.Must {
		if have == a {
			return
		}
	}
	c.Must = append(c.Must, a)
	c.may.set(a.ID)
}

func (s *Schema) inherit(c, from *Class) {
	for i, w := range from.may {
		c.may[i] |= w
	}
	for _, a := range from.Must {
		s.demand(c, a)
	}
	if from.Kind != Auxiliary {
		c.Superiors = append(c.Superiors, from.Superiors...)
	}
}
