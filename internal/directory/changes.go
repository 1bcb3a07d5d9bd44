package directory

import "time"

// Changes is every object as a Change: what [Forest.Apply] needs to bring an
// equal forest to the same state. What nobody has looked at yet stays as an
// equal forest makes it, and is left out.
func (f *Forest) Changes() []Change {
	f.mu.RLock()
	defer f.mu.RUnlock()
	list := make([]Change, 0, len(f.nodes))
	for _, n := range f.nodes {
		o := n.obj.Load()
		if o == nil || o.ended {
			continue
		}
		list = append(list, f.export(o, o.usnChanged, time.Unix(o.changed, 0).UTC(), false))
	}
	for _, guid := range f.erased {
		list = append(list, Change{GUID: guid, Removed: true, USNCreated: plantedUSN})
	}
	return list
}
