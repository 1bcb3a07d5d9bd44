package ldapwriter

import (
	"context"
	"time"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"

	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/writeback/agent"
	"github.com/ssprlab/ssprlab/internal/writeback/envelope"
)

// A kind is what a request was for; classification depends on it.
type kind string

const (
	resetting kind = "reset"
	changing  kind = "change"
	unlocking kind = "unlock"
	searching kind = "search"
)

// Reset implements agent.Writer: one modify that replaces unicodePwd, unlocks
// where needed, and with forceChange makes the person choose again, all or
// nothing. With the policy-hints control the domain's history counts too. An
// account whose password never expires is not made to choose again.
func (w *Writer) Reset(ctx context.Context, target agent.Target, password secret.Text, forceChange bool) agent.Result {
	t := &trace{secrets: []secret.Text{password}}
	return w.write(ctx, t, resetting, target, func(s *session, a account) modification {
		m := modification{noHints: s.hints == "", password: password, lasting: !forceChange}
		m.replace("unicodePwd", unicodePwd(password), redacted)
		if w.cfg.AlwaysUnlock || a.mayBeLocked() {
			m.replace("lockoutTime", "0", "0")
		}
		if forceChange && a.uac&flagNeverExpires == 0 {
			m.replace("pwdLastSet", "0", "0")
		}
		if s.hints != "" {
			m.control = policyHints{s.hints}
		}
		return m
	})
}

// Change implements agent.Writer: one modify that deletes the old value and adds
// the new one, which is a change under the person's own right, without controls.
func (w *Writer) Change(ctx context.Context, target agent.Target, current, password secret.Text) agent.Result {
	t := &trace{secrets: []secret.Text{current, password}}
	return w.write(ctx, t, changing, target, func(*session, account) modification {
		m := modification{password: password}
		m.change(ldap.DeleteAttribute, "delete", "unicodePwd", unicodePwd(current), redacted)
		m.change(ldap.AddAttribute, "add", "unicodePwd", unicodePwd(password), redacted)
		return m
	})
}

// Unlock implements agent.Writer.
func (w *Writer) Unlock(ctx context.Context, target agent.Target) agent.Result {
	return w.write(ctx, &trace{}, unlocking, target, func(*session, account) modification {
		var m modification
		m.replace("lockoutTime", "0", "0")
		return m
	})
}

// A modification is one modify request and how it is recorded.
type modification struct {
	changes  []ldap.Change
	password secret.Text // the new one, to explain its refusal
	shown    []string
	control  ldap.Control
	noHints  bool
	lasting  bool // a reset after which the password should not have to be changed
}

func (m *modification) replace(attribute, value, shown string) {
	m.change(ldap.ReplaceAttribute, "replace", attribute, value, shown)
}

func (m *modification) change(operation uint, word, attribute, value, shown string) {
	m.changes = append(m.changes, ldap.Change{Operation: operation, Modification: ldap.PartialAttribute{Type: attribute, Vals: []string{value}}})
	m.shown = append(m.shown, word+" "+attribute+": "+shown)
}

// write finds the account, sends one modify and reads the answer.
func (w *Writer) write(ctx context.Context, t *trace, k kind, target agent.Target, build func(*session, account) modification) agent.Result {
	if w.cfg.ConnectLimits && len(utf16.Encode([]rune(w.cfg.BindPassword.Reveal()))) > 256 {
		r, _ := agent.Failure(agent.NameTooLong)
		return r
	}
	s, a, failed := w.find(ctx, t, target)
	if failed != nil {
		failed.LDAP = t.exchanges
		return *failed
	}
	if a.uacReadable && a.uac&flagDisabled != 0 {
		w.release(s)
		return agent.Result{Verdict: envelope.Disabled, Detail: a.dn + " is disabled", Remedy: "enable the account in Active Directory", LDAP: t.exchanges}
	}
	if w.cfg.ConnectLimits && reservedUnit(a.dn) {
		w.release(s)
		r, _ := agent.Failure(agent.ReservedName)
		r.LDAP = t.exchanges
		return r
	}
	m := build(s, a)
	r := w.modify(ctx, t, s, k, a, m)
	r.LDAP, r.NoHints = t.exchanges, m.noHints
	return r
}

// modify sends one request and settles how it ended.
func (w *Writer) modify(ctx context.Context, t *trace, s *session, k kind, a account, m modification) agent.Result {
	request := &ldap.ModifyRequest{DN: a.dn, Changes: m.changes}
	if m.control != nil {
		request.Controls = []ldap.Control{m.control}
	}
	err := s.run(ctx, w.cfg.OperationTimeout, func() error { return s.conn.Modify(request) })
	e := t.add(s, "modify", a.dn, err, m.shown...)
	if m.control != nil {
		e.Controls = []string{m.control.String()}
	}
	if err == nil {
		r := agent.Result{Verdict: envelope.Written, Detail: done[k] + " " + a.dn}
		if m.lasting {
			r.Detail += w.checkExpiry(ctx, t, s, a)
		}
		w.release(s)
		return r
	}
	r := classify(k, err)
	switch r.Verdict {
	case envelope.Unknown:
		s.close()
		return w.settle(ctx, t, k, a, r)
	case envelope.Permission:
		// Groups are read at the bind: the next write must see new grants.
		defer s.close()
		return w.diagnose(ctx, t, s, a, m, r)
	}
	if r.Reason == agent.PolicyRestriction {
		r = w.explain(ctx, t, s, k, a, m.password, r)
	}
	w.release(s)
	return r
}

// checkExpiry looks whether a password that was just set must be changed at
// once: Windows does that when the one who resets lacks Unexpire Password on the
// domain's head (MS-SAMR 3.1.1.8.7). The write has succeeded all the same.
func (w *Writer) checkExpiry(ctx context.Context, t *trace, s *session, a account) string {
	e := w.readOne(ctx, t, s, a.dn, "pwdLastSet")
	if e == nil || e.GetEqualFoldAttributeValue("pwdLastSet") != "0" {
		return ""
	}
	return "; the password expired in the same moment and must be changed at the next sign-in: " +
		"grant the connector account Unexpire Password on the head of the domain to avoid that"
}

var done = map[kind]string{resetting: "password set on", changing: "password changed on", unlocking: "lockout ended on"}

// settleTimeout bounds looking up what became of a write, in real time.
const settleTimeout = 5 * time.Second

// settle looks up whether a request without an answer was applied. It was when
// the account shows a new password; when it shows the old one, nobody knows
// whether the request is still on its way.
func (w *Writer) settle(ctx context.Context, t *trace, k kind, before account, lost agent.Result) agent.Result {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	s, failed := w.acquire(ctx, t, true)
	if failed != nil {
		lost.Detail += "; the account could not be looked up afterwards: " + failed.Detail
		return lost
	}
	res, err := s.search(ctx, t, w.cfg.OperationTimeout, entryRequest(before.dn, stateAttributes...))
	if err != nil || len(res.Entries) != 1 {
		s.close()
		lost.Detail += "; the account could not be looked up afterwards"
		return lost
	}
	w.release(s)
	after := readAccount(res.Entries[0])
	applied := after.pwdLastSet != before.pwdLastSet || after.keyVersion != before.keyVersion
	if k == unlocking {
		applied = after.uacReadable && !after.mayBeLocked()
	}
	if applied {
		return agent.Result{Verdict: envelope.Written, Detail: done[k] + " " + before.dn + "; the answer was lost, and the account shows the new state"}
	}
	lost.Detail += "; looked up afterwards, the account still shows the old state"
	return lost
}
