package qsverify_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"notionsync/pkg/qsverify"
	"notionsync/pkg/qsverify/qssign"
)

// signed is a request with a body of n bytes and a signature that fits.
func signed(n int) *http.Request {
	body := bytes.Repeat([]byte("x"), n)
	return request(body, qssign.Sign(currentKey, endpoint, body, issued))
}

func TestVerifier_Verify_bodySize(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		size     int
		announce int64 // Content-Length; -1 stands for chunked
		want     error
	}{
		{"largest", qsverify.MaxBodyBytes, qsverify.MaxBodyBytes, nil},
		{"largest, chunked", qsverify.MaxBodyBytes, -1, nil},
		{"a byte more", qsverify.MaxBodyBytes + 1, qsverify.MaxBodyBytes + 1, qsverify.ErrBodyTooLarge},
		{"a byte more, chunked", qsverify.MaxBodyBytes + 1, -1, qsverify.ErrBodyTooLarge},
		{"a byte more, announced as none", qsverify.MaxBodyBytes + 1, 0, qsverify.ErrBodyTooLarge},
		{"empty", 0, 0, nil},
		{"empty, chunked", 0, -1, nil},
	}
	v := newVerifier(t, qsverify.Options{Now: clock(issued)})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := signed(tt.size)
			r.ContentLength = tt.announce
			body, err := v.Verify(r)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Verify: got error %v, want %v", err, tt.want)
			}
			if err == nil && len(body) != tt.size {
				t.Errorf("Verify: got %d bytes, want %d", len(body), tt.size)
			}
			if err != nil && body != nil {
				t.Errorf("Verify: got %d bytes beside an error, want none", len(body))
			}
		})
	}
}

// What is refused anyway is refused before its body is read, and what is too long is not read to its end.
func TestVerifier_Verify_readsNoMoreThanItMust(t *testing.T) {
	t.Parallel()
	announced := signed(0)
	announced.ContentLength = qsverify.MaxBodyBytes + 1
	endless := signed(0)
	endless.ContentLength = -1
	tests := []struct {
		name string
		r    *http.Request
		want error
		most int
	}{
		{"not signed", request(nil), qsverify.ErrUnsigned, 0},
		{"signed by a stranger", request(nil, qssign.Sign("sig_other", endpoint, nil, issued)), qsverify.ErrSignature, 0},
		{"for another URL", request(nil, qssign.Sign(currentKey, endpoint+"/", nil, issued)), qsverify.ErrURL, 0},
		{"announced as too long", announced, qsverify.ErrBodyTooLarge, 0},
		{"endless", endless, qsverify.ErrBodyTooLarge, qsverify.MaxBodyBytes + 1},
	}
	v := newVerifier(t, qsverify.Options{Now: clock(issued)})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var zeros endlessBody
			tt.r.Body = &zeros
			if _, err := v.Verify(tt.r); !errors.Is(err, tt.want) {
				t.Errorf("Verify: got %v, want %v", err, tt.want)
			}
			if zeros.read > tt.most {
				t.Errorf("Verify: read %d bytes of the body, want at most %d", zeros.read, tt.most)
			}
		})
	}
}

// endlessBody gives zeros for ever and counts them.
type endlessBody struct{ read int }

func (b *endlessBody) Read(p []byte) (int, error) {
	clear(p)
	b.read += len(p)
	return len(p), nil
}

func (b *endlessBody) Close() error { return nil }

func TestVerifier_Verify_bodyFails(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, qsverify.Options{Now: clock(issued)})

	r := signed(1 << 10)
	r.Body = io.NopCloser(iotest.TimeoutReader(iotest.HalfReader(r.Body)))
	body, err := v.Verify(r)
	if !errors.Is(err, iotest.ErrTimeout) || body != nil {
		t.Errorf("Verify, read fails: got %d bytes and %v, want none and %v", len(body), err, iotest.ErrTimeout)
	}

	r = signed(1 << 10)
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 100)
	if _, err := v.Verify(r); !errors.Is(err, qsverify.ErrBodyTooLarge) {
		t.Errorf("Verify, capped lower in front: got %v, want ErrBodyTooLarge", err)
	}

	r = signed(0)
	r.Body = nil // as in a request made for a client
	if _, err := v.Verify(r); err != nil {
		t.Errorf("Verify, no body: %v", err)
	}
}

func TestVerifier_Verify_signatureHeader(t *testing.T) {
	t.Parallel()
	m := valid()
	token := m.token(t)
	tests := []struct {
		name       string
		signatures []string
		want       error
	}{
		{"one", []string{token}, nil},
		{"none", nil, qsverify.ErrUnsigned},
		{"empty", []string{""}, qsverify.ErrUnsigned},
		{"the same twice", []string{token, token}, qsverify.ErrSignatureCount},
		{"good and bad", []string{token, "x"}, qsverify.ErrSignatureCount},
		{"good and empty", []string{token, ""}, qsverify.ErrSignatureCount},
		{"two in one value", []string{strings.Join([]string{token, token}, ",")}, qsverify.ErrMalformed},
	}
	v := newVerifier(t, qsverify.Options{Now: clock(issued)})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := v.Verify(request(m.body, tt.signatures...)); !errors.Is(err, tt.want) {
				t.Errorf("Verify: got %v, want %v", err, tt.want)
			}
		})
	}
}
