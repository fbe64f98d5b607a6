package media_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"notionsync/pkg/media"
)

// Has says what readers find at a copy's URL: there, not there, or that nobody can tell.
func TestKeeper_Has(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]struct{ there, known bool }{
		http.StatusOK:                  {true, true},
		http.StatusNotFound:            {false, true},
		http.StatusForbidden:           {false, true},
		http.StatusGone:                {false, true},
		http.StatusServiceUnavailable:  {false, false},
		http.StatusUnauthorized:        {false, false},
		http.StatusInternalServerError: {false, false},
	} {
		var method string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			method = r.Method
			w.WriteHeader(status)
		}))
		there, err := newKeeper(t, media.Options{Backend: &memory{}}).Has(t.Context(), server.URL+"/media/a.png")
		server.Close()
		if there != want.there || (err == nil) != want.known || method != http.MethodHead {
			t.Errorf("status %d: Has = %t, %v after %s; want %t, error: %t, after HEAD", status, there, err, method, want.there, !want.known)
		}
	}
	if there, err := newKeeper(t, media.Options{Backend: &memory{}}).Has(t.Context(), "http://127.0.0.1:1/a.png"); there || err == nil {
		t.Errorf("Has of a host that does not answer = %t, %v; want an error", there, err)
	}
}

// A further copy of a file has a key of its own: dropping the earlier one, however late, leaves it where it is.
func TestKeeper_KeepCopy(t *testing.T) {
	t.Parallel()
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("data"))
	}))
	defer source.Close()
	store := &memory{}
	k := newKeeper(t, media.Options{Backend: store, AllowPrivate: true})
	keys := map[string]bool{}
	for copy := range 3 {
		kept, err := k.KeepCopy(t.Context(), source.URL+"/a/plan.bin?signed", copy)
		if err != nil {
			t.Fatal(err)
		}
		keys[kept.Key] = true
	}
	first := media.Key(media.Identity(source.URL + "/a/plan.bin"))
	if len(keys) != 3 || !keys[first] {
		t.Fatalf("keys are %v, want three, the first %q", keys, first)
	}
	if err := k.Drop(t.Context(), []string{first}); err != nil || len(store.files) != 2 {
		t.Errorf("Drop = %v leaves %d files, want the two further copies", err, len(store.files))
	}
}
