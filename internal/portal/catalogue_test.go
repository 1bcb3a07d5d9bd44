package portal

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/strength"
)

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// plural reports the key without its plural form.
func stem(key string) string {
	for _, form := range []string{".zero", ".one", ".two", ".few", ".many", ".other"} {
		if s, ok := strings.CutSuffix(key, form); ok {
			return s
		}
	}
	return key
}

func TestEveryCatalogueSaysEverything(t *testing.T) {
	cats, err := loadCatalogues(localeFiles)
	require.NoError(t, err)
	stems := func(name string) []string {
		set := map[string]bool{}
		for k := range cats.texts[name] {
			set[stem(k)] = true
		}
		var out []string
		for k := range set {
			out = append(out, k)
		}
		slices.Sort(out)
		return out
	}
	english := stems("en")
	for name, texts := range cats.texts {
		assert.Equal(t, english, stems(name), "keys of %s", name)
		for key, text := range texts {
			assert.NotEmpty(t, strings.TrimSpace(text), "%s of %s", key, name)
			original, ok := cats.texts["en"][key]
			if !ok || stem(key) != key && !strings.HasSuffix(key, ".other") {
				continue // a form that English does not have, or one that may say its number in words
			}
			want, got := placeholder.FindAllString(original, -1), placeholder.FindAllString(text, -1)
			slices.Sort(want)
			slices.Sort(got)
			assert.Equal(t, want, got, "placeholders of %s in %s", key, name)
		}
	}
}

// TestTemplatesAskForTextsThatExist reads every {{.T "key"}} of every template.
func TestTemplatesAskForTextsThatExist(t *testing.T) {
	cats, err := loadCatalogues(localeFiles)
	require.NoError(t, err)
	en := cats.choose("en")
	asked := regexp.MustCompile(`\.T "([^"]+)"`)
	files, err := fs.Glob(templateFiles, "templates/*.html")
	require.NoError(t, err)
	found := 0
	for _, name := range files {
		b, err := fs.ReadFile(templateFiles, name)
		require.NoError(t, err)
		for _, m := range asked.FindAllStringSubmatch(string(b), -1) {
			found++
			assert.True(t, en.has(m[1]) || en.has(m[1]+".other"), "%s asks for %q", name, m[1])
		}
	}
	assert.Greater(t, found, 200)
}

// TestClosedSetsHaveWords: what rules and services may say has a text.
func TestClosedSetsHaveWords(t *testing.T) {
	cats, err := loadCatalogues(localeFiles)
	require.NoError(t, err)
	en := cats.choose("en")
	for _, m := range policy.Methods {
		assert.True(t, en.has("method."+string(m)), m)
	}
	for _, c := range []policy.Code{
		policy.CodeTenantDisabled, policy.CodeWritebackNotEnabled, policy.CodeNoPolicy, policy.CodeNotLicensed,
		policy.CodeNotInGroup, policy.CodeNotConfigured, policy.CodeOnPremisesAdmin, policy.CodeOnPremisesConnection,
	} {
		assert.True(t, en.has("refused."+string(c)+".text"), c)
		assert.True(t, en.has("refused."+string(c)+".advice"), c)
	}
	// What a change can meet is told as a change.
	for _, why := range []string{
		string(policy.CodeWritebackNotEnabled), string(policy.CodeNotLicensed), string(policy.CodeOnPremisesAdmin),
		string(policy.CodeOnPremisesConnection), policy.CheckAccountKind, "unknown",
	} {
		assert.True(t, en.has("changepassword.refused."+why), why)
	}
	said := map[string]string{}
	for _, cause := range codeless {
		assert.True(t, en.has("refused."+cause+".advice"), cause)
		text := cats.texts["en"]["refused."+cause+".text"]
		assert.NotEmpty(t, text, cause)
		assert.Empty(t, said[text], "%s is told in the words of another refusal", cause)
		said[text] = cause
	}
	for _, s := range strength.Scores {
		assert.True(t, en.has("password.strength."+string(s)), s)
	}
	for _, q := range policy.PredefinedQuestions() {
		assert.True(t, en.has("question."+q), q)
	}
}

