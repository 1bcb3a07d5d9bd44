package arch_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A closedSet is where the values of an enum stand in the code: constants of a
// type, or those whose names begin with a word; or the values themselves, where
// the code has them in a switch alone.
type closedSet struct {
	dir, typ, prefix string
	but              []string // constants that the API neither takes nor gives
	literal          []string
}

// enums are those of the control API's document.
var enums = map[string][]closedSet{
	"/labs/{lab}/journal get channel":        {{dir: "internal/journal", typ: "Channel"}},
	"Fault part":                             {{dir: "internal/rig", prefix: "Fault"}},
	"Fault effect":                           {{dir: "internal/rig", prefix: "Effect"}, {dir: "internal/writeback/agent", typ: "Reason", but: causedByTheDirectory}},
	"PhoneEvent kind":                        {{literal: []string{"text", "call"}}},
	"CallAnswer answer":                      {{literal: []string{"confirm", "hang-up"}}},
	"PushAnswer answer":                      {{literal: []string{"approve", "deny"}}},
	"HardwareToken timeIntervalInSeconds":    {{literal: []string{"30", "60"}}},
	"NewHardwareToken timeIntervalInSeconds": {{literal: []string{"30", "60"}}},
	"HardwareToken hashFunction":             {{literal: []string{"hmacsha1", "hmacsha256"}}}, // Graph's names
	"NewHardwareToken hashFunction":          {{literal: []string{"hmacsha1", "hmacsha256"}}},
	"HardwareToken status":                   {{dir: "internal/policy", typ: "TokenState"}},
	"Proof method":                           {{dir: "internal/policy", typ: "Method", but: []string{"alternateCall"}}}, // no proof of a reset
	"NewAttempt kind":                        {{dir: "internal/policy", typ: "Operation"}},
	"Fixes kind":                             {{dir: "internal/policy", typ: "FixKind"}},
	"Check verdict":                          {{dir: "internal/policy", typ: "Verdict"}},
	"Attempt outcome":                        {{dir: "internal/journal", typ: "Outcome"}},
	"WorkstationSignIn network":              {{literal: []string{"online", "offline"}}},
	"WorkstationResult source":               {{dir: "internal/device", typ: "SignInSource"}},
	"Pass methodUsabilityReason":             {{dir: "internal/policy", typ: "TAPUsability"}},
}

// causedByTheDirectory are the reasons of an agent that nobody switches on.
var causedByTheDirectory = []string{
	"policy", "user-cannot-change-password", "protected-account", "right-missing", "connection-not-protected", "service-account",
	"duplicate-anchor", "no-domain-controller", "answer-lost",
}

// Whoever generates a client from the document gets what the code takes and
// gives, no more and no less.
func TestTheEnumsOfTheControlAPIAreThoseOfTheCode(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "internal/control/openapi.json"))
	require.NoError(t, err)
	var doc map[string]any
	require.NoError(t, json.Unmarshal(text, &doc))
	found := map[string][]string{}
	collectEnums(doc, nil, found)

	want := map[string][]string{}
	for name, sets := range enums {
		var values []string
		for _, s := range sets {
			values = append(values, s.values(t)...)
		}
		slices.Sort(values)
		want[name] = values
	}
	assert.Equal(t, want, found)
}

// collectEnums names each enum by the schema, or path and method, that it is of,
// and its property or parameter.
func collectEnums(node any, at []string, found map[string][]string) {
	switch v := node.(type) {
	case map[string]any:
		if list, ok := v["enum"].([]any); ok {
			var values []string
			for _, one := range list {
				values = append(values, fmt.Sprint(one))
			}
			slices.Sort(values)
			found[enumName(at)] = values
		}
		for k, child := range v {
			collectEnums(child, append(slices.Clone(at), k), found)
		}
	case []any:
		for i, child := range v {
			name := strconv.Itoa(i)
			if m, ok := child.(map[string]any); ok && m["name"] != nil {
				name = fmt.Sprint(m["name"])
			}
			collectEnums(child, append(slices.Clone(at), name), found)
		}
	}
}

func enumName(at []string) string {
	drop := []string{"paths", "components", "schemas", "properties", "parameters", "schema", "items"}
	return strings.Join(slices.DeleteFunc(slices.Clone(at), func(s string) bool { return slices.Contains(drop, s) }), " ")
}

// values reads the constants of the set from the source.
func (s closedSet) values(t *testing.T) []string {
	t.Helper()
	if s.literal != nil {
		return s.literal
	}
	files, err := filepath.Glob(filepath.Join(root, s.dir, "*.go"))
	require.NoError(t, err)
	var values []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, spec := range g.Specs {
				values = append(values, s.of(t, spec.(*ast.ValueSpec))...)
			}
		}
	}
	require.NotEmpty(t, values, "%s %s%s", s.dir, s.typ, s.prefix)
	return values
}

func (s closedSet) of(t *testing.T, spec *ast.ValueSpec) (values []string) {
	t.Helper()
	typ, typed := spec.Type.(*ast.Ident)
	for i, name := range spec.Names {
		switch {
		case s.typ != "" && (!typed || typ.Name != s.typ):
			continue
		case s.prefix != "" && (typed || !strings.HasPrefix(name.Name, s.prefix)):
			continue
		}
		lit, ok := spec.Values[i].(*ast.BasicLit)
		require.True(t, ok, name.Name)
		value, err := strconv.Unquote(lit.Value)
		require.NoError(t, err)
		if value != "" && !slices.Contains(s.but, value) {
			values = append(values, value)
		}
	}
	return values
}
