package qsverify_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"notionsync/pkg/qsverify"
	"notionsync/pkg/qsverify/qssign"
)

func ExampleVerifier_Verify() {
	const endpoint = "https://www.example.com/api/sync/worker"
	verifier, err := qsverify.New("sig_current", "sig_next", endpoint, qsverify.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	worker := func(w http.ResponseWriter, r *http.Request) {
		body, err := verifier.Verify(r)
		if err != nil {
			// The reason is for the log. Whoever forged this must not learn it.
			http.Error(w, "Failed to verify signature", http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, "work on %s", body)
	}

	// QStash would send this:
	r := httptest.NewRequest(http.MethodPost, endpoint, strings.NewReader(`{"force":true}`))
	r.Header.Set(qsverify.HeaderName, qssign.Sign("sig_current", endpoint, []byte(`{"force":true}`), time.Now()))
	w := httptest.NewRecorder()
	worker(w, r)
	fmt.Println(w.Code, w.Body)

	// Anyone could send this:
	r = httptest.NewRequest(http.MethodPost, endpoint, strings.NewReader(`{"force":true}`))
	w = httptest.NewRecorder()
	worker(w, r)
	fmt.Println(w.Code, w.Body)
	// Output:
	// 200 work on {"force":true}
	// 401 Failed to verify signature
}

func ExampleVerifier_VerifyBytes() {
	const endpoint = "https://www.example.com/api/sync/worker"
	noon := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	verifier, err := qsverify.New("sig_current", "sig_next", endpoint, qsverify.Options{
		Now: func() time.Time { return noon },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	body := []byte("hello")

	// The keys were rolled: QStash signs with the next one.
	fmt.Println(verifier.VerifyBytes(qssign.Sign("sig_next", endpoint, body, noon), body))

	// That an old message came too late is said whichever key signed it.
	err = verifier.VerifyBytes(qssign.Sign("sig_next", endpoint, body, noon.Add(-time.Hour)), body)
	fmt.Println(errors.Is(err, qsverify.ErrExpired), err)
	// Output:
	// <nil>
	// true qsverify: token expired: 55m0s ago
}

func ExampleNew() {
	_, err := qsverify.New("sig_current", "", "https://www.example.com/api/sync/worker", qsverify.Options{})
	fmt.Println(err)
	// Output: qsverify: invalid configuration: next signing key is blank
}
