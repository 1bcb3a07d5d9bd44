package strict_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

type colour string

type base struct {
	FAQRules bool
	GroupID  string
}

type thing struct {
	base            // not exported: not a member
	Name     string `strict:"required" doc:"what it is called"`
	Colour   colour
	Wait     time.Duration
	Born     time.Time
	Password secret.Text
	Size     int
	Inner    Inner
	Optional *Inner
	List     []Inner
	Table    map[string]Inner
	Raw      []byte
	Hidden   string `json:"-"`
}

// Inner has a default.
type Inner struct {
	SoftwareOATH bool
	Weight       int
	DNSName      string `json:"dnsName"`
}

// SetDefaults gives a weight.
func (i *Inner) SetDefaults() { i.Weight = 7 }

var codec = strict.Codec{Words: map[reflect.Type][]string{reflect.TypeFor[colour](): {"red", "blue"}}}

func decode(t *testing.T, c strict.Codec, text string, into any) string {
	t.Helper()
	doc, err := strict.ParseYAML([]byte(text))
	if err == nil {
		err = c.Decode(doc, into).Err()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestMistakesAreToldWithPathAndLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":                {"name: a\ncolor: red", `line 2: color: unknown key "color": the keys here are born, colour, inner, list, name, optional, password, raw, size, table, wait`},
		"key given twice":            {"name: a\nsize: 1\nsize: 2", "line 3: size: given twice, first in line 2: keep one"},
		"word outside its set":       {"name: a\ncolour: green", `line 2: colour: "green" is not known: use one of "red", "blue"`},
		"number for text":            {"name: 7", "line 1: name: must be text, not a number: put it in quotes"},
		"text for a number":          {"name: a\nsize: big", "line 2: size: must be a number, not text"},
		"fraction":                   {"name: a\nsize: 1.5", "line 2: size: must be a whole number, not 1.5"},
		"object for a list":          {"name: a\nlist: {weight: 1}", "line 2: list: must be a list, not an object"},
		"deep in a list":             {"name: a\nlist:\n  - weight: 1\n  - wight: 2", `line 4: list[1].wight: unknown key "wight": the keys here are dnsName, softwareOath, weight`},
		"bad duration":               {"name: a\nwait: soon", `line 2: wait: must be a duration such as "90s", "15m", "36h" or "42d"`},
		"bad time":                   {"name: a\nborn: yesterday", `line 2: born: must be a time in RFC 3339 form such as "2026-03-02T09:00:00Z"`},
		"missing":                    {"size: 1", "line 1: name: is missing: it must be given"},
		"hidden field":               {"name: a\nhidden: x", `line 2: hidden: unknown key "hidden": the keys here are born, colour, inner, list, name, optional, password, raw, size, table, wait`},
		"alias":                      {"name: &x a\ncolour: *x", "line 1: name: a YAML Anchor is not understood here: write the value out\nline 2: colour: a YAML Alias is not understood here: write the value out"},
		"two documents":              {"name: a\n---\nname: b", "line 3: a second document begins here: put everything into one"},
		"several mistakes, in order": {"size: x\nname: 1", "line 1: size: must be a number, not text\nline 2: name: must be text, not a number: put it in quotes"},
		"list at the top":            {"- a", "line 1: must be an object, not a list"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, decode(t, codec, c.text, &thing{}))
		})
	}
}

func TestADocumentOnlyWritesWhatItNames(t *testing.T) {
	v := thing{Name: "old", Size: 3, List: []Inner{{Weight: 1}}, Inner: Inner{Weight: 5, DNSName: "a"}, Table: map[string]Inner{"x": {Weight: 1}, "y": {Weight: 2}}}
	patch, err := strict.ParseJSON([]byte(`{"size": null, "list": [{}], "inner": {"dnsName": "b"}, "table": {"x": null, "y": {"softwareOath": true}, "z": {}}, "optional": {}, "wait": "1d12h"}`))
	require.NoError(t, err)
	require.Empty(t, strict.Codec{Partial: true}.Decode(patch, &v))
	assert.Equal(t, thing{
		Name: "old", List: []Inner{{Weight: 7}}, Inner: Inner{Weight: 5, DNSName: "b"}, Optional: &Inner{Weight: 7}, Wait: 36 * time.Hour,
		Table: map[string]Inner{"y": {Weight: 2, SoftwareOATH: true}, "z": {Weight: 7}},
	}, v)
}

