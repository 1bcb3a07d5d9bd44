package device

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // mail of foreign programs in old character sets
	"github.com/emersion/go-message/mail"
	"golang.org/x/net/html"
)

// maxParts bounds how many parts of a message are looked at.
const maxParts = 50

// parseMail reads what a mail program shows of a message. It never fails: of
// what it cannot read it keeps the raw text and says why.
func parseMail(raw []byte) Mail {
	m := Mail{Raw: raw}
	if err := m.read(raw); err != nil {
		m.Problem = err.Error()
		if m.Text == "" && m.HTML == "" {
			m.Text = strings.ToValidUTF8(string(raw), "\uFFFD")
		}
	}
	m.Code = findCode(m.Text)
	if m.Code == "" && m.HTML != "" {
		m.Code = findCode(visibleText(m.HTML))
	}
	return m
}

func (m *Mail) read(raw []byte) error {
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil && !message.IsUnknownCharset(err) {
		return fmt.Errorf("reading the message: %w", err)
	}
	defer r.Close()
	m.Subject, _ = r.Header.Subject()
	m.MessageID, _ = r.Header.MessageID()
	m.From = r.Header.Get("From")
	if from, err := r.Header.AddressList("From"); err == nil && len(from) > 0 {
		m.From = from[0].Address
		if from[0].Name != "" {
			m.From = from[0].Name + " <" + from[0].Address + ">"
		}
	}
	for range maxParts {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !message.IsUnknownCharset(err) {
			return fmt.Errorf("reading a part of the message: %w", err)
		}
		if err := m.take(part); err != nil {
			return err
		}
	}
	return fmt.Errorf("reading the message: more than %d parts", maxParts)
}

// take keeps the first text and the first HTML part; attachments are not kept.
func (m *Mail) take(part *mail.Part) error {
	h, inline := part.Header.(*mail.InlineHeader)
	if !inline {
		return nil
	}
	kind, _, _ := h.ContentType()
	var into *string
	switch kind {
	case "text/plain", "":
		into = &m.Text
	case "text/html":
		into = &m.HTML
	}
	if into == nil || *into != "" {
		return nil
	}
	b, err := io.ReadAll(part.Body) // bounded by the size of the message
	*into = strings.ToValidUTF8(strings.ReplaceAll(string(b), "\r\n", "\n"), "\uFFFD")
	if err != nil {
		return fmt.Errorf("reading the %s part: %w", kind, err)
	}
	return nil
}

// codeWithin is how far into a text a code is looked for, in octets.
const codeWithin = 16 << 10

// sixDigits is a number of six digits that stands alone: neither part of a
// longer number nor of a word, a date or an identifier.
var sixDigits = regexp.MustCompile(`(?:^|[^\pL\pN_.+-])(\d{6})(?:[^\pL\pN_-]|$)`)

// findCode returns the first verification code in a text, "" for none. A code
// that has a line of its own is preferred.
func findCode(text string) string {
	text = text[:min(len(text), codeWithin)]
	for line := range strings.Lines(text) {
		if found := sixDigits.FindStringSubmatch(line); found != nil && strings.TrimSpace(line) == found[1] {
			return found[1]
		}
	}
	if found := sixDigits.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// visibleText is what a reader of the page sees of it, roughly.
func visibleText(page string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	hidden := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.StartTagToken:
			if name, _ := z.TagName(); hidden == "" && (string(name) == "style" || string(name) == "script" || string(name) == "title") {
				hidden = string(name)
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == hidden {
				hidden = ""
			}
			b.WriteByte('\n')
		case html.TextToken:
			if hidden == "" {
				b.Write(z.Text())
			}
		}
	}
}
