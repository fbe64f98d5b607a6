package qsverify_test

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/upstash/qstash-go"

	"notionsync/pkg/qsverify"
	"notionsync/pkg/qsverify/qssign"
)

// The benchmarks verify the same message of 1 KiB under the current key: a whole request, its body read, by the
// Verifier; a signature beside a body in memory by both, which is all Receiver of qstash-go does.
//
//	go test -run '^$' -bench . -count 10 ./pkg/qsverify

const benchBytes = 1 << 10

func BenchmarkVerifier_Verify(b *testing.B) {
	v := newVerifier(b, qsverify.Options{})
	body := bytes.NewReader(bytes.Repeat([]byte("x"), benchBytes))
	r := signed(benchBytes)
	r.Header.Set(qsverify.HeaderName, benchToken())
	r.Body = io.NopCloser(body)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			b.Fatal(err)
		}
		if _, err := v.Verify(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifier_VerifyBytes(b *testing.B) {
	v := newVerifier(b, qsverify.Options{})
	token, body := benchToken(), bytes.Repeat([]byte("x"), benchBytes)
	b.ReportAllocs()
	for b.Loop() {
		if err := v.VerifyBytes(token, body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReceiver_Verify(b *testing.B) {
	receiver := qstash.NewReceiver(currentKey, nextKey)
	opts := qstash.VerifyOptions{
		Signature: benchToken(),
		Url:       endpoint,
		Body:      string(bytes.Repeat([]byte("x"), benchBytes)),
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := receiver.Verify(opts); err != nil {
			b.Fatal(err)
		}
	}
}

// benchToken is signed now, since Receiver has no other clock. It outlives a run of each benchmark.
func benchToken() string {
	return qssign.Sign(currentKey, endpoint, bytes.Repeat([]byte("x"), benchBytes), time.Now())
}
