package app

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// Authorize checks that the caller knows CRON_SECRET: as "Authorization: Bearer <secret>", which Vercel Cron sends, or
// as ?secret=<secret>. One of the two suffices. It returns a [*ConfigError] where the secret is unset or malformed,
// [ErrUnauthorized] where the caller does not know it.
func Authorize(c *Config, r *http.Request) error {
	if err := c.Check(NeedAuth); err != nil {
		return err
	}
	byHeader := sameSecret(bearer(r), c.CronSecret)
	byQuery := sameSecret(r.URL.Query().Get("secret"), c.CronSecret)
	if !byHeader && !byQuery {
		return ErrUnauthorized
	}
	return nil
}

// bearer returns the token of the Authorization header, empty if it has none. The scheme is in any case (RFC 9110,
// section 11.1).
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// sameSecret compares in a time that tells nothing of either secret, nor of their lengths. What was presented is
// cleaned like the configured value: Vercel Cron sends the variable as it was pasted, quotes included.
func sameSecret(presented string, secret Secret) bool {
	got, want := sha256.Sum256([]byte(clean(presented))), sha256.Sum256([]byte(secret.Reveal()))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
