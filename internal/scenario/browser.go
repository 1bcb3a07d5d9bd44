package scenario

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A browser is one person's browser: no scripts, cookies kept. It knows pages
// as people do, by headings, labels and buttons.
type browser struct {
	client *http.Client
	base   string
	at     *url.URL
	doc    *html.Node
	filled map[*html.Node]string
	status int
}

func newBrowser(w World) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := *w.Pages
	c.Jar = jar
	return &browser{client: &c, base: w.URL}, nil
}

// visit opens a path of the portal.
func (b *browser) visit(ctx context.Context, path string) error {
	target, err := url.Parse(b.base)
	if err != nil {
		return err
	}
	if target, err = target.Parse(path); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return err
	}
	return b.open(req)
}

func (b *browser) open(req *http.Request) error {
	resp, err := b.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	doc, err := html.Parse(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return fmt.Errorf("reading the page: %w", err)
	}
	b.at, b.doc, b.status, b.filled = resp.Request.URL, doc, resp.StatusCode, map[*html.Node]string{}
	return nil
}

var errNoPage = errors.New("no page is open: visit one first")

// enter fills in the field with a label.
func (b *browser) enter(label, value string) error {
	field, err := b.field(label)
	if err != nil {
		return err
	}
	b.filled[field] = value
	return nil
}

// choose presses the radio button or ticks the box with a label.
func (b *browser) choose(label string) error {
	field, err := b.field(label)
	if err != nil {
		return err
	}
	if kind := attr(field, "type"); kind != "radio" && kind != "checkbox" {
		return fmt.Errorf("%q is no choice", label)
	}
	name := attr(field, "name")
	for n := range walk(b.doc) {
		if n.DataAtom == atom.Input && attr(n, "name") == name && attr(n, "type") == "radio" {
			delete(b.filled, n)
			unset(n, "checked")
		}
	}
	b.filled[field] = attr(field, "value")
	return nil
}

// field finds a form field by the text of its label, from its beginning.
func (b *browser) field(label string) (*html.Node, error) {
	if b.doc == nil {
		return nil, errNoPage
	}
	var seen []string
	for n := range walk(b.doc) {
		if n.DataAtom != atom.Label {
			continue
		}
		text := textOf(n)
		seen = append(seen, fmt.Sprintf("%q", text))
		if !strings.HasPrefix(strings.ToLower(text), strings.ToLower(label)) {
			continue
		}
		id := attr(n, "for")
		for f := range walk(b.doc) {
			if id != "" && attr(f, "id") == id {
				return f, nil
			}
		}
		for f := range walk(n) {
			if f.DataAtom == atom.Input || f.DataAtom == atom.Select || f.DataAtom == atom.Textarea {
				return f, nil
			}
		}
	}
	return nil, fmt.Errorf("no field is labelled %q: the page has %s", label, strings.Join(seen, ", "))
}

// press presses a button or follows a link.
func (b *browser) press(ctx context.Context, label string) error {
	if b.doc == nil {
		return errNoPage
	}
	var seen []string
	for n := range walk(b.doc) {
		isButton := n.DataAtom == atom.Button || n.DataAtom == atom.Input && attr(n, "type") == "submit"
		if !isButton && n.DataAtom != atom.A {
			continue
		}
		text := buttonText(n)
		seen = append(seen, fmt.Sprintf("%q", text))
		if !strings.EqualFold(text, label) {
			continue
		}
		if n.DataAtom == atom.A {
			return b.visit(ctx, b.resolve(attr(n, "href")))
		}
		return b.submit(ctx, n)
	}
	return fmt.Errorf("nothing to press says %q: the page has %s", label, strings.Join(seen, ", "))
}

func (b *browser) resolve(ref string) string {
	u, err := b.at.Parse(ref)
	if err != nil {
		return ref
	}
	return u.String()
}

