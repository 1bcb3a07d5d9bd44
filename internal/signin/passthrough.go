package signin

import (
	"context"
	"errors"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// An answer is what the cloud makes of a refusal of the domain controller.
type answer struct {
	code    Code
	message Message
	change  bool // the password was right and has to be replaced
}

// answers maps the "data" of a refused bind (MS-ADTS 5.1.1.1.1; Win32 codes in
// hexadecimal) to the sign-in. 532 and 773 are only given for the right password
// and lead into a change, as pass-through authentication with writeback does
// (how-to-connect-pta-faq).
var answers = map[string]answer{
	"525": {code: CodeWrongUPN, message: MsgWrongPassword},
	"52e": {code: CodeWrongPassword, message: MsgWrongPassword},
	"530": {code: CodeLogonHours, message: MsgHours},
	"531": {code: CodeAgentFailed, message: MsgTryLater}, // "Log On To" has to name the agent's server
	"532": {code: CodeExpiredOnPrem, change: true},
	"533": {code: CodeDisabled, message: MsgDisabled},
	"701": {code: CodeDisabled, message: MsgDisabled},
	"773": {code: CodeExpiredOnPrem, change: true},
	"775": {code: CodeLocked, message: MsgLocked},
}

// onPremises asks a domain controller by way of the agent.
func (s *Service) onPremises(ctx context.Context, _ policy.Settings, a Account, sess *Session, password secret.Text) (verdict, error) {
	if s.Directory == nil {
		return verdict{code: CodeNoAgent, message: MsgTryLater}, nil
	}
	subCode, err := s.Directory.Check(ctx, a.UserPrincipalName, password)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return verdict{code: CodeAgentTimeout, message: MsgTryLater}, nil
	case err != nil: // the agent's own log has it
		return verdict{code: CodeNoAgent, message: MsgTryLater}, nil
	case subCode == "":
		return verdict{}, nil
	}
	got, known := answers[subCode]
	if !known {
		got = answer{code: CodeAgentFailed, message: MsgTryLater}
	}
	if got.change {
		sess.MustChange = got.code
		return verdict{}, nil
	}
	return verdict{code: got.code, message: got.message}, nil
}
