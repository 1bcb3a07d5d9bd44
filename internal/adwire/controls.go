package adwire

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
	"github.com/ssprlab/ssprlab/internal/directory"
)

// The controls whose values are read or written here (MS-ADTS 3.1.1.3.4.1).
const (
	oidPaged           = "1.2.840.113556.1.4.319"
	oidSort            = "1.2.840.113556.1.4.473"
	oidSortResponse    = "1.2.840.113556.1.4.474"
	oidVLV             = "2.16.840.1.113730.3.4.9"
	oidVLVResponse     = "2.16.840.1.113730.3.4.10"
	oidSDFlags         = "1.2.840.113556.1.4.801"
	oidExtendedDN      = "1.2.840.113556.1.4.529"
	oidDirSync         = "1.2.840.113556.1.4.841"
	oidDirSyncEx       = "1.2.840.113556.1.4.2090"
	oidASQ             = "1.2.840.113556.1.4.1504"
	oidSearchOptions   = "1.2.840.113556.1.4.1340"
	oidPolicyHints     = "1.2.840.113556.1.4.2239"
	oidPolicyHintsOld  = "1.2.840.113556.1.4.2066"
	oidNotification    = "1.2.840.113556.1.4.528"
	oidShowDeleted     = "1.2.840.113556.1.4.417"
	oidShowRecycled    = "1.2.840.113556.1.4.2064"
	oidShowDeactivated = "1.2.840.113556.1.4.2065"
	oidDomainScope     = "1.2.840.113556.1.4.1339"
	oidPermissive      = "1.2.840.113556.1.4.1413"
	oidTreeDelete      = "1.2.840.113556.1.4.805"
	oidRangeNoError    = "1.2.840.113556.1.4.1948"
	oidTreeDeleteEx    = "1.2.840.113556.1.4.2204"
	oidExpectedCount   = "1.2.840.113556.1.4.2211"
	oidSetOwner        = "1.2.840.113556.1.4.2255"
	oidForceUpdate     = "1.2.840.113556.1.4.1974"
	oidGetStats        = "1.2.840.113556.1.4.970"
	oidUpdateStats     = "1.2.840.113556.1.4.2205"
	oidDNInput         = "1.2.840.113556.1.4.2026"
	oidQuota           = "1.2.840.113556.1.4.1852"
	oidVerifyName      = "1.2.840.113556.1.4.1338"
)

// A flock is the set of dialects that know a control.
type flock int

const (
	windows flock = 1 << iota // every Windows of this emulator
	latest                    // Windows Server 2019 and later
	samba
)

func (f flock) has(d directory.Dialect) bool {
	switch d {
	case directory.Samba:
		return f&samba != 0
	case directory.Windows2016:
		return f&windows != 0
	default:
		return f&(windows|latest) != 0
	}
}

// A control says who knows it and how its value is read. A nil read takes the
// control as known and its value, if any, as unread.
type control struct {
	known flock
	read  func(c *controls, value ber.Reader, sent bool) error
}

