package registration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ssprlab/ssprlab/internal/policy"
)

// An Overview is what the Security info page shows.
type Overview struct {
	User      string
	Refused   Result // not MsgNone: nothing can be seen or done, and why
	Items     []Item
	Add       []policy.InfoMethod          // what may be registered now
	Prefilled map[policy.InfoMethod]string // values of the directory that are offered for change
	Factors   []policy.Offer               // from which the default is chosen
	Default   policy.Method                // "" for none
	OnlyPass  bool                         // a Temporary Access Pass is the only method
	Draft     *DraftView
	Questions QuestionSheet
	Interrupt *policy.Interrupt // in the wizard: what is missing
}

// An Item is a registered method, as its owner sees it.
type Item struct {
	Method   policy.InfoMethod
	ID       string // of apps, else ""
	Waiting  bool   // a token to be activated
	Activate bool   // by the visitor
	Value    string // number, address or name of the app
	Change   bool
	Delete   bool
	Expires  time.Time // of a Temporary Access Pass
	Count    int       // of questions
}

// A DraftView is what a page may know of the draft. Offer is shown to nobody but
// the visitor.
type DraftView struct {
	Method    policy.InfoMethod
	Operation policy.InfoOperation
	Proof     policy.Method
	Value     string
	Offer     *AppOffer // of apps
	Serial    string    // of a hardware token
	Waiting   bool      // for a call to be confirmed
}

// A QuestionSheet says what registering questions asks for.
type QuestionSheet struct {
	Count      int      // to be registered
	Predefined []string // keys
	Custom     []string // texts
}

// Overview shows the page: what the visitor has, what may be done with it, and
// what waits for a proof.
func (s *Service) Overview(ctx context.Context, v Visitor) (Overview, error) {
	c, err := s.circumstances(ctx, v)
	if err != nil {
		return Overview{}, err
	}
	o := Overview{User: c.person.UserPrincipalName, Refused: c.barred()}
	if v.Interrupt {
		o.Interrupt = policy.Interruption(c.settings, c.person, policy.Visit{
			MFARequired: needsMFA(c, v), MFADone: !v.MFADoneAt.IsZero(),
		}, c.now)
	}
	if o.Refused.Message != MsgNone {
		return o, nil
	}
	o.Items, o.Prefilled = c.items(v), map[policy.InfoMethod]string{}
	for _, rule := range policy.InfoRules() {
		ok, _ := policy.InfoAllowed(c.settings, c.person, rule.Method, policy.InfoRegister, c.visit(v), c.now)
		if ok && supported(rule.Method) {
			o.Add = append(o.Add, rule.Method)
			if value := c.person.Contacts.Prefilled(rule.Method); value != "" {
				o.Prefilled[rule.Method] = value
			}
		}
	}
	o.Factors, o.Default = c.factors(), c.registered.DefaultFactor
	o.OnlyPass = !c.registered.PassEnds.IsZero() && !slices.ContainsFunc(o.Items, func(i Item) bool {
		return i.Method != policy.InfoTemporaryAccess && i.Method != policy.InfoPassword
	})
	q := c.settings.Reset.Questions
	o.Questions = QuestionSheet{Count: q.ToRegister, Predefined: q.Predefined, Custom: q.Custom}
	o.Draft, err = s.draftView(ctx, v)
	return o, err
}

// needsMFA reports whether a policy demands a second factor at this sign-in.
func needsMFA(c circumstances, v Visitor) bool {
	return policy.SignInAccess(c.settings, c.person, policy.SignInVisit{TrustedLocation: v.TrustedLocation}).NeedMFA
}

// supported leaves out what a lab has no device for.
func supported(m policy.InfoMethod) bool {
	return m != policy.InfoPasskey && m != policy.InfoAppPassword
}

func (s *Service) draftView(ctx context.Context, v Visitor) (*DraftView, error) {
	d, err := s.draft(ctx, v)
	if errors.Is(err, ErrNoDraft) {
		return nil, nil //nolint:nilnil // a page without a draft is an ordinary page
	}
	if err != nil {
		return nil, fmt.Errorf("reading the draft: %w", err)
	}
	view := &DraftView{Method: d.Method, Operation: d.Operation, Proof: d.Proof, Value: d.Value, Serial: d.Serial}
	view.Waiting = d.Challenge != nil && (d.Proof == policy.MobileCall || d.Proof == policy.OfficeCall)
	if d.AppID != "" {
		offer, err := s.Apps.Offer(ctx, v.PersonID, d.AppID)
		if errors.Is(err, ErrNoDraft) {
			return nil, s.Drafts.Delete(ctx, v.Session)
		}
		if err != nil {
			return nil, fmt.Errorf("showing the offered app: %w", err)
		}
		view.Offer = &offer
	}
	return view, nil
}

// items lists what the person has, in the order of the table.
func (c circumstances) items(v Visitor) []Item {
	var list []Item
	add := func(i Item) {
		i.Change, _ = policy.InfoAllowed(c.settings, c.person, i.Method, policy.InfoChange, c.visit(v), c.now)
		i.Delete, _ = policy.InfoAllowed(c.settings, c.person, i.Method, policy.InfoDelete, c.visit(v), c.now)
		if i.Waiting {
			i.Activate, _ = policy.InfoAllowed(c.settings, c.person, i.Method, policy.InfoRegister, c.visit(v), c.now)
		}
		list = append(list, i)
	}
	for _, a := range c.registered.Apps {
		add(Item{Method: infoOf(a.Kind), ID: a.ID, Value: a.Name, Waiting: a.Waiting})
	}
	contacts := c.person.Contacts
	for _, contact := range []struct {
		m     policy.InfoMethod
		value string
	}{
		{policy.InfoPhone, contacts.AuthenticationPhone},
		{policy.InfoAlternatePhone, contacts.AlternatePhone},
		{policy.InfoOfficePhone, contacts.OfficePhone},
		{policy.InfoEmail, contacts.AuthenticationEmail},
	} {
		if contact.value != "" {
			add(Item{Method: contact.m, Value: contact.value})
		}
	}
	if c.registered.Questions > 0 {
		add(Item{Method: policy.InfoQuestions, Count: c.registered.Questions})
	}
	if !v.Interrupt && c.person.Hosting != policy.Federated { // a federated password is changed elsewhere
		add(Item{Method: policy.InfoPassword})
	}
	if !c.registered.PassEnds.IsZero() {
		add(Item{Method: policy.InfoTemporaryAccess, Expires: c.registered.PassEnds})
	}
	return slices.Clip(list)
}

// infoOf is the row of the table that an app belongs to.
func infoOf(k policy.AppKind) policy.InfoMethod {
	switch k {
	case policy.MicrosoftAuthenticator:
		return policy.InfoAuthenticator
	case policy.HardwareOATH:
		return policy.InfoHardwareToken
	}
	return policy.InfoOtherApp
}

// Rows maps the methods that a wizard proposes to rows of the table, each once.
func Rows(methods []policy.Method) []policy.InfoMethod {
	var rows []policy.InfoMethod
	for _, m := range methods {
		row := map[policy.Method]policy.InfoMethod{
			policy.AppPush: policy.InfoAuthenticator, policy.AppCode: policy.InfoOtherApp,
			policy.MobileSMS: policy.InfoPhone, policy.MobileCall: policy.InfoPhone, policy.OfficeCall: policy.InfoOfficePhone,
			policy.Email: policy.InfoEmail, policy.Questions: policy.InfoQuestions,
		}[m]
		if row != "" && !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
	}
	return rows
}
