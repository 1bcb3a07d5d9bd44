package tenant

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/ssprlab/ssprlab/internal/policy/branding"
	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

// InlinePictures replaces the names of image files in the branding of a seed, or
// of a patch of a tenant (JSON is YAML), by the files themselves as data URIs,
// and leaves the rest of the text as it is, lines included. What comes out needs
// no files: a lab can be kept, sent and started elsewhere. Names are those of
// [fs.FS]: slashes, and nothing above its root.
//
// A text that cannot be read comes back unchanged: the reader of the text says
// what is wrong with it. Error Problems: a file that cannot be had.
func InlinePictures(text []byte, files fs.FS) (out []byte, err error) {
	defer func() {
		if recover() != nil { // as in package strict: the parser has been seen to panic
			out, err = text, nil
		}
	}()
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil || len(file.Docs) == 0 {
		return text, nil
	}
	in := inliner{files: files, text: string(text)}
	top := file.Docs[0].Body
	for _, root := range []ast.Node{member(top, "tenant"), top} {
		b := member(root, "branding")
		in.properties("branding", b)
		for _, v := range members(member(b, "localizations")) {
			in.properties("branding.localizations."+v.Key.GetToken().Value, v.Value)
		}
	}
	if err := in.problems.Err(); err != nil {
		return nil, err
	}
	return []byte(in.replaced()), nil
}

// members are the keys of a mapping with their values.
func members(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

func member(n ast.Node, key string) ast.Node {
	for _, v := range members(n) {
		if v.Key.GetToken().Value == key {
			return v.Value
		}
	}
	return nil
}

// An inliner notes what stands for files in a text.
type inliner struct {
	files    fs.FS
	text     string
	found    []picture
	problems Problems
}

// A picture is one name in the text and what it is replaced by.
type picture struct {
	line, column int    // of its first character, from 1
	origin       string // as it is written, quotes included
	uri          string
}

func (in *inliner) properties(path string, n ast.Node) {
	for _, v := range members(n) {
		key := v.Key.GetToken().Value
		name, isText := v.Value.(*ast.StringNode)
		if !isText || !slices.Contains(branding.ImageKeys, key) || name.Value == "" || strings.HasPrefix(name.Value, "data:") {
			continue
		}
		at := name.GetToken()
		uri, err := in.read(name.Value)
		if err != nil {
			in.problems = append(in.problems, strict.Problem{Path: path + "." + key, Line: at.Position.Line, Text: err.Error()})
			continue
		}
		in.found = append(in.found, picture{at.Position.Line, at.Position.Column, written(at), uri})
	}
}

// written is a scalar as it stands in the text.
func written(t *token.Token) string {
	return strings.TrimSpace(t.Origin)
}

func (in *inliner) read(name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", fmt.Errorf("%q leads out of the folder: name a file next to the seed or below it", name)
	}
	f, err := in.files.Open(name)
	if err != nil {
		if at, ok := errors.AsType[*fs.PathError](err); ok {
			err = at.Err
		}
		return "", fmt.Errorf("%q cannot be read (%w): name a PNG or JPEG file next to the seed, or write a data URI", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, branding.MaxImage+1))
	if err != nil {
		return "", fmt.Errorf("%q cannot be read: %w", name, err)
	}
	if len(data) > branding.MaxImage {
		return "", fmt.Errorf("%q is larger than the %d KB that any picture may have: compress it", name, branding.MaxImage/branding.KB)
	}
	return branding.URI(data), nil
}

// replaced is the text with every picture in the place of its name, from the end
// to the beginning, so that places stay right.
func (in *inliner) replaced() string {
	lines := strings.SplitAfter(in.text, "\n")
	slices.SortFunc(in.found, func(a, b picture) int { return b.column - a.column })
	for _, p := range in.found {
		line := []rune(lines[p.line-1])
		before, rest := string(line[:p.column-1]), string(line[p.column-1:])
		if after, ok := strings.CutPrefix(rest, p.origin); ok {
			lines[p.line-1] = before + `"` + p.uri + `"` + after
		}
	}
	return strings.Join(lines, "")
}
