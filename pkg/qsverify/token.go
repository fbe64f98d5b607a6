package qsverify

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// decoder reads base64url without padding whose unused bits are zero.
var decoder = jwt.NewParser(jwt.WithStrictDecoding())

// header is what counts of a token's header.
type header struct {
	Algorithm string          `json:"alg"`
	Critical  json.RawMessage `json:"crit"`
}

// authenticate returns the payload of a token (JWS compact serialization, RFC 7515 section 7.1) that one of the keys
// signed. The error wraps ErrMalformed, ErrAlgorithm or ErrSignature.
//
// The library's own Parse decodes the claims before it checks the signature. Here a stranger's claims are never looked
// at, and a token of the next key is not parsed twice.
func (v *Verifier) authenticate(token string) (payload []byte, err error) {
	if strings.Count(token, ".") != 2 {
		return nil, fmt.Errorf("%w: not three parts", ErrMalformed)
	}
	dot := strings.LastIndexByte(token, '.')
	signed, signature := token[:dot], token[dot+1:]
	first, second, _ := strings.Cut(signed, ".")

	if err := checkHeader(first); err != nil {
		return nil, err
	}
	// The decoder skips line breaks. In the other two parts they would break the signature.
	if strings.ContainsAny(signature, "\r\n") {
		return nil, fmt.Errorf("%w: line break", ErrMalformed)
	}
	mac, err := decoder.DecodeSegment(signature)
	if err != nil {
		return nil, fmt.Errorf("%w: signature: %w", ErrMalformed, err)
	}
	if !signedWith(v.current, signed, mac) && !signedWith(v.next, signed, mac) {
		return nil, ErrSignature
	}
	payload, err = decoder.DecodeSegment(second)
	if err != nil {
		return nil, fmt.Errorf("%w: claims: %w", ErrMalformed, err)
	}
	return payload, nil
}

// checkHeader makes sure that the token means the algorithm we compute, whatever it says, and nothing beyond it.
func checkHeader(segment string) error {
	var h header
	raw, err := decoder.DecodeSegment(segment)
	if err == nil {
		err = json.Unmarshal(raw, &h)
	}
	switch {
	case err != nil:
		return fmt.Errorf("%w: header: %w", ErrMalformed, err)
	case h.Algorithm != jwt.SigningMethodHS256.Alg():
		return fmt.Errorf("%w: %.32q", ErrAlgorithm, h.Algorithm) // a stranger's word: kept short
	case h.Critical != nil:
		// RFC 7515 section 4.1.11: extensions listed here must be understood. None is.
		return fmt.Errorf("%w: critical header", ErrMalformed)
	}
	return nil
}

// signedWith compares in constant time.
func signedWith(key []byte, signed string, mac []byte) bool {
	return jwt.SigningMethodHS256.Verify(signed, mac, key) == nil
}
