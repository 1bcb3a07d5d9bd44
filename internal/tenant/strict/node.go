package strict

import (
	"fmt"
	"strings"
)

// A kind is the shape of a node, in the words of a message.
type kind string

const (
	mapKind    kind = "an object"
	listKind   kind = "a list"
	textKind   kind = "text"
	numberKind kind = "a number"
	boolKind   kind = "true or false"
	nullKind   kind = "nothing"
)

// A node is a piece of a document, whatever language it was written in.
type node struct {
	kind   kind
	line   int
	text   string // of a scalar
	fields []field
	items  []*node
}

type field struct {
	key   string
	line  int
	value *node
}

// A Doc is a parsed document that remembers where everything stood.
type Doc struct {
	root  *node
	lines map[string]int
}

// Line returns the line of path ("users[3].mail"), or of the nearest part of
// the document around it when it was not written.
func (d Doc) Line(path string) int {
	for {
		if line, ok := d.lines[path]; ok {
			return line
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return d.lines[""]
		}
		path = path[:cut]
	}
}

func newDoc(root *node) Doc {
	d := Doc{root: root, lines: map[string]int{}}
	d.note("", root, root.line)
	return d
}

func (d Doc) note(path string, n *node, line int) {
	d.lines[path] = line
	for _, f := range n.fields {
		d.note(join(path, f.key), f.value, f.line)
	}
	for i, item := range n.items {
		d.note(fmt.Sprintf("%s[%d]", path, i), item, item.line)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
