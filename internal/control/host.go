package control

import (
	"context"
	"encoding/json"

	"github.com/ssprlab/ssprlab/internal/clock"
	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/device"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/robot"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
	"github.com/ssprlab/ssprlab/internal/tokens"
)

// A Host holds the labs of a process.
type Host interface {
	// Labs lists the labs, the first one first.
	Labs() []Lab
	// Create starts a lab. A BadInput error names what is wrong with the request.
	Create(ctx context.Context, in api.NewLab) (Lab, error)
	// Delete ends a lab. ok is false when there is none with this ID.
	Delete(ctx context.Context, id string) (ok bool, err error)
	// Fork starts a lab that goes on from where another stands now.
	Fork(ctx context.Context, id string) (Lab, error)
	// Snapshot keeps a picture of a lab and returns its ID.
	Snapshot(ctx context.Context, id string) (string, error)
	// Restore brings a lab back to a snapshot of it, at the same addresses. It
	// goes on after it has returned; done is closed when the lab serves again.
	Restore(ctx context.Context, id, snapshot string) (done <-chan struct{}, err error)
}

// A Lab is what the control API drives of a lab.
type Lab struct {
	Info          api.Lab
	Clock         *clock.Clock
	Journal       *journal.Journal
	Reset         *reset.Service
	Tenant        *tenant.Store
	Mailbox       *device.Mailbox
	Phones        *device.Phones
	Authenticator *device.Authenticator
	Tokens        *device.Tokens // in people's hands
	TokenDesk     *tokens.Desk   // what administrators do with them
	Passes        Passes
	Workstations  []*device.Workstation
	Robot         *robot.Desk
	Faults        Faults
	Memory        Memory
	Directory     Directory // nil without an embedded directory
	Agents        Agents
	// Tend does what came due by the lab's clock; nil: nothing does.
	Tend func(ctx context.Context)
}

// Passes are Temporary Access Passes, as administrators issue them and take them
// away: by names the administrator, "" is an application. Errors are those of
// [tenant.Store.IssuePass].
type Passes interface {
	Issue(ctx context.Context, by, user string, in policy.TAPRequest) (secret.Text, tenant.AccessPass, error)
	Revoke(ctx context.Context, by, user string) (ok bool, err error)
}

// Faults are what is broken on purpose.
type Faults interface {
	JSON() (json.RawMessage, error)
	Set(list json.RawMessage) error
	Clear()
}

// Memory is what people know by heart: the answers to their questions.
type Memory interface {
	// Answer returns a person's answer to a question, by the user's UPN.
	Answer(user, question string) (answer string, ok bool)
}

// Directory is the embedded directory, as the lab may look at and set it.
type Directory interface {
	// Entry returns the attributes of an account, by sAMAccountName, UPN or DN, as
	// a domain controller knows it, by name; "" is the first of the domain.
	Entry(ctx context.Context, name, controller string) (dn string, attributes map[string][]string, ok bool)
	// Certificate issues a client certificate for an account. ok is false for a
	// name that is no account's.
	Certificate(ctx context.Context, name string) (issued api.Certificate, ok bool, err error)
	// Domain describes a domain, by DNS or NetBIOS name.
	Domain(name string) (api.Domain, bool)
	// Settings returns what the domain controllers of a domain keep outside the
	// directory as JSON, and PatchSettings changes it by a merge patch.
	Settings(domain string) (json.RawMessage, bool)
	PatchSettings(domain string, patch json.RawMessage) (json.RawMessage, error)
	// Controller returns a domain controller of a domain; PatchController changes
	// its settings by a merge patch.
	Controller(domain, name string) (api.Controller, bool)
	PatchController(domain, name string, patch json.RawMessage) (api.Controller, error)
	// Policy returns a domain's password policy as JSON, and PatchPolicy changes
	// it by a merge patch.
	Policy(domain string) (json.RawMessage, bool)
	PatchPolicy(domain string, patch json.RawMessage) (json.RawMessage, error)
	// Protection returns where the DC agents of Password Protection run in a
	// domain and what they know, and PatchProtection installs and removes them.
	Protection(domain string) (json.RawMessage, bool)
	PatchProtection(domain string, patch json.RawMessage) (json.RawMessage, error)
}

// Agents are the writeback agents.
type Agents interface {
	// Agent returns the state of an agent as JSON; PatchAgent starts and stops it,
	// and enables and disables writeback on it.
	Agent(name string) (json.RawMessage, bool)
	PatchAgent(ctx context.Context, name string, patch json.RawMessage) (json.RawMessage, error)
	List() []string
}

// BadInput is an error of the request: what is wrong, in which field.
type BadInput struct {
	Field string
	Text  string
}

func (e BadInput) Error() string {
	if e.Field == "" {
		return e.Text
	}
	return e.Field + ": " + e.Text
}
