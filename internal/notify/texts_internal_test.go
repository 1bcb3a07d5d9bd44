package notify

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ssprlab/ssprlab/internal/policy"
)

func TestLanguages(t *testing.T) {
	for locale, want := range map[string]string{
		"": "en", "en-GB": "en", "de": "de", "de-AT": "de", "fr-CA": "fr", "es-419": "es", "tlh": "en", "x?": "en", "gsw": "de", "ja-JP": "ja", "ar-EG": "ar",
	} {
		assert.Equal(t, want, wordsFor(locale).lang, "%q", locale)
	}
}

// Every language says everything, and puts the same things into its sentences.
func TestEveryLanguageIsComplete(t *testing.T) {
	for _, w := range catalogue {
		v, e := reflect.ValueOf(w), reflect.ValueOf(english)
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if name == "codeLife" || name == "rtl" || name == "wide" {
				continue
			}
			said, inEnglish := v.Field(i).String(), e.Field(i).String()
			assert.NotEmpty(t, said, "%s %s", w.lang, name)
			assert.Equal(t, strings.Count(inEnglish, "%"), strings.Count(said, "%"), "%s %s", w.lang, name)
			if w.lang != "en" && name != "name" {
				assert.NotEqual(t, inEnglish, said, "%s %s", w.lang, name)
			}
		}
		assert.Contains(t, w.codeLife(5*time.Minute), " 5 ")
		assert.Contains(t, w.codeLife(90*time.Second), " 90 ")
		assert.Contains(t, w.codeLife(time.Minute), " 60 ")
	}
}

func TestArabicCountsByItsRules(t *testing.T) {
	for d, want := range map[time.Duration]string{
		2 * time.Minute: "لمدة دقيقتين ", 3 * time.Minute: "لمدة 3 دقائق ", 15 * time.Minute: "لمدة 15 دقيقة ",
		2 * time.Second: "لمدة ثانيتين ", 10 * time.Second: "لمدة 10 ثوانٍ ", 103 * time.Second: "لمدة 103 ثوانٍ ",
	} {
		assert.Contains(t, arabicLife(d), want, d)
	}
}

func TestSentencesNameTheRightThings(t *testing.T) {
	s := policy.Settings{TenantName: "NORTHLIGHT"}
	for _, w := range catalogue {
		m := WasReset(s, policy.Person{UserPrincipalName: "ALICE"}, w.lang)
		for _, form := range []string{m.Subject + m.Text, m.HTML} {
			assert.Contains(t, form, "NORTHLIGHT", w.lang)
			assert.Contains(t, form, "ALICE", w.lang)
			assert.NotContains(t, form, "%!", w.lang)
		}
	}
}
