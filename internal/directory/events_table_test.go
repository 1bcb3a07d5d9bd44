package directory_test

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/directory"
	"github.com/ssprlab/ssprlab/internal/directory/security"
	"github.com/ssprlab/ssprlab/internal/policy/domain"
	"github.com/ssprlab/ssprlab/internal/secret"
)

const (
	subjectFields = " SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId"
	targetFields  = "TargetUserName TargetDomainName TargetSid"
	accountFields = " PrivilegeList SamAccountName DisplayName UserPrincipalName HomeDirectory HomePath ScriptPath ProfilePath UserWorkstations" +
		" PasswordLastSet AccountExpires PrimaryGroupId AllowedToDelegateTo OldUacValue NewUacValue UserAccountControl UserParameters SidHistory LogonHours"
	ticketNetwork = " IpAddress IpPort CertIssuerName CertSerialNumber CertThumbprint"
	changeFields  = "OpCorrelationID AppCorrelationID" + subjectFields + " DSName DSType"
	computerAlso  = " DnsHostName ServicePrincipalNames"
	groupFields   = targetFields + subjectFields + " PrivilegeList SamAccountName SidHistory"
	memberFields  = "MemberName MemberSid " + targetFields + subjectFields + " PrivilegeList"
)

// eventFields is EventData of each event, in order, with its source: AD
// reference 13.3 or, where that has none, the page of the event in Microsoft's
// security auditing reference (learn.microsoft.com, "event-4739" and so on).
var eventFields = map[int]struct{ source, fields string }{
	4624: {"event-4624, version 0", strings.TrimSpace(subjectFields) + " TargetUserSid TargetUserName TargetDomainName TargetLogonId LogonType LogonProcessName AuthenticationPackageName WorkstationName LogonGuid TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort"},
	4625: {"13.3", strings.TrimSpace(subjectFields) + " TargetUserSid TargetUserName TargetDomainName Status FailureReason SubStatus LogonType LogonProcessName AuthenticationPackageName WorkstationName TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort"},
	4720: {"event-4720", targetFields + subjectFields + accountFields},
	4722: {"13.3", targetFields + subjectFields},
	4723: {"13.3", targetFields + subjectFields + " PrivilegeList"},
	4724: {"13.3", targetFields + subjectFields},
	4725: {"13.3", targetFields + subjectFields},
	4726: {"13.3", targetFields + subjectFields + " PrivilegeList"},
	4728: {"event-4728", memberFields},
	4729: {"event-4729", memberFields},
	4727: {"event-4731", groupFields},
	4730: {"event-4734", targetFields + subjectFields + " PrivilegeList"},
	4737: {"event-4735", groupFields},
	4755: {"event-4735", groupFields},
	4741: {"event-4741", targetFields + subjectFields + accountFields + computerAlso},
	4742: {"event-4742", "ComputerAccountChange " + targetFields + subjectFields + accountFields + computerAlso},
	4743: {"event-4743", targetFields + subjectFields + " PrivilegeList"},
	4764: {"event-4764", "GroupTypeChange " + targetFields + subjectFields + " PrivilegeList"},
	4738: {"13.3", "Dummy " + targetFields + subjectFields + accountFields},
	4739: {"event-4739", "DomainPolicyChanged DomainName DomainSid" + subjectFields + " PrivilegeList MinPasswordAge MaxPasswordAge ForceLogoff LockoutThreshold LockoutObservationWindow LockoutDuration PasswordProperties MinPasswordLength PasswordHistoryLength MachineAccountQuota MixedDomainMode DomainBehaviorVersion OemInformation"},
	4740: {"13.3", targetFields + subjectFields},
	4767: {"13.3", targetFields + subjectFields},
	4768: {"13.3, event-4768", "TargetUserName TargetDomainName TargetSid ServiceName ServiceSid TicketOptions Status TicketEncryptionType PreAuthType" + ticketNetwork},
	4771: {"13.3", "TargetUserName TargetSid ServiceName TicketOptions Status PreAuthType" + ticketNetwork},
	4776: {"13.3", "PackageName TargetUserName Workstation Status"},
	4780: {"event-4780", targetFields + subjectFields + " PrivilegeList"},
	5136: {"event-5136", changeFields + " ObjectDN ObjectGUID ObjectClass AttributeLDAPDisplayName AttributeSyntaxOID AttributeValue OperationType"},
	5137: {"event-5137", changeFields + " ObjectDN ObjectGUID ObjectClass"},
	5138: {"event-5138", changeFields + " OldObjectDN NewObjectDN ObjectGUID ObjectClass"},
	5139: {"event-5139", changeFields + " OldObjectDN NewObjectDN ObjectGUID ObjectClass"},
	5141: {"event-5141", changeFields + " ObjectDN ObjectGUID ObjectClass TreeDelete"},
	4781: {"13.3, event-4781", "OldTargetUserName NewTargetUserName TargetDomainName TargetSid" + subjectFields + " PrivilegeList"},
}

