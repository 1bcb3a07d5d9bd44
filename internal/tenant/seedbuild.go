package tenant

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// New builds the tenant of a seed that [ParseSeed] accepted. Object IDs,
// secrets and salts come from the lab's chance by name, so a person keeps the
// same ID whatever else the file says. Ages count back from now.
func New(seed Seed, chance *chance.Source, now func() time.Time) (*Store, error) {
	s := newStore(chance, now)
	if s.id = strings.ToLower(seed.Tenant.ID); s.id == "" {
		s.id = s.freshID("tenant", seed.Tenant.InitialDomain)
	}
	s.settings = clone(seed.Tenant.Settings)
	start := now()
	plan := seed.Directories(chance, start)
	for _, u := range seed.Users {
		user := s.userOf(u, plan, start)
		if err := s.checkUser(user).Err(); err != nil {
			return nil, fmt.Errorf("building user %s: %w", u.UserPrincipalName, err)
		}
		s.put(&user)
	}
	if err := s.addSeededGroups(seed); err != nil {
		return nil, err
	}
	if err := s.addSeededTokens(seed, start); err != nil {
		return nil, err
	}
	s.resolveNames(&s.settings)
	return s, nil
}

// userOf builds one user.
func (s *Store) userOf(u UserSeed, plan []DirectoryPlan, now time.Time) User {
	id := u.ID
	if id == "" {
		id = s.freshID("user", u.UserPrincipalName)
	}
	user := User{
		ID: strings.ToLower(id), UserPrincipalName: u.UserPrincipalName, DisplayName: u.DisplayName, GivenName: u.GivenName, Surname: u.Surname,
		Mail: u.Mail, OtherMails: u.OtherMails, ProxyAddresses: u.ProxyAddresses, MobilePhone: u.MobilePhone, BusinessPhones: oneOrNone(u.OfficePhone),
		UsageLocation: u.UsageLocation, PreferredLanguage: u.PreferredLanguage, Note: u.Note, Guest: u.Guest, Hosting: u.Hosting, AccountEnabled: !u.Disabled,
		PasswordPolicies: u.PasswordPolicies, MustChangePassword: u.MustChange, Created: now.Add(-max(u.PasswordAge, u.Registered)),
	}
	if u.Hosting == policy.PasswordSync && user.PasswordPolicies == "" {
		user.PasswordPolicies = policy.PoliciesAfterSync(s.settings.Expiry, "", true)
	}
	for _, r := range u.Roles {
		role, _ := roleID(r)
		user.Roles = append(user.Roles, role)
	}
	for _, l := range u.Licences {
		licence, _ := licenceID(l)
		user.Licences = append(user.Licences, licence)
	}
	for _, l := range u.DisabledPlans {
		plan, _ := licenceID(l)
		user.DisabledPlans = append(user.DisabledPlans, plan)
	}
	if !u.Password.Empty() {
		user.LastPasswordChange = now.Add(-u.PasswordAge)
	}
	if !u.Password.Empty() && (u.Hosting == policy.CloudOnly || u.Hosting == policy.PasswordSync) {
		user.Credential = seededCredential(u.Password, s.stableSalt(credentialSalt, "credential", u.UserPrincipalName))
	}
	if u.Registered > 0 {
		user.RegisteredAt = now.Add(-u.Registered)
		user.ReconfirmedAt = user.RegisteredAt
	}
	user.Methods = s.methodsOf(user.ID, u, now)
	user.noteContacts(User{}, now)
	if u.OnPremises != nil {
		user.OnPremises = originOf(u, plan, now)
	}
	return clone(user)
}

func originOf(u UserSeed, plan []DirectoryPlan, now time.Time) OnPremises {
	o := OnPremises{
		Domain: u.OnPremises.Domain, SAMAccountName: u.OnPremises.SAMAccountName,
		UserPrincipalName: u.OnPremises.UserPrincipalName, LastSync: now,
	}
	for _, d := range plan {
		if d.DNSName != o.Domain {
			continue
		}
		o.NetBIOS = d.NetBIOS
		if e := d.account(o.SAMAccountName); e != nil {
			o.DistinguishedName, o.SecurityIdentifier = e.DN, e.SID
			o.ImmutableID = base64.StdEncoding.EncodeToString(e.Account.ConsistencyGUID)
		}
	}
	return o
}

