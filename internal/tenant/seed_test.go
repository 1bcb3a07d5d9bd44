package tenant_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

var update = flag.Bool("update", false, "rewrite seed.schema.json")

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

func demo(t testing.TB) *tenant.Store {
	t.Helper()
	seed, err := tenant.Demo()
	require.NoError(t, err)
	store, err := tenant.New(seed, chance.New(1), at(noon))
	require.NoError(t, err)
	return store
}

func TestPublishedSchemaIsThatOfTheGoTypes(t *testing.T) {
	fresh, err := tenant.FreshSeedSchema()
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("seed.schema.json", fresh, 0o644))
		return
	}
	assert.True(t, bytes.Equal(fresh, tenant.SeedSchema()), "seed.schema.json is old: run go test ./internal/tenant -run Published -update")
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(tenant.SeedSchema()))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource(tenant.SchemaID, doc))
	s, err := c.Compile(tenant.SchemaID)
	require.NoError(t, err)
	return s
}

func asJSON(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	require.NoError(t, yaml.Unmarshal(text, &v))
	plain, err := json.Marshal(v)
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(plain))
	require.NoError(t, err)
	return doc
}

func TestSchemaTakesTheDemoAndRefusesMistakes(t *testing.T) {
	s := schema(t)
	require.NoError(t, s.Validate(asJSON(t, tenant.DemoYAML())))
	for name, swap := range map[string][2]string{
		"unknown key":       {"    givenName: Alice", "    firstName: Alice"},
		"unknown word":      {"scope: selected", "scope: some"},
		"number for text":   {"password: Lantern-Harbour-62", "password: 62"},
		"not a duration":    {"passwordAge: 10d", "passwordAge: ten days"},
		"missing required":  {"  - userPrincipalName: alice@northlight.example\n    note", "  - note"},
		"text for a number": {"gates: 1", "gates: one"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(string(tenant.DemoYAML()), swap[0], swap[1], 1)
			require.NotEqual(t, string(tenant.DemoYAML()), bad)
			assert.Error(t, s.Validate(asJSON(t, []byte(bad))))
			_, err := tenant.ParseSeed([]byte(bad))
			assert.Error(t, err, "the strict parser agrees with the schema")
		})
	}
}

// howto-password-smart-lockout (Microsoft Learn): 3 for the US Government.
func TestTheLockoutThresholdIsThatOfTheCloud(t *testing.T) {
	for more, want := range map[string]int{
		"": 10, ", notify: {cloud: china}": 10, ", notify: {cloud: usGovernment}": 3, ", notify: {cloud: usGovernment}, lockout: {threshold: 10}": 10,
	} {
		seed, err := tenant.ParseSeed([]byte("tenant: {tenantName: T, initialDomain: t.onmicrosoft.example" + more + "}\n"))
		require.NoError(t, err, more)
		assert.Equal(t, want, seed.Tenant.Lockout.Threshold, more)
	}
}
