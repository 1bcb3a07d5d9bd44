package adwire

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/adwire/ber"
	"github.com/ssprlab/ssprlab/internal/directory"
)

// sent is one control of a request.
type sent struct {
	oid      string
	critical bool
	value    []byte // nil: not sent
}

func encode(of ...sent) ber.Reader {
	var b []byte
	for _, c := range of {
		var at int
		b, at = ber.Open(b, ber.Sequence)
		b = ber.AppendString(b, ber.OctetString, c.oid)
		if c.critical {
			b = ber.AppendBool(b, ber.Boolean, true)
		}
		if c.value != nil {
			b = ber.AppendString(b, ber.OctetString, c.value)
		}
		b = ber.Close(b, at)
	}
	return b
}

func TestControlValues(t *testing.T) {
	for name, tc := range map[string]struct {
		control sent
		want    directory.Controls
	}{
		"policy hints on":                   {sent{oidPolicyHints, true, []byte{0x30, 3, 2, 1, 1}}, directory.Controls{PolicyHints: new(1)}},
		"policy hints off":                  {sent{oidPolicyHints, true, []byte{0x30, 3, 2, 1, 0}}, directory.Controls{PolicyHints: new(0)}},
		"policy hints, old number":          {sent{oidPolicyHintsOld, true, []byte{0x30, 0x84, 0, 0, 0, 3, 2, 1, 1}}, directory.Controls{PolicyHints: new(1)}},
		"policy hints, broken, uncritical":  {sent{oidPolicyHints, false, []byte{0x30, 3, 2, 1}}, directory.Controls{PolicyHintsBad: true}},
		"policy hints, missing, uncritical": {sent{oidPolicyHints, false, nil}, directory.Controls{PolicyHintsBad: true}},
		"paged, critical":                   {sent{oidPaged, true, []byte{0x30, 8, 2, 2, 3, 0xe8, 4, 2, 'a', 'b'}}, directory.Controls{Paged: &directory.Paged{Size: 1000, Cookie: []byte("ab")}, CriticalPaged: true}},
		"paged, broken, uncritical":         {sent{oidPaged, false, []byte{0x30, 0}}, directory.Controls{}},
		"sort by two keys":                  {sent{oidSort, true, []byte{0x30, 17, 0x30, 4, 4, 2, 's', 'n', 0x30, 9, 4, 1, 'c', 0x80, 1, '9', 0x81, 1, 0xff}}, directory.Controls{Sort: &directory.Sort{Keys: []directory.SortKey{{Attribute: "sn"}, {Attribute: "c", OrderingRule: "9", Reverse: true}}}, CriticalSort: true}},
		"VLV by offset":                     {sent{oidVLV, true, []byte{0x30, 14, 2, 1, 1, 2, 1, 2, 0xa0, 6, 2, 1, 3, 2, 1, 4}}, directory.Controls{VLV: &directory.VLV{Before: 1, After: 2, Offset: 3, Count: 4}, CriticalVLV: true}},
		"VLV by value with context":         {sent{oidVLV, false, []byte{0x30, 12, 2, 1, 1, 2, 1, 2, 0x81, 1, 'm', 4, 1, 'x'}}, directory.Controls{VLV: &directory.VLV{Before: 1, After: 2, Target: []byte("m"), ContextID: []byte("x")}}},
		"VLV by the empty value":            {sent{oidVLV, false, []byte{0x30, 8, 2, 1, 0, 2, 1, 0, 0x81, 0}}, directory.Controls{VLV: &directory.VLV{Target: []byte{}}}},
		"SD flags":                          {sent{oidSDFlags, true, []byte{0x30, 3, 2, 1, 7}}, directory.Controls{SDFlags: new(7)}},
		"extended DN without value":         {sent{oidExtendedDN, true, nil}, directory.Controls{ExtendedDN: new(0)}},
		"extended DN, dashed":               {sent{oidExtendedDN, true, []byte{0x30, 3, 2, 1, 1}}, directory.Controls{ExtendedDN: new(1)}},
		"DirSync, signed flags":             {sent{oidDirSync, true, []byte{0x30, 13, 2, 4, 0x80, 0, 0, 1, 2, 1, 9, 4, 2, 1, 2}}, directory.Controls{DirSync: &directory.DirSync{Flags: 0x80000001, MaxBytes: 9, Cookie: []byte{1, 2}}}},
		"DirSync, unsigned flags":           {sent{oidDirSyncEx, true, []byte{0x30, 12, 2, 5, 0, 0x80, 0, 0, 1, 2, 1, 9, 4, 0}}, directory.Controls{DirSync: &directory.DirSync{Flags: 0x80000001, MaxBytes: 9, Cookie: []byte{}}}},
		"ASQ":                               {sent{oidASQ, true, []byte{0x30, 8, 4, 6, 'm', 'e', 'm', 'b', 'e', 'r'}}, directory.Controls{ASQ: new("member")}},
		"search options":                    {sent{oidSearchOptions, true, []byte{0x30, 3, 2, 1, 2}}, directory.Controls{SearchOptions: 2}},
		"notification":                      {sent{oidNotification, true, nil}, directory.Controls{Notification: true}},
		"show deleted":                      {sent{oidShowDeleted, true, nil}, directory.Controls{ShowDeleted: true}},
		"show recycled":                     {sent{oidShowRecycled, true, nil}, directory.Controls{ShowRecycled: true}},
		"show deactivated links":            {sent{oidShowDeactivated, true, nil}, directory.Controls{ShowDeactivated: true}},
		"domain scope":                      {sent{oidDomainScope, true, nil}, directory.Controls{DomainScope: true}},
		"permissive modify":                 {sent{oidPermissive, true, nil}, directory.Controls{PermissiveModify: true}},
		"tree delete":                       {sent{oidTreeDelete, true, nil}, directory.Controls{TreeDelete: true}},
		"range without error":               {sent{oidRangeNoError, true, nil}, directory.Controls{RangeNoError: true}},
		"known and without effect here":     {sent{"1.2.840.113556.1.4.619", true, nil}, directory.Controls{}},
		"unknown, uncritical":               {sent{"1.2.3.4", false, []byte("x")}, directory.Controls{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decodeControls(encode(tc.control), directory.Windows2022)
			require.NoError(t, err)
			assert.Equal(t, tc.want, got.Controls)
		})
	}
}

