package tenant

import (
	"reflect"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/policy/branding"
	"github.com/ssprlab/ssprlab/internal/tenant/strict"
)

// codec reads seeds and patches, and writes views, with the closed sets of the
// product.
func codec() strict.Codec {
	return strict.Codec{Words: map[reflect.Type][]string{
		reflect.TypeFor[policy.Scope]():              words(policy.ScopeNone, policy.ScopeSelected, policy.ScopeAll),
		reflect.TypeFor[policy.Method]():             words(policy.Methods...),
		reflect.TypeFor[policy.Migration]():          words(policy.PreMigration, policy.MigrationInProgress, policy.MigrationComplete),
		reflect.TypeFor[policy.Hosting]():            words(policy.CloudOnly, policy.PasswordSync, policy.PassThrough, policy.Federated),
		reflect.TypeFor[policy.GuestKind]():          words(policy.Member, policy.PartnerGuest, policy.SelfServiceUser, policy.InvitedGuest, policy.PersonalAccount),
		reflect.TypeFor[policy.LicenceEnforcement](): words(policy.LicencesStrict, policy.LicencesLenient),
		reflect.TypeFor[policy.TelecomProvider]():    words(policy.TelecomMicrosoft, policy.TelecomCustomer, policy.TelecomRetired),
		reflect.TypeFor[policy.AppKind]():            words(policy.MicrosoftAuthenticator, policy.SoftwareOATH, policy.HardwareOATH),
		reflect.TypeFor[policy.CampaignState]():      words(policy.CampaignDefault, policy.CampaignEnabled, policy.CampaignDisabled),
		reflect.TypeFor[policy.AccessState]():        words(policy.AccessEnabled, policy.AccessReportOnly, policy.AccessDisabled),
		reflect.TypeFor[policy.Cloud]():              words(policy.PublicCloud, policy.ChinaCloud, policy.USGovernmentCloud),
		reflect.TypeFor[branding.Template]():         words(branding.TemplateDefault, branding.TemplateVerticalSplit),
		reflect.TypeFor[OATHAlgorithm]():             words(SHA1, SHA256),
		reflect.TypeFor[AgentKind]():                 words(ConnectSync, CloudSync),
		reflect.TypeFor[Right]():                     words(rightWords()...),
		reflect.TypeFor[FunctionalLevel]():           words(functionalLevels...),
		reflect.TypeFor[Dialect]():                   words(Windows2016, Windows2022, Samba),
		reflect.TypeFor[GroupScope]():                words(GlobalGroup, DomainLocalGroup, UniversalGroup),
	}}
}

func words[T ~string](of ...T) []string {
	list := make([]string, len(of))
	for i, w := range of {
		list[i] = string(w)
	}
	return list
}
