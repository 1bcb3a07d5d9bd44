package scenario

import (
	"fmt"
	"strings"

	"golang.org/x/tools/txtar"
)

// The files of a story that have a meaning.
const (
	fileSeed       = "seed.yaml"  // tenant, domains and people; default: the demo
	fileTokens     = "tokens.csv" // hardware tokens, for token upload
	fileTranscript = "transcript" // what is expected
	fileBriefing   = "briefing"   // what a trainee is told
)

// A Story is a parsed scenario file.
type Story struct {
	Name       string
	Title      string // first comment line
	Lines      []Line
	Seed       string
	Tokens     string
	Briefing   string
	Transcript string
	archive    *txtar.Archive
}

// A Line is one instruction.
type Line struct {
	Number int // in the file, from 1
	Words  []string
	Text   string
}

// Parse reads a story. Errors name the line.
func Parse(name string, text []byte) (Story, error) {
	a := txtar.Parse(text)
	s := Story{Name: name, archive: a}
	seen := map[string]bool{}
	for _, f := range a.Files {
		if seen[f.Name] {
			return s, fmt.Errorf("%s: the file %q stands in the archive twice", name, f.Name)
		}
		seen[f.Name] = true
		switch f.Name {
		case fileSeed:
			s.Seed = string(f.Data)
		case fileTokens:
			s.Tokens = string(f.Data)
		case fileTranscript:
			s.Transcript = string(f.Data)
		case fileBriefing:
			s.Briefing = string(f.Data)
		default:
			return s, fmt.Errorf("%s: unknown file %q in the archive: a story holds %s, %s, %s and %s", name, f.Name, fileSeed, fileTokens, fileTranscript, fileBriefing)
		}
	}
	for i, raw := range strings.Split(string(a.Comment), "\n") {
		line := strings.TrimSpace(raw)
		if comment, ok := strings.CutPrefix(line, "#"); ok {
			if s.Title == "" {
				s.Title = strings.TrimSpace(comment)
			}
			continue
		}
		if line == "" {
			continue
		}
		words, err := split(line)
		if err != nil {
			return s, fmt.Errorf("%s: line %d: %w", name, i+1, err)
		}
		if err := check(words); err != nil {
			return s, fmt.Errorf("%s: line %d: %w", name, i+1, err)
		}
		s.Lines = append(s.Lines, Line{Number: i + 1, Words: words, Text: line})
	}
	if len(s.Lines) == 0 {
		return s, fmt.Errorf("%s: the story has no lines", name)
	}
	return s, nil
}

// WithTranscript returns the file with another transcript.
func (s Story) WithTranscript(transcript string) []byte {
	a := &txtar.Archive{Comment: s.archive.Comment}
	written := false
	for _, f := range s.archive.Files {
		if f.Name == fileTranscript {
			f.Data, written = []byte(transcript), true
		}
		a.Files = append(a.Files, f)
	}
	if !written {
		a.Files = append(a.Files, txtar.File{Name: fileTranscript, Data: []byte(transcript)})
	}
	return txtar.Format(a)
}

// split cuts a line into words at blanks; a word in single quotes may hold
// blanks, and two single quotes in it stand for one.
func split(line string) ([]string, error) {
	var words []string
	rest := line
	for rest = strings.TrimLeft(rest, " \t"); rest != ""; rest = strings.TrimLeft(rest, " \t") {
		if rest[0] != '\'' {
			end := strings.IndexAny(rest, " \t")
			if end < 0 {
				end = len(rest)
			}
			words, rest = append(words, rest[:end]), rest[end:]
			continue
		}
		word, after, err := quoted(rest[1:])
		if err != nil {
			return nil, err
		}
		words, rest = append(words, word), after
	}
	return words, nil
}

func quoted(s string) (word, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\'':
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte('\'')
			i++
		default:
			return b.String(), s[i+1:], nil
		}
	}
	return "", "", fmt.Errorf("a quoted word does not end: %q", "'"+s)
}