// eventTasks are the tasks of AD reference 13.1, 13825 of event-4741, 13569 of event-4739 and 14081 of
// event-5136.
var eventTasks = map[int]int{
	4624: 12544, 4625: 12544, 4720: 13824, 4722: 13824, 4723: 13824, 4724: 13824, 4725: 13824, 4726: 13824, 4728: 13826, 4729: 13826,
	4727: 13826, 4755: 13826, 4730: 13826, 4737: 13826, 4764: 13826, 4741: 13825, 4742: 13825, 4743: 13825,
	5136: 14081, 5137: 14081, 5138: 14081, 5139: 14081, 5141: 14081,
	4738: 13824, 4739: 13569, 4740: 13824, 4767: 13824, 4768: 14339, 4771: 14339, 4776: 14336, 4780: 13824, 4781: 13824,
}

// everything does what each of the events tells of.
func everything(l *lab) {
	anna := l.user("Anna Long")
	admin := l.admin()
	l.modify(admin, base, change(set, "lockoutThreshold", "2"), change(set, "minPwdAge", "0"))
	l.reset(admin, anna, "N3w!Passw0rd")
	l.changePassword(l.as(anna, "N3w!Passw0rd"), anna, "N3w!Passw0rd", "An0ther!Word")
	l.ticket("annalong", "An0ther!Word")
	l.ticket("annalong", "wrong")
	l.bind(anna, "wrong")
	l.modify(admin, anna, change(set, "lockoutTime", "0"))
	l.modify(admin, anna, change(set, "userAccountControl", "514"))
	l.modify(admin, anna, change(set, "userAccountControl", "512"))
	l.modify(admin, anna, change(set, "sAMAccountName", "along"))
	l.modify(admin, "CN=Domain Admins,CN=Users,"+base, change(directory.AddValues, "member", anna))
	l.domain.ProtectAdminGroups(l.now)
	l.modify(admin, "CN=Domain Admins,CN=Users,"+base, change(directory.DeleteValues, "member", anna))
	l.dc.Add(context.Background(), l.request(admin), directory.AddRequest{DN: "CN=Bo," + staff, Attributes: []directory.Attribute{
		{Name: "objectClass", Values: [][]byte{[]byte("user")}}, {Name: "sAMAccountName", Values: [][]byte{[]byte("bo")}},
	}})
	l.add(admin, "CN=readers,"+staff, []string{"objectClass", "group"}, []string{"groupType", "-2147483646"})
	l.modify(admin, "CN=readers,"+staff, change(set, "groupType", "-2147483640"))
	l.modify(admin, "CN=readers,"+staff, change(set, "groupType", "-2147483646"))
	l.dc.Delete(context.Background(), l.request(admin), "CN=readers,"+staff)
	l.add(admin, "CN=PC1,"+staff, []string{"objectClass", "computer"}, []string{"sAMAccountName", "PC1$"}, []string{"userAccountControl", "4096"})
	l.modify(admin, "CN=PC1,"+staff, change(set, "description", "a computer"))
	l.dc.Delete(context.Background(), l.request(admin), "CN=PC1,"+staff)
	l.audit(base, "S:(AU;CISA;CCDCWPSD;;;WD)")
	l.modify(admin, "CN=Bo,"+staff, change(set, "description", "new"))
	superior := "CN=Users," + base
	l.dc.ModifyDN(context.Background(), l.request(admin), directory.ModifyDNRequest{DN: "CN=Bo," + staff, NewRDN: "CN=Bo", DeleteOldRDN: true, NewSuperior: &superior})
	l.dc.Add(context.Background(), l.request(admin), directory.AddRequest{DN: "CN=Cy," + staff, Attributes: []directory.Attribute{
		{Name: "objectClass", Values: [][]byte{[]byte("user")}}, {Name: "sAMAccountName", Values: [][]byte{[]byte("cy")}},
	}})
	cy := l.value("CN=Cy,"+staff, "objectGUID")
	l.dc.Delete(context.Background(), l.request(admin), "CN=Cy,"+staff)
	undelete := l.request(admin)
	undelete.Controls.ShowDeleted = true
	l.dc.Modify(context.Background(), undelete, directory.ModifyRequest{DN: "<GUID=" + hex.EncodeToString([]byte(cy)) + ">", Changes: []directory.ModifyChange{
		{Kind: directory.DeleteValues, Name: "isDeleted"}, {Kind: directory.ReplaceValues, Name: "distinguishedName", Values: [][]byte{[]byte("CN=Cy," + staff)}},
	}})
}

