package tenant_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ssprlab/ssprlab/internal/challenge"
	"github.com/ssprlab/ssprlab/internal/chance"
	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/secret"
	"github.com/ssprlab/ssprlab/internal/tenant"
)

const (
	tokenHead   = "upn,serial number,secret key,time interval,manufacturer,model\n"
	tokenSecret = "2234567abcdef2234567abcdef" // of the documentation's example
	bob         = "bob@northlight.example"
)

// upload puts lines below the header.
func upload(t *testing.T, s *tenant.Store, lines ...string) tenant.TokenUpload {
	t.Helper()
	up, err := s.UploadTokens(t.Context(), []byte(tokenHead+strings.Join(lines, "\n")), noon)
	require.NoError(t, err)
	return up
}

// shown is what a token shows at a time.
func shown(t *testing.T, s *tenant.Store, serial string, at time.Time) secret.Text {
	t.Helper()
	all, err := s.TokenDevices(t.Context())
	require.NoError(t, err)
	for _, a := range all {
		if a.Serial == serial {
			return a.OATH.Code(at)
		}
	}
	t.Fatalf("no token %s", serial)
	return secret.Text{}
}

// The example of how-to-mfa-upload-oath-tokens.
func TestAnUploadedTokenIsAssigned(t *testing.T) {
	s := demo(t)
	up := upload(t, s, bob+",1234567,"+tokenSecret+",60,Contoso,HardwareKey")
	assert.Empty(t, up.Failures)
	require.Len(t, up.Tokens, 1)
	token := up.Tokens[0]
	u, err := s.User(t.Context(), bob)
	require.NoError(t, err)
	assert.Equal(t, tenant.Token{
		ID: token.ID, SerialNumber: "1234567", Manufacturer: "Contoso", Model: "HardwareKey", Interval: time.Minute, Algorithm: tenant.SHA1,
		State: policy.TokenAssigned, AssignedTo: u.ID, User: bob, Name: "Hardware token",
	}, token)
	p, err := s.Person(t.Context(), u.ID)
	require.NoError(t, err)
	assert.Empty(t, p.Apps, "it proves nothing yet")
	assert.Equal(t, 1, p.AssignedTokens)
}

func TestBadLinesAreToldAndGoodOnesKept(t *testing.T) {
	const guest = "mike_fabrikam.example#EXT#@northlight.onmicrosoft.example"
	good := bob + ",good-1," + tokenSecret + ",30,Contoso,HardwareKey"
	for claim, c := range map[string]struct {
		line, field, reason string
	}{
		"nobody":                 {"zoe@northlight.example,9,%s,30,A,B", "upn", "names nobody of this tenant"},
		"a guest":                {guest + ",9,%s,30,A,B", "upn", "is a guest"},
		"no serial number":       {bob + ",,%s,30,A,B", "serial number", "is empty: fill it in"},
		"a long serial number":   {bob + "," + strings.Repeat("9", 65) + ",%s,30,A,B", "serial number", "has 65 characters: use at most 64"},
		"a serial number twice":  {bob + ",GOOD-1,%s,30,A,B", "serial number", "is that of a token that the tenant has already"},
		"no secret":              {bob + ",9,,30,A,B", "secret key", "is no secret key"},
		"a secret in hex":        {bob + ",9,0123456789abcdef01,30,A,B", "secret key", "(base32)"},
		"a short secret":         {bob + ",9,abcdef2234567,30,A,B", "secret key", "at least 16"},
		"a long secret":          {bob + ",9," + strings.Repeat("a", 129) + ",30,A,B", "secret key", "has 129 characters: use at most 128"},
		"another interval":       {bob + ",9,%s,45,A,B", "time interval", "is neither 30 nor 60"},
		"an interval in words":   {bob + ",9,%s,half a minute,A,B", "time interval", "is neither 30 nor 60"},
		"no manufacturer":        {bob + ",9,%s,30,,B", "manufacturer", "is empty"},
		"no model":               {bob + ",9,%s,30,A,", "model", "is empty"},
		"a column too few":       {bob + ",9,%s,30,A", "", "has 5 fields: write 6"},
		"a column too many":      {bob + ",9,%s,30,A,B,hmacsha256", "", "has 7 fields: write 6"},
		"a quotation mark alone": {bob + `,9,%s,30,A"x,B`, "", "look at its quotation marks"},
	} {
		t.Run(claim, func(t *testing.T) {
			s := demo(t)
			line := strings.ReplaceAll(c.line, "%s", tokenSecret)
			up := upload(t, s, good, line, "", ",free-1,"+tokenSecret+",60,Contoso,HardwareKey")
			require.Len(t, up.Failures, 1)
			assert.Equal(t, 3, up.Failures[0].Line, "the header is line 1")
			assert.Equal(t, c.field, up.Failures[0].Field)
			assert.Contains(t, up.Failures[0].Reason, c.reason)
			require.Len(t, up.Tokens, 2, "the others are put into the tenant")
			assert.Equal(t, policy.TokenAvailable, up.Tokens[1].State, "a line without a user fills the inventory")
		})
	}
}

