package qsverify_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"notionsync/pkg/qsverify"
)

// No token gets through that the JWT library, asked on its own, does not find signed with HS256 by one of the keys.
func FuzzVerifier_VerifyBytes(f *testing.F) {
	m := valid()
	token := m.token(f)
	unsigned := valid()
	unsigned.signedBy("none")
	stranger := valid()
	stranger.key = ""
	other := valid()
	other.signedBy("HS512")
	for _, seed := range []*message{m, unsigned, stranger, other} {
		f.Add(seed.token(f), m.body)
	}
	for _, seed := range []string{"", "..", "a.b.c", "=.=.="} {
		f.Add(seed, m.body)
	}
	f.Add(token, []byte{})
	v := newVerifier(f, qsverify.Options{Now: clock(issued)})
	library := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithoutClaimsValidation())
	keys := jwt.VerificationKeySet{Keys: []jwt.VerificationKey{[]byte(currentKey), []byte(nextKey)}}

	f.Fuzz(func(t *testing.T, token string, body []byte) {
		if v.VerifyBytes(token, body) != nil {
			return
		}
		claims := jwt.MapClaims{}
		if _, err := library.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return keys, nil }); err != nil {
			t.Fatalf("VerifyBytes(%q): accepted, but the library says %v", token, err)
		}
		sum := sha256.Sum256(body)
		want := base64.RawURLEncoding.EncodeToString(sum[:])
		if got := strings.TrimSuffix(fmt.Sprint(claims["body"]), "="); got != want {
			t.Fatalf("VerifyBytes(%q): accepted with body hash %q, want %q", token, got, want)
		}
	})
}

// A valid token with some of its bytes replaced, by others or by none, is valid no more.
func FuzzVerifier_VerifyBytes_spoilt(f *testing.F) {
	m := valid()
	token := m.token(f)
	v := newVerifier(f, qsverify.Options{Now: clock(issued)})
	f.Add(0, 1, "f")
	f.Add(len(token), 0, "\n")
	f.Add(len(token)-1, 1, "")
	f.Add(strings.IndexByte(token, '.'), 1, "..")
	f.Add(3, 0, "\r\n")

	f.Fuzz(func(t *testing.T, at, cut int, insert string) {
		if at < 0 || at > len(token) || cut < 0 || cut > len(token)-at {
			return
		}
		spoilt := token[:at] + insert + token[at+cut:]
		if err := v.VerifyBytes(spoilt, m.body); (err == nil) != (spoilt == token) {
			t.Fatalf("VerifyBytes(%q): got %v, where %q is valid", spoilt, err, token)
		}
	})
}

// QStash itself is not trusted to speak sense: whatever it signs, what is accepted has each claim once and of the right
// value.
func FuzzVerifier_VerifyBytes_claims(f *testing.F) {
	m := valid()
	f.Add(string(encodeJSON(f, m.claims)))
	f.Add(m.with(f, `"exp":null`))
	f.Add(m.with(f, `"e\u0078p":1e400`))
	f.Add(m.with(f, `"ISS":{"iss":["Upstash"]}`))
	f.Add(`{"iss":"Upstash","exp":-1e12,"iat":1e12,"nbf":0.5}`)
	f.Add(`null`)
	v := newVerifier(f, qsverify.Options{Now: clock(issued)})

	f.Fuzz(func(t *testing.T, payload string) {
		if payload == "" {
			return // message would put its claims there
		}
		signed := &message{header: m.header, payload: payload, hash: m.hash, key: nextKey}
		if v.VerifyBytes(signed.token(t), m.body) != nil {
			return
		}
		for name, plausible := range map[string]func(any) bool{
			"iss":  func(v any) bool { return v == "Upstash" },
			"sub":  func(v any) bool { return v == endpoint },
			"body": func(v any) bool { return strings.HasPrefix(m.claims["body"].(string), fmt.Sprint(v)) },
			"nbf":  isNumber,
			"iat":  isNumber,
			"exp":  isNumber,
		} {
			values := membersNamed(t, payload, name)
			if len(values) != 1 || !plausible(values[0]) {
				t.Errorf("VerifyBytes, claims %q: accepted with %s %v", payload, name, values)
			}
		}
	})
}

func isNumber(v any) bool {
	_, ok := v.(json.Number)
	return ok
}

// membersNamed returns the values of all members of a JSON object that have this name, in any case.
func membersNamed(t *testing.T, object, name string) (values []any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewBufferString(object))
	dec.UseNumber()
	if _, err := dec.Token(); err != nil {
		t.Fatalf("accepted claims %q: %v", object, err)
	}
	for dec.More() {
		got, err := dec.Token()
		if err != nil {
			t.Fatalf("accepted claims %q: %v", object, err)
		}
		var value any
		if err := dec.Decode(&value); err != nil {
			t.Fatalf("accepted claims %q: %v", object, err)
		}
		if strings.EqualFold(got.(string), name) {
			values = append(values, value)
		}
	}
	return values
}
