package directory

import (
	"sync"

	"github.com/ssprlab/ssprlab/internal/directory/schema"
)

// known is the attributes that the rules of this package speak of.
type known struct {
	objectClass, objectCategory, cn, name, ou, dc, distinguishedName, instanceType, objectGUID, objectSid, whenCreated, whenChanged, uSNCreated           *schema.Attribute
	uSNChanged, nTSecurityDescriptor, sAMAccountName, sAMAccountType, userAccountControl, userPrincipalName, displayName, givenName, sn, mail             *schema.Attribute
	description, primaryGroupID, accountExpires, pwdLastSet, lockoutTime, badPwdCount, badPasswordTime, lastLogon, lastLogoff, logonCount                 *schema.Attribute
	lastLogonTimestamp, logonHours, userWorkstations, codePage, countryCode, adminCount, groupType, member, memberOf, isCriticalSystemObject, systemFlags *schema.Attribute
	showInAdvancedViewOnly, isDeleted, isRecycled, lastKnownParent, wellKnownObjects, otherWellKnownObjects, unicodePwd, userPassword, dBCSPwd            *schema.Attribute
	ntPwdHistory, lmPwdHistory, supplementalCredentials, minPwdLength, pwdHistoryLength, minPwdAge, maxPwdAge, pwdProperties, lockoutThreshold            *schema.Attribute
	lockoutDuration, lockOutObservationWindow, uASCompat, servicePrincipalName, sIDHistory, dSHeuristics, tombstoneLifetime, dNSHostName, fSMORoleOwner   *schema.Attribute
	uPNSuffixes, sPNMappings, dSCorePropagationData, hasMasterNCs, legacyExchangeDN, managedBy, manager, canonicalName, createTimeStamp, modifyTimeStamp  *schema.Attribute
	structuralObjectClass, subSchemaSubEntry, allowedAttributes, allowedAttributesEffective, allowedChildClasses, allowedChildClassesEffective            *schema.Attribute
	sDRightsEffective, primaryGroupToken, tokenGroups, tokenGroupsGlobalAndUniversal, tokenGroupsNoGCAcceptable, parentGUID, entryTTL, aNR                *schema.Attribute
	possibleInferiors, fromEntry, rid, objectVersion, lDAPAdminLimits, uid, displayNamePrintable, replPropertyMetaData, userParameters, homeDirectory     *schema.Attribute
	homeDrive, scriptPath, profilePath, msDSBehaviorVersion, consistencyGUID, keyVersionNumber, machineAccountQuota, lastKnownRDN, logonTimeSyncInterval  *schema.Attribute
	principalName, psoApplied, psoAppliesTo, resultantPSO, uacComputed, expiryComputed, psoPrecedence, psoMinLength, psoHistory, psoComplexity            *schema.Attribute
	psoReversible, psoMinAge, psoMaxAge, psoThreshold, psoWindow, psoDuration, memberOfTransitive, memberTransitive, otherSettings, enabledFeature        *schema.Attribute
	attributeTypes, objectClasses, dITContentRules, extendedAttributeInfo, extendedClassInfo                                                              *schema.Attribute
	isRODC, approxImmed, deletedObjectLifetime, creatorSID, forceLogoff, nTMixedDomain, oEMInformation                                                    *schema.Attribute
	options, hasPartialReplicaNCs, isGC                                                                                                                   *schema.Attribute
	neverReveal, revealOnDemand, revealedUsers, revealedList, authenticatedAtDC, serverReference                                                          *schema.Attribute
	allowedDNSSuffixes, allowedToAct, userCachable, additionalDNSHostName, additionalSAMAccountName                                                       *schema.Attribute
	replAttributeMetaData, replValueMetaData, garbageCollPeriod, nCName                                                                                   *schema.Attribute
}

