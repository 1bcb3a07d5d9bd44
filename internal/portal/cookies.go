package portal

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
)

// The cookies, without their prefix.
const (
	cookieSession = "sspr-session"  // the reset under way
	cookieProbe   = "sspr-probe"    // proves that the browser keeps cookies
	cookieLocale  = "sspr-language" // what ?mkt= asked for
	cookieFlash   = "sspr-flash"    // what the next page says once
)

// jar reads and writes cookies: HttpOnly, same site, and over TLS Secure with
// the __Host- prefix, which binds them to this host and to the path "/".
type jar struct{ secure bool }

func (j jar) name(n string) string {
	if j.secure {
		return "__Host-" + n
	}
	return n
}

func (j jar) set(w http.ResponseWriter, name, value string, same http.SameSite) {
	http.SetCookie(w, &http.Cookie{
		Name: j.name(name), Value: value, Path: "/", HttpOnly: true, Secure: j.secure, SameSite: same,
	})
}

func (j jar) drop(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{
		Name: j.name(name), Path: "/", MaxAge: -1, HttpOnly: true, Secure: j.secure, SameSite: http.SameSiteLaxMode,
	})
}

func (j jar) get(r *http.Request, name string) string {
	c, err := r.Cookie(j.name(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// A flash travels from a refused form to the page that shows it again. It says
// which catalogue entry to show, never a sentence, and never holds a secret.
type flash struct {
	Problem string `json:"p,omitempty"` // key under "problem."
	Field   string `json:"f,omitempty"` // the field it belongs to
	User    string `json:"u,omitempty"` // the user ID to show again
	Note    string `json:"n,omitempty"` // key under "note."
}

func (j jar) setFlash(w http.ResponseWriter, f flash) {
	b, err := json.Marshal(f)
	if err != nil {
		return // strings always marshal
	}
	j.set(w, cookieFlash, base64.RawURLEncoding.EncodeToString(b), http.SameSiteStrictMode)
}

// takeFlash returns the flash and removes it. What cannot be read is no flash.
func (j jar) takeFlash(w http.ResponseWriter, r *http.Request) flash {
	raw := j.get(r, cookieFlash)
	if raw == "" {
		return flash{}
	}
	j.drop(w, cookieFlash)
	b, err := base64.RawURLEncoding.DecodeString(raw)
	if err != nil || len(b) > 2048 {
		return flash{}
	}
	var f flash
	if json.Unmarshal(b, &f) != nil {
		return flash{}
	}
	return f
}