// known is every control of supportedControl of Windows Server 2016 to 2022 and of
// Samba 4.17 (reference 1.4). Response controls and RANGE_OPTION are listed there
// too, but mean nothing in a request. The last list is accepted and changes
// nothing here: docs/divergences.md has the reason for each.
var known = map[string]control{
	oidPaged:           {windows | samba, (*controls).paged},
	oidSort:            {windows | samba, (*controls).sort},
	oidSortResponse:    {windows, nil},
	oidVLV:             {windows | samba, (*controls).vlv},
	oidVLVResponse:     {windows, nil},
	oidSDFlags:         {windows | samba, (*controls).sdFlags},
	oidExtendedDN:      {windows | samba, (*controls).extendedDN},
	oidDirSync:         {windows | samba, (*controls).dirSync},
	oidDirSyncEx:       {windows, (*controls).dirSyncEx},
	oidASQ:             {windows | samba, (*controls).asq},
	oidSearchOptions:   {windows | samba, (*controls).searchOptions},
	oidPolicyHints:     {windows, (*controls).policyHints},
	oidPolicyHintsOld:  {windows, (*controls).policyHints},
	oidNotification:    {windows | samba, mark(func(c *directory.Controls) { c.Notification = true })},
	oidShowDeleted:     {windows | samba, mark(func(c *directory.Controls) { c.ShowDeleted = true })},
	oidShowRecycled:    {windows | samba, mark(func(c *directory.Controls) { c.ShowRecycled = true })},
	oidShowDeactivated: {windows, mark(func(c *directory.Controls) { c.ShowDeactivated = true })},
	oidDomainScope:     {windows | samba, mark(func(c *directory.Controls) { c.DomainScope = true })},
	oidPermissive:      {windows | samba, mark(func(c *directory.Controls) { c.PermissiveModify = true })},
	oidTreeDelete:      {windows | samba, mark(func(c *directory.Controls) { c.TreeDelete = true })},
	oidRangeNoError:    {windows, mark(func(c *directory.Controls) { c.RangeNoError = true })},
	oidTreeDeleteEx:    {windows, (*controls).treeDeleteEx},
	oidExpectedCount:   {windows, (*controls).expectedCount},
	oidSetOwner:        {windows, (*controls).setOwner},
	oidForceUpdate:     {windows, mark(func(c *directory.Controls) { c.ForceUpdate = true })},
	oidGetStats:        {windows, (*controls).getStats},
	oidDNInput:         {windows, (*controls).dnInput},
	oidUpdateStats:     {windows, mark(func(c *directory.Controls) { c.UpdateStats = true })},

	"1.2.840.113556.1.4.521":  {windows, nil},         // CROSSDOM_MOVE_TARGET
	"1.2.840.113556.1.4.619":  {windows, nil},         // LAZY_COMMIT
	"1.2.840.113556.1.4.802":  {windows, nil},         // RANGE_OPTION
	oidVerifyName:             {windows | samba, nil}, // VERIFY_NAME
	"1.2.840.113556.1.4.1341": {windows | samba, nil}, // RODC_DCPROMO
	oidQuota:                  {windows, nil},         // QUOTA_CONTROL
	"1.2.840.113556.1.4.1907": {windows, nil},         // SHUTDOWN_NOTIFY
	"1.2.840.113556.1.4.2206": {windows, nil},         // SEARCH_HINTS
	"1.2.840.113556.1.4.2256": {windows, nil},         // BYPASS_QUOTA
	"1.2.840.113556.1.4.2309": {windows, nil},         // LINK_TTL
	"1.2.840.113556.1.4.2330": {latest, nil},          // SET_CORRELATION_ID
	"1.2.840.113556.1.4.2354": {latest, nil},          // THREAD_TRACE_OVERRIDE
}

// controls collects the decoded controls of one request.
type controls struct {
	directory.Controls
	dirSyncOID string // under which of its two numbers DirSync was sent
	both       bool   // under both
	critical   bool   // of the control being read
}

var (
	errNoValue = errors.New("the control needs a value")
	errBoth    = errors.New("DIRSYNC and DIRSYNC_EX in one request")
)

// A controlError is a control that refuses the whole request.
type controlError struct {
	oid string
	err error // nil: the control is not known
}

func (e *controlError) Error() string {
	if e.err == nil {
		return "unknown critical control " + e.oid
	}
	return fmt.Sprintf("control %s: %v", e.oid, e.err)
}

// decodeControls reads the content of a message's controls element. An error that
// is no *controlError means that the message itself is malformed.
func decodeControls(r ber.Reader, d directory.Dialect) (controls, error) {
	var c controls
	var refused error // malformed controls further on go before a refusal
	for !r.Empty() {
		oid, critical, value, sent, err := nextControl(&r)
		if err != nil {
			return controls{}, err
		}
		if err := c.take(d, oid, critical, value, sent); err != nil && refused == nil {
			refused = err
		}
	}
	if refused == nil && c.both {
		refused = &controlError{oid: oidDirSyncEx, err: errBoth}
	}
	return c, refused
}

// nextControl reads one control of RFC 4511 4.1.11.
func nextControl(r *ber.Reader) (oid []byte, critical bool, value ber.Reader, sent bool, err error) {
	seq, err := r.Expect(ber.Sequence)
	if err != nil {
		return nil, false, nil, false, fmt.Errorf("reading a control: %w", err)
	}
	if oid, err = seq.Expect(ber.OctetString); err != nil {
		return nil, false, nil, false, fmt.Errorf("reading the type of a control: %w", err)
	}
	if seq.Peek() == ber.Boolean {
		if critical, err = seq.Bool(); err != nil {
			return nil, false, nil, false, fmt.Errorf("reading the criticality of a control: %w", err)
		}
	}
	if value, sent, err = seq.Optional(ber.OctetString); err != nil {
		return nil, false, nil, false, fmt.Errorf("reading the value of a control: %w", err)
	}
	return oid, critical, value, sent, nil
}

