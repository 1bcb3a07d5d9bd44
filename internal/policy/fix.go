package policy

import (
	"fmt"
	"strings"
	"time"
)

// A Fix is one change that a remedy asks for, in a form that a program can
// carry out. Value depends on Kind.
type Fix struct {
	Kind  FixKind `json:"kind"`
	Value string  `json:"value,omitempty"`
}

// A FixKind is a closed set.
type FixKind string

// The changes that make a failed check pass.
const (
	FixWait            FixKind = "wait"                // until Value (RFC 3339)
	FixAllowAdmins     FixKind = "allow-admins"        // allowedToUseSSPR = true
	FixScope           FixKind = "set-scope"           // Value: "all"
	FixAddToGroup      FixKind = "add-to-group"        // the person, to group Value
	FixAssignLicence   FixKind = "assign-licence"      // Value: ID of the service plan
	FixRegister        FixKind = "register-method"     // the person registers method Value
	FixAllowMethod     FixKind = "allow-method"        // the policy in force allows method Value
	FixAllowGuests     FixKind = "allow-guests"        // guests may reset in this tenant
	FixWritebackToggle FixKind = "enable-writeback"    // the cloud toggle
	FixWritebackAgent  FixKind = "configure-writeback" // the agent's side
	FixWritebackReach  FixKind = "restore-writeback"   // service or network up again
	FixAllowUnlock     FixKind = "allow-unlock"        // unlock without reset
)

// joinRemedies writes remedies as one sentence.
func joinRemedies(parts []string) string { return strings.Join(parts, ", and ") }

// moment names a time to wait for, in whole seconds: the first at which the wait
// is over.
func moment(t time.Time) string {
	if whole := t.Truncate(time.Second); !whole.Equal(t) {
		t = whole.Add(time.Second)
	}
	return t.UTC().Format(time.RFC3339)
}

// who names a person in a remedy.
func who(p Person) string {
	if p.UserPrincipalName != "" {
		return p.UserPrincipalName
	}
	return p.ID
}

func fact(name string, value any) Fact { return Fact{Name: name, Value: fmt.Sprint(value)} }

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func orNone(parts []string) string {
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