// Columns that are mixed up put the secret anywhere.
func TestAnUploadRepeatsNothingOfTheFile(t *testing.T) {
	const key = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	fields := []string{bob, "1234567", key, "30", "Contoso", "HardwareKey"}
	for i := range fields {
		for j := range fields {
			s, mixed := demo(t), append([]string(nil), fields...)
			mixed[i], mixed[j] = mixed[j], mixed[i]
			up := upload(t, s, strings.Join(mixed, ","))
			assert.NotContains(t, fmt.Sprintf("%+v", up.Failures), key, "%v", mixed)
		}
	}
	for _, file := range []string{key, tokenHead + key + "\n" + key + `"` + "\n", key + "," + tokenHead} {
		up, err := demo(t).UploadTokens(t.Context(), []byte(file), noon)
		assert.NotContains(t, fmt.Sprintf("%+v %v", up, err), key, file)
	}
}

func TestAFileIsRefusedAsAWhole(t *testing.T) {
	line := ",%d," + tokenSecret + ",30,A,B\n"
	var many strings.Builder
	for i := range tenant.MaxTokenLines + 1 {
		fmt.Fprintf(&many, line, i)
	}
	for claim, c := range map[string]struct{ file, why string }{
		"nothing":           {"", "does not begin with the header"},
		"no header":         {fmt.Sprintf(line, 1), "does not begin with the header"},
		"columns reordered": {"serial number,upn,secret key,time interval,manufacturer,model\n", "does not begin with the header"},
		"not UTF-8":         {tokenHead + "\xff", "is no UTF-8 text"},
		"too many lines":    {tokenHead + many.String(), "holds more than 5000 tokens"},
		"too large":         {tokenHead + strings.Repeat("x", tenant.MaxTokenFile), "is larger than 1048576 octets"},
	} {
		s := demo(t)
		_, err := s.UploadTokens(t.Context(), []byte(c.file), noon)
		assert.ErrorContains(t, err, c.why, claim)
		all, err := s.Tokens(t.Context())
		require.NoError(t, err)
		assert.Empty(t, all, claim)
	}
	s := demo(t)
	for _, head := range []string{"\ufeff" + tokenHead, strings.ToUpper(tokenHead), strings.ReplaceAll(tokenHead, "\n", "\r\n"), strings.ReplaceAll(tokenHead, ",", ", ")} {
		_, err := s.UploadTokens(t.Context(), []byte(head), noon)
		assert.NoError(t, err, "%q", head)
	}
}

// how-to-mfa-upload-oath-tokens: tenants with a Premium licence.
func TestAFreeTenantUploadsNothing(t *testing.T) {
	s := demo(t)
	_, err := s.UpdateSettings(t.Context(), func(p *policy.Settings) error { p.Paid = false; return nil })
	require.NoError(t, err)
	_, err = s.UploadTokens(t.Context(), []byte(tokenHead), noon)
	assert.ErrorContains(t, err, "Premium licence")
	_, err = s.AddToken(t.Context(), tenant.NewToken{SerialNumber: "1", Manufacturer: "A", Model: "B", OATH: tenant.OATH{Secret: secret.New(tokenSecret)}}, noon)
	assert.NoError(t, err, "one by one needs none")
}

