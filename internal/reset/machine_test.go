package reset_test

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

// everybody is one person of each kind: hybrid, nothing registered, cloud
// administrator, locked on-premises, cloud-only, hybrid administrator with one
// method, unlicensed, out of scope, guest, pass-through, federated.
var everybody = []string{
	"alice", "alice", "bob", "carol", "carol", "dave", "frank", "grace", "heidi", "ivan",
	"mike_fabrikam.example#EXT#@northlight.onmicrosoft.example", "nina", "oscar",
}

// future are those who may become administrators on the way, and two who are.
var future = []string{"alice", "frank", "nina", "karl", "carol", "grace"}

// A visit is one browser in front of the reset portal, as the model sees it.
type visit struct {
	reset.View
	person    string // ID
	proved    []policy.Method
	submitted bool
	held      bool   // throttled when the last press began
	code      string // that answers the challenge under way
	pushID    string
	replays   []string // codes that were right before
	want      end      // what the model expects of the last press
}

// An end is how the model says that a press has to end. The zero value says
// that the visit goes on.
type end struct {
	step  reset.Step
	cause []string // any of them; none: no word about it
	code  policy.Code
}

// A machine presses what people press and changes what administrators change, in
// any order, beside a model that knows what has to come of it.
type machine struct {
	*organisation
	rt      *rapid.T
	who     []string // come to the portal
	visits  []*visit
	pressed *visit // at this moment
	tallies map[string]*tally
	steps   map[string]map[string]bool // codes of apps that were used: person, app and time step

	// What a property looks at: every page somebody sees, and every write.
	sees   func(*visit)
	writes func(*visit)
	seen   map[string]int // how often the interesting things happened
}

func newMachine(rt *rapid.T) *machine {
	m := &machine{
		organisation: newOrganisation(rt), rt: rt, who: everybody, tallies: map[string]*tally{}, steps: map[string]map[string]bool{},
		sees: func(*visit) {}, writes: func(*visit) {}, seen: map[string]int{},
	}
	m.written = func(personID string) {
		m.seen["write"]++
		require.NotNil(rt, m.pressed, "a write that nobody asked for")
		require.Equal(rt, m.pressed.person, personID, "somebody else's password")
		m.writes(m.pressed)
	}
	return m
}

// run presses at random: people on the way far more often than people in doubt,
// so that some come to the end.
func (m *machine) run() {
	for range rapid.IntRange(20, 160).Draw(m.rt, "presses") {
		switch draw := rapid.IntRange(0, 19).Draw(m.rt, "what"); {
		case draw < 2:
			m.begin(rapid.SampledFrom(m.who).Draw(m.rt, "who"))
		case draw < 9:
			m.goOn(m.rt)
		case draw < 13:
			m.press(m.rt)
		case draw < 14:
			if rapid.IntRange(0, 4).Draw(m.rt, "pesters how") == 0 {
				m.persist(m.rt)
			} else {
				m.pester(m.rt)
			}
		case draw < 15:
			m.device(m.rt)
			m.interfere(m.rt)
		case draw < 16:
			m.now = m.now.Add(rapid.SampledFrom(waits).Draw(m.rt, "how long"))
		default:
			m.manage(m.rt)
		}
	}
}

// pester guesses, sends and submits until it has had enough.
func (m *machine) pester(rt *rapid.T) {
	v := m.pick(rt)
	if v == nil {
		return
	}
	again := rapid.SampledFrom([]string{"send", "guess", "guess"}).Draw(rt, "pesters by")
	for range rapid.IntRange(2, 10).Draw(rt, "times") {
		m.look(v)
		switch {
		case v.Step == reset.StepPassword:
			m.submit(v, "banned")
		case v.Step == reset.StepTrouble:
			m.trouble(v, policy.Reset)
		case v.Step != reset.StepVerify || len(v.Offers) == 0:
			return
		case again == "send" || v.Challenge == nil:
			m.startProof(v, rapid.SampledFrom(v.Offers).Draw(rt, "offer").Method, false)
		default:
			m.answer(v, "wrong")
		}
	}
}

