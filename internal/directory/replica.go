package directory

// A replica is what a domain controller does not have of the forest's newest
// state. The zero value is up to date.
type replica struct{}

// see is an object as this domain controller knows it.
func (dc *DC) see(n *node) *object { return n.obj.Load() }

// pdc is the PDC emulator when it is another domain controller that can be
// reached, else nil.
func (dc *DC) pdc() *DC {
	if p := dc.domain.dcs[0]; p != dc {
		return p
	}
	return nil
}
