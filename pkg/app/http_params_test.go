package app_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"notionsync/pkg/app"
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

func TestParseParams(t *testing.T) {
	t.Parallel()
	multipart := strings.ReplaceAll(`--b
Content-Disposition: form-data; name="force"

1
--b
Content-Disposition: form-data; name="page"

docs/a
--b--
`, "\n", "\r\n")
	forced, all := app.Params{Force: true}, app.Params{}
	pages := func(p ...string) app.Params { return app.Params{Pages: p} }
	for _, row := range []struct {
		name, method, query, contentType, body string
		want                                   app.Params
		details                                string // of the error; empty: none
	}{
		{"nothing", "GET", "", "", "", all, ""},
		{"force=1", "GET", "force=1", "", "", forced, ""},
		{"force=true", "GET", "force=true", "", "", forced, ""},
		{"force=0", "GET", "force=0", "", "", all, ""},
		{"force=false", "GET", "force=false", "", "", all, ""},
		{"failed", "GET", "failed=1", "", "", app.Params{Failed: true}, ""},
		{"plan", "GET", "plan=1", "", "", app.Params{Plan: true}, ""},
		{"one page", "GET", "page=docs/a", "", "", pages("docs/a"), ""},
		{"pages", "GET", "page=b&page=a&page=b", "", "", pages("b", "a"), ""},
		{"page as URL", "GET", "page=https%3A%2F%2Fwww.notion.so%2FA-1%3Fv%3D2", "", "",
			pages("https://www.notion.so/A-1?v=2"), ""},
		{"page with spaces around", "GET", "page=+a+", "", "", pages("a"), ""},
		{"everything", "GET", "force=1&failed=1&plan=true&page=a&secret=x&x-vercel-protection-bypass=y", "", "",
			app.Params{Force: true, Failed: true, Plan: true, Pages: []string{"a"}}, ""},
		{"a body with GET is not read", "GET", "", jsonType, `{"force":true}`, all, ""},
		{"a query with POST", "POST", "force=1", "", "", forced, ""},

		{"JSON booleans", "POST", "", jsonType, `{"force":true,"failed":false}`, forced, ""},
		{"JSON strings", "POST", "", jsonType, `{"force":"1","failed":"true","plan":"0"}`,
			app.Params{Force: true, Failed: true}, ""},
		{"JSON nulls", "POST", "", jsonType, `{"force":null,"page":null}`, all, ""},
		{"JSON page as string", "POST", "", jsonType, `{"page":"a"}`, pages("a"), ""},
		{"JSON page as list", "POST", "", jsonType, `{"page":["a","b","a"]}`, pages("a", "b"), ""},
		{"JSON page as empty list", "POST", "", jsonType, `{"page":[]}`, app.Params{}, "empty list"},
		{"JSON of an automation in Notion", "POST", "page=a", jsonType, `{"source":{"type":"automation"},"data":{"page":1}}`,
			pages("a"), ""},
		{"JSON with a charset", "POST", "", "application/json; charset=utf-8", `{"force":true}`, forced, ""},
		{"JSON type in upper case", "POST", "", "Application/JSON", `{"force":true}`, forced, ""},
		{"JSON with white space", "POST", "", jsonType, "\n {} \n", all, ""},
		{"JSON and query", "POST", "page=a&force=0", jsonType, `{"page":["b"],"force":true}`,
			app.Params{Force: true, Pages: []string{"a", "b"}}, ""},
		{"form", "POST", "", formType, "force=1&page=a&page=b", app.Params{Force: true, Pages: []string{"a", "b"}}, ""},
		{"form with parts", "POST", "", "multipart/form-data; boundary=b", multipart,
			app.Params{Force: true, Pages: []string{"docs/a"}}, ""},
		{"empty body of any type", "POST", "force=1", "text/plain", "", forced, ""},
		{"blank body of an unreadable type", "POST", "", "///", " \n", all, ""},

		{"force=maybe", "GET", "force=maybe", "", "", all, `force is "maybe"`},
		{"force without value", "GET", "force", "", "", all, `force is ""`},
		{"force=yes beside force=1", "GET", "force=1&force=yes", "", "", all, `force is "yes"`},
		{"failed=2", "GET", "failed=2", "", "", all, `failed is "2"`},
		{"plan=TRUE", "GET", "plan=TRUE", "", "", all, `plan is "TRUE"`},
		{"empty page", "GET", "page=", "", "", all, "page is empty"},
		{"a page in Latin-1", "GET", "page=caf%E9", "", "", all, "not UTF-8"},
		{"a form's page in Latin-1", "POST", "", "application/x-www-form-urlencoded", "page=a&page=caf%E9", all, "not UTF-8"},
		{"empty page beside another", "GET", "page=a&page=%20", "", "", all, "page is empty"},
		{"page of another language", "GET", "page[]=a&force=1", "", "", all, `"page[]" is not a parameter here, those known are page`},
		{"page in capitals", "GET", "Page=a", "", "", all, `"Page" is not a parameter`},
		{"force misspelt", "GET", "forced=1", "", "", all, `"forced" is not a parameter`},
		{"a very long name", "GET", strings.Repeat("x", 10_000), "", "", all, `"` + strings.Repeat("x", 50) + `…"`},
		{"Vercel's parameter in a form", "POST", "", formType, "x-vercel-protection-bypass=y", all, "x-vercel"},
		{"pages instead of page", "GET", "pages=a", "", "", all, "use page"},
		{"broken query", "GET", "page=%zz", "", "", all, "query"},
		{"semicolons in the query", "GET", "page=a;force=1", "", "", all, "query"},

		{"JSON cut off", "POST", "", jsonType, `{"force":true`, all, "not a JSON object"},
		{"JSON followed by more", "POST", "", jsonType, `{} {}`, all, "not a JSON object"},
		{"JSON list", "POST", "", jsonType, `["a"]`, all, "the body is not a JSON object: it is a list"},
		{"JSON text", "POST", "", jsonType, `"a"`, all, "it is a string"},
		{"JSON null", "POST", "", jsonType, `null`, all, "not a JSON object"},
		{"JSON force as number", "POST", "", jsonType, `{"force":1}`, all, "force is neither"},
		{"JSON force as another string", "POST", "", jsonType, `{"force":"maybe"}`, all, `force is "maybe"`},
		{"JSON force as empty string", "POST", "", jsonType, `{"force":""}`, all, `force is ""`},
		{"JSON failed as list", "POST", "", jsonType, `{"failed":[true]}`, all, "failed is neither"},
		{"JSON page as number", "POST", "", jsonType, `{"page":7}`, all, "page is neither"},
		{"JSON page as mixed list", "POST", "", jsonType, `{"page":["a",7]}`, all, "page is neither"},
		{"JSON page as empty string", "POST", "", jsonType, `{"page":""}`, all, "page is empty"},
		{"a page of many bytes", "POST", "", jsonType, `{"page":"` + strings.Repeat("x", 1<<19) + `"}`, all,
			"a value of page is 524288 bytes long"},
		{"many pages", "POST", "", formType, "page=" + strings.Join(numbers(1001), "&page="), all, "1001 pages with names of"},
		{"pages of many bytes together", "POST", "", formType,
			"page=" + strings.Join(numbers(100), strings.Repeat("x", 4096)+"&page="), all, "100 pages with names of"},
		{"JSON page with null in the list", "POST", "", jsonType, `{"page":[null]}`, all, "page is empty"},
		{"JSON pages", "POST", "", jsonType, `{"pages":["a"]}`, all, "use page"},
		{"JSON in capitals", "POST", "", jsonType, `{"Page":"a","FORCE":true}`, all, `"FORCE" is not a parameter`},
		{"JSON with null for what is unknown", "POST", "", jsonType, `{"Page":null}`, all, `"Page" is not a parameter`},
		{"JSON of an automation, and more", "POST", "", jsonType, `{"source":{"type":"automation"},"page":"a"}`, all, `"source"`},
		{"JSON with a source", "POST", "", jsonType, `{"source":"automation"}`, all, `"source"`},
		{"form with a misspelt name", "POST", "", formType, "pgae=a", all, `"pgae"`},
		{"form with a file", "POST", "", "multipart/form-data; boundary=b",
			strings.Replace(multipart, `"page"`, `"page"; filename="page.txt"`, 1), all, "file"},
		{"JSON said to be a form", "POST", "", formType, `{"force":true}`, all, "looks like JSON"},
		{"broken form", "POST", "", formType, "page=%zz", all, "form"},
		{"form with parts, no boundary", "POST", "", "multipart/form-data", multipart, all, "form"},
		{"form with parts, cut off", "POST", "", "multipart/form-data; boundary=b", multipart[:40], all, "form"},
		{"text", "POST", "", "text/plain", "force=1", all, `"text/plain"`},
		{"no type", "POST", "", "", "force=1", all, "Content-Type"},
		{"too large", "POST", "", jsonType, `{"x":"` + strings.Repeat("x", app.MaxBodyBytes) + `"}`, all,
			"larger than 1048576 bytes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(row.method, "/api/sync/trigger?"+row.query, strings.NewReader(row.body))
			if row.contentType != "" {
				r.Header.Set("Content-Type", row.contentType)
			}
			got, err := app.ParseParams(r, "plan")
			if !reflect.DeepEqual(got, row.want) {
				t.Errorf("ParseParams = %+v, want %+v", got, row.want)
			}
			checkInvalid(t, err, row.details)
		})
	}
}

