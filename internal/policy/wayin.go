package policy

import (
	"maps"
	"slices"
	"time"
)

// mostFixes bounds how many refusals in a row a remedy looks behind: each check
// can ask for one change and for the time that it takes to spread.
const mostFixes = 24

// wayIn carries out in thought what the refusal asks for and asks again, until
// somebody is admitted. It returns everything that had to be done. There are no
// fixes when no change lets the person in, such as for a partner's guest.
func (in inquiry) wayIn(a Admission) (remedy string, fixes []Fix) {
	var remedies []string
	for range mostFixes {
		failed := a.Checks[len(a.Checks)-1]
		remedies = append(remedies, failed.Remedy)
		if len(failed.Fixes) == 0 {
			return joinRemedies(remedies), nil
		}
		fixes = append(fixes, failed.Fixes...)
		for _, f := range failed.Fixes {
			in = in.after(f)
		}
		if a = in.admission(); a.Refusal == nil {
			return joinRemedies(remedies), fixes
		}
	}
	return joinRemedies(remedies), nil
}

// after is the inquiry once a fix has been carried out. What it shares with the
// inquiry before is left alone.
func (in inquiry) after(f Fix) inquiry {
	switch f.Kind {
	case FixWait:
		if until, err := time.Parse(time.RFC3339, f.Value); err == nil {
			in.now = until
		}
	case FixAllowAdmins:
		in.s.Admins = in.s.Admins.WithAllowed(true, in.now)
	case FixScope:
		in.s.Reset.Scope = Scope(f.Value)
	case FixAddToGroup:
		in.p.Groups = append(slices.Clone(in.p.Groups), f.Value)
	case FixAssignLicence:
		in.p.ServicePlans = append(slices.Clone(in.p.ServicePlans), f.Value)
	case FixRegister:
		in.p = in.p.registered(Method(f.Value))
	case FixAllowMethod:
		in.s = in.s.withAllowed(Method(f.Value))
	case FixAllowGuests:
		in.s.Reset.AllowGuests = true
	case FixWritebackToggle:
		in.s.Reset.Writeback = true
	case FixWritebackAgent, FixWritebackReach:
		in.writeback = WritebackRunning
	case FixAllowUnlock:
		in.s.Reset.AllowUnlock = true
	}
	return in
}

// registered is p with a method on file: of an app, every kind.
func (p Person) registered(m Method) Person {
	const somewhere, number = "somebody@mail.example", "+1 4255550100"
	switch m {
	case Email:
		p.Contacts.AuthenticationEmail = somewhere
	case MobileSMS, MobileCall:
		p.Contacts.AuthenticationPhone = number
	case OfficeCall:
		p.Contacts.OfficePhone = number
	case Questions:
		p.QuestionCount = maxAnswersAsked
	case AppPush, AppCode:
		p.Apps = append(slices.Clone(p.Apps), App{Kind: MicrosoftAuthenticator, Push: true}, App{Kind: SoftwareOATH}, App{Kind: HardwareOATH})
	}
	return p
}

// maxAnswersAsked is how many questions a reset may ask for (reference 3).
const maxAnswersAsked = 5

// withAllowed is s with a method allowed to everybody in the policy in force.
func (s Settings) withAllowed(m Method) Settings {
	if s.Methods.Migration != MigrationComplete || m == Questions {
		s.Reset.Methods = append(slices.Clone(s.Reset.Methods), m)
		return s
	}
	s.Methods.Configs = maps.Clone(s.Methods.Configs)
	if s.Methods.Configs == nil {
		s.Methods.Configs = map[string]MethodConfig{}
	}
	for _, id := range configsFor(m) {
		s.Methods.Configs[id] = MethodConfig{Enabled: true, Include: []string{AllUsers}, SoftwareOATH: true, OfficeAllowed: true}
	}
	return s
}
