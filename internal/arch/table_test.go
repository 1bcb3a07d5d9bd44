package arch_test

// leaves may be imported by every room that is not pure.
var leaves = []string{"internal/secret", "internal/chance", "internal/clock", "internal/journal", "internal/memnet", "internal/policy"}

// pure rooms import nothing of ours but what stands here.
var pure = map[string]bool{
	"internal/policy": true, "internal/policy/domain": true, "internal/memnet": true,
	"internal/secret": true, "internal/chance": true, "internal/clock": true, "internal/directory/security": true,
}

// rooms says which of our packages a package may import besides the leaves.
// Tests may import more: they are held to the table only where it says so.
var rooms = map[string][]string{
	"internal/secret":                    {},
	"internal/chance":                    {},
	"internal/clock":                     {},
	"internal/memnet":                    {},
	"internal/policy":                    {},
	"internal/policy/domain":             {},
	"internal/journal":                   {},
	"internal/directory/security":        {},
	"internal/directory":                 {"internal/policy/domain", "internal/directory/security"},
	"internal/adwire":                    {"internal/directory"},
	"internal/challenge":                 {},
	"internal/reset":                     {"internal/challenge"},
	"internal/tenant":                    {"internal/reset", "internal/challenge"},
	"internal/signin":                    {"internal/challenge"},
	"internal/registration":              {"internal/challenge"},
	"internal/device":                    {"internal/challenge"},
	"internal/notify":                    {"internal/challenge", "internal/reset"},
	"internal/writeback":                 {"internal/reset", "internal/writeback/envelope", "internal/writeback/relay"},
	"internal/writeback/envelope":        {},
	"internal/writeback/relay":           {},
	"internal/writeback/relay/relaytest": {"internal/writeback/relay"},
	"internal/writeback/agent":           {"internal/writeback/envelope", "internal/writeback/relay"},
	"internal/writeback/ldapwriter":      {"internal/writeback/agent", "internal/writeback/envelope"},
	"internal/sambaoracle":               {},
	"internal/robot":                     {},
}

// libraries says in which rooms a library may be imported; elsewhere it may not.
var libraries = map[string][]string{
	"github.com/labstack/echo/v4":       {"internal/portal", "internal/graph", "internal/control", "internal/rig"},
	"github.com/go-ldap/ldap/v3":        {"internal/writeback/ldapwriter", "internal/doctor", "internal/device", "ssprtest", "e2e"},
	"github.com/pquerna/otp":            {"internal/challenge", "internal/device", "internal/tenant"},
	"github.com/nats-io/nats.go":        {"internal/writeback/relay"},
	"github.com/nats-io/nats-server/v2": {"internal/writeback/relay"},
	"github.com/glauth/glauth/v2":       {"e2e"},
}
