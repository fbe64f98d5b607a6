package qsverify_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/qsverify"
	"notionsync/pkg/qsverify/qssign"
)

// Every row starts from one valid message and changes one thing.
func TestVerifier_Verify(t *testing.T) {
	t.Parallel()
	const leeway = qsverify.DefaultLeeway
	set := func(claim string, value any) func(*message) {
		return func(m *message) { m.claims[claim] = value }
	}
	without := func(claim string) func(*message) {
		return func(m *message) { delete(m.claims, claim) }
	}
	arriving := func(after time.Duration) func(*message) {
		return func(m *message) { m.at = issued.Add(after) }
	}
	respelled := func(f func(hash string) string) func(*message) {
		return func(m *message) { m.claims["body"] = f(m.claims["body"].(string)) }
	}
	tests := []struct {
		name   string
		change func(*message)
		want   error
	}{
		{"as QStash sends it", func(*message) {}, nil},

		{"signed with the next key", func(m *message) { m.key = nextKey }, nil},
		{"signed with a third key", func(m *message) { m.key = "sig_other" }, qsverify.ErrSignature},
		{"signed with the empty key", func(m *message) { m.key = "" }, qsverify.ErrSignature},
		{"signed with the key and a line break", func(m *message) { m.key += "\n" }, qsverify.ErrSignature},
		{"signed with HS384", func(m *message) { m.signedBy("HS384") }, qsverify.ErrAlgorithm},
		{"signed with HS512", func(m *message) { m.signedBy("HS512") }, qsverify.ErrAlgorithm},
		{"not signed, algorithm none", func(m *message) { m.signedBy("none") }, qsverify.ErrAlgorithm},
		{"signed with HS512, said to be HS256", func(m *message) {
			m.signedBy("HS512")
			m.header["alg"] = "HS256"
		}, qsverify.ErrSignature},
		{"not signed, said to be HS256", func(m *message) { m.hash = nil }, qsverify.ErrSignature},
		{"algorithm in lower case", func(m *message) { m.header["alg"] = "hs256" }, qsverify.ErrAlgorithm},
		{"algorithm nobody knows", func(m *message) { m.header["alg"] = "HS257" }, qsverify.ErrAlgorithm},
		{"algorithm of a megabyte", func(m *message) {
			m.header["alg"] = strings.Repeat("H", 1<<20)
		}, qsverify.ErrAlgorithm},
		{"no algorithm", func(m *message) { delete(m.header, "alg") }, qsverify.ErrAlgorithm},
		{"algorithm is a list", func(m *message) { m.header["alg"] = []string{"HS256"} }, qsverify.ErrMalformed},
		{"critical header", func(m *message) { m.header["crit"] = []string{"b64"} }, qsverify.ErrMalformed},
		{"critical header is null", func(m *message) { m.header["crit"] = nil }, qsverify.ErrMalformed},
		{"header that changes nothing", func(m *message) { m.header["kid"] = "1" }, nil},

		{"no issuer", without("iss"), qsverify.ErrClaimMissing},
		{"other issuer", set("iss", "Downstash"), qsverify.ErrIssuer},
		{"issuer in lower case", set("iss", "upstash"), qsverify.ErrIssuer},
		{"empty issuer", set("iss", ""), qsverify.ErrIssuer},
		{"issuer is a list", set("iss", []string{"Upstash"}), qsverify.ErrMalformed},

		{"no URL", without("sub"), qsverify.ErrClaimMissing},
		{"empty URL", set("sub", ""), qsverify.ErrURL},
		{"URL is null", set("sub", nil), qsverify.ErrMalformed},
		{"URL of another route", set("sub", "https://www.example.com/api/sync/callback"), qsverify.ErrURL},
		{"URL of another host", set("sub", "https://example.com/api/sync/worker"), qsverify.ErrURL},
		{"URL with a trailing slash", set("sub", endpoint+"/"), qsverify.ErrURL},
		{"URL without TLS", set("sub", "http://www.example.com/api/sync/worker"), qsverify.ErrURL},
		{"URL with a query", set("sub", endpoint+"?a=1"), qsverify.ErrURL},
		{"URL that can't be read", set("sub", "https://www.example.com/%zz?a=1"), qsverify.ErrURL},
		{"URL of somebody", set("sub", "https://hunter2:@www.example.com/api/sync/worker"), qsverify.ErrURL},
		{"URL in upper case", set("sub", strings.ToUpper(endpoint)), qsverify.ErrURL},
		{"URL escaped in JSON", func(m *message) {
			m.payload = strings.ReplaceAll(string(encodeJSON(t, m.claims)), "/", `\/`)
		}, nil},

		{"no exp", without("exp"), qsverify.ErrClaimMissing},
		{"exp in quotes", set("exp", "1788264300"), qsverify.ErrMalformed},
		{"exp is null", set("exp", nil), qsverify.ErrMalformed},
		{"exp in ten years", set("exp", issued.AddDate(10, 0, 0).Unix()), qsverify.ErrLifetime},
		{"exp beyond any calendar", set("exp", 1e300), qsverify.ErrMalformed},
		{"exp beyond any float", func(m *message) {
			delete(m.claims, "exp")
			m.payload = m.with(t, `"exp":1e999`)
		}, qsverify.ErrMalformed},
		{"exp with a fraction", set("exp", float64(issued.Unix())+299.5), nil},
		{"longest life", set("exp", issued.Add(qsverify.MaxLifetime+leeway).Unix()), nil},
		{"life a second longer", set("exp", issued.Add(qsverify.MaxLifetime+leeway).Unix()+1), qsverify.ErrLifetime},
		{"last moment", arriving(qssign.Lifetime + leeway - 1), nil},
		{"moment after", arriving(qssign.Lifetime + leeway), qsverify.ErrExpired},
		{"expired an hour ago", arriving(qssign.Lifetime + time.Hour), qsverify.ErrExpired},
		{"expired, signed with the next key", func(m *message) {
			m.key = nextKey
			m.at = issued.Add(time.Hour)
		}, qsverify.ErrExpired},

		{"no iat", without("iat"), qsverify.ErrClaimMissing},
		{"iat in quotes", set("iat", "1788264000"), qsverify.ErrMalformed},
		{"iat is null", set("iat", nil), qsverify.ErrMalformed},
		{"iat tomorrow", func(m *message) {
			m.claims = qssign.Claims(endpoint, m.body, issued.AddDate(0, 0, 1))
		}, qsverify.ErrNotYetValid},
		{"iat long ago", set("iat", issued.Add(-time.Hour).Unix()), qsverify.ErrLifetime},
		{"first moment", arriving(-leeway), nil},
		{"moment before", arriving(-leeway - 1), qsverify.ErrNotYetValid},

		{"no nbf", without("nbf"), qsverify.ErrClaimMissing},
		{"nbf in quotes", set("nbf", "0"), qsverify.ErrMalformed},
		{"nbf is null", set("nbf", nil), qsverify.ErrMalformed},
		{"nbf is iat, as before September 2024", set("nbf", issued.Unix()), nil},
		{"nbf as far ahead as may be", set("nbf", issued.Add(leeway).Unix()), nil},
		{"nbf half a second further", set("nbf", float64(issued.Add(leeway).Unix())+0.5), qsverify.ErrNotYetValid},

		{"no jti", without("jti"), nil},
		{"claim that nobody knows", set("extra", map[string]any{"exp": []any{"}", 1}}), nil},
		{"exp twice", func(m *message) { m.payload = m.with(t, `"exp":1788264300`) }, qsverify.ErrMalformed},
		{"exp twice, escaped", func(m *message) { m.payload = m.with(t, `"e\u0078p":1788264300`) }, qsverify.ErrMalformed},
		{"exp twice, in capitals", func(m *message) { m.payload = m.with(t, `"EXP":1788264300`) }, qsverify.ErrMalformed},
		{"sub twice", func(m *message) { m.payload = m.with(t, `"sub":"`+endpoint+`"`) }, qsverify.ErrMalformed},
		{"sub twice, once null", func(m *message) { m.payload = m.with(t, `"sub":null`) }, qsverify.ErrMalformed},
		{"claims are null", func(m *message) { m.payload = `null` }, qsverify.ErrClaimMissing},
		{"claims are a list", func(m *message) { m.payload = `[]` }, qsverify.ErrMalformed},
		{"claims are no JSON", func(m *message) { m.payload = `{` }, qsverify.ErrMalformed},
		{"claims and more", func(m *message) { m.payload = string(encodeJSON(t, m.claims)) + `{}` }, qsverify.ErrMalformed},

		{"no body hash", without("body"), qsverify.ErrClaimMissing},
		{"body hash is null", set("body", nil), qsverify.ErrMalformed},
		{"body hash is empty", set("body", ""), qsverify.ErrBodyMismatch},
		{"body hash without padding", respelled(func(s string) string { return strings.TrimRight(s, "=") }), nil},
		{"body hash with padding twice", respelled(func(s string) string { return s + "=" }), qsverify.ErrBodyMismatch},
		{"body hash with padding in front", respelled(func(s string) string { return "=" + s }), qsverify.ErrBodyMismatch},
		{"body hash in hex", respelled(func(string) string { return strings.Repeat("0", 64) }), qsverify.ErrBodyMismatch},
		{"body hash with unused bits set", respelled(func(s string) string {
			last := s[len(s)-2] // two of its six bits carry nothing
			return s[:len(s)-2] + string(last+1) + "="
		}), qsverify.ErrBodyMismatch},
		{"body hash in the other base64", func(m *message) {
			m.body = []byte("0")
			m.claims["body"] = "X+zrZv/IbzjZUnhsbWlsecLbwjndTpG0ZynXOif7V+k="
		}, qsverify.ErrBodyMismatch},
		{"body changed by a byte", func(m *message) { m.body[0] ^= 1 }, qsverify.ErrBodyMismatch},
		{"body longer by a line break", func(m *message) { m.body = append(m.body, '\n') }, qsverify.ErrBodyMismatch},
		{"body cut off", func(m *message) { m.body = nil }, qsverify.ErrBodyMismatch},
		{"empty body", func(m *message) {
			m.body = nil
			m.claims = qssign.Claims(endpoint, nil, issued)
		}, nil},
		{"empty body, no hash", func(m *message) {
			m.body = nil
			delete(m.claims, "body")
		}, qsverify.ErrClaimMissing},
		{"empty body, empty hash", func(m *message) {
			m.body = nil
			m.claims["body"] = ""
		}, qsverify.ErrBodyMismatch},
		{"body of arbitrary bytes", func(m *message) {
			m.body = []byte("\x00\xff\r\n")
			m.claims = qssign.Claims(endpoint, m.body, issued)
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := valid()
			tt.change(m)
			token := m.token(t)
			v := newVerifier(t, qsverify.Options{Now: clock(m.at)})

			body, err := v.Verify(request(m.body, token))
			if !errors.Is(err, tt.want) {
				t.Errorf("Verify: got error %v, want %v", err, tt.want)
			}
			if tt.want == nil && !bytes.Equal(body, m.body) {
				t.Errorf("Verify: got body %q, want %q", body, m.body)
			}
			if tt.want != nil && body != nil {
				t.Errorf("Verify: got body %q beside an error, want none", body)
			}
			mustBeDiscreet(t, err, token)

			if err := v.VerifyBytes(token, m.body); !errors.Is(err, tt.want) {
				t.Errorf("VerifyBytes: got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestVerifier_VerifyBytes_token(t *testing.T) {
	t.Parallel()
	m := valid()
	token := m.token(t)
	part := strings.Split(token, ".")
	headed := func(header string) string { // instead of the right one
		return base64.RawURLEncoding.EncodeToString([]byte(header)) + token[len(part[0]):]
	}
	resigned := func(signed string) string {
		mac := hmac.New(sha256.New, []byte(currentKey))
		mac.Write([]byte(signed))
		return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	tests := []struct {
		name, token string
		want        error
	}{
		{"empty", "", qsverify.ErrUnsigned},
		{"one part", part[0], qsverify.ErrMalformed},
		{"two parts", part[0] + "." + part[1], qsverify.ErrMalformed},
		{"four parts", token + "." + part[2], qsverify.ErrMalformed},
		{"two tokens", token + ", " + token, qsverify.ErrMalformed},
		{"dots", "..", qsverify.ErrMalformed},
		{"signature missing", part[0] + "." + part[1] + ".", qsverify.ErrSignature},
		{"signature cut", token[:len(token)-3], qsverify.ErrSignature},
		{"signature is no base64", part[0] + "." + part[1] + ".!", qsverify.ErrMalformed},
		{"signature padded", token + "=", qsverify.ErrMalformed},
		{"signature with a line break", token[:len(token)-4] + "\r\n" + token[len(token)-4:], qsverify.ErrMalformed},
		{"header is no base64", "!" + token, qsverify.ErrMalformed},
		{"header is no JSON", headed("HS256"), qsverify.ErrMalformed},
		{"header is null", headed("null"), qsverify.ErrAlgorithm},
		{"claims missing", part[0] + ".." + part[2], qsverify.ErrSignature},
		{"claims are no base64, signed", resigned(part[0] + ".!"), qsverify.ErrMalformed},
		{"space in front", " " + token, qsverify.ErrMalformed},
		{"prefixed like a bearer token", "Bearer " + token, qsverify.ErrMalformed},
	}
	v := newVerifier(t, qsverify.Options{Now: clock(issued)})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := v.VerifyBytes(tt.token, m.body)
			if !errors.Is(err, tt.want) {
				t.Errorf("VerifyBytes(%q): got %v, want %v", tt.token, err, tt.want)
			}
			mustBeDiscreet(t, err, tt.token)
		})
	}
}

func TestVerifier_VerifyBytes_everyBitCounts(t *testing.T) {
	t.Parallel()
	m := valid()
	token := m.token(t)
	v := newVerifier(t, qsverify.Options{Now: clock(issued)})
	for i := range len(token) {
		for bit := range 8 {
			spoilt := []byte(token)
			spoilt[i] ^= 1 << bit
			if v.VerifyBytes(string(spoilt), m.body) == nil {
				t.Errorf("VerifyBytes: token accepted with bit %d of byte %d flipped", bit, i)
			}
		}
	}
	for i := range m.body {
		for bit := range 8 {
			spoilt := bytes.Clone(m.body)
			spoilt[i] ^= 1 << bit
			if err := v.VerifyBytes(token, spoilt); !errors.Is(err, qsverify.ErrBodyMismatch) {
				t.Errorf("VerifyBytes: bit %d of body byte %d flipped: got %v, want ErrBodyMismatch", bit, i, err)
			}
		}
	}
}

func TestVerifier_Verify_leeway(t *testing.T) {
	t.Parallel()
	m := valid()
	token := m.token(t)
	for _, leeway := range []time.Duration{1, time.Second, qsverify.MaxLeeway} {
		for _, tt := range []struct {
			name string
			at   time.Duration
			want error
		}{
			{"moment before", -leeway - 1, qsverify.ErrNotYetValid},
			{"first moment", -leeway, nil},
			{"last moment", qssign.Lifetime + leeway - 1, nil},
			{"moment after", qssign.Lifetime + leeway, qsverify.ErrExpired},
		} {
			v := newVerifier(t, qsverify.Options{Leeway: leeway, Now: clock(issued.Add(tt.at))})
			if _, err := v.Verify(request(m.body, token)); !errors.Is(err, tt.want) {
				t.Errorf("Verify with leeway %v, %s: got %v, want %v", leeway, tt.name, err, tt.want)
			}
		}
	}
}

// mustBeDiscreet fails the test if the error would flood the log, or bring a key, a part of the token or a query there.
func mustBeDiscreet(t *testing.T, err error, token string) {
	t.Helper()
	if err == nil {
		return
	}
	if n := len(err.Error()); n > 300 {
		t.Errorf("error of %d bytes, want at most 300: %.300s", n, err)
	}
	secrets := append(strings.Split(token, "."), currentKey, nextKey, "a=1", "hunter2")
	for _, secret := range secrets {
		if len(secret) > 2 && strings.Contains(err.Error(), secret) {
			t.Errorf("error %q tells the secret %q", err, secret)
		}
	}
}
