package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// A play is one exchange on the stage.
type play struct {
	s       *suite
	x       *Exchange
	names   map[string]string  // what stands for {name}
	people  map[string]*person // by label
	wires   map[string]*wire   // by who and over
	restore []func() error     // settings, last first
	outside []string           // objects outside the OU, last first
	ou      string
	cookie  string // of the last page or DirSync answer
	logged  []Event
	watch   *watch        // the search that was left open
	shift   time.Duration // by how much times to come are later, because a password is younger than it should be
}

// A person is an object that an exchange made.
type person struct{ dn, sam, upn, password, guid, sid string }

// play performs one exchange and says how it went.
func (s *suite) play(ctx context.Context, x *Exchange) Outcome {
	out := Outcome{Exchange: x}
	if out.Omitted = s.target.omits(x); out.Omitted != "" {
		out.Unanswered = true
		return out
	}
	if out.Omitted = s.omits(x); out.Omitted != "" {
		return out
	}
	p := &play{s: s, x: x, names: map[string]string{}, people: map[string]*person{}, wires: map[string]*wire{}}
	p.ou = "OU=" + x.ID + "," + s.root
	for k, v := range map[string]string{
		"base": s.base, "config": s.config, "schema": s.schema, "dns": s.dns, "netbios": s.netbios, "root": s.root,
		"ou": p.ou, "run": s.run, "admin": s.adminName, "admin.pw": s.target.Password.Reveal(), "me": s.me, "me.sam": s.mySAM, "me.pw": s.target.Password.Reveal(), "domain.sid": s.domainSID, "BASE": strings.ToUpper(s.base), "DNS": strings.ToUpper(s.dns),
	} {
		p.names[k] = v
	}
	hours(p.names, s.now())
	var why omission
	err := p.perform(ctx, &out)
	if err := p.cleanUp(); err != nil {
		out.Differences = append(out.Differences, "cleaning up: "+err.Error())
	}
	switch {
	case errors.As(err, &why):
		out.Omitted = why.Error()
	case err != nil:
		out.Differences = append(out.Differences, err.Error())
	}
	return out
}

// omits says why an exchange cannot be played by this account; "" it can.
func (s *suite) omits(x *Exchange) string {
	if s.me != s.adminName && slices.Contains(x.Send.Args, "{admin.pw}") {
		return "it signs in as the built-in Administrator, and the run has another account"
	}
	return ""
}

// perform sets up, sends and looks.
func (p *play) perform(ctx context.Context, out *Outcome) error {
	if err := p.s.connect(ctx); err != nil {
		return err
	}
	err := p.s.admin.Add(&ldap.AddRequest{DN: p.ou, Attributes: []ldap.Attribute{{Type: "objectClass", Vals: []string{"organizationalUnit"}}}})
	if err != nil {
		return fmt.Errorf("making %s: %w", p.ou, err)
	}
	if err := p.signIn(ctx); err != nil {
		return err
	}
	for _, st := range p.x.Given {
		if err := p.step(ctx, st); err != nil {
			return fmt.Errorf("line %d, setting up: %w", st.Line, err)
		}
	}
	before, err := p.before()
	if err != nil {
		return err
	}
	if err := p.startLog(ctx); err != nil {
		return err
	}
	sent := p.s.now()
	r, err := p.send(ctx, p.x.Send)
	if err != nil {
		return fmt.Errorf("line %d, sending: %w", p.x.Send.Line, err)
	}
	if err := p.endLog(ctx); err != nil {
		return err
	}
	out.Code, out.Text, out.Matched, out.Entries = r.code, r.text, r.matched, len(r.entries)
	out.Differences = p.compare(r, before, sent, out)
	return nil
}

// send performs a request on the connection that it belongs to.
func (p *play) send(ctx context.Context, r *Request) (reply, error) {
	op, err := p.operation(r)
	if err != nil {
		return reply{}, err
	}
	w, own, err := p.wire(ctx, r)
	if err != nil {
		return reply{}, err
	}
	if own {
		defer func() { _ = w.close() }()
	}
	controls := make([]Control, len(r.Controls))
	for i, c := range r.Controls {
		controls[i] = c
		controls[i].Value = p.fill(c.Value)
	}
	return w.do(op, controls)
}

