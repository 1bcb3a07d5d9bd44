package arch_test

// leaves may be imported by every room that is not pure.
var leaves = []string{"internal/secret", "internal/chance", "internal/clock", "internal/kdf", "internal/session", "internal/journal", "internal/memnet", "internal/policy", "internal/policy/branding"}

// pure rooms import nothing of ours but what stands here.
var pure = map[string]bool{
	"internal/policy": true, "internal/policy/domain": true, "internal/policy/branding": true, "internal/memnet": true,
	"internal/secret": true, "internal/chance": true, "internal/clock": true, "internal/directory/security": true,
}

// everything stands in the row of a package that puts the others together.
const everything = "*"

// rooms says which of our packages a package may import, besides the leaves and
// the packages below itself. A package that has no row fails the build. Tests
// may import more.
var rooms = map[string][]string{
	"internal/secret":         {},
	"internal/chance":         {},
	"internal/clock":          {},
	"internal/kdf":            {},
	"internal/session":        {},
	"internal/memnet":         {},
	"internal/memnet/tlstest": {},

	"internal/policy":          {},
	"internal/policy/domain":   {},
	"internal/policy/branding": {},
	"internal/journal":         {},
	"internal/robot":           {},
	"internal/strength":        {},

	"internal/directory":          {"internal/policy/domain"},
	"internal/directory/schema":   {"internal/directory/security"},
	"internal/directory/security": {},
	"internal/adwire":             {"internal/directory"},
	"internal/adwire/ber":         {},
	"internal/adwire/rawclient":   {"internal/adwire/ber"},

	"internal/challenge":     {},
	"internal/hashsync":      {},
	"internal/reset":         {"internal/challenge", "internal/strength"},
	"internal/signin":        {"internal/challenge"},
	"internal/registration":  {"internal/challenge"},
	"internal/tenant":        {"internal/reset", "internal/challenge"},
	"internal/tenant/strict": {},
	"internal/tenant/glauth": {"internal/directory/schema"},
	"internal/tokens":        {"internal/tenant", "internal/challenge", "internal/reset"},
	"internal/notify":        {"internal/challenge", "internal/reset"},
	"internal/device":        {"internal/challenge"},

	"internal/writeback":                 {"internal/reset"},
	"internal/writeback/envelope":        {},
	"internal/writeback/relay":           {},
	"internal/writeback/relay/relaytest": {"internal/writeback/relay"},
	"internal/writeback/agent":           {"internal/writeback/envelope", "internal/writeback/relay"},
	"internal/writeback/ldapwriter":      {"internal/writeback/agent", "internal/writeback/envelope"},

	"internal/portal":          {"internal/challenge", "internal/reset", "internal/robot", "internal/strength", "internal/signin", "internal/registration"},
	"internal/control":         {"internal/challenge", "internal/reset", "internal/robot", "internal/tenant", "internal/device", "internal/tokens"},
	"internal/control/api":     {},
	"internal/control/client":  {"internal/control/api"},
	"internal/scenario":        {"internal/control/api", "internal/control/client"},
	"internal/conformance":     {},
	"internal/ldif":            {},
	"internal/ldif/transfer":   {"internal/ldif", "internal/directory", "internal/directory/schema"},
	"internal/store":           {"internal/directory", "internal/directory/security", "internal/policy/domain"},
	"internal/sambaoracle":     {},
	"internal/reset/resettest": {"internal/reset"},

	"internal/rig":     {everything},
	"internal/ssprctl": {everything},
	"ssprtest":         {everything},
	"e2e":              {everything},
	"cmd/portal":       {"internal/rig"},
	"cmd/fakead":       {"internal/rig"},
	"cmd/agent":        {"internal/rig"},
	"cmd/ssprctl":      {"internal/ssprctl"},
	"internal/arch":    {},
}

// libraries says in which rooms a library may be imported; elsewhere it may not.
var libraries = map[string][]string{
	"github.com/labstack/echo/v4":       {"internal/portal", "internal/graph", "internal/control", "internal/rig"},
	"github.com/go-ldap/ldap/v3":        {"internal/writeback/ldapwriter", "internal/doctor", "internal/device", "internal/scenario", "internal/conformance", "internal/sambaoracle", "internal/ldif/transfer", "ssprtest", "e2e"},
	"github.com/pquerna/otp":            {"internal/challenge", "internal/device", "internal/tenant"},
	"github.com/trustelem/zxcvbn":       {"internal/strength"},
	"github.com/nats-io/nats.go":        {"internal/writeback/relay"},
	"github.com/nats-io/nats-server/v2": {"internal/writeback/relay"},
	"github.com/pelletier/go-toml/v2":   {"internal/tenant/glauth"},
	"modernc.org/sqlite":                {"internal/store"},
	"github.com/glauth/glauth/v2":       {"e2e"},
}
