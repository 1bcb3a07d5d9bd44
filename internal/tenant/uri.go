package tenant

import "github.com/ssprlab/ssprlab/internal/secret"

// URI is the key URI that authenticator apps scan: a secret.
func (o OATH) URI(issuer, account string) secret.Text { return otpauth(issuer, account, o) }
