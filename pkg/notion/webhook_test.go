package notion_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"notionsync/pkg/notion"
	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

func TestVerifyWebhook(t *testing.T) {
	t.Parallel()
	const secret = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"
	// The example of Notion's documentation, "Webhooks", step 2, under this token.
	body := []byte(`{"verification_token":"` + secret + `"}`)
	good := notionsim.SignWebhook(secret, body)
	for _, row := range []struct {
		name, secret, signature string
		body                    string
		ok                      bool
	}{
		{"as sent", secret, good, string(body), true},
		{"in upper case", secret, "sha256=" + strings.ToUpper(good[len("sha256="):]), string(body), true},
		{"under another token", secret + "x", good, string(body), false},
		{"under no token", "", notionsim.SignWebhook("", body), string(body), false},
		{"of another body", secret, good, string(body) + " ", false},
		{"of a body written anew", secret, good, `{"verification_token": "` + secret + `"}`, false},
		{"without its name", secret, good[len("sha256="):], string(body), false},
		{"of another kind", secret, "sha1=" + good[len("sha256="):], string(body), false},
		{"cut short", secret, good[:len(good)-2], string(body), false},
		{"empty digest", secret, "sha256=", string(body), false},
		{"no hex", secret, "sha256=" + strings.Repeat("z", 64), string(body), false},
		{"missing", secret, "", string(body), false},
	} {
		err := notion.VerifyWebhook(row.secret, row.signature, []byte(row.body))
		if row.ok && err != nil || !row.ok && !errors.Is(err, notion.ErrSignature) {
			t.Errorf("signature %s: %v, want accepted %t", row.name, err, row.ok)
		}
	}
}

func TestHandshake(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"verification_token":"secret_abc"}`:                       "secret_abc",
		`{"verification_token":""}`:                                 "",
		`{"verification_token":1}`:                                  "",
		`{"verification_token":"a\nlevel=INFO"}`:                    "",
		`{"verification_token":"` + strings.Repeat("x", 513) + `"}`: "",
		`{"type":"page.created"}`:                                   "",
		`[]`:                                                        "", ``: "",
	} {
		if got := notion.Handshake([]byte(body)); got != want {
			t.Errorf("Handshake(%.60s) = %q, want %q", body, got, want)
		}
	}
}

func TestDecodeEvent(t *testing.T) {
	t.Parallel()
	const id, above = "367bba44-6f32-47d4-89b4-e6e3dd4f5a21", "0ef104cd-477e-80e1-8571-cfd10e92339a"
	for _, row := range []struct {
		name, body string
		want       model.Event
		bad        bool
	}{
		{"page.created", `{"id":"e1","timestamp":"2026-01-02T03:04:05.678Z","type":"page.created","authors":[],"attempt_number":1,
			"entity":{"id":"` + id + `","type":"page"},"data":{"parent":{"id":"` + above + `","type":"page"}}}`,
			model.Event{ID: "e1", Object: "page", Action: "created", Of: id, Parent: model.EventParent{Type: "page", ID: above}}, false},
		{"an id without dashes", `{"id":"e1","type":"page.deleted","entity":{"id":"` + strings.ReplaceAll(id, "-", "") + `"}}`,
			model.Event{ID: "e1", Object: "page", Action: "deleted", Of: id}, false},
		{"of the workspace", `{"id":"e1","type":"page.moved","entity":{"id":"` + id + `"},"data":{"parent":{"id":"x","type":"space"}}}`,
			model.Event{ID: "e1", Object: "page", Action: "moved", Of: id, Parent: model.EventParent{Type: "space"}}, false},
		{"an unknown type", `{"id":"e1","type":"teapot.boiled","entity":{"id":"7"},"data":null}`,
			model.Event{ID: "e1", Object: "teapot", Action: "boiled"}, false},
		{"no type", `{"id":"e1"}`, model.Event{}, true},
		{"a page without id", `{"id":"e1","type":"page.created","entity":{"id":"../users"}}`, model.Event{}, true},
		{"no object", `[]`, model.Event{}, true},
		{"no JSON", `é`, model.Event{}, true},
	} {
		got, err := notion.DecodeEvent([]byte(row.body))
		if errors.Is(err, notion.ErrEvent) != row.bad || (err != nil) != row.bad {
			t.Errorf("%s: error %v, want one %t", row.name, err, row.bad)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}
