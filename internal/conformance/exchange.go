package conformance

// A Dialect says whose answers are expected.
type Dialect string

// The dialects.
const (
	Windows Dialect = "windows"
	Samba   Dialect = "samba"
)

// The versions of Windows that a few answers differ by: build, location codes of
// refused binds, controls.
const (
	Windows2016 Dialect = "windows-2016"
	Windows2022 Dialect = "windows-2022"
)

// dialects are the words that an expectation may start with.
var dialects = []Dialect{Windows, Samba, Windows2016, Windows2022}

// An Exchange is one request with what stands before it and what follows from it.
type Exchange struct {
	ID    string
	Title string
	File  string
	Line  int
	Seen  []string           // observations of a real domain controller that it represents
	Omit  map[Dialect]string // why it says nothing of a dialect
	Given []Step             // in order
	Send  *Request
	Then  []Check
	Codes map[Dialect]Answer // a version's own stands before the one of all
}

// A Step is one part of a setup: a fixture ("user", "policy", "grant" …) with
// its words, or a request.
type Step struct {
	Kind    string
	Words   []string
	Request *Request
	Line    int
}

// A Request is what goes over the wire.
type Request struct {
	As       string // who: "" and "admin" the administrator, "anonymous", or a label
	Over     string // "ldaps" (default), "ldap", "starttls", "gc", "gcs"
	Fresh    bool   // on a new connection
	Apart    bool   // on a connection of its own, and left open
	Controls []Control
	Verb     string
	Args     []string
	// Outcome of a request of the setup: the code that it must have; -1 any.
	Code int
	Line int
}

// binds says whether a request signs somebody in itself.
func (r *Request) binds() bool { return r.Verb == "bind" || r.Verb == "sasl" || r.Verb == "version" }

// A Control is sent with a request. Value is hexadecimal; Has says whether there
// is one.
type Control struct {
	OID      string
	Critical bool
	Value    string
	Has      bool
}

// An Answer is what is expected. Text is "" (not looked at), eight hexadecimal
// digits (the prefix), or a pattern in which * stands for anything.
type Answer struct {
	Code int
	Text string
}

// A Check looks at what is left or returned.
type Check struct {
	Kind    string  // after, found, names, has, refs, answers, matched
	Dialect Dialect // "" both
	Words   []string
	Line    int
}
