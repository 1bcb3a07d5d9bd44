package tenant

import (
	"net/url"
	"strconv"
	"time"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// URI writes the key URI that authenticator apps scan ("Key Uri Format", Google
// Authenticator wiki): otpauth://totp/<issuer>:<account>?secret=…
func (o OATH) URI(issuer, account string) secret.Text {
	label := url.PathEscape(issuer) + ":" + url.PathEscape(account)
	query := "secret=" + o.Secret.Reveal() + "&issuer=" + url.PathEscape(issuer)
	if o.Algorithm == SHA256 {
		query += "&algorithm=SHA256"
	}
	if seconds := int(o.Period / time.Second); seconds != 30 {
		query += "&period=" + strconv.Itoa(seconds)
	}
	return secret.New("otpauth://totp/" + label + "?" + query)
}
