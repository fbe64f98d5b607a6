// Package qsverify checks that a request was sent by QStash, to this URL, now, and arrived unchanged.
//
// Build one [Verifier] with [New] and call [Verifier.Verify] before anything else reads the body. A nil error means:
// signed by one of the two keys, meant for exactly this URL, valid at this time, and carrying exactly these bytes. It
// does not mean "for the first time": QStash delivers at least once, handlers must bear repeats.
//
// Nothing switches a check off. What a refusal was about is told by the errors of this package.
//
// Claims follow Upstash's page "Verify Signatures" (qstash/features/security) and the changelog entry of September 2024
// that made nbf zero, both read 2026-08.
package qsverify

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	// HeaderName is the request header that carries the signature.
	HeaderName = "Upstash-Signature"
	// MaxBodyBytes is the longest body Verify accepts: room for a message of QStash's free plan (1 MB).
	MaxBodyBytes = 1 << 20
	// MaxLifetime is the longest time from iat to exp: what QStash gives its tokens.
	MaxLifetime = 5 * time.Minute

	issuer = "Upstash"
)

// Verifier checks requests to one URL. It is safe for concurrent use.
type Verifier struct {
	current, next []byte
	url           string
	leeway        time.Duration
	now           func() time.Time
}

// Verify reads the body of r and returns it, or an error that says which check failed: one of this package's, or what
// reading the body returned. Beside an error there is no body.
//
// The body is read only once the token has proved to be QStash's, so strangers can't make a server hold theirs. It is
// up to the caller, or the server, to close it.
func (v *Verifier) Verify(r *http.Request) ([]byte, error) {
	if r.ContentLength > MaxBodyBytes {
		return nil, fmt.Errorf("%w: %d bytes announced, at most %d", ErrBodyTooLarge, r.ContentLength, MaxBodyBytes)
	}
	signatures := r.Header.Values(HeaderName)
	if len(signatures) > 1 {
		return nil, fmt.Errorf("%w: %d", ErrSignatureCount, len(signatures))
	}
	if len(signatures) == 0 {
		return nil, ErrUnsigned
	}
	hash, err := v.verifyToken(signatures[0])
	if err != nil {
		return nil, err
	}
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if err := matchBody(hash, body); err != nil {
		return nil, err
	}
	return body, nil
}

// VerifyBytes is [Verifier.Verify] for a body that was read, and capped, elsewhere. The signature is the value of the
// header [HeaderName].
func (v *Verifier) VerifyBytes(signature string, body []byte) error {
	hash, err := v.verifyToken(signature)
	if err != nil {
		return err
	}
	return matchBody(hash, body)
}

// verifyToken makes every check but the body's and returns the body claim.
func (v *Verifier) verifyToken(signature string) (bodyHash string, err error) {
	if signature == "" {
		return "", ErrUnsigned
	}
	payload, err := v.authenticate(signature)
	if err != nil {
		return "", err
	}
	// From here on the claims are QStash's own words. The next key is not tried for what they say: an expired token
	// must stay "expired", or the operator would look for a key problem that is not there.
	c, err := parseClaims(payload)
	if err != nil {
		return "", err
	}
	if c.Issuer.value != issuer {
		return "", fmt.Errorf("%w: %q", ErrIssuer, c.Issuer.value)
	}
	if err := v.checkTimes(&c); err != nil {
		return "", err
	}
	// The keys belong to an account, not to an endpoint: without this, what QStash sent to another endpoint of the
	// account could be replayed here.
	if sub := c.Subject.value; sub != v.url {
		return "", fmt.Errorf("%w: %q, want %q", ErrURL, redact(sub), redact(v.url))
	}
	return c.Body.value, nil
}

// checkTimes checks the three times against one reading of the clock.
func (v *Verifier) checkTimes(c *claims) error {
	now, nbf, iat, exp := v.now(), c.NotBefore.value, c.IssuedAt.value, c.Expires.value
	switch {
	case now.Before(nbf.Add(-v.leeway)):
		return fmt.Errorf("%w: nbf is %v ahead", ErrNotYetValid, nbf.Sub(now))
	case now.Before(iat.Add(-v.leeway)):
		return fmt.Errorf("%w: iat is %v ahead", ErrNotYetValid, iat.Sub(now))
	case exp.Sub(iat) > MaxLifetime+v.leeway:
		return fmt.Errorf("%w: %v", ErrLifetime, exp.Sub(iat))
	case !now.Before(exp.Add(v.leeway)):
		return fmt.Errorf("%w: %v ago", ErrExpired, now.Sub(exp))
	}
	return nil
}

// matchBody compares the hash of body with the body claim, which stands with padding in Upstash's documentation and
// without in its SDKs. The hash is encoded rather than the claim decoded, so one hash has just these two spellings.
func matchBody(claim string, body []byte) error {
	sum := sha256.Sum256(body)
	var want [43]byte // 32 bytes in base64
	base64.RawURLEncoding.Encode(want[:], sum[:])
	if subtle.ConstantTimeCompare([]byte(strings.TrimSuffix(claim, "=")), want[:]) != 1 {
		return ErrBodyMismatch
	}
	return nil
}