// audit switches the subcategory Directory Service Changes on and gives an
// object a system ACL.
func (l *lab) audit(dn, sddl string) {
	l.t.Helper()
	s := l.domain.Settings()
	s.AuditDirectoryChanges = true
	l.domain.SetSettings(s)
	r := l.request(l.admin())
	flags := int(security.SACLPart)
	r.Controls.SDFlags = &flags
	sd := security.MustSDDL(sddl, security.Base{Domain: l.domain.SID(), Root: l.domain.SID()})
	res := l.dc.Modify(context.Background(), r, directory.ModifyRequest{DN: dn, Changes: []directory.ModifyChange{
		{Kind: directory.ReplaceValues, Name: "nTSecurityDescriptor", Values: [][]byte{sd.Bytes()}},
	}})
	require.Equal(l.t, directory.Success, res.Code, res.Diagnostic)
}

func (l *lab) ticket(name, password string) directory.Ticket {
	r := l.request(directory.Caller{})
	r.Channel.Workstation = "LAPTOP7"
	return l.dc.Ticket(r, directory.TicketRequest{Name: `CORP\` + name, Password: secret.New(password)})
}

func TestEventsHaveTheFieldsOfTheirManifest(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	everything(l)
	seen := map[int]bool{}
	for _, e := range l.events {
		want, known := eventFields[e.ID]
		require.True(t, known, "event %d has no line in the table", e.ID)
		var names []string
		for _, f := range e.Fields {
			names = append(names, f.Name)
		}
		assert.Equal(t, strings.Fields(want.fields), names, "%d: %s", e.ID, want.source)
		assert.Equal(t, eventTasks[e.ID], e.Task, "task of %d", e.ID)
		seen[e.ID] = true
	}
	for id := range eventFields {
		assert.True(t, seen[id], "nothing wrote event %d", id)
	}
}

// find returns the events with an ID.
func (l *lab) find(id int) (list []directory.SecurityEvent) {
	for _, e := range l.events {
		if e.ID == id {
			list = append(list, e)
		}
	}
	return list
}

func TestAPolicyChangeTellsTheNewValuesAndOnlyThose(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	admin := l.admin()
	l.events = nil
	require.Equal(t, directory.Success, l.modify(admin, base,
		change(set, "lockoutThreshold", "5"), change(set, "lockoutDuration", "-36000000000"), change(set, "minPwdLength", "12"),
		change(set, "maxPwdAge", "-9223372036854775808"), change(set, "pwdProperties", "17"), change(set, "pwdHistoryLength", "24"),
	).Code)
	got := l.find(4739)
	require.Len(t, got, 2, "one event for each kind of change")
	password, lockout := got[0], got[1]
	for field, want := range map[string]string{
		"DomainPolicyChanged": "Password Policy", "DomainName": "CORP", "DomainSid": l.domain.SID().String(), "SubjectUserName": "Administrator",
		"MinPasswordLength": "12", "MaxPasswordAge": "%%1794", "PasswordProperties": "17",
		"PasswordHistoryLength": "-", "MinPasswordAge": "-", "LockoutThreshold": "-", "LockoutDuration": "-",
	} {
		assert.Equal(t, want, password.Field(field), field)
	}
	for field, want := range map[string]string{
		"DomainPolicyChanged": "Lockout Policy", "LockoutThreshold": "5", "LockoutDuration": "3600", "LockoutObservationWindow": "-", "MinPasswordLength": "-",
	} {
		assert.Equal(t, want, lockout.Field(field), field)
	}

	l.events = nil
	require.Equal(t, directory.Success, l.modify(directory.System(), base, change(set, "ms-DS-MachineAccountQuota", "0"), change(set, "description", "x")).Code)
	got = l.find(4739)
	require.Len(t, got, 1)
	assert.Equal(t, "-", got[0].Field("DomainPolicyChanged"))
	assert.Equal(t, "0", got[0].Field("MachineAccountQuota"))
	assert.Equal(t, "DC1$", got[0].Field("SubjectUserName"), "Group Policy is applied by the domain controller itself")

	l.events = nil
	require.Equal(t, directory.Success, l.modify(admin, base, change(set, "description", "y"), change(set, "minPwdLength", "12")).Code)
	assert.Empty(t, l.find(4739), "the same value is no change")

	samba := newLab(t, directory.Samba)
	samba.modify(directory.System(), base, change(set, "minPwdLength", "12"))
	assert.Empty(t, samba.find(4739), "AD reference 13.4: Samba has no such event")
}

func TestANewAccountIsToldWithItsAttributes(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	admin := l.admin()
	res := l.dc.Add(context.Background(), l.request(admin), directory.AddRequest{DN: "CN=Ken Smith," + staff, Attributes: []directory.Attribute{
		{Name: "objectClass", Values: [][]byte{[]byte("user")}},
		{Name: "sAMAccountName", Values: [][]byte{[]byte("ksmith")}},
		{Name: "displayName", Values: [][]byte{[]byte("Ken Smith")}},
		{Name: "userPrincipalName", Values: [][]byte{[]byte("ksmith@corp.example")}},
	}})
	require.Equal(t, directory.Success, res.Code, res.Diagnostic)
	got := l.find(4720)
	require.Len(t, got, 1)
	// The example of the page event-4720, but for its own names.
	for field, want := range map[string]string{
		"SamAccountName": "ksmith", "DisplayName": "Ken Smith", "UserPrincipalName": "ksmith@corp.example", "HomeDirectory": "-",
		"PasswordLastSet": "%%1794", "AccountExpires": "%%1794", "PrimaryGroupId": "513", "OldUacValue": "0x0", "NewUacValue": "0x15", "LogonHours": "%%1793",
	} {
		assert.Equal(t, want, got[0].Field(field), field)
	}
	assert.Equal(t, "%%2080 %%2082 %%2084", strings.Join(strings.Fields(got[0].Field("UserAccountControl")), " "))
}

// Page event-4781: the name is sAMAccountName.
func TestOnlyTheAccountNameIsTheNameOfAnAccount(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	admin := l.admin()
	require.Equal(t, directory.Success, l.dc.ModifyDN(context.Background(), l.request(admin), directory.ModifyDNRequest{DN: anna, NewRDN: "CN=Anna Short", DeleteOldRDN: true}).Code)
	assert.Empty(t, l.find(4781))
	require.Equal(t, directory.Success, l.modify(admin, "CN=Anna Short,"+staff, change(set, "sAMAccountName", "ashort")).Code)
	got := l.find(4781)
	require.Len(t, got, 1)
	assert.Equal(t, "annalong", got[0].Field("OldTargetUserName"))
	assert.Equal(t, "ashort", got[0].Field("NewTargetUserName"))
}

// AD reference 12.3: the status of every state of an account.
func TestASignInAtAComputerOfTheDomain(t *testing.T) {
	for why, c := range map[string]struct {
		name, password string
		prepare        func(l *lab, anna string)
		code           domain.SubCode
		event          int
		status         string
	}{
		"right":                            {"annalong", firstPass, nil, domain.LogonOK, 4768, "0x0"},
		"nobody":                           {"nobody", firstPass, nil, domain.NoSuchUser, 4768, "0x6"},
		"wrong":                            {"annalong", "wrong", nil, domain.LogonFailure, 4771, "0x18"},
		"the previous password, no grace":  {"annalong", firstPass, func(l *lab, anna string) { l.reset(l.admin(), anna, "N3w!Passw0rd") }, domain.LogonFailure, 4771, "0x18"},
		"disabled, even without the proof": {"annalong", "wrong", func(l *lab, anna string) { l.modify(l.admin(), anna, change(set, "userAccountControl", "514")) }, domain.AccountDisabled, 4771, "0x12"},
		"account expired": {"annalong", firstPass, func(l *lab, anna string) {
			l.modify(l.admin(), anna, change(set, "accountExpires", domain.FileTimeOf(l.now.Add(-time.Hour)).String()))
		}, domain.AccountExpired, 4771, "0x12"},
		"must change":        {"annalong", firstPass, func(l *lab, anna string) { l.modify(l.admin(), anna, change(set, "pwdLastSet", "0")) }, domain.PasswordMustChange, 4771, "0x17"},
		"must change, wrong": {"annalong", "wrong", func(l *lab, anna string) { l.modify(l.admin(), anna, change(set, "pwdLastSet", "0")) }, domain.LogonFailure, 4771, "0x18"},
		"another computer":   {"annalong", firstPass, func(l *lab, anna string) { l.modify(l.admin(), anna, change(set, "userWorkstations", "OTHER")) }, domain.InvalidWorkstation, 4768, "0xc"},
		"this computer":      {"annalong", firstPass, func(l *lab, anna string) { l.modify(l.admin(), anna, change(set, "userWorkstations", "LAPTOP7")) }, domain.LogonOK, 4768, "0x0"},
	} {
		t.Run(why, func(t *testing.T) {
			l := newLab(t, directory.Windows2022)
			anna := l.user("Anna Long")
			if c.prepare != nil {
				c.prepare(l, anna)
			}
			l.events = nil
			got := l.ticket(c.name, c.password)
			assert.Equal(t, c.code, got.Code)
			require.Len(t, l.events, 1, "a bind's 4776, 4624 and 4625 belong to binds")
			e := l.events[0]
			assert.Equal(t, c.event, e.ID)
			assert.Equal(t, c.status, e.Field("Status"))
			assert.Equal(t, c.status == "0x0", e.Success)
			assert.Equal(t, "::ffff:192.0.2.7", e.Field("IpAddress"))
			assert.Equal(t, "50000", e.Field("IpPort"))
			switch {
			case e.Success:
				assert.Equal(t, "annalong", got.SAMAccountName)
				assert.Equal(t, "krbtgt", e.Field("ServiceName"))
				assert.Equal(t, l.domain.SID().WithRID(502).String(), e.Field("ServiceSid"))
				assert.Equal(t, "CORP.EXAMPLE", e.Field("TargetDomainName"))
			case e.ID == 4768:
				assert.Equal(t, "S-1-0-0", e.Field("TargetSid"), "event-4768: NULL SID in failures")
				assert.Equal(t, "krbtgt/CORP.EXAMPLE", e.Field("ServiceName"))
			}
		})
	}
}

func TestSignInsAtAComputerLockTheAccount(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna := l.user("Anna Long")
	l.modify(directory.System(), base, change(set, "lockoutThreshold", "3"))
	for range 3 {
		assert.Equal(t, domain.LogonFailure, l.ticket("annalong", "wrong").Code)
	}
	got := l.find(4740)
	require.Len(t, got, 1)
	assert.Equal(t, "LAPTOP7", got[0].Field("TargetDomainName"), "4740 carries the calling computer there")
	assert.NotEqual(t, "0", l.value(anna, "lockoutTime"))
	assert.Equal(t, domain.AccountLockedOut, l.ticket("annalong", firstPass).Code)
}

// AD reference 13.4, and D50 of the divergences.
func TestSambaWritesNoWindowsEventsOfASignIn(t *testing.T) {
	l := newLab(t, directory.Samba)
	l.user("Anna Long")
	l.modify(directory.System(), base, change(set, "lockoutThreshold", "1"))
	l.events = nil
	l.ticket("annalong", firstPass)
	l.ticket("annalong", "wrong")
	var ids []int
	for _, e := range l.events {
		ids = append(ids, e.ID)
	}
	assert.Equal(t, []int{4624, 4625}, ids)
}

// Pages event-5136 and audit-directory-service-changes: the subcategory has to be
// on, and the object's system ACL has to ask for it.
func TestChangesOfObjectsAreToldWhereTheyAreAudited(t *testing.T) {
	const psos = "CN=Password Settings Container,CN=System," + base
	pso := func(l *lab, name string) directory.Result {
		var attributes []directory.Attribute
		for at, v := range map[string]string{
			"objectClass": "msDS-PasswordSettings", "msDS-PasswordSettingsPrecedence": "10", "msDS-PasswordReversibleEncryptionEnabled": "FALSE",
			"msDS-PasswordHistoryLength": "3", "msDS-PasswordComplexityEnabled": "TRUE", "msDS-MinimumPasswordLength": "12", "msDS-MinimumPasswordAge": "0",
			"msDS-MaximumPasswordAge": "-36288000000000", "msDS-LockoutThreshold": "0", "msDS-LockoutObservationWindow": "-18000000000", "msDS-LockoutDuration": "-18000000000",
		} {
			attributes = append(attributes, directory.Attribute{Name: at, Values: [][]byte{[]byte(v)}})
		}
		return l.dc.Add(context.Background(), l.request(l.admin()), directory.AddRequest{DN: "CN=" + name + "," + psos, Attributes: attributes})
	}
	l := newLab(t, directory.Windows2022)
	admin := l.admin()
	require.Equal(t, directory.Success, l.modify(admin, base, change(set, "minPwdLength", "8")).Code)
	require.Equal(t, directory.Success, pso(l, "Unseen").Code)
	assert.Empty(t, append(l.find(5136), l.find(5137)...), "off, as on a fresh domain controller")

	l.audit(psos, "S:(AU;CISA;CCWP;;;WD)")
	l.events = nil
	require.Equal(t, directory.Success, l.modify(admin, base, change(set, "minPwdLength", "9"), change(set, "minPwdAge", "0")).Code)
	got := l.find(5136)
	require.Len(t, got, 4, "a fresh domain audits writes to its head")
	var told []string
	for _, e := range got {
		told = append(told, e.Field("AttributeLDAPDisplayName")+" "+e.Field("OperationType")+" "+e.Field("AttributeValue"))
		assert.Equal(t, got[0].Field("OpCorrelationID"), e.Field("OpCorrelationID"))
		assert.Equal(t, []string{"corp.example", "%%14676", base, "domainDNS", "Administrator"},
			[]string{e.Field("DSName"), e.Field("DSType"), e.Field("ObjectDN"), e.Field("ObjectClass"), e.Field("SubjectUserName")})
	}
	assert.Equal(t, []string{"minPwdLength %%14675 8", "minPwdLength %%14674 9", "minPwdAge %%14675 -864000000000", "minPwdAge %%14674 0"}, told)
	assert.Equal(t, "2.5.5.9", got[0].Field("AttributeSyntaxOID"))

	require.Equal(t, directory.Success, pso(l, "Seen").Code)
	made := l.find(5137)
	require.Len(t, made, 1)
	assert.Equal(t, "CN=Seen,"+psos, made[0].Field("ObjectDN"))
	assert.Equal(t, "msDS-PasswordSettings", made[0].Field("ObjectClass"))
	assert.NotEqual(t, got[0].Field("OpCorrelationID"), made[0].Field("OpCorrelationID"))

	l.events = nil
	anna := l.user("Anna Long")
	require.Equal(t, directory.Success, l.modify(admin, anna, change(set, "description", "x")).Code)
	assert.Empty(t, l.find(5136), "no entry for users")
	require.Equal(t, directory.Success, l.modify(admin, "CN=Seen,"+psos, change(directory.AddValues, "msDS-PSOAppliesTo", anna)).Code)
	linked := l.find(5136)
	require.Len(t, linked, 1)
	assert.Equal(t, anna, linked[0].Field("AttributeValue"))
}

func TestNoPasswordReachesTheSecurityLog(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	l.audit(base, "S:(AU;CISA;CCDCWPSD;;;WD)")
	anna := l.user("Anna Long")
	require.Equal(t, directory.Success, l.reset(l.admin(), anna, "N3w!Passw0rd").Code)
	for _, e := range l.events {
		for _, f := range e.Fields {
			assert.NotContains(t, f.Value, "N3w!", "%d %s", e.ID, f.Name)
			assert.NotEqual(t, "unicodePwd", f.Value)
		}
	}
}

// Subjects are made once and told many times: whoever gets an event may write
// into it without changing another.
func TestAnEventSharesNothingWithTheNext(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna, admin := l.user("Anna Long"), l.admin()
	for range 2 {
		require.Equal(t, directory.Success, l.reset(admin, anna, "N3w!Passw0rd").Code)
		l.bind(anna, "N3w!Passw0rd")
		for _, e := range l.events {
			for i := range e.Fields {
				if e.Fields[i].Name == "SubjectUserName" {
					assert.Contains(t, []string{"Administrator", "DC1$"}, e.Fields[i].Value, e.ID)
				}
				e.Fields[i] = directory.Field{}
			}
		}
		l.events = nil
	}
}

// ids are the numbers of what was written, and clears it.
func (l *lab) ids() (list []int) {
	for _, e := range l.events {
		list = append(list, e.ID)
	}
	l.events = nil
	return list
}

// Pages of the events of "Audit Security Group Management" and "Audit
// Distribution Group Management".
func TestEveryKindOfGroupHasEventsOfItsOwn(t *testing.T) {
	for kind, ids := range map[string][5]int{ // created, changed, member added, member removed, deleted
		"-2147483646": {4727, 4737, 4728, 4729, 4730}, "-2147483644": {4731, 4735, 4732, 4733, 4734}, "-2147483640": {4754, 4755, 4756, 4757, 4758},
		"2": {4749, 4750, 4751, 4752, 4753}, "4": {4744, 4745, 4746, 4747, 4748}, "8": {4759, 4760, 4761, 4762, 4763},
	} {
		l := newLab(t, directory.Windows2022)
		anna, admin, group := l.user("Anna Long"), l.admin(), "CN=group,"+staff
		l.events = nil
		require.Equal(t, directory.Success, l.add(admin, group, []string{"objectClass", "group"}, []string{"groupType", kind}, []string{"sAMAccountName", "readers"}).Code)
		made := l.find(ids[0])
		require.Len(t, made, 1)
		assert.Equal(t, "readers", made[0].Field("SamAccountName"))
		task := 13826
		if kind[0] != '-' {
			task = 13827
		}
		for _, e := range l.events {
			assert.Equal(t, task, e.Task)
		}
		assert.Equal(t, []int{ids[0]}, l.ids())

		l.modify(admin, group, change(set, "description", "x"))
		assert.Equal(t, "-", l.find(ids[1])[0].Field("SamAccountName"), "there is no telling what it was")
		assert.Equal(t, []int{ids[1]}, l.ids())
		l.modify(admin, group, change(set, "description", "x"))
		assert.Empty(t, l.ids(), "no change")
		l.modify(admin, group, change(set, "sAMAccountName", "writers"))
		assert.Equal(t, "writers", l.find(ids[1])[0].Field("SamAccountName"))
		assert.Equal(t, []int{4781, ids[1]}, l.ids())

		l.modify(admin, group, change(directory.AddValues, "member", anna))
		assert.Equal(t, anna, l.find(ids[2])[0].Field("MemberName"))
		assert.Equal(t, []int{ids[1], ids[2]}, l.ids(), "the change without a change comes first")
		l.modify(admin, group, change(directory.DeleteValues, "member", anna))
		assert.Equal(t, []int{ids[1], ids[3]}, l.ids())

		require.Equal(t, directory.Success, l.dc.Delete(context.Background(), l.request(admin), group).Code)
		assert.Equal(t, []int{ids[4]}, l.ids())
	}
}

// Page event-4764, and event-4735: the change is told in the words of the new kind.
func TestAGroupThatBecomesAnotherKind(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	group := "CN=group," + staff
	require.Equal(t, directory.Success, l.add(l.admin(), group, []string{"objectClass", "group"}, []string{"groupType", "-2147483644"}).Code)
	l.events = nil
	require.Equal(t, directory.Success, l.modify(l.admin(), group, change(set, "groupType", "4")).Code)
	changed := l.find(4764)
	require.Len(t, changed, 1)
	assert.Equal(t, "Security Enabled Local Group Changed to Security Disabled Local Group.", changed[0].Field("GroupTypeChange"))
	assert.Len(t, l.find(4745), 1)
	assert.Empty(t, l.find(4735))

	l.events = nil
	require.Equal(t, directory.Success, l.modify(l.admin(), "CN=Account Operators,CN=Builtin,"+base, change(set, "description", "x")).Code)
	assert.Equal(t, "Builtin", l.find(4735)[0].Field("TargetDomainName"))
}

// Pages event-4741, event-4742 and event-4743.
func TestComputersHaveEventsOfTheirOwn(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	admin, pc := l.admin(), "CN=WIN81,"+staff
	l.events = nil
	require.Equal(t, directory.Success, l.add(admin, pc, []string{"objectClass", "computer"}, []string{"sAMAccountName", "WIN81$"},
		[]string{"userAccountControl", "4096"}, []string{"dNSHostName", "win81.corp.example"}, []string{"servicePrincipalName", "HOST/win81.corp.example", "HOST/WIN81"}).Code)
	made := l.find(4741)
	require.Len(t, made, 1)
	// The example of the page, but for its own names.
	for field, want := range map[string]string{
		"SamAccountName": "WIN81$", "DisplayName": "-", "PrimaryGroupId": "515", "OldUacValue": "0x0", "NewUacValue": "0x80",
		"LogonHours": "%%1793", "DnsHostName": "win81.corp.example",
	} {
		assert.Equal(t, want, made[0].Field(field), field)
	}
	assert.ElementsMatch(t, []string{"HOST/win81.corp.example", "HOST/WIN81"}, strings.Fields(made[0].Field("ServicePrincipalNames")))
	assert.Equal(t, "%%2087", strings.TrimSpace(made[0].Field("UserAccountControl")))
	assert.Equal(t, []int{4741, 4722}, l.ids())

	require.Equal(t, directory.Success, l.modify(admin, pc, change(set, "servicePrincipalName", "HOST/WIN81")).Code)
	changed := l.find(4742)[0]
	assert.Equal(t, "HOST/WIN81", strings.TrimSpace(changed.Field("ServicePrincipalNames")))
	assert.Equal(t, "-", changed.Field("DnsHostName"))
	assert.Equal(t, []int{4742}, l.ids())
	l.modify(admin, pc, change(directory.DeleteValues, "servicePrincipalName"), change(set, "userAccountControl", "4098"))
	assert.Equal(t, "%%1793", l.find(4742)[0].Field("ServicePrincipalNames"))
	assert.Equal(t, []int{4725, 4742}, l.ids())
	require.Equal(t, directory.Success, l.reset(admin, pc, "N3w!Passw0rd").Code)
	assert.Equal(t, []int{4724, 4742}, l.ids())

	require.Equal(t, directory.Success, l.modify(admin, pc, change(set, "userAccountControl", "512")).Code)
	assert.Equal(t, []int{4722, 4738}, l.ids(), "whose kind is a user's is a user to the log")
	require.Equal(t, directory.Success, l.modify(admin, pc, change(set, "userAccountControl", "4096")).Code)
	l.events = nil
	require.Equal(t, directory.Success, l.dc.Delete(context.Background(), l.request(admin), pc).Code)
	assert.Equal(t, []int{4743}, l.ids())

	samba := newLab(t, directory.Samba)
	samba.events = nil
	samba.add(samba.admin(), "CN=group,"+staff, []string{"objectClass", "group"})
	samba.modify(samba.admin(), "CN=group,"+staff, change(set, "description", "x"))
	samba.events = samba.find(4727)
	assert.Empty(t, append(samba.events, samba.find(4737)...), "AD reference 13.4: Samba has no such events")
}

func TestARefusedModifyIsNoChangeInTheLog(t *testing.T) {
	l := newLab(t, directory.Windows2022)
	anna, admin, group := l.user("Anna Long"), l.admin(), "CN=group,"+staff
	require.Equal(t, directory.Success, l.add(admin, group, []string{"objectClass", "group"}, []string{"groupType", "-2147483646"}).Code)
	l.events = nil
	require.NotEqual(t, directory.Success, l.modify(admin, group, change(directory.AddValues, "member", anna), change(set, "groupType", "17")).Code)
	assert.Empty(t, l.ids(), "nobody has become a member")

	require.NotEqual(t, directory.Success, l.modify(admin, anna,
		change(set, "unicodePwd", string(quoted("N3w!Passw0rd"))), change(set, "groupType", "17")).Code)
	assert.Empty(t, l.ids(), "and no password was set")
}
