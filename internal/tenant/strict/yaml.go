package strict

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// ParseYAML reads one YAML document. Anchors, aliases, merge keys and tags are
// refused: a file that people check by eye says what it means where it means it.
func ParseYAML(text []byte) (doc Doc, err error) {
	defer func() {
		// The parser has been seen to panic on documents that are none (v1.19).
		if recover() != nil {
			doc, err = Doc{}, Problems{{Text: "this is no YAML: write keys and values, two blanks deeper for what belongs to a key"}}
		}
	}()
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return Doc{}, Problems{yamlProblem(err)}
	}
	if len(file.Docs) > 1 {
		return Doc{}, Problems{{Line: startOf(file.Docs[1]), Text: "a second document begins here: put everything into one"}}
	}
	r := yamlReader{}
	root := &node{kind: mapKind, line: 1}
	if len(file.Docs) == 1 && file.Docs[0].Body != nil {
		root = r.read("", file.Docs[0].Body)
	}
	if err := r.problems.Err(); err != nil {
		return Doc{}, err
	}
	return newDoc(root), nil
}

func yamlProblem(err error) Problem {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		return Problem{Line: at.GetToken().Position.Line, Text: at.GetMessage()}
	}
	return Problem{Text: err.Error()}
}

type yamlReader struct{ problems Problems }

func (r *yamlReader) refuse(path string, n ast.Node, text string) *node {
	r.problems = append(r.problems, Problem{Path: path, Line: lineOf(n), Text: text})
	return &node{kind: nullKind, line: lineOf(n)}
}

func (r *yamlReader) read(path string, n ast.Node) *node {
	scalar := func(k kind, text string) *node { return &node{kind: k, line: lineOf(n), text: text} }
	switch n := n.(type) {
	case *ast.NullNode:
		return scalar(nullKind, "")
	case *ast.BoolNode:
		return scalar(boolKind, fmt.Sprint(n.Value))
	case *ast.IntegerNode, *ast.FloatNode:
		return scalar(numberKind, n.GetToken().Value)
	case *ast.StringNode:
		return scalar(textKind, n.Value)
	case *ast.LiteralNode:
		return scalar(textKind, n.Value.Value)
	case *ast.MappingValueNode:
		return r.object(path, n, []*ast.MappingValueNode{n})
	case *ast.MappingNode:
		return r.object(path, n, n.Values)
	case *ast.SequenceNode:
		list := &node{kind: listKind, line: lineOf(n)}
		for i, item := range n.Values {
			list.items = append(list.items, r.read(fmt.Sprintf("%s[%d]", path, i), item))
		}
		return list
	}
	return r.refuse(path, n, fmt.Sprintf("a YAML %s is not understood here: write the value out", n.Type()))
}

func (r *yamlReader) object(path string, at ast.Node, values []*ast.MappingValueNode) *node {
	object := &node{kind: mapKind, line: lineOf(at)}
	if len(values) > 0 {
		object.line = lineOf(values[0].Key)
	}
	for _, v := range values {
		key := v.Key.GetToken().Value
		if _, isText := v.Key.(*ast.StringNode); !isText {
			if _, isNumber := v.Key.(*ast.IntegerNode); !isNumber {
				r.refuse(join(path, key), v.Key, "a key must be plain text")
				continue
			}
		}
		object.fields = append(object.fields, field{key, lineOf(v.Key), r.read(join(path, key), v.Value)})
	}
	return object
}

// startOf is the line on which a document begins; an empty one has only its mark.
func startOf(d *ast.DocumentNode) int {
	if d.Body != nil {
		return lineOf(d.Body)
	}
	if d.Start != nil && d.Start.Position != nil {
		return d.Start.Position.Line
	}
	return 0
}

func lineOf(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 0
	}
	return n.GetToken().Position.Line
}