// persist comes again and again, passes the gates and submits a password that is
// refused.
func (m *machine) persist(rt *rapid.T) {
	who := rapid.SampledFrom(m.who).Draw(rt, "who persists")
	for range rapid.IntRange(5, 7).Draw(rt, "times") {
		v := m.begin(who)
		for range 6 {
			switch {
			case v.Step == reset.StepTrouble:
				m.trouble(v, policy.Reset)
			case v.Step == reset.StepVerify && len(v.Offers) > 0:
				m.startProof(v, v.Offers[0].Method, false) // the mailed code, where there is one
				if v.Step == reset.StepVerify && v.Challenge != nil {
					m.rings[v.pushID] = challenge.Right
					m.answer(v, "right")
				}
			case v.Step == reset.StepPassword && !v.submitted:
				m.submit(v, "banned")
			}
		}
	}
}

var waits = []time.Duration{
	time.Second, 31 * time.Second, time.Minute, 5 * time.Minute, 16 * time.Minute, time.Hour, 24*time.Hour - time.Minute, 25 * time.Hour, 31 * 24 * time.Hour,
}

func (m *machine) tally(person string) *tally {
	if m.tallies[person] == nil {
		m.tallies[person] = &tally{events: map[policy.ThrottleEvent][]time.Time{}}
	}
	return m.tallies[person]
}

func (m *machine) known(v *visit) facts { return m.facts(v.person, m.tally(v.person).blocked) }

func (m *machine) blocked(person string) bool { return m.now.Before(m.tally(person).blocked) }

var throttled = end{step: reset.StepBlocked, cause: []string{"throttle"}}

// counts notes an event in the model: true when the person is blocked by it.
func (m *machine) counts(v *visit, e policy.ThrottleEvent) bool {
	return m.tally(v.person).note(m.known(v).s.Throttle, e, m.now)
}

// begin opens a visit.
func (m *machine) begin(name string) *visit {
	upn := name
	if !slices.Contains([]byte(upn), '@') {
		upn += "@northlight.example"
	}
	u, err := m.store.User(context.Background(), upn)
	require.NoError(m.rt, err)
	v := &visit{person: u.ID}
	if cause, code := m.known(v).verdict(policy.Reset); cause != "" {
		v.want = end{reset.StepError, []string{cause}, code}
		if cause == "throttle" {
			v.want = throttled
		}
	}
	got, err := m.Begin(context.Background(), reset.BeginInput{UserID: upn, Cookies: true, IPAddress: "203.0.113.7"})
	require.NoError(m.rt, err)
	m.visits = append(m.visits, v)
	m.show(v, got)
	return v
}

// show gives a visit the page that came of a press.
func (m *machine) show(v *visit, got reset.View) {
	v.View = got
	m.seen[string(got.Step)]++
	m.sees(v)
}

// press does any press on any visit, whether it fits or not.
func (m *machine) press(rt *rapid.T) {
	v := m.pick(rt)
	if v == nil {
		return
	}
	switch rapid.SampledFrom([]string{"trouble", "start", "answer", "answer", "submit", "cancel", "drop", "look"}).Draw(rt, "press") {
	case "trouble":
		m.trouble(v, rapid.SampledFrom([]policy.Operation{policy.Reset, policy.Unlock, policy.Change}).Draw(rt, "operation"))
	case "start":
		m.startProof(v, rapid.SampledFrom(policy.Methods).Draw(rt, "method"), rapid.IntRange(0, 4).Draw(rt, "mistyped") == 0)
	case "answer":
		m.answer(v, rapid.SampledFrom([]string{"right", "wrong", "wrong", "replay"}).Draw(rt, "answer"))
	case "submit":
		m.submit(v, rapid.SampledFrom([]string{"good", "banned", "short", "mismatch"}).Draw(rt, "password"))
	case "cancel":
		m.other(v, m.Cancel)
	case "drop":
		m.other(v, m.DropProof)
	case "look":
		m.other(v, m.View)
	}
}

func (m *machine) pick(rt *rapid.T) *visit {
	if len(m.visits) == 0 {
		return nil
	}
	return m.visits[max(0, len(m.visits)-1-rapid.IntRange(0, 3).Draw(rt, "visit"))]
}

// goOn does what the page of a visit asks for, rightly.
func (m *machine) goOn(rt *rapid.T) {
	v := m.pick(rt)
	if v == nil {
		return
	}
	m.look(v)
	switch v.Step {
	case reset.StepTrouble:
		m.trouble(v, rapid.SampledFrom([]policy.Operation{policy.Reset, policy.Reset, policy.Unlock}).Draw(rt, "operation"))
	case reset.StepVerify:
		if v.Challenge == nil {
			if len(v.Offers) == 0 {
				return
			}
			offer := rapid.SampledFrom(v.Offers).Draw(rt, "offer").Method
			if v.Offers[len(v.Offers)/2].Method == policy.Questions { // the one that administrators never have
				offer = policy.Questions
			}
			m.startProof(v, offer, false)
		}
		if v.Step == reset.StepVerify && v.Challenge != nil {
			m.rings[v.pushID] = challenge.Right
			m.answer(v, "right")
		}
	case reset.StepPassword:
		m.submit(v, "good")
	}
}

