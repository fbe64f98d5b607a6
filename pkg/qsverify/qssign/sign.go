// Package qssign signs requests as QStash does, for tests and simulators of handlers that qsverify guards. Production
// code has no use for it.
//
// [Sign] makes the value of the Upstash-Signature header. To forge a token that is wrong in one point, take [Claims],
// spoil it and sign it with the JWT library.
//
// Claims follow Upstash's page "Verify Signatures" (qstash/features/security) and the changelog entry of September 2024
// that made nbf zero, both read 2026-08.
package qssign

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Lifetime is how long after its iat a token of QStash expires.
const Lifetime = 5 * time.Minute

// Sign returns the token QStash would send with body to url at the time now: HS256 under key, taken as it is.
func Sign(key, url string, body []byte, now time.Time) string {
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, Claims(url, body, now)).SignedString([]byte(key))
	if err != nil {
		panic("qssign: " + err.Error()) // strings and integers always encode, and any bytes are an HMAC key
	}
	return token
}

// Claims returns what [Sign] signs. Times are whole seconds, as int64.
func Claims(url string, body []byte, now time.Time) jwt.MapClaims {
	sum := sha256.Sum256(body)
	return jwt.MapClaims{
		"iss":  "Upstash",
		"sub":  url,
		"exp":  now.Add(Lifetime).Unix(),
		"iat":  now.Unix(),
		"nbf":  int64(0),
		"jti":  "jwt_" + rand.Text(),
		"body": base64.URLEncoding.EncodeToString(sum[:]),
	}
}