func TestATokenProvesSomethingOnceActivated(t *testing.T) {
	s := demo(t)
	upload(t, s, bob+",1234567,"+tokenSecret+",60,Contoso,HardwareKey")
	_, verdict, err := s.ActivateToken(t.Context(), "1234567", secret.New("000000"), noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Wrong, verdict)
	token, err := s.Token(t.Context(), "1234567")
	require.NoError(t, err)
	assert.Equal(t, policy.TokenAssigned, token.State)
	verdict, err = useCode(t, s, bob, shown(t, s, "1234567", noon), noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Wrong, verdict, "not yet")

	code := shown(t, s, "1234567", noon)
	token, verdict, err = s.ActivateToken(t.Context(), "1234567", code, noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Right, verdict)
	assert.Equal(t, policy.TokenActivated, token.State)
	assert.Equal(t, noon, token.LastUsed)

	verdict, err = useCode(t, s, bob, code, noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Replayed, verdict, "the code that activated it is used up")
	later := noon.Add(time.Minute)
	verdict, err = useCode(t, s, bob, shown(t, s, "1234567", later), later)
	require.NoError(t, err)
	assert.Equal(t, challenge.Right, verdict)

	_, _, err = s.ActivateToken(t.Context(), "1234567", shown(t, s, "1234567", later), later)
	assert.ErrorContains(t, err, "is activated already")
}

// A token's clock may be one step wrong, either way.
func TestATokenMayBeAStepWrong(t *testing.T) {
	for drift, want := range map[time.Duration]challenge.Verdict{
		-2 * time.Minute: challenge.Wrong, -time.Minute: challenge.Right, 0: challenge.Right, time.Minute: challenge.Right, 2 * time.Minute: challenge.Wrong,
	} {
		s := demo(t)
		upload(t, s, bob+",1234567,"+tokenSecret+",60,Contoso,HardwareKey")
		_, verdict, err := s.ActivateToken(t.Context(), "1234567", shown(t, s, "1234567", noon.Add(drift)), noon)
		require.NoError(t, err)
		assert.Equal(t, want, verdict, drift)
	}
}

func TestTokensGoToPeopleAndComeBack(t *testing.T) {
	s, ctx := demo(t), t.Context()
	upload(t, s, ",1234567,"+tokenSecret+",30,Contoso,HardwareKey")
	state := func() policy.TokenState {
		token, err := s.Token(ctx, "1234567")
		require.NoError(t, err)
		return token.State
	}
	_, _, err := s.ActivateToken(ctx, "1234567", shown(t, s, "1234567", noon), noon)
	require.ErrorContains(t, err, "is assigned to nobody")
	_, err = s.AssignToken(ctx, "1234567", bob)
	require.NoError(t, err)
	assert.Equal(t, policy.TokenAssigned, state())
	_, err = s.AssignToken(ctx, "1234567", "alice@northlight.example")
	require.ErrorContains(t, err, "is assigned to "+bob, "one token, one person")
	require.ErrorContains(t, s.DeleteToken(ctx, "1234567"), "take it from there first")

	code := shown(t, s, "1234567", noon)
	_, verdict, err := s.ActivateToken(ctx, "1234567", code, noon)
	require.NoError(t, err)
	require.Equal(t, challenge.Right, verdict)
	token, err := s.Token(ctx, "1234567")
	require.NoError(t, err)
	require.NoError(t, s.DeleteApp(ctx, bob, token.ID), "its owner removes it")
	assert.Equal(t, policy.TokenAvailable, state())

	_, err = s.AssignToken(ctx, token.ID, bob)
	require.NoError(t, err)
	_, verdict, err = s.ActivateToken(ctx, "1234567", code, noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Replayed, verdict, "a used code stays used in the inventory")
	token, err = s.UnassignToken(ctx, "1234567")
	require.NoError(t, err)
	assert.Equal(t, policy.TokenAvailable, token.State)

	_, err = s.AssignToken(ctx, "1234567", bob)
	require.NoError(t, err)
	require.NoError(t, s.DeleteUser(ctx, bob))
	assert.Equal(t, policy.TokenAvailable, state(), "the token outlives the account")
	require.NoError(t, s.DeleteToken(ctx, "1234567"))
	_, err = s.Token(ctx, "1234567")
	assert.Equal(t, tenant.ErrNoSuchToken, err)
}

