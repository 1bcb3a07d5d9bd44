package journal

// The activities of combined registration (SSPR reference 12.2).
const (
	ActivityRegisteredAll       = "User registered all required security info"
	ActivityRegisteredInfo      = "User registered security info"
	ActivityReviewedInfo        = "User reviewed security info"
	ActivityDeletedInfo         = "User deleted security info"
	ActivityChangedDefault      = "User changed default security info"
	ActivityStartedRegistration = "User started security info registration"
	ActivityUpdatedInfo         = "User updated security info"
	ActivityAdminRegistered     = "Admin registered security info"
	ActivityAdminUpdated        = "Admin updated security info"
	ActivityAdminDeleted        = "Admin deleted security info"
)

// The names of methods in these records.
const (
	ItemApp            = "Authenticator app"
	ItemPhone          = "Phone"
	ItemEmail          = "Email"
	ItemQuestions      = "Security questions"
	ItemAppPassword    = "App password"
	ItemAlternatePhone = "Alternate phone"
	ItemOfficePhone    = "Office phone"
)

// RegisteredAll says that a person has registered everything required.
func RegisteredAll(correlationID string, who Actor) Record {
	return info(correlationID, ActivityRegisteredAll, who, who, Success, "User registered all required security info.")
}

// RegistrationCancelled says that a person left the registration unfinished.
func RegistrationCancelled(correlationID string, who Actor) Record {
	return info(correlationID, ActivityRegisteredAll, who, who, Failure, "User canceled security info registration.")
}

// Registered says that a person registered an item.
func Registered(correlationID string, who Actor, item string) Record {
	return info(correlationID, ActivityRegisteredInfo, who, who, Success, "User registered "+item+".")
}

// Reviewed says whether a person confirmed the registered items.
func Reviewed(correlationID string, who Actor, ok bool) Record {
	if !ok {
		return info(correlationID, ActivityReviewedInfo, who, who, Failure, "User failed to review security info.")
	}
	return info(correlationID, ActivityReviewedInfo, who, who, Success, "User successfully reviewed security info.")
}

// Deleted says whether a person removed an item.
func Deleted(correlationID string, who Actor, item string, ok bool) Record {
	if !ok {
		return info(correlationID, ActivityDeletedInfo, who, who, Failure, "User failed to delete "+item+".")
	}
	return info(correlationID, ActivityDeletedInfo, who, who, Success, "User deleted "+item+".")
}

// ChangedDefault says whether a person made item the default sign-in method.
func ChangedDefault(correlationID string, who Actor, item string, ok bool) Record {
	if !ok {
		return info(correlationID, ActivityChangedDefault, who, who, Failure, "User failed to change the default security info for "+item+".")
	}
	return info(correlationID, ActivityChangedDefault, who, who, Success, "User changed the default security info for "+item+".")
}

// InfoByAdmin says that an administrator did something to a person's items:
// one of the ActivityAdmin constants, with a reason in one sentence.
func InfoByAdmin(correlationID, activity string, admin, target Actor, ok bool, reason string) Record {
	if !ok {
		return info(correlationID, activity, admin, target, Failure, reason)
	}
	return info(correlationID, activity, admin, target, Success, reason)
}

// InfoByUser is any other record of the Authentication Methods service, as
// ActivityUpdatedInfo.
func InfoByUser(correlationID, activity string, who Actor, ok bool, reason string) Record {
	if !ok {
		return info(correlationID, activity, who, who, Failure, reason)
	}
	return info(correlationID, activity, who, who, Success, reason)
}

func info(correlationID, activity string, by, target Actor, result, reason string) Record {
	r := audit(correlationID, ServiceAuthenticationMethods, CategoryUser, activity, result, reason)
	return between(by, target, r)
}
