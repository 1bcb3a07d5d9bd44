package ldif_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/ldif"
)

func readAll(in io.Reader) ([]ldif.Record, error) {
	var all []ldif.Record
	r := ldif.NewReader(in)
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, rec)
	}
}

func attr(name string, values ...string) ldif.Attribute {
	a := ldif.Attribute{Name: name}
	for _, v := range values {
		a.Values = append(a.Values, []byte(v))
	}
	return a
}

func change(kind ldif.ChangeKind, name string, values ...string) ldif.Change {
	return ldif.Change{Kind: kind, Name: name, Values: attr(name, values...).Values}
}

func TestReaderReads(t *testing.T) {
	superior := "ou=Product Development, dc=airius, dc=com"
	cases := map[string]struct {
		in   string
		want []ldif.Record
	}{
		"a folded value (RFC 2849 example 2)": {
			"version: 1\ndn:cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com\nobjectclass:top\nobjectclass:person\ndescription:Babs is a big sailing fan, and travels extensively in sea\n rch of perfect sailing conditions.\ntitle:Product Manager, Rod and Reel Division\n",
			[]ldif.Record{{Line: 2, DN: "cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com", Attributes: []ldif.Attribute{
				attr("objectclass", "top", "person"), attr("description", "Babs is a big sailing fan, and travels extensively in search of perfect sailing conditions."), attr("title", "Product Manager, Rod and Reel Division"),
			}}},
		},
		"base64 and options (example 4)": {
			"dn:: b3U95Za25qWt6YOoLG89QWlyaXVz\n# dn:: ou=<JapaneseOU>,o=Airius\nou;lang-ja:: 5Za25qWt6YOo\nou;lang-en: Sales\n",
			[]ldif.Record{{Line: 1, DN: "ou=営業部,o=Airius", Attributes: []ldif.Attribute{attr("ou;lang-ja", "営業部"), attr("ou;lang-en", "Sales")}}},
		},
		"every change (example 6)": {
			"version: 1\r\n# Add a new entry\r\ndn: cn=Fiona Jensen, dc=com\r\nchangetype: add\r\ncn: Fiona Jensen\r\n\r\ndn: cn=Robert Jensen, dc=com\r\nchangetype: delete\r\n\r\n\r\n" +
				"dn: cn=Paul Jensen, dc=com\r\nchangetype: modrdn\r\nnewrdn: cn=Paula Jensen\r\ndeleteoldrdn: 1\r\n\r\n" +
				"dn: ou=PD Accountants, dc=com\r\nchangetype: moddn\r\nnewrdn: ou=PD\r\ndeleteoldrdn: 0\r\nnewsuperior: ou=Product Development, dc=airius, dc=com\r\n\r\n" +
				"dn: cn=Paula Jensen, dc=com\r\nchangetype: modify\r\nadd: postaladdress\r\npostaladdress: 123 Anystreet\r\n-\r\ndelete: description\r\n-\r\nreplace: telephonenumber\r\ntelephonenumber: 1\r\ntelephonenumber: 2\r\n-\r\ndelete: fax\r\nfax: 3\r\n-\r\nreplace: x\r\n-\r\nincrement: uidNumber\r\nuidNumber: 1\r\n-\r\n",
			[]ldif.Record{
				{Line: 3, DN: "cn=Fiona Jensen, dc=com", Kind: ldif.Add, Attributes: []ldif.Attribute{attr("cn", "Fiona Jensen")}},
				{Line: 7, DN: "cn=Robert Jensen, dc=com", Kind: ldif.Delete},
				{Line: 11, DN: "cn=Paul Jensen, dc=com", Kind: ldif.Rename, NewRDN: "cn=Paula Jensen", DeleteOldRDN: true},
				{Line: 16, DN: "ou=PD Accountants, dc=com", Kind: ldif.Rename, NewRDN: "ou=PD", NewSuperior: &superior},
				{Line: 22, DN: "cn=Paula Jensen, dc=com", Kind: ldif.Modify, Changes: []ldif.Change{
					change(ldif.AddValues, "postaladdress", "123 Anystreet"), change(ldif.DeleteValues, "description"), change(ldif.ReplaceValues, "telephonenumber", "1", "2"),
					change(ldif.DeleteValues, "fax", "3"), change(ldif.ReplaceValues, "x"), change(ldif.IncrementValue, "uidNumber", "1"),
				}},
			},
		},
		"controls with and without value (example 7)": {
			"dn: ou=Product Development, dc=com\ncontrol: 1.2.840.113556.1.4.805 true\ncontrol: 1.2.3\ncontrol: 1.2.4 false: text\ncontrol: 1.2.5:: AAE=\nchangetype: delete\n",
			[]ldif.Record{{Line: 1, DN: "ou=Product Development, dc=com", Kind: ldif.Delete, Controls: []ldif.Control{
				{OID: "1.2.840.113556.1.4.805", Critical: true}, {OID: "1.2.3"}, {OID: "1.2.4", HasValue: true, Value: []byte("text")}, {OID: "1.2.5", HasValue: true, Value: []byte{0, 1}},
			}}},
		},
		"folded comments, a mark of an editor and no line end at the end": {
			"\ufeff# a comment\n that goes on\ndn:\n# another\n  of two lines\nobjectClass: top\nname:",
			[]ldif.Record{{Line: 3, Attributes: []ldif.Attribute{attr("objectClass", "top"), attr("name", "")}}},
		},
		"values of one attribute that stand apart": {
			"dn: cn=a\nmember: x\ncn: a\nMEMBER: y\n",
			[]ldif.Record{{Line: 1, DN: "cn=a", Attributes: []ldif.Attribute{attr("member", "x", "y"), attr("cn", "a")}}},
		},
		"nothing but a version": {"version: 1\n\n", nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := readAll(strings.NewReader(c.in))
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestReaderNamesLineAndRemedy(t *testing.T) {
	cases := map[string]struct {
		in   string
		line int
		text string
	}{
		"an unknown version":           {"version: 2\n", 1, "only version 1"},
		"no dn":                        {"version: 1\n\ncn: a\n", 3, "every record begins with dn"},
		"two records without a gap":    {"dn: cn=a\ncn: a\ndn: cn=b\n", 3, "an empty line must stand"},
		"nothing to continue":          {"dn: cn=a\ncn: a\n\n b\n", 4, "continues nothing"},
		"a line without colon":         {"dn: cn=a\ncn a\n", 2, "no colon"},
		"a bad name":                   {"dn: cn=a\nc_n: a\n", 2, "no attribute description"},
		"an empty option":              {"dn: cn=a\ncn;: a\n", 2, "no attribute description"},
		"bad base64":                   {"dn: cn=a\ncn:: a\n", 2, "not base64"},
		"text that is not UTF-8":       {"dn: cn=a\ncn: \xff\n", 2, "base64 after ::"},
		"a URL":                        {"dn: cn=a\njpegphoto:< file:///usr/local/photo\n", 2, "file:///usr/local/photo\", which is not fetched"},
		"a name that is not UTF-8":     {"dn:: /w==\ncn: a\n", 1, "the dn is not UTF-8"},
		"an entry without attributes":  {"\ndn: cn=a\n\n", 2, "says nothing"},
		"an unknown change":            {"dn: cn=a\nchangetype: move\n", 2, "want add, delete, modify"},
		"a change after attributes":    {"dn: cn=a\ncn: a\nchangetype: add\n", 3, "changetype"},
		"a control without change":     {"dn: cn=a\ncontrol: 1.2.3\ncn: a\n", 3, "changetype must follow"},
		"a control that is no OID":     {"dn: cn=a\ncontrol: paged\nchangetype: delete\n", 2, "object identifier"},
		"a criticality that is none":   {"dn: cn=a\ncontrol: 1.2.3 yes\nchangetype: delete\n", 2, "true or false"},
		"more after a delete":          {"dn: cn=a\nchangetype: delete\ncn: a\n", 3, "empty line"},
		"a modification without end":   {"dn: cn=a\nchangetype: modify\nreplace: cn\ncn: b\n\n", 3, "holds only -"},
		"an unknown modification":      {"dn: cn=a\nchangetype: modify\nset: cn\n-\n", 3, "want add, delete, replace"},
		"another attribute's value":    {"dn: cn=a\nchangetype: modify\nadd: cn\nsn: b\n-\n", 4, "inside the add of cn"},
		"nothing to add":               {"dn: cn=a\nchangetype: modify\nadd: cn\n-\n", 3, "has no value"},
		"a rename without flag":        {"dn: cn=a\nchangetype: modrdn\nnewrdn: cn=b\n", 1, "no deleteoldrdn"},
		"a rename with a strange flag": {"dn: cn=a\nchangetype: modrdn\nnewrdn: cn=b\ndeleteoldrdn: yes\n", 4, "want 0 or 1"},
		"a rename out of order":        {"dn: cn=a\nchangetype: modrdn\ndeleteoldrdn: 1\nnewrdn: cn=b\n", 3, "in this order"},
		"UTF-16":                       {"\xff\xfed\x00n\x00", 1, "convert it to UTF-8"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := readAll(strings.NewReader(c.in))
			var wrong *ldif.SyntaxError
			require.ErrorAs(t, err, &wrong)
			assert.Equal(t, c.line, wrong.Line, err.Error())
			assert.Contains(t, err.Error(), c.text)
		})
	}
}

func TestReaderReturnsRecordsBeforeAMistake(t *testing.T) {
	r := ldif.NewReader(strings.NewReader("dn: cn=a\ncn: a\n\ncn: b\n"))
	rec, err := r.Read()
	require.NoError(t, err)
	assert.Equal(t, "cn=a", rec.DN)
	_, first := r.Read()
	_, again := r.Read()
	require.Error(t, first)
	assert.Equal(t, first, again, "a mistake is not skipped")
}

func TestWriterFoldsAndEncodes(t *testing.T) {
	var out bytes.Buffer
	w := ldif.NewWriter(&out)
	require.NoError(t, w.Comment("two\nlines"))
	require.NoError(t, w.Write(ldif.Record{DN: "cn=a", Attributes: []ldif.Attribute{
		attr("cn", "a"), attr("d", " blank", ":colon", "<less", "end ", "ä", "a\nb", "", strings.Repeat("x", 80)),
	}}))
	require.NoError(t, w.Flush())
	assert.Equal(t, "version: 1\n\n# two\n# lines\n\ndn: cn=a\ncn: a\nd:: IGJsYW5r\nd:: OmNvbG9u\nd:: PGxlc3M=\nd:: ZW5kIA==\nd:: w6Q=\nd:: YQpi\nd:\n"+
		"d: "+strings.Repeat("x", 73)+"\n "+strings.Repeat("x", 7)+"\n\n", out.String())
}

func TestWriterRefusesWhatCannotBeReadAgain(t *testing.T) {
	for name, r := range map[string]ldif.Record{
		"an entry without attributes":  {DN: "cn=a"},
		"an attribute without values":  {DN: "cn=a", Attributes: []ldif.Attribute{{Name: "cn"}}},
		"a name with a colon":          {DN: "cn=a", Attributes: []ldif.Attribute{attr("a:b", "c")}},
		"an attribute called dn":       {DN: "cn=a", Attributes: []ldif.Attribute{attr("DN", "c")}},
		"a control of an entry":        {DN: "cn=a", Attributes: []ldif.Attribute{attr("cn", "a")}, Controls: []ldif.Control{{OID: "1.2.3"}}},
		"a deletion with attributes":   {DN: "cn=a", Kind: ldif.Delete, Attributes: []ldif.Attribute{attr("cn", "a")}},
		"a modification of nothing":    {DN: "cn=a", Kind: ldif.Modify, Changes: []ldif.Change{change(ldif.AddValues, "cn")}},
		"modifications of a new entry": {DN: "cn=a", Attributes: []ldif.Attribute{attr("cn", "a")}, Changes: []ldif.Change{change(ldif.AddValues, "cn", "a")}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Error(t, ldif.NewWriter(io.Discard).Write(r))
		})
	}
}

func records() *rapid.Generator[ldif.Record] {
	names := rapid.StringMatching(`(?:[A-Za-z][A-Za-z0-9-]{0,9}|[0-2]\.[1-9][0-9]{0,3})(?:;x-[a-z0-9-]{1,5}){0,2}`).Filter(func(s string) bool {
		lower := strings.ToLower(s)
		return lower != "dn" && lower != "control" && lower != "changetype"
	})
	value := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 200), rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) }))
	some, few := rapid.SliceOfN(value, 1, 3), rapid.SliceOfN(value, 0, 3)
	return rapid.Custom(func(t *rapid.T) ldif.Record {
		r := ldif.Record{DN: rapid.String().Draw(t, "dn"), Kind: ldif.Kind(rapid.IntRange(0, 4).Draw(t, "kind"))}
		if r.Kind != ldif.Content {
			for range rapid.IntRange(0, 2).Draw(t, "controls") {
				c := ldif.Control{OID: "1.2.840." + rapid.StringMatching(`[1-9][0-9]{0,5}`).Draw(t, "oid"), Critical: rapid.Bool().Draw(t, "critical"), HasValue: rapid.Bool().Draw(t, "has")}
				if c.HasValue {
					c.Value = value.Draw(t, "value")
				}
				r.Controls = append(r.Controls, c)
			}
		}
		switch r.Kind {
		case ldif.Content, ldif.Add:
			for _, n := range rapid.SliceOfNDistinct(names, 1, 4, strings.ToLower).Draw(t, "names") {
				r.Attributes = append(r.Attributes, ldif.Attribute{Name: n, Values: some.Draw(t, "values")})
			}
		case ldif.Modify:
			for _, n := range rapid.SliceOfN(names, 0, 4).Draw(t, "names") {
				c := ldif.Change{Kind: ldif.ChangeKind(rapid.IntRange(0, 3).Draw(t, "change")), Name: n}
				if c.Kind == ldif.AddValues || c.Kind == ldif.IncrementValue {
					c.Values = some.Draw(t, "values")
				} else if v := few.Draw(t, "values"); len(v) > 0 {
					c.Values = v
				}
				r.Changes = append(r.Changes, c)
			}
		case ldif.Rename:
			r.NewRDN, r.DeleteOldRDN = rapid.String().Draw(t, "newrdn"), rapid.Bool().Draw(t, "delete")
			if rapid.Bool().Draw(t, "superior") {
				s := rapid.String().Draw(t, "newsuperior")
				r.NewSuperior = &s
			}
		}
		return r
	})
}

func TestWhatWasWrittenIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(records(), 0, 5).Draw(t, "records")
		var out bytes.Buffer
		w := ldif.NewWriter(&out)
		for _, r := range want {
			require.NoError(t, w.Write(r))
		}
		require.NoError(t, w.Flush())
		for line := range strings.SplitSeq(out.String(), "\n") {
			require.LessOrEqual(t, len(line), 76)
		}
		if rapid.Bool().Draw(t, "carriage returns") {
			text := strings.ReplaceAll(out.String(), "\n", "\r\n")
			out.Reset()
			out.WriteString(text)
		}
		got, err := readAll(&out)
		require.NoError(t, err)
		require.Len(t, got, len(want))
		for i := range got {
			got[i].Line = 0
			require.Equal(t, want[i], got[i])
		}
	})
}

func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"version: 1\ndn: cn=a\ncn: a\n\n", "dn:: Y249YQ==\nchangetype: modify\nadd: cn\ncn:: AAE=\n-\nreplace: sn\n-\n", "dn: cn=a\r\ncontrol: 1.2.3 true: x\r\nchangetype: modrdn\r\nnewrdn: cn=b\r\ndeleteoldrdn: 1\r\nnewsuperior:\r\n",
		"# c\n d\ndn: a\n b\nx;y: <z\n", "dn: a\nchangetype: delete\n\n\n dn: b", "\xef\xbb\xbfdn: a\nx:< file:///a\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		first, _ := readAll(bytes.NewReader(in))
		var out bytes.Buffer
		w := ldif.NewWriter(&out)
		for _, r := range first {
			require.NoError(t, w.Write(r), "what was read can be written")
		}
		require.NoError(t, w.Flush())
		second, err := readAll(&out)
		require.NoError(t, err)
		require.Len(t, second, len(first))
		for i := range second {
			second[i].Line = first[i].Line
			require.Equal(t, first[i], second[i])
		}
	})
}

func BenchmarkRead(b *testing.B) {
	one := "dn: CN=Alice Example,OU=Staff,DC=corp,DC=example\nobjectClass: top\nobjectClass: person\nobjectClass: user\nsAMAccountName: alice\nunicodePwd:: IgBSAGEAYgBiAGkAdAAtAGgAbwBsAGUANwAiAA==\ndescription: sits by the window and likes tea in the afternoon, which is\n  a fact\n\n"
	in := strings.Repeat(one, 1000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readAll(strings.NewReader(in)); err != nil {
			b.Fatal(err)
		}
	}
}