func TestReadOnlyKeysSaySo(t *testing.T) {
	doc, err := strict.ParseJSON([]byte("{\n\"id\": \"x\"}"))
	require.NoError(t, err)
	problems := strict.Codec{Partial: true, ReadOnly: []string{"id"}}.Decode(doc, &thing{})
	assert.EqualError(t, problems.Err(), "line 2: id: is read-only: leave it out")
}

func TestBrokenJSONIsToldWithItsLine(t *testing.T) {
	for name, text := range map[string]string{"cut off": "{\n\"a\": [1,", "more behind": "{}\n{}", "empty": "", "bare word": "{\"a\": yes}"} {
		t.Run(name, func(t *testing.T) {
			_, err := strict.ParseJSON([]byte(text))
			assert.ErrorContains(t, err, "line ")
		})
	}
}

func TestSecretsAreShownInSnapshotsOnly(t *testing.T) {
	v := thing{Name: "a", Password: secret.New("Rabbit-hole7")}
	view, err := codec.JSON(v)
	require.NoError(t, err)
	assert.NotContains(t, string(view), "Rabbit")
	open := codec
	open.Reveal = true
	snapshot, err := open.JSON(v)
	require.NoError(t, err)
	doc, err := strict.ParseJSON(snapshot)
	require.NoError(t, err)
	var back thing
	require.NoError(t, codec.Decode(doc, &back).Err())
	assert.Equal(t, "Rabbit-hole7", back.Password.Reveal())
}

func TestWhatIsWrittenCanBeRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := thing{
			Name: rapid.String().Draw(t, "name"), Colour: colour(rapid.SampledFrom([]string{"red", "blue"}).Draw(t, "colour")),
			Wait: time.Duration(rapid.Int64().Draw(t, "wait")), Size: rapid.Int().Draw(t, "size"),
			Born: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "born"), 0).UTC(),
			Raw:  rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "raw"),
			List: []Inner{{Weight: rapid.Int().Draw(t, "weight")}}, Table: map[string]Inner{"k": {DNSName: rapid.String().Draw(t, "dns")}},
		}
		text, err := codec.JSON(v)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := strict.ParseJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		var back thing
		if err := codec.Decode(doc, &back).Err(); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%+v", back) != fmt.Sprintf("%+v", v) {
			t.Fatalf("%s\nbecame %+v\nwas %+v", text, back, v)
		}
	})
}

func TestDurationsInDays(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"42d": 42 * 24 * time.Hour, "1d12h": 36 * time.Hour, "-2d": -48 * time.Hour, "90s": 90 * time.Second, "0s": 0, "-1d1h": -25 * time.Hour,
	} {
		got, err := strict.ParseDuration(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "d", "1", "1d-2h", "10", "999999999d", "1h1d", "1d1"} {
		_, err := strict.ParseDuration(text)
		assert.Error(t, err, text)
	}
	assert.Equal(t, "42d", strict.FormatDuration(42*24*time.Hour))
	assert.Equal(t, "15m", strict.FormatDuration(15*time.Minute))
	assert.Equal(t, "36h", strict.FormatDuration(36*time.Hour))
	assert.Equal(t, "0s", strict.FormatDuration(0))
	assert.Equal(t, "1m30s", strict.FormatDuration(90*time.Second))
}

func FuzzNoDocumentPanics(f *testing.F) {
	f.Add("name: a\nlist: [{weight: 1}]")
	f.Add("? [a]\n: b")
	f.Add("{\"name\": \"a\", \"table\": {\"x\": null}}")
	f.Add("name: !!str 7\n<<: {a: b}")
	f.Add("- - -\n  :")
	f.Fuzz(func(_ *testing.T, text string) {
		if doc, err := strict.ParseYAML([]byte(text)); err == nil {
			_ = codec.Decode(doc, &thing{}) // refused or not: it must not panic
		}
		if doc, err := strict.ParseJSON([]byte(text)); err == nil {
			_ = codec.Decode(doc, &thing{}) // refused or not: it must not panic
		}
	})
}
