package qsverify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// claims are the claims that decide. They are read more strictly than the JWT library's own claim types do, which take
// a time in quotes, null, and the last of several values. Claims that decide nothing here may be anything.
type claims struct {
	Issuer    text `json:"iss"`
	Subject   text `json:"sub"`
	Expires   date `json:"exp"`
	IssuedAt  date `json:"iat"`
	NotBefore date `json:"nbf"`
	Body      text `json:"body"`
}

// parseClaims reads the payload of a token. The error wraps ErrMalformed or ErrClaimMissing.
func parseClaims(payload []byte) (claims, error) {
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return claims{}, fmt.Errorf("%w: claims: %w", ErrMalformed, err)
	}
	for _, claim := range [...]struct {
		name string
		finding
	}{
		{"iss", c.Issuer.finding},
		{"sub", c.Subject.finding},
		{"exp", c.Expires.finding},
		{"iat", c.IssuedAt.finding},
		{"nbf", c.NotBefore.finding},
		{"body", c.Body.finding},
	} {
		switch {
		case claim.times == 0:
			return claims{}, fmt.Errorf("%w: %s", ErrClaimMissing, claim.name)
		case claim.times > 1:
			return claims{}, fmt.Errorf("%w: %s given %d times", ErrMalformed, claim.name, claim.times)
		case claim.wrong:
			return claims{}, fmt.Errorf("%w: %s has a value of the wrong kind", ErrMalformed, claim.name)
		}
	}
	return c, nil
}

// finding is what decoding noticed about one claim. encoding/json calls UnmarshalJSON for each occurrence of a claim,
// null included, and matches names whatever their case: "EXP" beside "exp" makes two.
type finding struct {
	times int
	wrong bool
}

// text is a claim that must be a JSON string.
type text struct {
	finding
	value string
}

// UnmarshalJSON leaves complaints to parseClaims, which knows the claim's name.
func (t *text) UnmarshalJSON(b []byte) error {
	t.times++
	t.wrong = b[0] != '"'
	if t.wrong {
		return nil
	}
	if bytes.IndexByte(b, '\\') < 0 {
		t.value = string(b[1 : len(b)-1]) // b is valid JSON
		return nil
	}
	return json.Unmarshal(b, &t.value)
}

// maxSeconds bounds the times accepted, so that none overflows on its way to a time.Time: the year 33658.
const maxSeconds = 1e12

// date is a claim that must be a JSON number of seconds since 1970, whole or not (NumericDate, RFC 7519 section 2).
type date struct {
	finding
	value time.Time
}

// UnmarshalJSON leaves complaints to parseClaims, which knows the claim's name.
func (d *date) UnmarshalJSON(b []byte) error {
	d.times++
	// What is valid JSON and read by ParseFloat is a number: "Inf" and "0x1p3" are no JSON, quotes no float.
	seconds, err := strconv.ParseFloat(string(b), 64)
	d.wrong = err != nil || math.Abs(seconds) > maxSeconds
	if d.wrong {
		return nil
	}
	whole, fraction := math.Modf(seconds)
	d.value = time.Unix(int64(whole), int64(fraction*float64(time.Second)))
	return nil
}
