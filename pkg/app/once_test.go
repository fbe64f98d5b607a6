package app_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"notionsync/pkg/app"
)

// A route of the process's own environment goes by its values as they are cleaned, where a library reads them, too.
func TestOnce_pastedValues(t *testing.T) {
	d := deploy(t, small())
	d.qstash.Pause()
	for name, value := range d.env {
		t.Setenv(name, " \""+value+"\"\n")
	}
	var route app.Once
	for range 2 {
		r := httptest.NewRequest(http.MethodGet, triggerPath, nil)
		r.Header.Set("Authorization", "Bearer "+cronSecret)
		out := httptest.NewRecorder()
		route.Serve(app.Trigger, out, r)
		if out.Code != http.StatusOK {
			t.Errorf("the trigger answers %d %s, want 200", out.Code, out.Body)
		}
	}
	if n := len(d.published()); n != 1 {
		t.Errorf("%d messages were published, want 1", n)
	}
}