// take reads one control's value. Unknown and unreadable controls refuse the
// request when they are critical and are ignored otherwise.
func (c *controls) take(d directory.Dialect, oid []byte, critical bool, value ber.Reader, sent bool) error {
	k, ok := known[string(oid)]
	if !ok || !k.known.has(d) {
		if critical {
			return &controlError{oid: string(oid)}
		}
		return nil
	}
	if k.read == nil {
		return nil
	}
	c.critical = critical
	if err := k.read(c, value, sent); err != nil && critical {
		return &controlError{oid: string(oid), err: err}
	}
	return nil
}

// mark makes the reader of a control that has no value.
func mark(set func(*directory.Controls)) func(*controls, ber.Reader, bool) error {
	return func(c *controls, _ ber.Reader, _ bool) error {
		set(&c.Controls)
		return nil
	}
}

// sequence opens the SEQUENCE that most values are.
func sequence(value ber.Reader, sent bool) (ber.Reader, error) {
	if !sent {
		return nil, errNoValue
	}
	seq, err := value.Expect(ber.Sequence)
	if err != nil {
		return nil, err
	}
	return seq, value.Done()
}

// flags reads SEQUENCE { Flags INTEGER }.
func flags(value ber.Reader, sent bool) (int, error) {
	seq, err := sequence(value, sent)
	if err != nil {
		return 0, err
	}
	return seq.Int(ber.Integer)
}

func (c *controls) policyHints(value ber.Reader, sent bool) error {
	n, err := flags(value, sent)
	if err != nil {
		c.PolicyHintsBad = true
		return err
	}
	c.PolicyHints = &n
	return nil
}

func (c *controls) sdFlags(value ber.Reader, sent bool) error {
	n, err := flags(value, sent)
	if err == nil {
		c.SDFlags = &n
	}
	return err
}

func (c *controls) searchOptions(value ber.Reader, sent bool) error {
	n, err := flags(value, sent)
	if err == nil {
		c.SearchOptions = n
	}
	return err
}

// treeDeleteEx reads SEQUENCE { countOfObjectsToDelete INTEGER }, which is taken
// as 2 to 16,384 (MS-ADTS 3.1.1.3.4.1.31).
func (c *controls) treeDeleteEx(value ber.Reader, sent bool) error {
	n, err := flags(value, sent)
	if err == nil {
		c.TreeDelete, c.TreeDeleteLimit = true, min(max(n, 2), 16384)
	}
	return err
}

// expectedCount reads SEQUENCE { searchEntriesMin INTEGER, searchEntriesMax INTEGER }
// (MS-ADTS 3.1.1.3.4.1.33).
func (c *controls) expectedCount(value ber.Reader, sent bool) error {
	seq, err := sequence(value, sent)
	if err != nil {
		return err
	}
	var r directory.EntryRange
	if r.Min, err = seq.Int(ber.Integer); err != nil {
		return err
	}
	if r.Max, err = seq.Int(ber.Integer); err != nil {
		return err
	}
	c.ExpectedEntries = &r
	return nil
}

// setOwner reads a SID: its octets as they are, in SEQUENCE { OCTET STRING }, or
// as text. The specification's form was not at hand: all three are taken.
func (c *controls) setOwner(value ber.Reader, sent bool) error {
	if !sent || value.Empty() {
		return errNoValue
	}
	octets := []byte(value)
	if value.Peek() == ber.Sequence {
		seq, err := sequence(value, sent)
		if err != nil {
			return err
		}
		if octets, err = seq.Expect(ber.OctetString); err != nil {
			return err
		}
	}
	c.Owner = octets
	return nil
}

// dnInput reads SEQUENCE { InputDN OCTET STRING } (MS-ADTS 3.1.1.3.4.1.24).
func (c *controls) dnInput(value ber.Reader, sent bool) error {
	seq, err := sequence(value, sent)
	if err != nil {
		return err
	}
	dn, err := seq.Expect(ber.OctetString)
	if err != nil {
		return err
	}
	text := string(dn)
	c.InputDN = &text
	return nil
}

// getStats reads a number of four octets, the lowest first, that is not BER; no
// value means SO_STATS (MS-ADTS 3.1.1.3.4.1.6).
func (c *controls) getStats(value ber.Reader, sent bool) error {
	n := directory.StatsWanted
	if sent && !value.Empty() {
		if len(value) != 4 {
			return ber.ErrInteger
		}
		n = int(binary.LittleEndian.Uint32(value))
	}
	c.Stats = &n
	return nil
}

// extendedDN may come without a value: then it means 0 (MS-ADTS 3.1.1.3.4.1.5).
func (c *controls) extendedDN(value ber.Reader, sent bool) error {
	n := 0
	if sent && !value.Empty() {
		var err error
		if n, err = flags(value, sent); err != nil {
			return err
		}
	}
	c.ExtendedDN = &n
	return nil
}

