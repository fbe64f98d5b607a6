package blobsim_test

import (
	"slices"
	"testing"
	"time"

	"notionsync/pkg/sim/blobsim"
)

func TestMisbehave(t *testing.T) {
	t.Parallel()
	r := start(t, blobsim.Options{})
	r.Misbehave(blobsim.Faults{Fail: 1, Status: 429, Code: "rate_limited", RetryAfter: 1500 * time.Millisecond})
	if a := r.put(t, "a", ""); a.status != 429 || a.code(t) != "rate_limited" || a.header.Get("Retry-After") != "2" {
		t.Errorf("put answered %d %s, Retry-After %q", a.status, a.body, a.header.Get("Retry-After"))
	}
	if a := r.put(t, "a", ""); a.status != 200 {
		t.Errorf("put after the fault answered %d, want 200", a.status)
	}
	r.Misbehave(blobsim.Faults{Fail: 1, HTML: true})
	if a := r.put(t, "b", ""); a.status != 503 || a.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("put answered %d, type %q; want 503 and HTML", a.status, a.header.Get("Content-Type"))
	}
	r.Misbehave(blobsim.Faults{
		Only:  func(req blobsim.Request) bool { return req.Pathname == "c" },
		Break: 1, DropAnswers: 1,
	})
	if a := r.put(t, "d", ""); a.status != 200 {
		t.Errorf("put of a file without faults answered %d, want 200", a.status)
	}
	if a := r.put(t, "c", ""); a.err == nil {
		t.Errorf("put answered %d, want a broken connection", a.status)
	}
	if _, ok := r.File("c"); ok {
		t.Error("the file of a broken request is there")
	}
	if a := r.put(t, "c", "", "x-api-blob-request-attempt", "1"); a.err == nil {
		t.Errorf("put answered %d, want a dropped answer", a.status)
	}
	if _, ok := r.File("c"); !ok {
		t.Error("the file whose answer was dropped is not there")
	}
	want := []blobsim.Request{
		{Op: blobsim.OpPut, Pathname: "a", Status: 429},
		{Op: blobsim.OpPut, Pathname: "a", Status: 200},
		{Op: blobsim.OpPut, Pathname: "b", Status: 503},
		{Op: blobsim.OpPut, Pathname: "d", Status: 200},
		{Op: blobsim.OpPut, Pathname: "c"},
		{Op: blobsim.OpPut, Pathname: "c", Attempt: 1},
	}
	if got := r.Requests(); !slices.Equal(got, want) {
		t.Errorf("Requests() = %+v, want %+v", got, want)
	}
}
