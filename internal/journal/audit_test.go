package journal_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

var (
	alice = journal.Actor{ID: "a1", UserPrincipalName: "alice@northlight.example", IPAddress: "203.0.113.7"}
	boss  = journal.Actor{ID: "b1", UserPrincipalName: "boss@northlight.example"}
)

func TestAuditRecordsSayWhatTheRealOnesSay(t *testing.T) {
	type want struct{ activity, category, service, result, reason string }
	const user, sspr = "UserManagement", "Self-service Password Management"
	for name, c := range map[string]struct {
		record journal.Record
		want   want
	}{
		"a step of the flow": {
			journal.FlowProgress("c", alice, journal.Started(policy.Email)),
			want{"Self-service password reset flow activity progress", user, sspr, "success", "User started the email verification option"},
		},
		"a step that ends the flow": {
			journal.FlowProgress("c", alice, journal.ReasonNoLicence),
			want{"Self-service password reset flow activity progress", user, sspr, "failure", "User does not have a license. You can add a license to the user to resolve this"},
		},
		"a block is a success": {
			journal.Blocked("c", alice, journal.ReasonBlockedQuestions),
			want{"Blocked from self-service password reset", user, sspr, "success", "User tried to answer security questions too many times and is blocked for 24 hours"},
		},
		"a reset": {
			journal.PasswordReset("c", alice, journal.AgentConnectSync, ""),
			want{"Reset password (self-service)", user, sspr, "success", "Successfully completed reset."},
		},
		"a reset with a banned password": {
			journal.PasswordReset("c", alice, "", policy.DefaultAuditReason),
			want{"Reset password (self-service)", user, sspr, "failure", "FuzzyPolicyViolationInvalidPassword"},
		},
		"a reset by an administrator": {
			journal.AdminReset("c", boss, alice, journal.AgentCloudSync, ""),
			want{"Reset password (by admin)", user, sspr, "success", "Successfully completed reset."},
		},
		"a change says None": {
			journal.PasswordChange("c", alice, "", ""),
			want{"Change password (self-service)", user, sspr, "success", "None"},
		},
		"an unlock": {
			journal.Unlocked("c", alice, "", journal.ReasonConnection),
			want{"Unlock user account (self-service)", user, sspr, "failure", "OnPremisesConnectivityError"},
		},
		"writeback switched on": {
			journal.WritebackSwitched("c", boss, true, ""),
			want{"Enable password writeback for directory", "DirectoryManagement", sspr, "success", ""},
		},
		"refresh tokens ended": {
			journal.DirectoryWrite("c", journal.ActivityRefreshTokens, alice, alice),
			want{"Update StsRefreshTokenValidFrom Timestamp", user, "Core Directory", "success", ""},
		},
		"a method registered": {
			journal.Registered("c", alice, journal.ItemPhone),
			want{"User registered security info", user, "Authentication Methods", "success", "User registered Phone."},
		},
		"registration cancelled": {
			journal.RegistrationCancelled("c", alice),
			want{"User registered all required security info", user, "Authentication Methods", "failure", "User canceled security info registration."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := open().Append(c.record).Audit
			assert.Equal(t, c.want, want{a.ActivityDisplayName, a.Category, a.LoggedByService, a.Result, a.ResultReason})
			assert.Equal(t, "Update", a.OperationType)
		})
	}
}

func TestEveryMethodHasItsOwnReasons(t *testing.T) {
	seen := map[journal.FlowReason]policy.Method{}
	for _, m := range policy.Methods {
		for _, r := range []journal.FlowReason{journal.Started(m), journal.Completed(m)} {
			assert.Equal(t, journal.Success, r.Result())
			assert.NotContains(t, r, "the  option")
			assert.NotContains(t, seen, r)
			seen[r] = m
		}
	}
	assert.Contains(t, seen, journal.ReasonCompletedAppCode)
	assert.Equal(t, journal.FlowReason("User contacted an admin after trying the security question verification option"),
		journal.ContactedAdministrator(policy.Questions))
	assert.Equal(t, journal.Failure, journal.AbandonedAfterStarting(policy.Email).Result())
}

func TestAuditIDsCarryTheCorrelationID(t *testing.T) {
	j := open()
	first := j.Append(journal.PasswordReset("8b1d4f0e", alice, journal.AgentConnectSync, ""))
	second := j.Append(journal.DirectoryWrite("8b1d4f0e", journal.ActivityRefreshTokens, alice, alice))
	assert.Equal(t, "SSPR_8b1d4f0e_EMU01_000001", first.Audit.ID)
	assert.Equal(t, "Directory_8b1d4f0e_EMU01_000002", second.Audit.ID)

	b, err := json.Marshal(first)
	require.NoError(t, err)
	assert.JSONEq(t, `{"seq":1,"time":"2026-03-02T12:00:00Z","channel":"audit","correlationId":"8b1d4f0e","audit":{
		"id":"SSPR_8b1d4f0e_EMU01_000001","category":"UserManagement","result":"success",
		"resultReason":"Successfully completed reset.","activityDisplayName":"Reset password (self-service)",
		"loggedByService":"Self-service Password Management","operationType":"Update",
		"initiatedBy":{"id":"a1","userPrincipalName":"alice@northlight.example","ipAddress":"203.0.113.7"},
		"target":{"id":"a1","userPrincipalName":"alice@northlight.example"},
		"additionalDetails":[{"key":"OnPremisesAgent","value":"Microsoft Entra Connect"}]}}`, string(b))
}
