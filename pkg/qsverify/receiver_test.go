package qsverify_test

import (
	"errors"
	"testing"
	"time"

	"github.com/upstash/qstash-go"

	"notionsync/pkg/qsverify"
	"notionsync/pkg/qsverify/qssign"
)

// The reason for a verifier of our own: what Receiver of qstash-go v1.0.0 accepts. Should a row fail because a newer
// Receiver refuses the message, the row has done its work.
func TestVerifier_refusesWhatReceiverAccepts(t *testing.T) {
	t.Parallel()
	now := time.Now() // Receiver has no other clock
	tests := []struct {
		name   string
		change func(*message)
		want   error
	}{
		{"HS384", func(m *message) { m.signedBy("HS384") }, qsverify.ErrAlgorithm},
		{"HS512", func(m *message) { m.signedBy("HS512") }, qsverify.ErrAlgorithm},
		{"no exp", func(m *message) { delete(m.claims, "exp") }, qsverify.ErrClaimMissing},
		{"no nbf", func(m *message) { delete(m.claims, "nbf") }, qsverify.ErrClaimMissing},
		{"no iat", func(m *message) { delete(m.claims, "iat") }, qsverify.ErrClaimMissing},
		{"exp in ten years", func(m *message) { m.claims["exp"] = now.AddDate(10, 0, 0).Unix() }, qsverify.ErrLifetime},
		{"exp in quotes", func(m *message) { m.claims["exp"] = "99999999999" }, qsverify.ErrMalformed},
		{"exp is null", func(m *message) { m.claims["exp"] = nil }, qsverify.ErrMalformed},
		{"iat tomorrow", func(m *message) { m.claims["iat"] = now.AddDate(0, 0, 1).Unix() }, qsverify.ErrNotYetValid},
		{"exp twice", func(m *message) { m.payload = m.with(t, `"exp":99999999999`) }, qsverify.ErrMalformed},
		{"padding in front", func(m *message) {
			m.claims["body"] = "=" + m.claims["body"].(string)
		}, qsverify.ErrBodyMismatch},
		{"critical header", func(m *message) { m.header["crit"] = []string{"b64"} }, qsverify.ErrMalformed},
	}
	receiver := qstash.NewReceiver(currentKey, nextKey)
	verifier := newVerifier(t, qsverify.Options{Now: clock(now)})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := valid()
			m.claims = qssign.Claims(endpoint, m.body, now)
			tt.change(m)
			token := m.token(t)
			err := receiver.Verify(qstash.VerifyOptions{Signature: token, Url: endpoint, Body: string(m.body)})
			if err != nil {
				t.Errorf("Receiver.Verify: got %v, want it accepted", err)
			}
			if err := verifier.VerifyBytes(token, m.body); !errors.Is(err, tt.want) {
				t.Errorf("Verifier.VerifyBytes: got %v, want %v", err, tt.want)
			}
		})
	}
}

// With a key left empty, Receiver lets anyone in. New does not make such a Verifier.
func TestNew_refusesKeysReceiverAccepts(t *testing.T) {
	t.Parallel()
	body := []byte("forged")
	token := qssign.Sign("", endpoint, body, time.Now())
	for _, keys := range [][2]string{{"", ""}, {currentKey, ""}, {"", nextKey}} {
		receiver := qstash.NewReceiver(keys[0], keys[1])
		if err := receiver.Verify(qstash.VerifyOptions{Signature: token, Url: endpoint, Body: string(body)}); err != nil {
			t.Errorf("Receiver.Verify with keys %q: got %v, want it accepted", keys, err)
		}
		if _, err := qsverify.New(keys[0], keys[1], endpoint, qsverify.Options{}); !errors.Is(err, qsverify.ErrConfig) {
			t.Errorf("New with keys %q: got %v, want ErrConfig", keys, err)
		}
	}
}

// Without a URL, Receiver checks none. New does not make such a Verifier.
func TestNew_refusesURLReceiverAccepts(t *testing.T) {
	t.Parallel()
	token := qssign.Sign(currentKey, "https://elsewhere.example.com/", nil, time.Now())
	receiver := qstash.NewReceiver(currentKey, nextKey)
	if err := receiver.Verify(qstash.VerifyOptions{Signature: token}); err != nil {
		t.Errorf("Receiver.Verify without a URL: got %v, want it accepted", err)
	}
	if _, err := qsverify.New(currentKey, nextKey, "", qsverify.Options{}); !errors.Is(err, qsverify.ErrConfig) {
		t.Errorf("New without a URL: got %v, want ErrConfig", err)
	}
}

// A pasted line break, on the other hand, makes Receiver refuse what is good.
func TestVerifier_acceptsWhatReceiverRefuses(t *testing.T) {
	t.Parallel()
	token := qssign.Sign(currentKey, endpoint, nil, time.Now())
	receiver := qstash.NewReceiver(currentKey+"\n", nextKey+"\n")
	if err := receiver.Verify(qstash.VerifyOptions{Signature: token, Url: endpoint}); err == nil {
		t.Error("Receiver.Verify: accepted, want it refused")
	}
	verifier, err := qsverify.New(currentKey+"\n", nextKey+"\n", endpoint, qsverify.Options{})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	if err := verifier.VerifyBytes(token, nil); err != nil {
		t.Errorf("Verifier.VerifyBytes: %v", err)
	}
}
