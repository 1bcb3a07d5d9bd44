package portal

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write the golden outlines of the stories")

// TestStoriesReadAsTheyDid holds what a person can read, fill in and press on
// every page in every state.
func TestStoriesReadAsTheyDid(t *testing.T) {
	w := newWorld(t)
	names := map[string]bool{}
	for _, s := range Stories() {
		require.False(t, names[s.Name], "two stories are called %s", s.Name)
		names[s.Name] = true
		t.Run(s.Name, func(t *testing.T) {
			got := outline(w.get("/lab/stories/" + s.Name).Doc)
			file := filepath.Join("testdata", "stories", s.Name+".txt")
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
				return
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err, "run go test ./internal/portal -update after reading the change")
			assert.Equal(t, string(want), got)
		})
	}
	files, err := filepath.Glob("testdata/stories/*.txt")
	require.NoError(t, err)
	for _, f := range files {
		assert.True(t, names[strings.TrimSuffix(filepath.Base(f), ".txt")], "%s belongs to no story", f)
	}
}

func TestEveryPageHasAStory(t *testing.T) {
	told := map[string]bool{}
	cats, err := loadCatalogues(localeFiles)
	require.NoError(t, err)
	s := &site{words: cats}
	for _, story := range Stories() {
		told[story.tell(s.storyFrame(cats.choose("en"))).name()] = true
	}
	for _, p := range pages {
		assert.True(t, told[p], "no story shows the page %q", p)
	}
}

// unresolved looks like a catalogue key.
var unresolved = regexp.MustCompile(`\b(?:layout|nav|start|identify|robot|number|session|stage|trouble|verify|method|panel|message|password|done|unlocked|refused|blocked|ended|busy|fault|problem|note|lab|mailbox|mail|phone|authenticator|tokens|workstation|clock|attempts?|envelope|ldap|kind|outcome|verdict|channel|events|directory|stories|question|signin|factor|interrupt|barred|account|changepassword|securityinfo|info|signout|signedout)\.[a-zA-Z0-9_.-]+\b|\{[a-z]+\}`)

// TestPagesAreSound checks every story in every language: names for all fields,
// references that lead somewhere, nothing inline, no forgotten key.
func TestPagesAreSound(t *testing.T) {
	w := newWorld(t)
	cats, err := loadCatalogues(localeFiles)
	require.NoError(t, err)
	for _, lang := range append([]string{pseudo}, cats.names...) {
		for _, s := range Stories() {
			t.Run(lang+"/"+s.Name, func(t *testing.T) {
				p := w.get("/lab/stories/" + s.Name + "?mkt=" + lang)
				require.Equal(t, 200, p.StatusCode)
				sound(t, p.Doc)
				root := find(p.Doc, func(n *html.Node) bool { return n.Data == "html" })
				assert.Equal(t, lang, attr(root, "lang"))
				assert.Equal(t, map[bool]string{true: "rtl", false: "ltr"}[lang == "ar"], attr(root, "dir"))
				for line := range strings.Lines(outline(p.Doc)) {
					words, _, _ := strings.Cut(line, " -> ")
					for _, key := range unresolved.FindAllString(words, -1) {
						assert.False(t, cats.choose("en").has(strings.TrimSuffix(key, ".")) || strings.HasPrefix(key, "{"), "a key shows: %s in %s", key, line)
					}
				}
			})
		}
	}
}

// sentence is three words of English in a row.
var sentence = regexp.MustCompile(`[A-Za-z']{2,} [A-Za-z']+ [A-Za-z']{2,}`)

// TestThePseudoLocaleShowsForgottenStrings: whatever does not come out of a
// catalogue says which language it is in (records and logs quote English
// documents) or is somebody's own words, whose direction is their own.
func TestThePseudoLocaleShowsForgottenStrings(t *testing.T) {
	w := newWorld(t)
	for _, s := range Stories() {
		p := w.get("/lab/stories/" + s.Name + "?mkt=" + pseudo)
		for n := range p.Doc.Descendants() {
			if n.Type != html.TextNode || !sentence.MatchString(n.Data) || strings.HasPrefix(strings.TrimSpace(n.Data), "[") {
				continue
			}
			marked := false
			for e := n.Parent; e != nil && e.Data != "body"; e = e.Parent {
				marked = marked || has(e, "lang") && e.Data != "html" || attr(e, "dir") == "auto" || e.Data == "bdi" || e.Data == "script" || e.Data == "title"
			}
			assert.True(t, marked, "%s: %q is in no catalogue, and nothing says whose words it is", s.Name, n.Data)
		}
	}
}

// sound checks what every page owes to keyboards and screen readers.
func sound(t *testing.T, doc *html.Node) {
	t.Helper()
	ids := map[string]int{}
	for n := range doc.Descendants() {
		if id := attr(n, "id"); id != "" {
			ids[id]++
			assert.Equal(t, 1, ids[id], "id %q is used twice", id)
		}
	}
	h1 := all(doc, func(n *html.Node) bool { return n.Data == "h1" })
	assert.Len(t, h1, 1, "one first heading")
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		assert.False(t, has(n, "style"), "inline style on %s", n.Data)
		assert.NotEqual(t, "style", n.Data)
		for _, a := range n.Attr {
			assert.False(t, strings.HasPrefix(a.Key, "on"), "inline handler %s", a.Key)
			if a.Key == "aria-labelledby" || a.Key == "aria-describedby" || a.Key == "aria-errormessage" {
				for _, ref := range strings.Fields(a.Val) {
					assert.Equal(t, 1, ids[ref], "%s points at %q", a.Key, ref)
				}
			}
		}
		switch n.Data {
		case "script":
			assert.NotEmpty(t, attr(n, "src"), "inline script")
			assert.Nil(t, n.FirstChild)
		case "img":
			assert.True(t, has(n, "alt"), "picture without alt")
		case "iframe":
			assert.NotEmpty(t, attr(n, "title"), "frame without a name")
			assert.True(t, has(n, "sandbox") && attr(n, "sandbox") == "", "a frame may do nothing")
		case "input":
			if attr(n, "type") == "hidden" {
				continue
			}
			assert.NotEmpty(t, labelOf(doc, n), "field %q has no label", attr(n, "name"))
			if attr(n, "type") == "radio" {
				assert.NotNil(t, within(n, "fieldset"), "radio %q stands alone", attr(n, "name"))
			}
		case "label":
			assert.Equal(t, 1, ids[attr(n, "for")], "label for %q", attr(n, "for"))
		case "button":
			assert.NotEmpty(t, plain(n))
		case "a":
			assert.NotEmpty(t, plain(n), "link without a name to %s", attr(n, "href"))
			if ref, ok := strings.CutPrefix(attr(n, "href"), "#"); ok {
				assert.Equal(t, 1, ids[ref], "link to %q", ref)
			}
		case "th":
			assert.NotEmpty(t, attr(n, "scope"))
		}
	}
}

func within(n *html.Node, element string) *html.Node {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == element {
			return p
		}
	}
	return nil
}
