package portal

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed locales/*.json
var localeFiles embed.FS

// pseudo is the locale that shows forgotten strings: every text of a catalogue
// comes out in [ŧħïš ŵåý], everything else does not.
const pseudo = "qps-ploc"

// catalogues holds every text of the pages by locale and key. It is read once.
type catalogues struct {
	texts   map[string]map[string]string // locale, key
	names   []string                     // locales, English first
	matcher language.Matcher
}

func loadCatalogues(files fs.FS) (*catalogues, error) {
	c := &catalogues{texts: map[string]map[string]string{}}
	entries, err := fs.Glob(files, "locales/*.json")
	if err != nil {
		return nil, fmt.Errorf("listing the message catalogues: %w", err)
	}
	for _, name := range entries {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("reading the message catalogue %s: %w", name, err)
		}
		texts := map[string]string{}
		if err := json.Unmarshal(b, &texts); err != nil {
			return nil, fmt.Errorf("reading the message catalogue %s: %w", name, err)
		}
		c.texts[strings.TrimSuffix(path.Base(name), ".json")] = texts
	}
	if c.texts["en"] == nil {
		return nil, fmt.Errorf("the message catalogue locales/en.json is missing")
	}
	for name := range c.texts {
		if name != "en" {
			c.names = append(c.names, name)
		}
	}
	slices.Sort(c.names)
	c.names = append([]string{"en"}, c.names...)
	tags := make([]language.Tag, len(c.names))
	for i, n := range c.names {
		if tags[i], err = language.Parse(n); err != nil {
			return nil, fmt.Errorf("the message catalogue locales/%s.json is not named after a language: %w", n, err)
		}
	}
	c.matcher = language.NewMatcher(tags)
	c.texts[pseudo] = disguise(c.texts["en"])
	return c, nil
}

// localizer speaks one language.
type localizer struct {
	tag   language.Tag
	name  string // BCP 47, for the lang attribute and for mails
	texts map[string]string
	base  map[string]string // English, for what a catalogue lacks
}

// choose finds the language for wishes in order: each an mkt value or an
// Accept-Language header. English when nothing fits.
func (c *catalogues) choose(wishes ...string) *localizer {
	for _, wish := range wishes {
		if strings.EqualFold(strings.TrimSpace(wish), pseudo) {
			return &localizer{tag: language.English, name: pseudo, texts: c.texts[pseudo], base: c.texts["en"]}
		}
		tags, _, err := language.ParseAcceptLanguage(wish)
		if err != nil || len(tags) == 0 {
			continue
		}
		if _, i, confidence := c.matcher.Match(tags...); confidence > language.No {
			return c.speaker(c.names[i])
		}
	}
	return c.speaker("en")
}

func (c *catalogues) speaker(name string) *localizer {
	if name == pseudo {
		return c.choose(pseudo)
	}
	return &localizer{tag: language.MustParse(name), name: name, texts: c.texts[name], base: c.texts["en"]}
}

// dir is the direction of the script: "rtl" or "ltr".
func (l *localizer) dir() string {
	script, _ := l.tag.Script()
	switch script.String() {
	case "Arab", "Hebr":
		return "rtl"
	}
	return "ltr"
}

// text returns the text of key with {name} replaced by the value that follows
// the name in args. An argument n selects the plural form: key.one, key.few, ….
// A key that no catalogue has comes out as itself, which tests catch.
func (l *localizer) text(key string, args ...any) string {
	t, ok := l.lookup(key)
	if !ok {
		for i := 0; i+1 < len(args); i += 2 {
			if n, isInt := args[i+1].(int); isInt && args[i] == "n" {
				t, ok = l.lookup(key + "." + pluralForm(l.tag, n))
				if !ok {
					t, ok = l.lookup(key + ".other")
				}
				break
			}
		}
	}
	if !ok {
		return key
	}
	for i := 0; i+1 < len(args); i += 2 {
		t = strings.ReplaceAll(t, "{"+fmt.Sprint(args[i])+"}", l.isolated(fmt.Sprint(args[i+1])))
	}
	return t
}

// isolated keeps a value's own direction inside a right-to-left sentence: an
// address or a number would come apart otherwise. A telephone number stays on
// one line in every language.
func (l *localizer) isolated(value string) string {
	if strings.HasPrefix(value, "+") {
		value = strings.ReplaceAll(value, " ", "\u00a0")
	}
	if l.dir() == "ltr" {
		return value
	}
	return "\u2068" + value + "\u2069" // first strong isolate … pop directional isolate
}

func (l *localizer) has(key string) bool { _, ok := l.lookup(key); return ok }

func (l *localizer) lookup(key string) (string, bool) {
	if t, ok := l.texts[key]; ok {
		return t, true
	}
	t, ok := l.base[key]
	return t, ok
}

func pluralForm(tag language.Tag, n int) string {
	if n < 0 {
		n = -n
	}
	switch plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0) {
	case plural.Zero:
		return "zero"
	case plural.One:
		return "one"
	case plural.Two:
		return "two"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	}
	return "other"
}

var accents = strings.NewReplacer(
	"a", "å", "c", "ç", "d", "ð", "e", "é", "g", "ĝ", "h", "ĥ", "i", "î", "l", "ļ", "n", "ñ", "o", "ö", "s", "š",
	"t", "ţ", "u", "û", "w", "ŵ", "y", "ý", "A", "Å", "C", "Ç", "E", "É", "I", "Î", "N", "Ñ", "O", "Ö", "S", "Š", "U", "Û")

// disguise makes the pseudo-locale: accents on letters, brackets at the ends and
// a third more length, placeholders left alone.
func disguise(texts map[string]string) map[string]string {
	out := make(map[string]string, len(texts))
	for key, text := range texts {
		var b strings.Builder
		b.WriteString("[")
		for rest := text; rest != ""; {
			before, after, found := strings.Cut(rest, "{")
			b.WriteString(accents.Replace(before))
			if !found {
				break
			}
			name, tail, _ := strings.Cut(after, "}")
			b.WriteString("{" + name + "}")
			rest = tail
		}
		b.WriteString(strings.Repeat("·", len([]rune(text))/3))
		b.WriteString("]")
		out[key] = b.String()
	}
	return out
}