// checkInvalid checks that err is an InvalidRequest with details in it, or none if they are empty.
func checkInvalid(t *testing.T, err error, details string) {
	t.Helper()
	if details == "" {
		if err != nil {
			t.Errorf("ParseParams = %v, want no error", err)
		}
		return
	}
	var invalid *app.Error
	if !errors.As(err, &invalid) || invalid.Status != 400 || invalid.Text != "Invalid request" {
		t.Fatalf("ParseParams = %v, want an InvalidRequest", err)
	}
	if !strings.Contains(invalid.Details, details) {
		t.Errorf("details = %q, want %q in them", invalid.Details, details)
	}
	if strings.Contains(invalid.Details, "Go ") || len(invalid.Details) > 300 {
		t.Errorf("details = %q, want a line without the names of Go's types", invalid.Details)
	}
}

func TestParseParams_bodyOfExactlyTheLimit(t *testing.T) {
	t.Parallel()
	body := `{"force":` + strings.Repeat(" ", app.MaxBodyBytes-len(`{"force":true}`)) + `true}`
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", jsonType)
	if p, err := app.ParseParams(r); err != nil || !p.Force {
		t.Errorf("ParseParams(%d bytes) = %+v, %v, want force", len(body), p, err)
	}
}

func TestParseParams_bodyThatBreaks(t *testing.T) {
	t.Parallel()
	broken := io.MultiReader(strings.NewReader(`{"force"`), errReader{})
	r, err := http.NewRequest("POST", "/", broken)
	if err != nil {
		t.Fatal(err)
	}
	_, err = app.ParseParams(r)
	checkInvalid(t, err, "can't be read: connection reset")
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// FuzzParseParams: whatever the body, there is no panic, no parameter beside an error, and every error is an
// InvalidRequest.
func FuzzParseParams(f *testing.F) {
	f.Add(jsonType, `{"force":true,"page":["a"]}`)
	f.Add(formType, "page=a&force=1")
	f.Add("multipart/form-data; boundary=b", "--b\r\n\r\n--b--")
	f.Add("text/plain", "x")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		p, err := app.ParseParams(r)
		if err == nil {
			return
		}
		var invalid *app.Error
		if !reflect.DeepEqual(p, app.Params{}) || !errors.As(err, &invalid) || invalid.Status != 400 {
			t.Errorf("ParseParams = %+v, %v, want no parameters and an InvalidRequest", p, err)
		}
	})
}

func ExampleParseParams() {
	r := httptest.NewRequest("POST", "/api/sync/trigger?force=1", strings.NewReader(`{"page":["docs/start","about"]}`))
	r.Header.Set("Content-Type", "application/json")
	p, err := app.ParseParams(r)
	fmt.Println(p.Force, p.Pages, err)
	// Output: true [docs/start about] <nil>
}

func TestParseParams_planIsNotEverywhere(t *testing.T) {
	t.Parallel()
	for _, r := range []*http.Request{
		httptest.NewRequest("GET", "/?plan=1", nil), httptest.NewRequest("POST", "/", strings.NewReader(`{"plan":true}`)),
	} {
		r.Header.Set("Content-Type", jsonType)
		_, err := app.ParseParams(r)
		checkInvalid(t, err, `"plan" is not a parameter here, those known are page, force, failed; a dry run is /api/sync?plan=1`)
	}
}