// submit sends the form of a button.
func (b *browser) submit(ctx context.Context, button *html.Node) error {
	form := button.Parent
	for form != nil && form.DataAtom != atom.Form {
		form = form.Parent
	}
	if id := attr(button, "form"); id != "" {
		for n := range walk(b.doc) {
			if n.DataAtom == atom.Form && attr(n, "id") == id {
				form = n
			}
		}
	}
	if form == nil {
		return errors.New("the button belongs to no form")
	}
	values := b.values(form)
	if name := attr(button, "name"); name != "" {
		values.Set(name, attr(button, "value"))
	}
	target := b.at.String()
	if action := cmpOr(attr(button, "formaction"), attr(form, "action")); action != "" {
		target = b.resolve(action)
	}
	method := strings.ToUpper(cmpOr(attr(button, "formmethod"), attr(form, "method")))
	if method != http.MethodPost {
		u, err := url.Parse(target)
		if err != nil {
			return err
		}
		u.RawQuery = values.Encode()
		return b.visit(ctx, u.String())
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(values.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", b.at.Scheme+"://"+b.at.Host)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.open(req)
}

// values is what a form sends.
func (b *browser) values(form *html.Node) url.Values {
	values := url.Values{}
	for n := range walk(form) {
		name := attr(n, "name")
		if name == "" || n.DataAtom != atom.Input && n.DataAtom != atom.Textarea && n.DataAtom != atom.Select {
			continue
		}
		filled, isFilled := b.filled[n]
		switch kind := attr(n, "type"); {
		case kind == "submit" || kind == "button" || kind == "image" || kind == "file":
		case kind == "radio" || kind == "checkbox":
			if isFilled || has(n, "checked") {
				values.Add(name, cmpOr(attr(n, "value"), "on"))
			}
		case isFilled:
			values.Add(name, filled)
		case n.DataAtom == atom.Select:
			values.Add(name, selected(n))
		case n.DataAtom == atom.Textarea:
			values.Add(name, textOf(n))
		default:
			values.Add(name, attr(n, "value"))
		}
	}
	return values
}

func selected(n *html.Node) string {
	first := ""
	for o := range walk(n) {
		if o.DataAtom != atom.Option {
			continue
		}
		if has(o, "selected") {
			return attr(o, "value")
		}
		first = cmpOr(first, attr(o, "value"))
	}
	return first
}

// reload opens the page again.
func (b *browser) reload(ctx context.Context) error {
	if b.at == nil {
		return errNoPage
	}
	return b.visit(ctx, b.at.String())
}

// outline is what a person can read, fill in and press in the main part of the
// page.
func (b *browser) outline() []string {
	var lines []string
	var visit func(n *html.Node)
	add := func(kind, text string) {
		if text != "" {
			lines = append(lines, kind+text)
		}
	}
	visit = func(n *html.Node) {
		if n.Type == html.ElementNode {
			if has(n, "hidden") || attr(n, "aria-hidden") == "true" || attr(n, "data-transcript") == "omit" {
				return
			}
			switch n.DataAtom {
			case atom.Script, atom.Style, atom.Nav, atom.Footer, atom.Template, atom.Noscript, atom.Svg:
				return
			case atom.H1:
				add("= ", textOf(n))
				return
			case atom.H2, atom.H3:
				add("- ", textOf(n))
				return
			case atom.P, atom.Li, atom.Legend, atom.Dt, atom.Dd, atom.Td, atom.Th:
				if !containsControl(n) {
					add("  ", textOf(n))
					return
				}
			case atom.Label:
				add("  field: ", textOf(n))
			case atom.Button:
				add("  button: ", buttonText(n))
				return
			case atom.A:
				add("  link: ", buttonText(n))
				return
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	if b.doc != nil {
		visit(b.main())
	}
	return lines
}

func (b *browser) main() *html.Node {
	for n := range walk(b.doc) {
		if n.DataAtom == atom.Main {
			return n
		}
	}
	return b.doc
}

// says reports whether the page's text contains words, blanks folded.
func (b *browser) says(words string) bool {
	return b.doc != nil && strings.Contains(strings.ToLower(textOf(b.main())), strings.ToLower(fold(words)))
}

func containsControl(n *html.Node) bool {
	for c := range walk(n) {
		switch c.DataAtom {
		case atom.Input, atom.Button, atom.Select, atom.Textarea, atom.A, atom.Label:
			return true
		}
	}
	return false
}

func buttonText(n *html.Node) string {
	if n.DataAtom == atom.Input {
		return attr(n, "value")
	}
	if text := textOf(n); text != "" {
		return text
	}
	return attr(n, "aria-label")
}

func textOf(n *html.Node) string {
	var b strings.Builder
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Type == html.ElementNode && (slices.Contains([]atom.Atom{atom.Script, atom.Style, atom.Svg, atom.Template}, n.DataAtom) || attr(n, "aria-hidden") == "true"):
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
		if n.Type == html.ElementNode && n.DataAtom != atom.Span && n.DataAtom != atom.Strong && n.DataAtom != atom.Em && n.DataAtom != atom.Code && n.DataAtom != atom.B {
			b.WriteByte(' ')
		}
	}
	visit(n)
	return fold(b.String())
}

func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

// walk visits n and everything below it in document order.
func walk(n *html.Node) func(yield func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		if n == nil || !yield(n) {
			return
		}
		for c := range n.Descendants() {
			if !yield(c) {
				return
			}
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func unset(n *html.Node, name string) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
