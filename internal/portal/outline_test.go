package portal

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// outline is what a person can read, fill in and press on a page, one thing a
// line, in the order of the page; the markup around it does not matter.
func outline(doc *html.Node) string {
	o := outliner{root: doc}
	if t := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Title }); t != nil {
		o.line("title: %s", plain(t))
	}
	if b := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Body }); b != nil {
		o.walk(b)
	}
	o.flush()
	return o.out.String()
}

type outliner struct {
	root *html.Node
	out  strings.Builder
	run  strings.Builder // text of the block under way
}

func (o *outliner) line(format string, args ...any) {
	o.flush()
	fmt.Fprintf(&o.out, format+"\n", args...)
}

func (o *outliner) flush() {
	if text := squeeze(o.run.String()); text != "" {
		o.out.WriteString(text + "\n")
	}
	o.run.Reset()
}

func (o *outliner) walk(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		o.run.WriteString(n.Data)
		return
	case n.Type != html.ElementNode && n.Type != html.DocumentNode:
		return
	case attr(n, "aria-hidden") == "true" || has(n, "hidden") && n.DataAtom == atom.Button:
		return
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Noscript, atom.Svg, atom.Label:
		return
	case atom.H1, atom.H2, atom.H3:
		o.line("%s %s", strings.Repeat("#", int(n.Data[1]-'0')), plain(n))
		return
	case atom.Legend:
		o.line("group: %s", plain(n))
		return
	case atom.A:
		o.line("link: %s -> %s", plain(n), attr(n, "href"))
		return
	case atom.Button:
		o.line("button: %s%s", plain(n), current(n))
		return
	case atom.Img:
		if alt := attr(n, "alt"); alt != "" {
			o.line("picture: %s", alt)
		}
		return
	case atom.Iframe:
		o.line("frame: %s -> %s", attr(n, "title"), attr(n, "src"))
		return
	case atom.Input:
		o.input(n)
		return
	}
	block := isBlock(n.DataAtom)
	if block {
		o.flush()
	}
	if role := attr(n, "role"); role == "alert" || role == "status" {
		o.line("%s:", role)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		o.walk(c)
	}
	if block {
		o.flush()
	}
}

func (o *outliner) input(n *html.Node) {
	if attr(n, "type") == "hidden" {
		return
	}
	state := ""
	if v := attr(n, "value"); v != "" && attr(n, "type") != "radio" {
		state += " = " + v
	}
	if has(n, "checked") {
		state += " (chosen)"
	}
	if attr(n, "aria-invalid") == "true" {
		state += " (wrong)"
	}
	o.line("%s %s: %s%s", attr(n, "type"), attr(n, "name"), labelOf(o.root, n), state)
}

// labelOf is the accessible name of a field.
func labelOf(root, input *html.Node) string {
	if l := attr(input, "aria-label"); l != "" {
		return l
	}
	id := attr(input, "id")
	l := find(root, func(n *html.Node) bool { return id != "" && n.DataAtom == atom.Label && attr(n, "for") == id })
	if l == nil {
		return ""
	}
	return plain(l)
}

func current(n *html.Node) string {
	if attr(n, "aria-current") != "" {
		return " (current)"
	}
	return ""
}

func isBlock(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.Li, atom.Tr, atom.Td, atom.Th, atom.Dt, atom.Dd, atom.Section, atom.Form, atom.Main,
		atom.Header, atom.Footer, atom.Nav, atom.Pre, atom.Article, atom.Aside, atom.Fieldset:
		return true
	}
	return false
}

func plain(n *html.Node) string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return squeeze(b.String())
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

func find(n *html.Node, want func(*html.Node) bool) *html.Node {
	for m := range n.Descendants() {
		if m.Type == html.ElementNode && want(m) {
			return m
		}
	}
	return nil
}

func all(n *html.Node, want func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	for m := range n.Descendants() {
		if m.Type == html.ElementNode && want(m) {
			found = append(found, m)
		}
	}
	return found
}
