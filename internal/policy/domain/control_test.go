package domain

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestWhatIsStoredOfUserAccountControl(t *testing.T) {
	for why, c := range map[string]struct {
		written, want UAC
		computer      bool
		refusal       ControlRefusal
	}{
		"A07-001 disable":                    {514, 514, false, ControlAccepted},
		"A07-002 nothing":                    {0, 512, false, ControlAccepted},
		"A07-003 only disabled":              {2, 514, false, ControlAccepted},
		"A07-004 no password required":       {544, 544, false, ControlAccepted},
		"A07-005 never expires":              {66048, 66048, false, ControlAccepted},
		"A07-006 reversible":                 {640, 640, false, ControlAccepted},
		"A07-007 cannot change is dropped":   {576, 512, false, ControlAccepted},
		"A07-008 lockout is dropped":         {528, 512, false, ControlAccepted},
		"A07-009 expired is dropped":         {8389120, 512, false, ControlAccepted},
		"A07-010 temporary duplicate":        {768, 512, false, ControlTempDuplicate},
		"A07-011 two types":                  {4608, 512, false, ControlSeveralTypes},
		"A07-012 workstation on a user":      {4096, 4096, false, ControlAccepted},
		"A07-013 server on a user":           {8192, 512, false, ControlClass},
		"A07-014 trust":                      {2048, 512, false, ControlTrust},
		"A07-015 smart card":                 {262656, 262656, false, ControlAccepted},
		"A07-016 trusted for delegation":     {524800, 524800, false, ControlAccepted},
		"A07-017 not delegated":              {1049088, 1049088, false, ControlAccepted},
		"A07-018 DES":                        {2097664, 2097664, false, ControlAccepted},
		"A07-019 no pre-authentication":      {4194816, 4194816, false, ControlAccepted},
		"A07-020 trusted to authenticate":    {16777728, 16777728, false, ControlAccepted},
		"A07-021 partial secrets on a user":  {67109376, 512, false, ControlPartial},
		"A07-022 script is dropped":          {513, 512, false, ControlAccepted},
		"A07-023 home directory":             {520, 520, false, ControlAccepted},
		"A07-024 undefined bit is dropped":   {536871424, 512, false, ControlAccepted},
		"A07-025 all bits":                   {0xffffffff, 512, false, ControlTempDuplicate},
		"server":                             {8192, 8192, true, ControlAccepted},
		"read-only domain controller":        {0x4001000, 0x4001000, true, ControlAccepted},
		"read-only and trusted to delegate":  {0x4081000, 512, true, ControlPartial},
		"computer without a type is a user":  {2, 514, true, ControlAccepted},
		"unlock and enable in one":           {512, 512, false, ControlAccepted},
		"two types, one of them interdomain": {2560, 512, false, ControlSeveralTypes},
	} {
		t.Run(why, func(t *testing.T) {
			stored, refusal := NormalizeControl(Switches{}, NormalAccount, c.written, c.computer)
			assert.Equal(t, c.want, stored)
			assert.Equal(t, c.refusal, refusal)
		})
	}
}

func TestATrustStaysATrust(t *testing.T) {
	stored, refusal := NormalizeControl(Switches{}, InterdomainTrustAccount, InterdomainTrustAccount|AccountDisable, false)
	assert.Equal(t, ControlAccepted, refusal)
	assert.Equal(t, InterdomainTrustAccount|AccountDisable, stored)
}

func TestNormalisingTwiceChangesNothingMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		computer := rapid.Bool().Draw(t, "computer")
		once, refusal := NormalizeControl(Switches{}, NormalAccount, UAC(rapid.Uint32().Draw(t, "written")), computer)
		if refusal != ControlAccepted {
			return
		}
		twice, refusal := NormalizeControl(Switches{}, once, once, computer)
		assert.Equal(t, ControlAccepted, refusal)
		assert.Equal(t, once, twice)
		assert.NotZero(t, once&typeBits)
	})
}

func TestWhatFollowsFromUserAccountControl(t *testing.T) {
	for u, want := range map[UAC]struct{ kind, group uint32 }{
		512:        {805306368, 513},
		4096:       {805306369, 515},
		8192:       {805306369, 516},
		0x4001000:  {805306369, 521},
		2048:       {805306370, 513},
		512 | 2:    {805306368, 513},
		4096 | 512: {805306369, 515},
	} {
		assert.Equal(t, want.kind, u.SAMAccountType(), u)
		assert.Equal(t, want.group, u.PrimaryGroup(), u)
	}
}

func TestControlOfNewObjects(t *testing.T) {
	assert.Equal(t, UAC(546), DefaultControl(Switches{}, false), "A07-036")
	assert.Equal(t, UAC(4096), DefaultControl(Switches{}, true))
	assert.Equal(t, UAC(4130), DefaultControl(Switches{Dialect: Samba}, true), "A10-070")
}

func TestBitsThatNeedARightAreToldApart(t *testing.T) {
	assert.Equal(t, DontExpirePassword|PasswordNotRequired, NormalAccount.Raised(NormalAccount|DontExpirePassword|PasswordNotRequired))
	assert.Zero(t, UAC(66048).Raised(512))
	assert.True(t, NormalAccount.ChangesType(WorkstationTrustAccount))
	assert.False(t, NormalAccount.ChangesType(NormalAccount|AccountDisable))
}

func TestGroupTypes(t *testing.T) {
	for g, want := range map[GroupType]struct {
		kind  uint32
		valid bool
	}{
		-2147483646: {268435456, true},  // global security
		-2147483644: {536870912, true},  // domain local security
		-2147483640: {268435456, true},  // universal security
		-2147483643: {536870912, false}, // builtin: the system's own
		2:           {268435457, true},  // global distribution
		4:           {536870913, true},
		8:           {268435457, true},
		0:           {268435457, false},
		6:           {536870913, false},
		0x12:        {268435457, false},
	} {
		assert.Equal(t, want.kind, g.SAMAccountType(), g)
		assert.Equal(t, want.valid, g.Valid(), g)
	}
	assert.EqualValues(t, -2147483646, DefaultGroupType)
}

func TestConversionsOfGroups(t *testing.T) {
	const security = SecurityEnabled
	for why, c := range map[string]struct {
		from, to GroupType
		want     bool
	}{
		"global to universal":        {security | GlobalGroup, security | UniversalGroup, true},
		"universal to global":        {security | UniversalGroup, security | GlobalGroup, true},
		"local to universal":         {security | DomainLocalGroup, security | UniversalGroup, true},
		"universal to local":         {security | UniversalGroup, security | DomainLocalGroup, true},
		"global to local":            {security | GlobalGroup, security | DomainLocalGroup, false},
		"local to global":            {security | DomainLocalGroup, security | GlobalGroup, false},
		"security to distribution":   {security | GlobalGroup, GlobalGroup, true},
		"builtin":                    {security | BuiltinGroup | DomainLocalGroup, security | UniversalGroup, false},
		"builtin to itself":          {security | BuiltinGroup | DomainLocalGroup, security | BuiltinGroup | DomainLocalGroup, true},
		"to nothing":                 {security | GlobalGroup, security, false},
		"to builtin is not a choice": {security | DomainLocalGroup, security | BuiltinGroup | DomainLocalGroup, false},
	} {
		assert.Equal(t, c.want, c.from.MayBecome(c.to), why)
	}
}
