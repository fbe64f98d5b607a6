package qssign_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/upstash/qstash-go"

	"notionsync/pkg/qsverify/qssign"
)

func ExampleSign() {
	noon := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	token := qssign.Sign("sig_current", "https://www.example.com/api/sync/worker", []byte("hello"), noon)

	claims := jwt.MapClaims{}
	parsed, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return []byte("sig_current"), nil },
		jwt.WithTimeFunc(func() time.Time { return noon }))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(parsed.Header)
	fmt.Println(claims["iss"], claims["sub"])
	fmt.Printf("%.0f %.0f %.0f\n", claims["nbf"], claims["iat"], claims["exp"])
	fmt.Println(claims["body"])
	// Output:
	// map[alg:HS256 typ:JWT]
	// Upstash https://www.example.com/api/sync/worker
	// 0 1788264000 1788264300
	// LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=
}

// Upstash's own verifier is the witness that tokens are made as QStash makes them.
func TestSign_passesReceiver(t *testing.T) {
	t.Parallel()
	const url = "https://www.example.com/api/sync/worker?a=1&b=<2>"
	receiver := qstash.NewReceiver("sig_current", "sig_next")
	for _, key := range []string{"sig_current", "sig_next"} {
		for _, body := range []string{"", `{"force":true}`, "\x00\xff"} {
			token := qssign.Sign(key, url, []byte(body), time.Now())
			err := receiver.Verify(qstash.VerifyOptions{Signature: token, Url: url, Body: body})
			if err != nil {
				t.Errorf("Receiver.Verify of Sign(%q, …, %q): %v", key, body, err)
			}
		}
	}
}

func TestClaims_jti(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a, b := qssign.Claims("https://example.com", nil, now)["jti"], qssign.Claims("https://example.com", nil, now)["jti"]
	if a == b {
		t.Errorf("Claims: got jti %q twice, want it unique", a)
	}
	if s, ok := a.(string); !ok || len(s) < len("jwt_")+20 || s[:4] != "jwt_" {
		t.Errorf(`Claims: got jti %q, want "jwt_" and a random text`, a)
	}
}