// attributes finds them once in the shared schema.
var attributes = sync.OnceValue(func() *known {
	k := &known{}
	s := schema.Default()
	for name, at := range map[string]**schema.Attribute{
		"objectClass":                         &k.objectClass,
		"attributeTypes":                      &k.attributeTypes,
		"objectClasses":                       &k.objectClasses,
		"dITContentRules":                     &k.dITContentRules,
		"extendedAttributeInfo":               &k.extendedAttributeInfo,
		"extendedClassInfo":                   &k.extendedClassInfo,
		"objectCategory":                      &k.objectCategory,
		"cn":                                  &k.cn,
		"name":                                &k.name,
		"ou":                                  &k.ou,
		"dc":                                  &k.dc,
		"distinguishedName":                   &k.distinguishedName,
		"instanceType":                        &k.instanceType,
		"objectGUID":                          &k.objectGUID,
		"objectSid":                           &k.objectSid,
		"whenCreated":                         &k.whenCreated,
		"whenChanged":                         &k.whenChanged,
		"uSNCreated":                          &k.uSNCreated,
		"uSNChanged":                          &k.uSNChanged,
		"nTSecurityDescriptor":                &k.nTSecurityDescriptor,
		"sAMAccountName":                      &k.sAMAccountName,
		"sAMAccountType":                      &k.sAMAccountType,
		"userAccountControl":                  &k.userAccountControl,
		"userPrincipalName":                   &k.userPrincipalName,
		"displayName":                         &k.displayName,
		"givenName":                           &k.givenName,
		"sn":                                  &k.sn,
		"mail":                                &k.mail,
		"description":                         &k.description,
		"primaryGroupID":                      &k.primaryGroupID,
		"accountExpires":                      &k.accountExpires,
		"pwdLastSet":                          &k.pwdLastSet,
		"lockoutTime":                         &k.lockoutTime,
		"badPwdCount":                         &k.badPwdCount,
		"badPasswordTime":                     &k.badPasswordTime,
		"lastLogon":                           &k.lastLogon,
		"lastLogoff":                          &k.lastLogoff,
		"logonCount":                          &k.logonCount,
		"lastLogonTimestamp":                  &k.lastLogonTimestamp,
		"logonHours":                          &k.logonHours,
		"userWorkstations":                    &k.userWorkstations,
		"codePage":                            &k.codePage,
		"countryCode":                         &k.countryCode,
		"adminCount":                          &k.adminCount,
		"groupType":                           &k.groupType,
		"member":                              &k.member,
		"memberOf":                            &k.memberOf,
		"isCriticalSystemObject":              &k.isCriticalSystemObject,
		"systemFlags":                         &k.systemFlags,
		"showInAdvancedViewOnly":              &k.showInAdvancedViewOnly,
		"isDeleted":                           &k.isDeleted,
		"isRecycled":                          &k.isRecycled,
		"lastKnownParent":                     &k.lastKnownParent,
		"wellKnownObjects":                    &k.wellKnownObjects,
		"otherWellKnownObjects":               &k.otherWellKnownObjects,
		"unicodePwd":                          &k.unicodePwd,
		"userPassword":                        &k.userPassword,
		"dBCSPwd":                             &k.dBCSPwd,
		"ntPwdHistory":                        &k.ntPwdHistory,
		"lmPwdHistory":                        &k.lmPwdHistory,
		"supplementalCredentials":             &k.supplementalCredentials,
		"minPwdLength":                        &k.minPwdLength,
		"pwdHistoryLength":                    &k.pwdHistoryLength,
		"minPwdAge":                           &k.minPwdAge,
		"forceLogoff":                         &k.forceLogoff,
		"nTMixedDomain":                       &k.nTMixedDomain,
		"oEMInformation":                      &k.oEMInformation,
		"maxPwdAge":                           &k.maxPwdAge,
		"pwdProperties":                       &k.pwdProperties,
		"lockoutThreshold":                    &k.lockoutThreshold,
		"lockoutDuration":                     &k.lockoutDuration,
		"lockOutObservationWindow":            &k.lockOutObservationWindow,
		"uASCompat":                           &k.uASCompat,
		"servicePrincipalName":                &k.servicePrincipalName,
		"sIDHistory":                          &k.sIDHistory,
		"dSHeuristics":                        &k.dSHeuristics,
		"tombstoneLifetime":                   &k.tombstoneLifetime,
		"dNSHostName":                         &k.dNSHostName,
		"fSMORoleOwner":                       &k.fSMORoleOwner,
		"uPNSuffixes":                         &k.uPNSuffixes,
		"sPNMappings":                         &k.sPNMappings,
		"dSCorePropagationData":               &k.dSCorePropagationData,
		"hasMasterNCs":                        &k.hasMasterNCs,
		"legacyExchangeDN":                    &k.legacyExchangeDN,
		"managedBy":                           &k.managedBy,
		"manager":                             &k.manager,
		"canonicalName":                       &k.canonicalName,
		"createTimeStamp":                     &k.createTimeStamp,
		"modifyTimeStamp":                     &k.modifyTimeStamp,
		"structuralObjectClass":               &k.structuralObjectClass,
		"subSchemaSubEntry":                   &k.subSchemaSubEntry,
		"allowedAttributes":                   &k.allowedAttributes,
		"allowedAttributesEffective":          &k.allowedAttributesEffective,
		"allowedChildClasses":                 &k.allowedChildClasses,
		"allowedChildClassesEffective":        &k.allowedChildClassesEffective,
		"sDRightsEffective":                   &k.sDRightsEffective,
		"primaryGroupToken":                   &k.primaryGroupToken,
		"tokenGroups":                         &k.tokenGroups,
		"tokenGroupsGlobalAndUniversal":       &k.tokenGroupsGlobalAndUniversal,
		"tokenGroupsNoGCAcceptable":           &k.tokenGroupsNoGCAcceptable,
		"parentGUID":                          &k.parentGUID,
		"entryTTL":                            &k.entryTTL,
		"aNR":                                 &k.aNR,
		"possibleInferiors":                   &k.possibleInferiors,
		"fromEntry":                           &k.fromEntry,
		"rid":                                 &k.rid,
		"objectVersion":                       &k.objectVersion,
		"lDAPAdminLimits":                     &k.lDAPAdminLimits,
		"uid":                                 &k.uid,
		"displayNamePrintable":                &k.displayNamePrintable,
		"replPropertyMetaData":                &k.replPropertyMetaData,
		"userParameters":                      &k.userParameters,
		"homeDirectory":                       &k.homeDirectory,
		"homeDrive":                           &k.homeDrive,
		"scriptPath":                          &k.scriptPath,
		"profilePath":                         &k.profilePath,
		"msDS-Behavior-Version":               &k.msDSBehaviorVersion,
		"mS-DS-ConsistencyGuid":               &k.consistencyGUID,
		"msDS-KeyVersionNumber":               &k.keyVersionNumber,
		"ms-DS-MachineAccountQuota":           &k.machineAccountQuota,
		"msDS-LastKnownRDN":                   &k.lastKnownRDN,
		"msDS-LogonTimeSyncInterval":          &k.logonTimeSyncInterval,
		"msDS-PrincipalName":                  &k.principalName,
		"msDS-PSOApplied":                     &k.psoApplied,
		"msDS-PSOAppliesTo":                   &k.psoAppliesTo,
		"msDS-ResultantPSO":                   &k.resultantPSO,
		"msDS-User-Account-Control-Computed":  &k.uacComputed,
		"msDS-UserPasswordExpiryTimeComputed": &k.expiryComputed,
		"msDS-PasswordSettingsPrecedence":     &k.psoPrecedence,
		"msDS-MinimumPasswordLength":          &k.psoMinLength,
		"msDS-PasswordHistoryLength":          &k.psoHistory,
		"msDS-PasswordComplexityEnabled":      &k.psoComplexity,
		"msDS-PasswordReversibleEncryptionEnabled": &k.psoReversible,
		"msDS-MinimumPasswordAge":                  &k.psoMinAge,
		"msDS-MaximumPasswordAge":                  &k.psoMaxAge,
		"msDS-LockoutThreshold":                    &k.psoThreshold,
		"msDS-LockoutObservationWindow":            &k.psoWindow,
		"msDS-LockoutDuration":                     &k.psoDuration,
		"msds-memberOfTransitive":                  &k.memberOfTransitive,
		"msds-memberTransitive":                    &k.memberTransitive,
		"msDS-Other-Settings":                      &k.otherSettings,
		"msDS-EnabledFeature":                      &k.enabledFeature,
		"msDS-isRODC":                              &k.isRODC,
		"msDS-isGC":                                &k.isGC,
		"options":                                  &k.options,
		"hasPartialReplicaNCs":                     &k.hasPartialReplicaNCs,
		"msDS-Approx-Immed-Subordinates":           &k.approxImmed,
		"msDS-deletedObjectLifetime":               &k.deletedObjectLifetime,
		"mS-DS-CreatorSID":                         &k.creatorSID,
		"msDS-ReplAttributeMetaData":               &k.replAttributeMetaData,
		"msDS-ReplValueMetaData":                   &k.replValueMetaData,
		"garbageCollPeriod":                        &k.garbageCollPeriod,
		"msDS-NeverRevealGroup":                    &k.neverReveal,
		"msDS-RevealOnDemandGroup":                 &k.revealOnDemand,
		"msDS-RevealedUsers":                       &k.revealedUsers,
		"msDS-RevealedList":                        &k.revealedList,
		"msDS-AuthenticatedAtDC":                   &k.authenticatedAtDC,
		"serverReference":                          &k.serverReference,

		"msDS-AdditionalDnsHostName":               &k.additionalDNSHostName,
		"msDS-AdditionalSamAccountName":            &k.additionalSAMAccountName,
		"msDS-IsUserCachableAtRodc":                &k.userCachable,
		"nCName":                                   &k.nCName,
		"msDS-AllowedDNSSuffixes":                  &k.allowedDNSSuffixes,
		"msDS-AllowedToActOnBehalfOfOtherIdentity": &k.allowedToAct,
	} {
		*at = s.MustAttribute(name)
	}
	return k
})
