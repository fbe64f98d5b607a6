package app_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"notionsync/pkg/qsverify/qssign"
)

const unverified = `401 {"ok":false,"error":"Failed to verify signature"}`

// What is not signed by QStash, for this URL, now and as it stands, does nothing.
func TestWorker_signature(t *testing.T) {
	t.Parallel()
	const body = `{"force":true,"pages":[],"failed":false}`
	signed := func(key, path string, claims func(jwt.MapClaims)) func(*deployment) []string {
		return func(d *deployment) []string {
			c := qssign.Claims(d.url+path, []byte(body), time.Now())
			claims(c)
			token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte(key))
			if err != nil {
				t.Fatal(err)
			}
			return []string{token}
		}
	}
	none := func(jwt.MapClaims) {}
	at := func(ago time.Duration) func(jwt.MapClaims) {
		return func(c jwt.MapClaims) {
			c["iat"], c["exp"] = time.Now().Add(-ago).Unix(), time.Now().Add(5*time.Minute-ago).Unix()
		}
	}
	for _, row := range []struct {
		name      string
		signature func(*deployment) []string
		ok        bool
	}{
		{"current key", signed(currentSecret, workerPath, none), true},
		{"next key", signed(nextSecret, workerPath, none), true},
		{"unsigned", func(*deployment) []string { return nil }, false},
		{"empty", func(*deployment) []string { return []string{""} }, false},
		{"garbage", func(*deployment) []string { return []string{"a.b.c"} }, false},
		{"wrong key", signed("sig_wrong", workerPath, none), false},
		{"empty key", signed("", workerPath, none), false},
		{"the publishing token as key", signed(qstashSecret, workerPath, none), false},
		{"expired", signed(currentSecret, workerPath, at(time.Hour)), false},
		{"not valid yet", signed(currentSecret, workerPath, at(-time.Hour)), false},
		{"valid for ten years", signed(currentSecret, workerPath, func(c jwt.MapClaims) {
			c["exp"] = time.Now().AddDate(10, 0, 0).Unix()
		}), false},
		{"without exp", signed(currentSecret, workerPath, func(c jwt.MapClaims) { delete(c, "exp") }), false},
		{"another issuer", signed(currentSecret, workerPath, func(c jwt.MapClaims) { c["iss"] = "Downstash" }), false},
		{"for the callback", signed(currentSecret, callbackPath, none), false},
		{"for a trailing slash", signed(currentSecret, workerPath+"/", none), false},
		{"for another site", signed(currentSecret, workerPath, func(c jwt.MapClaims) {
			c["sub"] = "https://www.example.com" + workerPath
		}), false},
		{"another body", signed(currentSecret, workerPath, func(c jwt.MapClaims) {
			c["body"] = qssign.Claims("", []byte("{}"), time.Now())["body"]
		}), false},
		{"algorithm none", func(d *deployment) []string {
			token, err := jwt.NewWithClaims(jwt.SigningMethodNone, qssign.Claims(d.url+workerPath, []byte(body), time.Now())).
				SignedString(jwt.UnsafeAllowNoneSignatureType)
			if err != nil {
				t.Fatal(err)
			}
			return []string{token}
		}, false},
		{"twice", func(d *deployment) []string {
			s := qssign.Sign(currentSecret, d.url+workerPath, []byte(body), time.Now())
			return []string{s, s}
		}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, small())
			r := d.message(workerPath, "msg_1", body)
			r.Header["Upstash-Signature"] = row.signature(d)
			before := d.traces()
			switch a := d.send(r); {
			case row.ok && (a.status != http.StatusOK || a.text(t, "state") != "done"):
				t.Errorf("answer %s, want 200 and a job done", a)
			case !row.ok && a.String() != unverified:
				t.Errorf("answer %s, want %s", a, unverified)
			case !row.ok && d.traces() != before:
				t.Errorf("the message has left traces: %s", d.traces())
			}
		})
	}
}

// The secret of the other routes opens this one no more than nothing does.
func TestWorker_secretIsNoSignature(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	for path := range signedRoutes {
		r := d.request(http.MethodPost, path+"?secret="+cronSecret, "{}")
		r.Header.Set("Authorization", "Bearer "+cronSecret)
		if a := d.send(r); a.String() != unverified {
			t.Errorf("%s with the secret answers %s, want %s", path, a, unverified)
		}
	}
}

// A body of 5 MB is turned away before it is read, signed or not.
func TestWorker_hugeBody(t *testing.T) {
	t.Parallel()
	d := deploy(t, small())
	huge := `{"pages":["` + strings.Repeat("x", 5_000_000) + `"]}`
	before := d.traces()
	for path := range signedRoutes {
		unsigned := d.request(http.MethodPost, path, huge)
		if a := d.send(unsigned); a.String() != unverified {
			t.Errorf("%s: an unsigned body of 5 MB is answered %s, want %s", path, a, unverified)
		}
		if a := d.send(d.message(path, "msg_1", huge)); a.status < 400 || a.status == 500 {
			t.Errorf("%s: a signed body of 5 MB is answered %s, want it refused", path, a)
		}
		chunked := d.message(path, "msg_1", huge)
		chunked.ContentLength, chunked.Body = -1, io.NopCloser(strings.NewReader(huge))
		if a := d.send(chunked); a.status < 400 || a.status == 500 {
			t.Errorf("%s: a signed body of 5 MB without length is answered %s, want it refused", path, a)
		}
	}
	if after := d.traces(); after != before {
		t.Errorf("huge bodies have left traces")
	}
}