func TestControlsThatRefuseARequest(t *testing.T) {
	good := []byte{0x30, 9, 2, 1, 0, 2, 1, 0, 4, 1, 'x'}
	for name, of := range map[string][]sent{
		"unknown":                     {{"1.2.3.4", true, nil}},
		"unknown, with value":         {{"1.2.3.4", true, []byte("x")}},
		"unknown behind a known one":  {{oidShowDeleted, true, nil}, {"1.2.3.4", true, nil}},
		"policy hints without value":  {{oidPolicyHints, true, nil}},
		"policy hints, empty value":   {{oidPolicyHints, true, []byte{}}},
		"policy hints, text":          {{oidPolicyHints, true, []byte{0x30, 3, 4, 1, 'x'}}},
		"policy hints, octets behind": {{oidPolicyHints, true, []byte{0x30, 3, 2, 1, 1, 0}}},
		"paged without value":         {{oidPaged, true, nil}},
		"paged of negative size":      {{oidPaged, true, []byte{0x30, 5, 2, 1, 0xff, 4, 0}}},
		"sort without keys":           {{oidSort, true, []byte{0x30, 0}}},
		"VLV without target":          {{oidVLV, true, []byte{0x30, 6, 2, 1, 0, 2, 1, 0}}},
		"extended DN, broken":         {{oidExtendedDN, true, []byte{0x30, 1}}},
		"both DirSyncs":               {{oidDirSync, true, good}, {oidDirSyncEx, true, good}},
		"both DirSyncs, uncritical":   {{oidDirSyncEx, false, good}, {oidDirSync, false, good}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decodeControls(encode(of...), directory.Windows2022)
			var refused *controlError
			require.ErrorAs(t, err, &refused)
		})
	}
}

func TestWhoKnowsWhichControl(t *testing.T) {
	for oid, want := range map[string][]directory.Dialect{
		oidPaged:                  {directory.Windows2016, directory.Windows2022, directory.Samba},
		oidPolicyHints:            {directory.Windows2016, directory.Windows2022},
		oidPolicyHintsOld:         {directory.Windows2016, directory.Windows2022},
		oidDirSyncEx:              {directory.Windows2016, directory.Windows2022},
		"1.2.840.113556.1.4.2330": {directory.Windows2022},
	} {
		for _, d := range []directory.Dialect{directory.Windows2016, directory.Windows2022, directory.Samba} {
			_, err := decodeControls(encode(sent{oid, true, []byte{0x30, 9, 2, 1, 0, 2, 1, 0, 4, 1, 'x'}}), d)
			var refused *controlError
			unknown := errors.As(err, &refused) && refused.err == nil
			assert.Equal(t, contains(want, d), !unknown, "%s on %s", oid, d)
		}
	}
}

// announced collects the supportedControl of a rootDSE.
type announced []string

func (a *announced) Entry(e directory.Entry) error {
	for _, attr := range e.Attributes {
		if attr.Name == "supportedControl" {
			for _, v := range attr.Values {
				*a = append(*a, string(v))
			}
		}
	}
	return nil
}

func (*announced) Reference(...string) error { return nil }

func TestWhatTheDirectoryAnnouncesIsWhatIsKnownHere(t *testing.T) {
	for _, d := range []directory.Dialect{directory.Windows2016, directory.Windows2022, directory.Samba} {
		t.Run(string(d), func(t *testing.T) {
			forest, err := directory.NewForest(directory.ForestConfig{
				Flavour: directory.Flavour{Dialect: d, Build: "4f7c"}, Now: time.Unix(1e9, 0), Rand: rand.NewChaCha8([32]byte{}),
				Domains: []directory.DomainConfig{{DNSName: "corp.example", NetBIOS: "CORP"}},
			})
			require.NoError(t, err)
			var got announced
			res := forest.Domains()[0].DCs()[0].Search(t.Context(), directory.Request{Now: time.Unix(1e9, 0)},
				directory.SearchRequest{Filter: directory.Present("objectClass")}, new(directory.Cursors), &got)
			require.Zero(t, res.Code)
			for _, oid := range got {
				assert.True(t, known[oid].known.has(d), "%s is announced and not known", oid)
			}
			for oid, c := range known {
				// The directory announces the list of 2016 for every Windows; what came
				// later is understood all the same.
				if c.known.has(d) && c.known != latest {
					assert.Contains(t, got, oid, "known and not announced")
				}
			}
		})
	}
}

func contains(of []directory.Dialect, d directory.Dialect) bool {
	for _, o := range of {
		if o == d {
			return true
		}
	}
	return false
}