func TestPeopleTakeTokensThemselves(t *testing.T) {
	const alice = "alice@northlight.example"
	s, ctx := demo(t), t.Context()
	upload(t, s, ",free,"+tokenSecret+",30,Contoso,HardwareKey", bob+",bobs,"+tokenSecret+",30,Contoso,HardwareKey")
	for serial, want := range map[string]bool{"free": true, "FREE": true, "bobs": false, "none": false, "": false} {
		may, err := s.MayClaimToken(ctx, alice, serial)
		require.NoError(t, err)
		assert.Equal(t, want, may, serial)
	}
	free, err := s.Token(ctx, "free")
	require.NoError(t, err)
	may, err := s.MayClaimToken(ctx, alice, free.ID)
	require.NoError(t, err)
	assert.False(t, may, "the number on its back, not its ID")

	verdict, err := s.ClaimToken(ctx, alice, "free", "Key ring", secret.New("000000"), noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Wrong, verdict)
	verdict, err = s.ClaimToken(ctx, alice, "free", "Key ring", shown(t, s, "free", noon), noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Right, verdict)
	token, err := s.Token(ctx, "free")
	require.NoError(t, err)
	assert.Equal(t, [3]string{string(policy.TokenActivated), alice, "Key ring"}, [3]string{string(token.State), token.User, token.Name})

	verdict, err = s.ClaimToken(ctx, alice, "bobs", "", shown(t, s, "bobs", noon), noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Expired, verdict, "not another's")
	verdict, err = s.ClaimToken(ctx, bob, "bobs", "", shown(t, s, "bobs", noon), noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Right, verdict, "one's own")
}

func TestFiveTokensAreEnough(t *testing.T) {
	s, ctx := demo(t), t.Context()
	var lines []string
	for i := range 6 {
		lines = append(lines, fmt.Sprintf("%s,%d,%s,30,Contoso,HardwareKey", bob, i, tokenSecret))
	}
	up := upload(t, s, lines...)
	assert.Len(t, up.Tokens, 5)
	require.Len(t, up.Failures, 1)
	assert.Equal(t, 7, up.Failures[0].Line)
	assert.Contains(t, up.Failures[0].Reason, "has 5 apps and tokens")
	upload(t, s, ",free,"+tokenSecret+",30,Contoso,HardwareKey")
	_, err := s.AssignToken(ctx, "free", bob)
	assert.ErrorContains(t, err, "delete one first")
	may, err := s.MayClaimToken(ctx, bob, "free")
	require.NoError(t, err)
	assert.False(t, may)
	_, verdict, err := s.ActivateToken(ctx, "4", shown(t, s, "4", noon), noon)
	require.NoError(t, err)
	assert.Equal(t, challenge.Right, verdict, "the fifth is one of the five")
}

func TestActivationsAreThrottled(t *testing.T) {
	s, ctx := demo(t), t.Context()
	upload(t, s, bob+",1234567,"+tokenSecret+",30,Contoso,HardwareKey")
	for range policy.ActivationLimit {
		_, _, err := s.ActivateToken(ctx, "1234567", secret.New("000000"), noon)
		require.NoError(t, err)
	}
	_, _, err := s.ActivateToken(ctx, "1234567", shown(t, s, "1234567", noon), noon)
	require.Equal(t, tenant.ErrTooManyTries, err)
	later := noon.Add(policy.ActivationWindow)
	_, verdict, err := s.ActivateToken(ctx, "1234567", shown(t, s, "1234567", later), later)
	require.NoError(t, err)
	assert.Equal(t, challenge.Right, verdict)
}

