package qsverify_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"hash"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"notionsync/pkg/qsverify"
	"notionsync/pkg/qsverify/qssign"
)

const (
	currentKey = "sig_current"
	nextKey    = "sig_next"
	endpoint   = "https://www.example.com/api/sync/worker"
)

// issued is when the messages of these tests are signed, and what the clock shows unless a test says otherwise.
var issued = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

// message is a request of QStash in its parts, for tests to spoil. The token is made from them by hand, not by the
// library under test, so that any header and any payload can be signed.
type message struct {
	header  map[string]any
	claims  jwt.MapClaims
	payload string           // instead of claims, where JSON can't be made from a map
	hash    func() hash.Hash // nil: not signed
	key     string
	body    []byte
	at      time.Time // of arrival
}

// valid is a message that every check lets pass.
func valid() *message {
	body := []byte(`{"force":false}`)
	return &message{
		header: map[string]any{"alg": "HS256", "typ": "JWT"},
		claims: qssign.Claims(endpoint, body, issued),
		hash:   sha256.New,
		key:    currentKey,
		body:   body,
		at:     issued,
	}
}

func (m *message) token(t testing.TB) string {
	t.Helper()
	payload := []byte(m.payload)
	if m.payload == "" {
		payload = encodeJSON(t, m.claims)
	}
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString(encodeJSON(t, m.header)) + "." + enc.EncodeToString(payload)
	if m.hash == nil {
		return signed + "."
	}
	mac := hmac.New(m.hash, []byte(m.key))
	mac.Write([]byte(signed))
	return signed + "." + enc.EncodeToString(mac.Sum(nil))
}

// signedBy sets the algorithm, in the header and in fact.
func (m *message) signedBy(alg string) {
	m.header["alg"] = alg
	m.hash = map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New}[alg]
}

// with returns the payload with one more member, for names that a map can't hold twice.
func (m *message) with(t testing.TB, member string) string {
	t.Helper()
	claims := encodeJSON(t, maps.Clone(m.claims))
	return string(claims[:len(claims)-1]) + "," + member + "}"
}

func encodeJSON(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("json.Marshal: %v", err)
	}
	return b
}

func newVerifier(t testing.TB, opts qsverify.Options) *qsverify.Verifier {
	t.Helper()
	v, err := qsverify.New(currentKey, nextKey, endpoint, opts)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return v
}

func clock(now time.Time) func() time.Time {
	return func() time.Time { return now }
}

// request is a POST as the server hands it to a handler, with these values of the signature header.
func request(body []byte, signatures ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, endpoint, bytes.NewReader(body))
	for _, s := range signatures {
		r.Header.Add(qsverify.HeaderName, s)
	}
	return r
}