func (s *Store) methodsOf(id string, u UserSeed, now time.Time) Methods {
	m := Methods{
		AuthenticationPhone: u.Methods.AuthenticationPhone, AlternatePhone: u.Methods.AlternatePhone,
		AuthenticationEmail: u.Methods.AuthenticationEmail,
	}
	for i, a := range u.Methods.Apps {
		stream := s.chance.Stream("tenant", "app", strings.ToLower(u.UserPrincipalName), fmt.Sprint(i))
		app := App{
			ID: chance.GUID(stream), Name: a.Name, Kind: a.Kind, Push: a.Push, Serial: a.Serial, Inactive: a.Inactive, Created: now.Add(-u.Registered),
			OATH: OATH{Secret: a.Secret, Period: a.Period, Algorithm: a.Algorithm}.withDefaults(),
		}
		if a.Secret.Empty() {
			app.OATH.Secret = secret.New(base32Plain.EncodeToString(chance.Bytes(stream, 20)))
		}
		if app.Name == "" {
			app.Name = usualName(a.Kind)
		}
		m.Apps = append(m.Apps, app)
	}
	for _, q := range u.Methods.Questions {
		salt := chance.Bytes(s.chance.Stream("tenant", "answer-salt", strings.ToLower(u.UserPrincipalName), q.Question), answerSalt)
		m.Questions = append(m.Questions, Question{q.Question, seededAnswer(id, q.Question, q.Answer, salt)})
	}
	if u.Pass != nil {
		stream := s.chance.Stream("tenant", "access-pass", strings.ToLower(u.UserPrincipalName))
		once := u.Pass.Once
		issued, err := s.settings.TAP.Issue(policy.TAPRequest{Lifetime: u.Pass.Lifetime, Once: onlyTrue(once), Start: now.Add(u.Pass.Start)}, now)
		if err != nil { // outside the policy of today: it was issued under another
			issued = policy.TAP{Start: now.Add(u.Pass.Start), Lifetime: cmp.Or(u.Pass.Lifetime, s.settings.TAP.DefaultLifetime), Once: once}
		}
		m.Pass = &AccessPass{
			ID: chance.GUID(stream), TAP: issued, Created: now.Add(min(u.Pass.Start, 0)),
			Hash: seededCredential(u.Pass.Pass, chance.Bytes(stream, credentialSalt)),
		}
	}
	return m
}

// onlyTrue leaves the choice to the policy unless it was made.
func onlyTrue(b bool) *bool {
	if b {
		return &b
	}
	return nil
}

// addSeededGroups adds all groups first, so that they may contain each other in
// any order, and then their members.
func (s *Store) addSeededGroups(seed Seed) error {
	for _, g := range seed.Groups {
		id := strings.ToLower(g.ID)
		if id == "" {
			id = s.freshID("group", g.Name)
		}
		s.groups[id] = &Group{ID: id, Name: g.Name, Description: g.Description, Created: s.now()}
	}
	for _, g := range seed.Groups {
		group, err := s.findGroup(g.Name)
		if err != nil {
			return fmt.Errorf("building group %s: %w", g.Name, err)
		}
		members := slices.Clone(g.Members)
		for _, u := range seed.Users {
			if slices.ContainsFunc(u.Groups, func(name string) bool { return strings.EqualFold(name, g.Name) }) {
				members = append(members, u.UserPrincipalName)
			}
		}
		for _, m := range members {
			if id := s.memberID(m); id != "" && !slices.Contains(group.Members, id) {
				group.Members = append(group.Members, id)
			}
		}
	}
	s.up = parents(s.groups)
	return nil
}

// memberID finds a user by UPN or a group by name, "" for neither.
func (s *Store) memberID(name string) string {
	if u, err := s.find(name); err == nil {
		return u.ID
	}
	if g, err := s.findGroup(name); err == nil {
		return g.ID
	}
	return ""
}

// resolveNames turns the names of groups and users in settings into IDs.
func (s *Store) resolveNames(settings *policy.Settings) {
	settings.Reset.GroupID = s.idOf(settings.Reset.GroupID)
	lists := [][]string{settings.Registration.Campaign.Include, settings.Registration.Campaign.Exclude}
	for _, c := range settings.Methods.Configs {
		lists = append(lists, c.Include, c.Exclude)
	}
	for _, a := range slices.Concat(settings.Registration.Access, settings.SignIn.Access) {
		lists = append(lists, a.IncludeGroups, a.ExcludeGroups, a.IncludeUsers, a.ExcludeUsers)
	}
	for _, list := range lists {
		for i := range list {
			list[i] = s.idOf(list[i])
		}
	}
}

// idOf is the ID of a group's or user's name, or what was given.
func (s *Store) idOf(name string) string {
	if id := s.memberID(name); id != "" {
		return id
	}
	return name
}

// anchor is mS-DS-ConsistencyGuid of an account: the 16 octets in the order in
// which AD keeps a GUID (MS-DTYP 2.3.4.2).
func (a AccountSeed) anchor(source *chance.Source) []byte {
	if a.ConsistencyGUID != "" {
		return guidOctets(a.ConsistencyGUID)
	}
	name := strings.ToLower(a.Domain + "\\" + a.SAMAccountName)
	return guidOctets(chance.GUID(source.Stream("tenant", "consistency-guid", name)))
}

func guidOctets(guid string) []byte {
	b, _ := hex.DecodeString(strings.ReplaceAll(guid, "-", ""))
	if len(b) != 16 {
		return nil
	}
	slices.Reverse(b[:4])
	slices.Reverse(b[4:6])
	slices.Reverse(b[6:8])
	return b
}
