package tenant

import (
	_ "embed"
	"sync"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

// SchemaID is the identifier of the JSON Schema of seed files.
const SchemaID = "https://ssprlab.example/seed.schema.json"

//go:embed seed.schema.json
var seedSchema []byte

//go:embed demo.yaml
var demoSeed []byte

// SeedSchema returns the JSON Schema of seed files, as it is published.
func SeedSchema() []byte { return append([]byte(nil), seedSchema...) }

// DemoYAML returns the text of the built-in demo seed.
func DemoYAML() []byte { return append([]byte(nil), demoSeed...) }

// parsedDemo reads the demo seed once for a process: labs are many.
var parsedDemo = sync.OnceValues(func() (Seed, error) { return ParseSeed(demoSeed) })

// Demo returns the built-in demo seed, a copy of the caller's own.
func Demo() (Seed, error) {
	seed, err := parsedDemo()
	return clone(seed), err
}

// ParseSeed reads a seed file (YAML, of which JSON is a part) strictly and
// checks it. The error is Problems: every mistake of form, or when there is none
// every mistake of meaning, each with its path, its line, the limit and the
// remedy.
func ParseSeed(text []byte) (Seed, error) {
	doc, err := strict.ParseYAML(text)
	if err != nil {
		return Seed{}, err
	}
	seed := emptySeed()
	problems := codec().Decode(doc, &seed)
	if cloud := seed.Tenant.Notify.Cloud; cloud != policy.PublicCloud && len(problems) == 0 {
		seed = emptySeed() // again, over the defaults of that cloud
		seed.Tenant.Lockout.Threshold = policy.DefaultLockoutThreshold(cloud)
		problems = codec().Decode(doc, &seed)
	}
	if len(problems) == 0 {
		seed.complete()
		problems = seed.check(doc)
	}
	return seed, problems.Err()
}

// emptySeed has the documented defaults of a tenant.
func emptySeed() Seed {
	return Seed{Tenant: TenantSeed{Settings: policy.DefaultSettings()}}
}

// FreshSeedSchema derives the schema from the Go types. The published file is
// kept equal to it by a test.
func FreshSeedSchema() ([]byte, error) {
	return codec().Schema(SchemaID, "Seed file of an SSPR lab", Seed{})
}
