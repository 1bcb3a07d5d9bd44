package policy

// MayMigrate reports whether a tenant may go from one state of the migration to
// the Authentication methods policy to another, and why not
// (how-to-authentication-methods-manage; reference 2.4): never back to
// preMigration; a completed migration is rolled back to migrationInProgress, for
// a reason that is asked for.
func MayMigrate(from, to Migration, reason string) (ok bool, why string) {
	switch {
	case from == to:
		return true, ""
	case to == PreMigration:
		return false, "a tenant whose migration has begun does not go back to preMigration: keep migrationInProgress"
	case from == MigrationComplete && reason == "":
		return false, "a completed migration is rolled back for a reason: give methods.rollbackReason"
	}
	return true, ""
}