// paged reads SEQUENCE { size INTEGER, cookie OCTET STRING } (RFC 2696).
func (c *controls) paged(value ber.Reader, sent bool) error {
	seq, err := sequence(value, sent)
	if err != nil {
		return err
	}
	var p directory.Paged
	if p.Size, err = seq.Int(ber.Integer); err != nil {
		return err
	}
	if p.Size < 0 {
		return ber.ErrInteger
	}
	if p.Cookie, err = seq.Expect(ber.OctetString); err != nil {
		return err
	}
	c.Paged, c.CriticalPaged = &p, c.critical
	return nil
}

// sort reads the keys of RFC 2891 section 1.1.
func (c *controls) sort(value ber.Reader, sent bool) error {
	list, err := sequence(value, sent)
	if err != nil {
		return err
	}
	if list.Empty() {
		return errors.New("no sort key")
	}
	var s directory.Sort
	for !list.Empty() {
		key, err := sortKey(&list)
		if err != nil {
			return err
		}
		s.Keys = append(s.Keys, key)
	}
	c.Sort, c.CriticalSort = &s, c.critical
	return nil
}

func sortKey(list *ber.Reader) (k directory.SortKey, err error) {
	seq, err := list.Expect(ber.Sequence)
	if err != nil {
		return k, err
	}
	if k.Attribute, err = seq.Text(); err != nil {
		return k, err
	}
	rule, _, err := seq.Optional(0x80)
	if err != nil {
		return k, err
	}
	k.OrderingRule = string(rule)
	if reverse, ok, err := seq.Optional(0x81); err != nil {
		return k, err
	} else if ok {
		if k.Reverse, err = reverse.Boolean(); err != nil {
			return k, err
		}
	}
	return k, nil
}

// vlv reads a VirtualListViewRequest (draft-ietf-ldapext-ldapv3-vlv-09 section 6.1).
func (c *controls) vlv(value ber.Reader, sent bool) error {
	seq, err := sequence(value, sent)
	if err != nil {
		return err
	}
	var v directory.VLV
	if v.Before, err = seq.Int(ber.Integer); err != nil {
		return err
	}
	if v.After, err = seq.Int(ber.Integer); err != nil {
		return err
	}
	if err := vlvTarget(&seq, &v); err != nil {
		return err
	}
	if id, ok, err := seq.Optional(ber.OctetString); err != nil {
		return err
	} else if ok {
		v.ContextID = id
	}
	c.VLV, c.CriticalVLV = &v, c.critical
	return nil
}

func vlvTarget(seq *ber.Reader, v *directory.VLV) (err error) {
	tag, target, err := seq.Next()
	if err != nil {
		return err
	}
	switch tag {
	case 0xa0:
		if v.Offset, err = target.Int(ber.Integer); err != nil {
			return err
		}
		v.Count, err = target.Int(ber.Integer)
		return err
	case 0x81:
		v.Target = target
		if v.Target == nil {
			v.Target = []byte{}
		}
		return nil
	default:
		return ber.ErrTag
	}
}

// asq reads SEQUENCE { sourceAttribute OCTET STRING }.
func (c *controls) asq(value ber.Reader, sent bool) error {
	seq, err := sequence(value, sent)
	if err != nil {
		return err
	}
	source, err := seq.Text()
	if err == nil {
		c.ASQ = &source
	}
	return err
}

func (c *controls) dirSync(value ber.Reader, sent bool) error {
	return c.sync(oidDirSync, value, sent)
}

func (c *controls) dirSyncEx(value ber.Reader, sent bool) error {
	return c.sync(oidDirSyncEx, value, sent)
}

// sync reads SEQUENCE { Flags INTEGER, MaxBytes INTEGER, Cookie OCTET STRING }.
// Flags is a DWORD that clients send signed or unsigned.
func (c *controls) sync(oid string, value ber.Reader, sent bool) error {
	if c.dirSyncOID != "" && c.dirSyncOID != oid {
		c.both = true
	}
	c.dirSyncOID = oid
	seq, err := sequence(value, sent)
	if err != nil {
		return err
	}
	n, err := seq.Int(ber.Integer)
	if err != nil {
		return err
	}
	d := directory.DirSync{Flags: uint32(n)}
	if d.MaxBytes, err = seq.Int(ber.Integer); err != nil {
		return err
	}
	if d.Cookie, err = seq.Expect(ber.OctetString); err != nil {
		return err
	}
	c.DirSync = &d
	return nil
}