func TestLanguageIsChosen(t *testing.T) {
	cats, err := loadCatalogues(localeFiles)
	require.NoError(t, err)
	for claim, c := range map[string]struct {
		wishes []string
		want   string
	}{
		"nothing asked for":                       {nil, "en"},
		"mkt wins over the browser":               {[]string{"de-at", "", "en-GB"}, "de"},
		"the browser, when mkt is missing":        {[]string{"", "", "de-CH,de;q=0.9,en;q=0.5"}, "de"},
		"an unknown language falls to the next":   {[]string{"ko", "de"}, "de"},
		"nonsense is ignored":                     {[]string{"%%%", "en-US"}, "en"},
		"the browser's second choice when spoken": {[]string{"ko,de;q=0.5"}, "de"},
		"Arabic of any country":                   {[]string{"ar-EG"}, "ar"},
		"the pseudo-locale":                       {[]string{"QPS-ploc"}, pseudo},
	} {
		t.Run(claim, func(t *testing.T) { assert.Equal(t, c.want, cats.choose(c.wishes...).name) })
	}
}

func TestTextsTakeValuesAndPlurals(t *testing.T) {
	l := &localizer{tag: language.English, texts: map[string]string{"m.one": "{n} message", "m.other": "{n} messages", "to": "to {who}"}}
	assert.Equal(t, "1 message", l.text("m", "n", 1))
	assert.Equal(t, "0 messages", l.text("m", "n", 0))
	assert.Equal(t, "to {n}", l.text("to", "who", "{n}"), "a value is not a template")
	assert.Equal(t, "unknown.key", l.text("unknown.key"))

	arabic := &localizer{tag: language.Arabic, texts: map[string]string{"to": "إلى {who}", "m.two": "رسالتان ({n})", "m.few": "{n} رسائل"}}
	assert.Equal(t, "إلى \u2068+1\u00a042\u2069", arabic.text("to", "who", "+1 42"), "a number stays whole")
	assert.Equal(t, "رسالتان (\u20682\u2069)", arabic.text("m", "n", 2))
	assert.Equal(t, "\u20685\u2069 رسائل", arabic.text("m", "n", 5))
}

func TestAMissingPartFailsAtTheStart(t *testing.T) {
	files := fstest.MapFS{}
	_, err := parseTemplates(files, assets{})
	assert.ErrorContains(t, err, "page layout")
	files["templates/_layout.html"] = &fstest.MapFile{Data: []byte(`{{define "layout"}}{{template "main" .}}{{end}}`)}
	_, err = parseTemplates(files, assets{})
	assert.ErrorContains(t, err, `"start"`)
	_, err = loadCatalogues(fstest.MapFS{})
	assert.ErrorContains(t, err, "en.json")
	_, err = loadCatalogues(fstest.MapFS{"locales/en.json": &fstest.MapFile{Data: []byte(`{`)}})
	assert.ErrorContains(t, err, "locales/en.json")
	_, err = New(Config{})
	assert.ErrorContains(t, err, "Config.Reset is nil")
}

// TestTextsKeepTheTypographyOfTheirLanguage holds what translators slip on:
// French sets a no-break space before high punctuation and inside guillemets
// (or a line could begin with a question mark), Japanese and Arabic have
// question marks and commas of their own.
func TestTextsKeepTheTypographyOfTheirLanguage(t *testing.T) {
	cats, err := loadCatalogues(localeFiles)
	require.NoError(t, err)
	for lang, wrong := range map[string]*regexp.Regexp{
		"de": regexp.MustCompile(`["”]`),
		"fr": regexp.MustCompile(`[^\x{a0}][;:?!»]|«[^\x{a0}]`),
		"es": regexp.MustCompile(`^[^¿]*\?|^[^¡]*!`),
		"ja": regexp.MustCompile(`[?!,;:()]`),
		"ar": regexp.MustCompile(`[?,;]`),
	} {
		for key, text := range cats.texts[lang] {
			assert.NotRegexp(t, wrong, text, "%s: %s", lang, key)
		}
	}
}
