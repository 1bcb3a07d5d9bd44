package domain

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSubCodesInTheWordsOfOtherProtocols(t *testing.T) {
	for c, want := range map[SubCode]struct {
		status   uint32
		kerberos int
	}{
		LogonOK:            {0, 0},
		NoSuchUser:         {0xC0000064, 6},
		LogonFailure:       {0xC000006D, 24},
		InvalidHours:       {0xC000006F, 18},
		InvalidWorkstation: {0xC0000070, 12},
		PasswordExpired:    {0xC0000071, 23},
		AccountDisabled:    {0xC0000072, 18},
		AccountExpired:     {0xC0000193, 18},
		PasswordMustChange: {0xC0000224, 23},
		AccountLockedOut:   {0xC0000234, 18},
	} {
		assert.Equal(t, want.status, c.NTStatus(), c)
		assert.Equal(t, want.kerberos, c.KerberosError(), c)
	}
}