// configsOf are the entries of the Authentication methods policy by family.
var configsOf = map[string][]string{
	"app":   {policy.ConfigAuthenticator, policy.ConfigSoftwareOATH, policy.ConfigHardwareOATH},
	"email": {policy.ConfigEmail}, "mobile": {policy.ConfigSMS, policy.ConfigVoice}, "officePhone": {policy.ConfigVoice},
}

// interfere changes something about a person who stands before the last page, and
// lets the person go on as if nothing had happened.
func (m *machine) interfere(rt *rapid.T) {
	v := m.pick(rt)
	if v == nil || v.Step != reset.StepPassword || len(v.proved) == 0 {
		return
	}
	m.verdict, m.cloud = reset.Written, nil
	switch gone := v.proved[0]; rapid.SampledFrom([]string{"role", "role", "method", "contact", "gates"}).Draw(rt, "interferes with") {
	case "role":
		m.user(v.person, func(u *tenant.User) { u.Roles = []string{globalAdministrator} })
	case "method":
		m.set(func(s *policy.Settings) {
			s.Reset.Methods = slices.DeleteFunc(s.Reset.Methods, func(on policy.Method) bool { return family(on) == family(gone) })
			for _, id := range configsOf[family(gone)] {
				delete(s.Methods.Configs, id)
			}
		})
	case "contact":
		m.user(v.person, func(u *tenant.User) { u.Methods.AuthenticationEmail, u.OtherMails = "", nil })
	case "gates":
		m.set(func(s *policy.Settings) { s.Reset.Gates = 2 })
	}
	m.submit(v, "good")
}

// look refreshes the page of a visit.
func (m *machine) look(v *visit) {
	got, err := m.View(context.Background(), v.SessionID)
	require.NoError(m.rt, err)
	v.View, v.want, v.held = got, end{}, m.blocked(v.person)
}

// other does a press of which the model expects nothing.
func (m *machine) other(v *visit, do func(context.Context, string) (reset.View, error)) {
	id := v.SessionID
	v.want, m.pressed = end{}, nil
	got, err := do(context.Background(), id)
	require.NoError(m.rt, err)
	got.SessionID = id
	v.View = got
	m.sees(v)
}

func (m *machine) trouble(v *visit, op policy.Operation) {
	m.other(v, func(ctx context.Context, id string) (reset.View, error) { return m.ChooseTrouble(ctx, id, op) })
}

// startProof starts a proof. What is sent is the answer from then on.
func (m *machine) startProof(v *visit, method policy.Method, mistyped bool) {
	m.look(v)
	f, fits := m.known(v), v.Step == reset.StepVerify
	offered := f.usable(method) && !slices.ContainsFunc(v.proved, func(p policy.Method) bool { return family(p) == family(method) })
	phones := slices.Contains([]policy.Method{policy.MobileSMS, policy.MobileCall, policy.OfficeCall}, method)
	contact := ""
	if phones {
		contact = numberOf(f.p, method)
	}
	if mistyped {
		contact = "+1 4255550000"
	}
	switch {
	case !fits:
	case m.blocked(v.person):
		m.seen["held in another session"]++
		v.want = throttled
	case !offered:
	case method == policy.Email && m.counts(v, policy.EmailSend),
		(phones || method == policy.AppPush) && m.counts(v, policy.PhoneValidation),
		phones && mistyped && m.tally(v.person).failed(f.s.Throttle, policy.PhoneValidation, m.now):
		v.want = throttled
	}
	before := v.Challenge
	m.sent, m.pressed = "", nil
	got, err := m.StartProof(context.Background(), v.SessionID, method, contact)
	require.NoError(m.rt, err)
	if fits && v.want.step == "" {
		require.Equal(m.rt, !offered, got.Message == reset.MsgMethodNotOffered, "%s to %s", method, f.p.UserPrincipalName)
	}
	if c := got.Challenge; c != nil && (before == nil || c.ID != before.ID) {
		v.code, v.pushID = m.sent, c.PushID
	}
	m.show(v, got)
}

