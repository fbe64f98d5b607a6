package qstashsim

import (
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// tokenLifetime is the time from iat to exp.
const tokenLifetime = 5 * time.Minute

// sign makes the Upstash-Signature of one attempt: HS256 with the key's own characters. Two claims are not what one
// might expect: nbf is 0 since September 2024 (Upstash's changelog), and body is padded base64url, which the SDKs
// strip before they compare.
func sign(key, id, destination string, body []byte, now time.Time) (string, error) {
	hash := sha256.Sum256(body)
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss":  "Upstash",
		"sub":  destination,
		"iat":  now.Unix(),
		"exp":  now.Add(tokenLifetime).Unix(),
		"nbf":  0,
		"jti":  id,
		"body": base64.URLEncoding.EncodeToString(hash[:]),
	}).SignedString([]byte(key))
}