func TestTokensSurviveASnapshot(t *testing.T) {
	s, ctx := demo(t), t.Context()
	upload(t, s, ",free,"+tokenSecret+",30,Contoso,HardwareKey", bob+",bobs,"+tokenSecret+",60,Contoso,HardwareKey")
	before, err := s.Tokens(ctx)
	require.NoError(t, err)
	picture, err := s.Snapshot()
	require.NoError(t, err)
	again, err := tenant.Restore(picture, chance.New(1), func() time.Time { return noon })
	require.NoError(t, err)
	after, err := again.Tokens(ctx)
	require.NoError(t, err)
	assert.Equal(t, before, after)
	assert.Equal(t, shown(t, s, "free", noon), shown(t, again, "free", noon))
}

func TestASeedHasHardwareTokens(t *testing.T) {
	text := lean + `
hardwareTokens:
  - {serial: NL-1}
  - {serial: NL-2, user: ann@fabrikam.onmicrosoft.example, algorithm: sha256, period: 60s}
  - {serial: NL-3, user: ann@fabrikam.onmicrosoft.example, activated: true, secret: JBSWY3DPEHPK3PXPJBSWY3DP, maker: Fabrikam, model: Key 1}
`
	seed, err := tenant.ParseSeed([]byte(text))
	require.NoError(t, err)
	s, err := tenant.New(seed, chance.New(1), func() time.Time { return noon })
	require.NoError(t, err)
	all, err := s.Tokens(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 3)
	for i, want := range []policy.TokenState{policy.TokenAvailable, policy.TokenAssigned, policy.TokenActivated} {
		assert.Equal(t, want, all[i].State, all[i].SerialNumber)
	}
	assert.Equal(t, tenant.SHA256, all[1].Algorithm)
	assert.Equal(t, time.Minute, all[1].Interval)
	assert.Equal(t, "Key 1", all[2].Model)
	for broken, want := range map[string]string{
		"{serial: NL-1, period: 45s}":               "hardwareTokens[0].period: is neither 30 nor 60",
		"{serial: NL-1, secret: nonsense}":          "hardwareTokens[0].secret: is no secret key",
		"{serial: NL-1, user: zoe@x.example}":       `hardwareTokens[0].user: "zoe@x.example" is no user of this file`,
		"{serial: NL-1, activated: true}":           "hardwareTokens[0].activated: is true for a token that nobody has",
		"{serial: NL-1}\n  - {serial: nl-1}":        `hardwareTokens[1].serial: "nl-1" is given twice`,
		"{serial: NL-1, algorithm: md5}":            "hardwareTokens[0].algorithm",
		"{serial: NL-1, secret: JBSWY3DPEHPK3PXP }": "",
	} {
		_, err := tenant.ParseSeed([]byte(lean + "\nhardwareTokens:\n  - " + broken + "\n"))
		if want == "" {
			assert.NoError(t, err, broken)
			continue
		}
		assert.ErrorContains(t, err, want, broken)
	}
}

func FuzzUploadTokens(f *testing.F) {
	for _, file := range []string{"", tokenHead, tokenHead + bob + ",1," + tokenSecret + ",30,A,B", tokenHead + `"`, tokenHead + ",,,,,\n\"\n\"\"", "\ufeff"} {
		f.Add([]byte(file))
	}
	s := demo(f)
	f.Fuzz(func(t *testing.T, file []byte) {
		up, err := s.UploadTokens(t.Context(), file, noon)
		if err != nil {
			assert.Empty(t, up.Tokens)
			assert.Empty(t, up.Failures)
		}
		for _, token := range up.Tokens {
			require.NoError(t, errorOf(s.UnassignToken(t.Context(), token.ID)))
			require.NoError(t, s.DeleteToken(t.Context(), token.ID))
		}
	})
}

func errorOf[T any](_ T, err error) error { return err }