// answer answers the proof under way. A gate is passed if, and only if, the
// model knows the answer to be right.
func (m *machine) answer(v *visit, how string) {
	m.look(v)
	c := v.Challenge
	if v.Step != reset.StepVerify || c == nil {
		m.other(v, func(ctx context.Context, id string) (reset.View, error) { return m.AnswerProof(ctx, id, texts("1")) })
		return
	}
	typed, right := m.typed(v, how)
	before := len(v.proved)
	if m.blocked(v.person) {
		m.seen["held in another session"]++
	}
	switch {
	case m.blocked(v.person), c.Method == policy.Questions && m.counts(v, policy.QuestionsGate):
		v.want = throttled
	case right:
		v.proved = append(v.proved, c.Method)
		m.expectUnlock(v)
	case m.rings[c.PushID] == challenge.Waiting && c.PushID != "":
	case m.ends(c) && m.tally(v.person).failed(m.known(v).s.Throttle, started(c.Method), m.now), m.counts(v, policy.ProofFailure):
		v.want = throttled
	}
	m.pressed = v
	old := v.SessionID
	got, err := m.AnswerProof(context.Background(), old, typed)
	require.NoError(m.rt, err)
	m.pressed = nil
	if renewed := got.SessionID != old; before < len(v.proved) != renewed {
		m.rt.Fatalf("%s answered %s: the gate opened: %v (%s)", c.Method, how, renewed, got.Message)
	}
	m.settled(v, got)
}

// started is what the start of a proof counted as, as far as its end counts, too.
func started(method policy.Method) policy.ThrottleEvent {
	switch method {
	case policy.Email, policy.AppCode:
		return ""
	case policy.Questions:
		return policy.QuestionsGate
	}
	return policy.PhoneValidation
}

// ends reports whether a proof that is not passed cannot be answered any more.
func (m *machine) ends(c *challenge.Challenge) bool {
	switch c.Method {
	case policy.Questions, policy.AppPush, policy.MobileCall, policy.OfficeCall:
		return true
	}
	return c.Failures+1 >= 5 || !c.ExpiresAt.IsZero() && !m.now.Before(c.ExpiresAt)
}

// typed is what is typed, and whether it is right.
func (m *machine) typed(v *visit, how string) (typed []secret.Text, right bool) {
	c := v.Challenge
	switch c.Method {
	case policy.Questions:
		if how != "right" {
			return texts("no", "no", "no"), false
		}
		var answers []string
		for _, q := range c.Questions {
			answers = append(answers, answerOf(q))
		}
		return texts(answers...), true
	case policy.AppPush, policy.MobileCall, policy.OfficeCall:
		return nil, m.rings[c.PushID] == challenge.Right
	case policy.AppCode:
		return m.typedFromApp(v, how)
	}
	switch how {
	case "right":
		right = v.code != "" && m.now.Before(c.ExpiresAt)
		v.replays = append(v.replays, v.code)
		return texts(v.code), right
	case "replay":
		if n := len(v.replays); n > 0 && v.replays[n-1] != v.code {
			return texts(v.replays[n-1]), false
		}
	}
	return texts("none"), false
}

// typedFromApp reads a code off one of the person's apps. It is right once, and
// only from an app or token of a kind that the policy allows.
func (m *machine) typedFromApp(v *visit, how string) (typed []secret.Text, right bool) {
	apps := m.apps(v.person)
	if how == "wrong" || len(apps) == 0 {
		return texts("none"), false
	}
	f := m.known(v)
	app := rapid.SampledFrom(apps).Draw(m.rt, "app")
	step := m.now.Unix() / int64(app.OATH.Period/time.Second)
	counts := slices.ContainsFunc(f.p.Apps, func(a policy.App) bool { return a.ID == app.ID && f.codes(a) })
	used := m.steps[v.person]
	if used == nil {
		used = map[string]bool{}
		m.steps[v.person] = used
	}
	key := app.ID + strconv.FormatInt(step, 10)
	right = counts && !used[key]
	if right && !m.blocked(v.person) {
		used[key] = true
	}
	return texts(app.OATH.At(step).Reveal()), right
}

// expectUnlock says what must come of the last gate of an unlock, which acts at
// once.
func (m *machine) expectUnlock(v *visit) {
	if v.Operation != policy.Unlock || len(v.proved) < v.Gates {
		return
	}
	if m.refused(v) {
		return
	}
	m.expectWrite(v)
}

