package arch_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/ssprlab/ssprlab/"

// root is the top of the module, seen from this package.
const root = "../.."

type source struct {
	pkg  string // path inside the module
	file string
	test bool
	ast  *ast.File
}

// sources parses every Go file of the module, imports and comments only, in
// this process: a test that ran "go list" would be answered from the test cache
// after somebody broke the table.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && p != root || d.Name() == "testdata" || d.Name() == "tools") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		all = append(all, source{pkg: path.Dir(filepath.ToSlash(rel)), file: rel, test: strings.HasSuffix(p, "_test.go"), ast: f})
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, len(all), 50, "the walk found the module")
	return all
}

func TestImportsFollowTheTable(t *testing.T) {
	for _, src := range sources(t) {
		allowed, inTable := rooms[src.pkg]
		assert.True(t, inTable, "%s has no row in the table: add one, and say in docs/architecture.md what lives there", src.pkg)
		for _, spec := range src.ast.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			checkLibrary(t, src, imported)
			ours, isOurs := strings.CutPrefix(imported, module)
			if !isOurs || src.test || ours == src.pkg || strings.HasPrefix(ours, src.pkg+"/") {
				continue
			}
			if slices.Contains(allowed, everything) || slices.Contains(allowed, ours) || !pure[src.pkg] && slices.Contains(leaves, ours) {
				continue
			}
			assert.Failf(t, "import against the table", "%s imports %s: move the code, or change the table and say why in docs/decisions", src.file, ours)
		}
	}
}

// checkLibrary holds libraries to their rooms; tests may use any.
func checkLibrary(t *testing.T, src source, imported string) {
	t.Helper()
	for library, in := range libraries {
		if imported != library && !strings.HasPrefix(imported, library+"/") || src.test {
			continue
		}
		if !slices.ContainsFunc(in, func(room string) bool { return src.pkg == room || strings.HasPrefix(src.pkg, room+"/") }) {
			assert.Failf(t, "library outside its room", "%s imports %s, which belongs to %s", src.file, imported, strings.Join(in, ", "))
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	documented := map[string]bool{}
	packages := map[string]bool{}
	for _, src := range sources(t) {
		if src.test && filepath.Base(src.file) != "doc_test.go" {
			continue
		}
		packages[src.pkg] = true
		base := filepath.Base(src.file)
		// A program's main.go is its own page; everything else has a doc.go.
		if src.ast.Doc != nil && (base == "doc.go" || base == "main.go" || base == "doc_test.go") {
			documented[src.pkg] = true
		}
	}
	for p := range packages {
		assert.True(t, documented[p], "%s has no doc.go that says what lives there", p)
	}
}

var markdownLink = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)

func TestDocumentsPointAtFilesThatExist(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(root, "*.md"))
	require.NoError(t, err)
	for _, pattern := range []string{"docs/*.md", "docs/*/*.md"} {
		more, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		pages = append(pages, more...)
	}
	require.NotEmpty(t, pages)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range markdownLink.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			_, err := os.Stat(filepath.Join(filepath.Dir(page), m[1]))
			assert.NoError(t, err, "%s links to %s", page, m[1])
		}
	}
}

// Secrets are compared in constant time, by secret.Text.Equal or crypto/subtle:
// what Reveal returns is never compared with == or !=, but for emptiness, nor
// handed to a function of package strings or bytes that stops at the first
// difference.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	looked := 0
	for _, src := range sources(t) {
		if src.test || strings.HasPrefix(src.pkg, "e2e") || strings.HasPrefix(src.pkg, "ssprtest") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, src.file), nil, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if reveals(n) {
					looked++
				}
				if name := quickComparison(n); name != "" && slices.ContainsFunc(n.Args, reveals) {
					assert.Failf(t, "a secret in "+name, "%s: use secret.Text.Equal", src.file)
				}
			case *ast.BinaryExpr:
				if (n.Op == token.EQL || n.Op == token.NEQ) && (reveals(n.X) || reveals(n.Y)) && !isEmpty(n.X) && !isEmpty(n.Y) {
					assert.Failf(t, "a secret compared with "+n.Op.String(), "%s: use secret.Text.Equal", src.file)
				}
			}
			return true
		})
	}
	assert.Greater(t, looked, 20, "the walk found secrets")
}

// reveals reports whether an expression is a call of Reveal.
func reveals(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Reveal"
}

func isEmpty(e ast.Expr) bool {
	lit, ok := e.(*ast.BasicLit)
	return ok && lit.Value == `""`
}

// quickComparison names a function that compares and stops early.
func quickComparison(call *ast.CallExpr) string {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	pkg, ok := sel.X.(*ast.Ident)
	if ok && (pkg.Name == "strings" || pkg.Name == "bytes") && slices.Contains([]string{"EqualFold", "Equal", "Compare", "HasPrefix", "Contains"}, sel.Sel.Name) {
		return pkg.Name + "." + sel.Sel.Name
	}
	return ""
}
