package security

// WritebackGrant returns the entries that an agent's account svc needs for
// password writeback, as the Entra Connect documentation has an administrator
// set them on the domain head: Reset and Change Password, write lockoutTime and
// pwdLastSet on users below, and Unexpire Password on the head itself.
func WritebackGrant(svc SID) []ACE {
	return append(WritebackGrantFor(svc, ClassUser), ACE{
		Type: AllowObject, Mask: ControlAccess, SID: svc,
		ObjectType: RightUnexpirePassword, HasObjectType: true,
	})
}

// WritebackGrantFor returns the inheritable part of [WritebackGrant] for the
// objects of one class, to be put on the domain head or an organizational unit.
func WritebackGrantFor(svc SID, class GUID) []ACE {
	grant := func(m Mask, object GUID) ACE {
		return ACE{
			Type: AllowObject, Flags: ContainerInherit | InheritOnly, Mask: m, SID: svc,
			ObjectType: object, HasObjectType: true,
			InheritedObjectType: class, HasInheritedObjectType: true,
		}
	}
	return []ACE{
		grant(ControlAccess, RightUserForceChangePassword),
		grant(ControlAccess, RightUserChangePassword),
		grant(WriteProperty, AttrLockoutTime),
		grant(WriteProperty, AttrPwdLastSet),
	}
}