// refused says whether the rules, asked again, say no or ask for more.
func (m *machine) refused(v *visit) bool {
	f := m.known(v)
	cause, code := f.verdict(v.Operation)
	switch {
	case cause == "throttle":
		v.want = throttled
	case cause != "":
		v.want = end{reset.StepError, []string{cause}, code}
	case m.worth(v) < f.demanded():
		v.want = end{step: reset.StepVerify}
		if len(v.proved) >= f.demanded() {
			m.seen["spent proof"]++
		}
		if f.admin() && slices.Contains(v.proved, policy.Questions) {
			m.seen["questions of an administrator"]++
		}
	}
	return v.want.step != ""
}

// worth is how many of the gates that a visit has passed count now.
func (m *machine) worth(v *visit) int {
	return familiesOf(slices.DeleteFunc(slices.Clone(v.proved), func(p policy.Method) bool { return !m.known(v).usable(p) }))
}

// expectWrite says what must come of a write that the rules allow.
func (m *machine) expectWrite(v *visit) {
	synced := m.known(v).p.Hosting != policy.CloudOnly
	switch {
	case synced && m.verdict == reset.RefusedByPolicy && v.Operation == policy.Reset:
		v.want = end{reset.StepPassword, []string{string(m.verdict)}, ""}
	case synced && (m.verdict == reset.Unreachable || m.verdict == reset.AnswerLost):
		v.want = end{reset.StepError, []string{string(m.verdict)}, "SSPR_0030"}
	case synced && m.verdict != reset.Written:
		v.want = end{reset.StepError, []string{string(m.verdict)}, "SSPR_0029"}
	case !synced && m.cloud != nil:
		v.want = end{reset.StepError, []string{"cloud-write"}, ""}
	case v.Operation == policy.Unlock:
		v.want = end{step: reset.StepUnlocked}
	default:
		v.want = end{step: reset.StepDone}
	}
	switch {
	case v.want.step == reset.StepDone:
		m.tally(v.person).events = map[policy.ThrottleEvent][]time.Time{} // passwords-faq: a successful reset clears
	case v.want.step == reset.StepError && v.Operation == policy.Reset:
		m.tally(v.person).failed(m.known(v).s.Throttle, policy.ResetAttempt, m.now)
	}
}

// passwordChecks are the names that a refused password may be refused by.
var passwordChecks = []string{policy.CheckPasswordLength, policy.CheckPasswordFuzzy, policy.CheckPasswordScore, policy.CheckPasswordName}

// submit chooses a password.
func (m *machine) submit(v *visit, how string) {
	m.look(v)
	word := map[string]string{"good": "Rabbit-hole7!", "banned": "Password1", "short": "aB3", "mismatch": "Rabbit-hole7!"}[how]
	again := word
	if how == "mismatch" {
		again += "?"
	}
	if v.Step == reset.StepPassword && how != "mismatch" && !m.refused(v) {
		first := !v.submitted
		switch v.submitted = true; {
		case first && m.counts(v, policy.ResetAttempt):
			v.want = throttled
		case how != "good":
			v.want = end{reset.StepPassword, passwordChecks, ""}
		default:
			m.expectWrite(v)
		}
	}
	m.pressed = v
	got, err := m.ChoosePassword(context.Background(), v.SessionID, secret.New(word), secret.New(again))
	require.NoError(m.rt, err)
	m.pressed = nil
	m.settled(v, got)
}

// settled shows the page after a press that may have written. Gates that no
// longer count are forgotten.
func (m *machine) settled(v *visit, got reset.View) {
	if v.want.step == reset.StepVerify {
		v.proved = slices.DeleteFunc(v.proved, func(p policy.Method) bool { return !m.known(v).usable(p) })
	}
	m.show(v, got)
}

// device answers a call or a notification.
func (m *machine) device(rt *rapid.T) {
	if v := m.pick(rt); v != nil && v.pushID != "" {
		m.rings[v.pushID] = rapid.SampledFrom([]challenge.Verdict{challenge.Right, challenge.Denied}).Draw(rt, "device")
	}
}

// record is the decision record of a visit.
func (m *machine) record(v *visit) journal.Attempt {
	rec, ok := m.Journal.Attempt(v.CorrelationID)
	require.True(m.rt, ok)
	return rec
}
