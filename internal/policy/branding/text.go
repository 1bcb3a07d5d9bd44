package branding

import (
	"regexp"
	"strings"
)

// A Span is a piece of the sign-in page text in one form.
type Span struct {
	Text                    string
	Link                    string // where it leads, "" for plain text
	Bold, Italic, Underline bool
}

// Paragraphs reads the sign-in page text (Configure your company branding): a blank
// line begins a paragraph; **bold** or __bold__, *italic* or _italic_,
// ++underlined++ and [text](link). Marks that belong to nothing are text, and so
// is a link that is neither http, https nor mailto.
func Paragraphs(text string) [][]Span {
	var all [][]Span
	for _, p := range paragraphEnd.Split(strings.ReplaceAll(text, "\r\n", "\n"), -1) {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, spans(p, Span{}))
		}
	}
	return all
}

var paragraphEnd = regexp.MustCompile(`\n[ \t]*\n\s*`)

// mark is one form, the longer ones first.
var mark = regexp.MustCompile(`\*\*([^*\n]+)\*\*|__([^_\n]+)__|\+\+([^+\n]+)\+\+|\[([^\]\n]+)\]\(([^()\s]+)\)|\*([^*\s](?:[^*\n]*[^*\s])?)\*|\b_([^_\s](?:[^_\n]*[^_\s])?)_\b`)

// The groups of mark.
const (
	groupStars, groupBars, groupPlus, groupLinked, groupLink, groupStar, groupBar = 1, 2, 3, 4, 5, 6, 7
)

// spans reads one paragraph in the form of what is around it.
func spans(text string, around Span) []Span {
	var all []Span
	add := func(s string) {
		if s != "" {
			plain := around
			plain.Text = s
			all = append(all, plain)
		}
	}
	for text != "" {
		at := mark.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		group := func(n int) string {
			if at[2*n] < 0 {
				return ""
			}
			return text[at[2*n]:at[2*n+1]]
		}
		inside, content := around, group(groupStars)+group(groupBars)
		switch {
		case content != "":
			inside.Bold = true
		case group(groupPlus) != "":
			content, inside.Underline = group(groupPlus), true
		case group(groupLinked) != "" && around.Link == "" && leadsSomewhere(group(groupLink)):
			content, inside.Link = group(groupLinked), group(groupLink)
		case group(groupLinked) != "":
			add(text[:at[1]])
			text = text[at[1]:]
			continue
		default:
			content, inside.Italic = group(groupStar)+group(groupBar), true
		}
		add(text[:at[0]])
		all = append(all, spans(content, inside)...)
		text = text[at[1]:]
	}
	add(text)
	return all
}

// leadsSomewhere reports whether a link may stand on a sign-in page.
func leadsSomewhere(link string) bool {
	return webLink(link) || strings.HasPrefix(link, "mailto:")
}
