package journal

// The services that write audit records (SSPR reference 12.1).
const (
	ServiceSSPR                  = "Self-service Password Management"
	ServiceAuthenticationMethods = "Authentication Methods"
	ServiceCoreDirectory         = "Core Directory"
)

// The categories of audit records (12.1).
const (
	CategoryUser      = "UserManagement"
	CategoryDirectory = "DirectoryManagement"
	CategoryPolicy    = "PolicyManagement" // policy changes; the documentation does not say
)

// The results of audit records (12.4).
const (
	Success = "success"
	Failure = "failure"
	Timeout = "timeout"
)

// The activities of self-service password reset (12.2).
const (
	ActivityFlow              = "Self-service password reset flow activity progress"
	ActivityReset             = "Reset password (self-service)"
	ActivityAdminReset        = "Reset password (by admin)"
	ActivityChange            = "Change password (self-service)"
	ActivityUnlock            = "Unlock user account (self-service)"
	ActivityBlocked           = "Blocked from self-service password reset"
	ActivitySecurityInfoSaved = "Security info saved for self-service password reset"
	ActivityRegistered        = "User registered for self-service password reset"
	ActivityPolicyChanges     = "Self-service password reset policy changes"
	ActivityEnableWriteback   = "Enable password writeback for directory"
	ActivityDisableWriteback  = "Disable password writeback for directory"
)

// The activities that the directory itself records beside them (12.2).
const (
	ActivityDirectoryReset  = "Reset user password"
	ActivityDirectoryChange = "Change user password"
	ActivityRefreshTokens   = "Update StsRefreshTokenValidFrom Timestamp"
	ActivityPasswordProfile = "Update PasswordProfile"
)

// The agents that the detail OnPremisesAgent of a reset names (12.4).
const (
	AgentNone        = "None"
	AgentConnectSync = "Microsoft Entra Connect"
	AgentCloudSync   = "CloudSync"
)

// The result reasons of the final records (12.3). The documentation prints none
// for unlocking; ReasonUnlocked follows the wording of the reset.
const (
	ReasonReset       = "Successfully completed reset."
	ReasonUnlocked    = "Successfully completed unlock."
	ReasonNone        = "None"
	ReasonAdminAction = "OnPremisesAdminActionRequired"
	ReasonConnection  = "OnPremisesConnectivityError"
	ReasonOnPremises  = "OnPremisesPolicyViolation"
	ReasonCloudFailed = "OnPremisesSuccessCloudFailure" // of the write in the cloud
)

// FlowProgress is one step of the flow: the person is actor and target, though
// not signed in (12.4). The result follows from the reason.
func FlowProgress(correlationID string, who Actor, reason FlowReason) Record {
	return ofPerson(correlationID, ActivityFlow, who, reason.Result(), string(reason))
}

// Blocked says that a throttling rule has taken hold. Its result is success:
// the block was applied (12.2).
func Blocked(correlationID string, who Actor, reason FlowReason) Record {
	return ofPerson(correlationID, ActivityBlocked, who, Success, string(reason))
}

// PasswordReset is the final record of a reset. agent is one of the Agent
// constants; failure is the reason, "" for success.
func PasswordReset(correlationID string, who Actor, agent, failure string) Record {
	return final(correlationID, ActivityReset, who, who, agent, ReasonReset, failure)
}

// AdminReset is the record of a reset by an administrator.
func AdminReset(correlationID string, admin, target Actor, agent, failure string) Record {
	return final(correlationID, ActivityAdminReset, admin, target, agent, ReasonReset, failure)
}

// PasswordChange is the final record of a change, voluntary or forced. Its
// reason is the word None when all went well (12.3).
func PasswordChange(correlationID string, who Actor, agent, failure string) Record {
	return final(correlationID, ActivityChange, who, who, agent, ReasonNone, failure)
}

// Unlocked is the final record of an unlock without reset.
func Unlocked(correlationID string, who Actor, agent, failure string) Record {
	return final(correlationID, ActivityUnlock, who, who, agent, ReasonUnlocked, failure)
}

// SecurityInfoSaved is written once for each item of data that a person
// registers for password reset (12.1).
func SecurityInfoSaved(correlationID string, who Actor, item string) Record {
	return ofPerson(correlationID, ActivitySecurityInfoSaved, who, Success, "User registered "+item+".")
}

// PolicyChanged is written when an administrator changes the settings of
// password reset, with old and new values.
func PolicyChanged(correlationID string, admin Actor, changes ...ModifiedProperty) Record {
	r := audit(correlationID, ServiceSSPR, CategoryPolicy, ActivityPolicyChanges, Success, "")
	r.Audit.InitiatedBy, r.Audit.ModifiedProperties = admin, changes
	return r
}

// WritebackSwitched is written when writeback is enabled or disabled: the only
// outside sign of its state (12.2). failure is "" for success.
func WritebackSwitched(correlationID string, admin Actor, on bool, failure string) Record {
	activity, result := ActivityDisableWriteback, Success
	if on {
		activity = ActivityEnableWriteback
	}
	if failure != "" {
		result = Failure
	}
	r := audit(correlationID, ServiceSSPR, CategoryDirectory, activity, result, failure)
	r.Audit.InitiatedBy = admin
	return r
}

// DirectoryWrite is one of the side records of the directory service, as
// ActivityRefreshTokens.
func DirectoryWrite(correlationID, activity string, by, target Actor) Record {
	r := audit(correlationID, ServiceCoreDirectory, CategoryUser, activity, Success, "")
	return between(by, target, r)
}

// DirectoryWriteRefused is the same record of a write that did not succeed.
func DirectoryWriteRefused(correlationID, activity string, by, target Actor, reason string) Record {
	r := audit(correlationID, ServiceCoreDirectory, CategoryUser, activity, Failure, reason)
	return between(by, target, r)
}

func final(correlationID, activity string, by, target Actor, agent, done, failure string) Record {
	result, reason := Success, done
	if failure != "" {
		result, reason = Failure, failure
	}
	if agent == "" {
		agent = AgentNone
	}
	r := audit(correlationID, ServiceSSPR, CategoryUser, activity, result, reason)
	r.Audit.AdditionalDetails = []KeyValue{{Key: "OnPremisesAgent", Value: agent}}
	return between(by, target, r)
}

func ofPerson(correlationID, activity string, who Actor, result, reason string) Record {
	r := audit(correlationID, ServiceSSPR, CategoryUser, activity, result, reason)
	return between(who, who, r)
}

// between names who did it to whom. Only the one who did it has an address.
func between(by, target Actor, r Record) Record {
	target.IPAddress = ""
	r.Audit.InitiatedBy, r.Audit.Target = by, target
	return r
}

func audit(correlationID, service, category, activity, result, reason string) Record {
	return Record{Channel: Audit, CorrelationID: correlationID, Audit: &AuditRecord{
		Category: category, Result: result, ResultReason: reason, ActivityDisplayName: activity,
		LoggedByService: service, OperationType: "Update",
	}}
}