// wire finds or opens the connection of a request: one for each person and
// kind. A bind of nobody in particular has one of its own.
func (p *play) wire(ctx context.Context, r *Request) (w *wire, own bool, err error) {
	if r.As == "" && r.binds() {
		w, err = p.s.target.dial(ctx, r.Over)
		return w, true, err
	}
	who := r.As
	if who == "" {
		who = "admin"
	}
	key := who + "/" + r.Over
	if r.Apart {
		key += "/apart"
	}
	if r.Fresh && p.wires[key] != nil {
		_ = p.wires[key].close()
		delete(p.wires, key)
	}
	if p.wires[key] != nil {
		return p.wires[key], false, nil
	}
	if w, err = p.s.target.dial(ctx, r.Over); err != nil {
		return nil, false, err
	}
	p.wires[key] = w
	name, password := "", ""
	switch {
	case who == "admin":
		name, password = p.s.target.BindDN, p.s.target.Password.Reveal()
	case strings.HasPrefix(who, "anonymous"):
		return w, false, nil
	default:
		one := p.people[who]
		if one == nil {
			return nil, false, fmt.Errorf("nobody is called %q: make the user first", who)
		}
		name, password = one.dn, one.password
	}
	answer, err := w.do(bindOp(3, name, password), nil)
	if err == nil && answer.code != 0 {
		err = fmt.Errorf("the bind as %s over %s answers %d %q", who, r.Over, answer.code, answer.text)
	}
	return w, false, err
}

// signIn opens the administrator's connections while it can: a policy of the
// setup may make its password too old.
func (p *play) signIn(ctx context.Context) error {
	requests := []*Request{p.x.Send}
	for _, st := range p.x.Given {
		if st.Request != nil {
			requests = append(requests, st.Request)
		}
	}
	for _, r := range requests {
		if (r.As == "" || r.As == "admin") && !r.Fresh && !r.Apart && !r.binds() {
			if _, _, err := p.wire(ctx, r); err != nil {
				return fmt.Errorf("line %d, connecting: %w", r.Line, err)
			}
		}
	}
	return nil
}

// step performs one line of the setup.
func (p *play) step(ctx context.Context, st Step) error {
	switch st.Kind {
	case "given":
	case "open":
		return p.open(ctx, st.Request)
	case "signing":
		return p.signing(ctx)
	default:
		return p.fixture(ctx, st)
	}
	r, err := p.send(ctx, st.Request)
	if err != nil {
		return err
	}
	if want := st.Request.Code; want >= 0 && r.code != want {
		return fmt.Errorf("%s answers %d %q, want %d", st.Request.Verb, r.code, r.text, want)
	}
	for _, e := range r.entries {
		p.names["entry"] = e.DN
	}
	for _, c := range r.controls {
		p.keepCookie(c)
	}
	return nil
}

// cleanUp restores settings and removes objects, whatever happened before.
func (p *play) cleanUp() error {
	for _, w := range p.wires {
		_ = w.close()
	}
	var err error
	for _, restore := range slices.Backward(p.restore) {
		err = errors.Join(err, p.s.surely(restore))
	}
	for _, dn := range slices.Backward(append([]string{p.ou}, p.outside...)) {
		err = errors.Join(err, p.s.surely(func() error { return p.s.remove(dn) }))
	}
	return err
}

// identity gives a property of an object that the exchange made: sam, upn, pw,
// guid, guidhex, guidescaped, sid, sidhex, sidescaped.
func (p *play) identity(label, what string) (string, bool) {
	one := p.people[label]
	if one == nil {
		return "", false
	}
	switch what {
	case "sam":
		return one.sam, true
	case "upn":
		return one.upn, true
	case "pw":
		return one.password, true
	}
	guid, sid := one.guid, one.sid
	switch what {
	case "guid":
		return guidText(guid), true
	case "guidhex":
		return fmt.Sprintf("%x", guid), true
	case "guidescaped":
		return escaped(guid), true
	case "sid":
		return sidText(sid), true
	case "sidhex":
		return fmt.Sprintf("%x", sid), true
	case "sidescaped":
		return escaped(sid), true
	case "rid":
		t := sidText(sid)
		return t[strings.LastIndexByte(t, '-')+1:], true
	}
	return "", false
}

// escaped writes octets for a filter.
func escaped(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(`\`)
		if s[i] < 16 {
			b.WriteByte('0')
		}
		b.WriteString(strconv.FormatUint(uint64(s[i]), 16))
	}
	return b.String()
}
