package notion_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"notionsync/pkg/notion"
	"notionsync/pkg/syncer/model"
)

func TestError(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer answer
		is     error // nil: none of the sentinels
		want   string
	}{
		{"401", fail(401, "unauthorized", "API token is invalid."), model.ErrUnauthorized,
			`notion: page "` + id1 + `": 401 unauthorized: API token is invalid; ` +
				`the integration's token is wrong or was revoked [request req-1]`},
		{"404", fail(404, "object_not_found", "Could not find page."), model.ErrNotFound,
			`404 object_not_found: Could not find page; if it exists, share it with the integration: open it in Notion, `},
		{"404 of another kind", answer{status: 404, body: "<h1>Not here</h1>"}, nil, `404: Not here (after`},
		{"400 in HTML", answer{status: 400, body: "<title>400 Bad Request</title>"}, nil, `400: 400 Bad Request (after`},
		{"400", fail(400, "validation_error", "body failed."), model.ErrRefused, `400 validation_error: body failed`},
		{"400 with a type", answer{status: 400, body: `{"code":"validation_error","message":"Several sources.",` +
			`"additional_data":{"error_type":"multiple_data_sources_for_database"}}`}, model.ErrRefused,
			`400 validation_error: Several sources (multiple_data_sources_for_database)`},
		{"403", fail(403, "restricted_resource", "Insufficient permissions."), model.ErrRefused,
			`lacks the capability "Read content"`},
		{"403 of a proxy", answer{status: 403, body: "<p>Company policy</p>"}, nil, `403: Company policy (after`},
		{"403 that Notion has seen", answer{status: 403, body: "no"}.with("Cf-Ray", "1").
			with("X-Notion-Request-Id", "r9"), nil, `403: no [request r9] (after`},
		{"307", answer{status: 307}.with("Location", "/"), model.ErrRefused, `redirects are not followed`},
		{"409", fail(409, "conflict_error", "Conflict."), nil,
			`409 conflict_error: Conflict [request req-1] (after 4 attempts)`},
		{"500, JSON of another kind", answer{status: 500, body: `["x"]`}, nil, `500: ["x"]`},
		{"502 in HTML", answer{status: 502, body: "<!DOCTYPE html><html><head><style>b{}</style><title>notion.com |\n" +
			"502: Bad &amp; gateway</title></head><body><script>alert(1)</script>Error</body>"}, nil,
			`502: notion.com | 502: Bad & gateway (after`},
		{"503 without a title", answer{status: 503, body: "<style>b{}</style><!-- secret --><body onload='x()'>Try" +
			"<br/>\x00later<script>1<2</script></body>"}, nil, `503: Try later (after`},
		{"504, empty", answer{status: 504}, nil, `504: Gateway Timeout (after`},
		{"a 200 in HTML", answer{body: "<title>Just a moment...</title>"}, nil, `200: Just a moment`},
		{"a 202", answer{status: 202, body: `{}`}, nil, `202: Accepted (after`},
	}
	sentinels := []error{model.ErrUnauthorized, model.ErrNotFound, model.ErrRefused, model.ErrCursor}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := calls["Page"](t.Context(), connect(t, serve(t, tt.answer).URL), id1)
			for _, sentinel := range sentinels {
				if got := errors.Is(err, sentinel); got != (sentinel == tt.is) {
					t.Errorf("Page(): errors.Is(%v, %v) = %t", err, sentinel, got)
				}
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Page(): error\n%v, want it to hold\n%s", err, tt.want)
			}
			e, ok := errors.AsType[*notion.Error](err)
			if !ok || (e.Status != tt.answer.status && e.Status != http.StatusOK) {
				t.Errorf("Page(): error %#v, want an Error of status %d", e, tt.answer.status)
			}
		})
	}
}

func TestError_isShort(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]answer{
		"JSON": fail(400, "validation_error", strings.Repeat("é\n", 10_000)),
		"HTML": {status: 400, body: strings.Repeat("<p>é</p>", 20_000)},
	} {
		err := calls["Page"](t.Context(), connect(t, serve(t, a).URL), id1)
		if n := len([]rune(err.Error())); n > 500 || strings.Contains(err.Error(), "\n") {
			t.Errorf("Page() answered with a long text in %s: an error of %d characters, want a line of 500 at most", name, n)
		}
	}
}

func TestError_missingCapability(t *testing.T) {
	t.Parallel()
	srv := serve(t, fail(403, "restricted_resource", "Insufficient permissions."))
	_, err := connect(t, srv.URL).Me(t.Context())
	if !errors.Is(err, model.ErrRefused) || !strings.Contains(err.Error(), "Read user information") {
		t.Errorf("Me() without the capability: error %v, want ErrRefused naming it", err)
	}
}

func TestError_connection(t *testing.T) {
	t.Parallel()
	srv := serve(t, answer{})
	srv.Close()
	err := calls["Rows"](t.Context(), connect(t, srv.URL), id1)
	if err == nil || !strings.HasPrefix(err.Error(), `notion: rows of data source "`+id1+`": `) {
		t.Fatalf("Rows() without a server: error %v, want it to say what was asked", err)
	}
	if errors.Is(err, model.ErrRefused) || strings.Contains(err.Error(), "Post ") {
		t.Errorf("Rows() without a server: error %v, want it temporary, and said once", err)
	}
}

func TestError_fields(t *testing.T) {
	t.Parallel()
	over := time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)
	body := `{"code":"validation_error","message":"No.","request_id":"of the body",` +
		`"additional_data":{"error_type":"some_type","retry_after":7,"integration_id":"x"}}`
	tests := []struct {
		name   string
		answer answer
		want   notion.Error
	}{
		{"all in the body", answer{status: 400, body: body}, notion.Error{Status: 400, Code: "validation_error",
			Message: "No.", RequestID: "of the body", ErrorType: "some_type", RetryAfter: 7 * time.Second}},
		{"the header first", answer{status: 400, body: body}.with("X-Notion-Request-Id", "of the header").
			with("Retry-After", "9"), notion.Error{Status: 400, Code: "validation_error", Message: "No.",
			RequestID: "of the header", ErrorType: "some_type", RetryAfter: 9 * time.Second}},
		{"a date over already", answer{status: 400, body: "No."}.with("Retry-After", over),
			notion.Error{Status: 400, Message: "No."}},
		{"a negative wait", answer{status: 400, body: "No."}.with("Retry-After", "-9"),
			notion.Error{Status: 400, Message: "No."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := calls["Page"](t.Context(), connect(t, serve(t, tt.answer).URL), id1)
			got, ok := errors.AsType[*notion.Error](err)
			if !ok {
				t.Fatalf("Page(): error %v, want an Error", err)
			}
			if diff := cmp.Diff(&tt.want, got, cmpopts.IgnoreUnexported(notion.Error{})); diff != "" {
				t.Errorf("Page(): error (-want +got):\n%s", diff)
			}
		})
	}
}
