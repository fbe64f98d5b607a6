package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// What one request may name. The message to QStash comes back, encoded, in its failure callback, which has a limit.
const (
	maxPages     = 1000
	maxNameBytes = 64 << 10  // of one of their names
	maxPageBytes = 256 << 10 // of all of them together
)

// MaxBodyBytes is the largest body of parameters that is read.
const MaxBodyBytes = 1 << 20

// Params are the parameters of a sync.
type Params struct {
	Force  bool     // unchanged pages too
	Failed bool     // only what failed last time
	Plan   bool     // dry run
	Pages  []string // only these: slugs, Notion ids or URLs, each once; empty: all
}

// ParseParams reads the parameters from the query and, for POST, from a JSON or form body; what either says holds.
// Whatever else is named there is refused: a name that is misspelt would make a sync of some pages one of all. more are
// the parameters that the route knows beside page, force and failed. The error is an [InvalidRequest].
func ParseParams(r *http.Request, more ...string) (Params, error) {
	values, err := queryValues(r)
	if err != nil {
		return Params{}, err
	}
	if r.Method == http.MethodPost {
		more, err := bodyValues(r)
		if err != nil {
			return Params{}, err
		}
		for name, list := range more {
			values[name] = append(values[name], list...)
		}
	}
	if err := checkNames(values, append([]string{"page", "force", "failed"}, more...)...); err != nil {
		return Params{}, err
	}
	return params(values)
}

// queryValues are the query's parameters but those that are Vercel's: x-vercel-protection-bypass, for instance.
func queryValues(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, InvalidRequest("the query can't be read: %v", err)
	}
	for name := range values {
		if strings.HasPrefix(strings.ToLower(name), "x-vercel-") {
			delete(values, name)
		}
	}
	return values, nil
}

// checkNames refuses parameters of other names than those known, and than that of the secret.
func checkNames(values url.Values, known ...string) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if name == "secret" || slices.Contains(known, name) {
			continue
		}
		hint := ""
		switch name {
		case "pages", "page[]":
			hint = "; use page, repeated or with a list"
		case "plan":
			hint = "; a dry run is /api/sync?plan=1"
		}
		return InvalidRequest("%q is not a parameter here, those known are %s%s", short(name), strings.Join(known, ", "), hint)
	}
	return nil
}

// short is a text from outside as it can be repeated.
func short(text string) string {
	const shown = 50
	if len(text) > shown {
		text = text[:shown] + "…"
	}
	return strings.ToValidUTF8(text, "\ufffd")
}

func params(values url.Values) (p Params, err error) {
	for _, flag := range []struct {
		name string
		set  *bool
	}{{"force", &p.Force}, {"failed", &p.Failed}, {"plan", &p.Plan}} {
		for _, value := range values[flag.name] {
			switch value {
			case "1", "true":
				*flag.set = true
			case "0", "false":
			default:
				return Params{}, InvalidRequest("%s is %q; use 1 or true", flag.name, value)
			}
		}
	}
	total := 0
	for _, value := range values["page"] {
		value = strings.TrimSpace(value)
		if value == "" { // such as ?page=$PAGE with PAGE unset, which must not become a sync of everything
			return Params{}, InvalidRequest("page is empty; use a slug, a Notion id or a Notion URL")
		}
		if !utf8.ValidString(value) { // such as a slug in Latin-1, which no message could carry
			return Params{}, InvalidRequest("page is %q, which is not UTF-8; send it in UTF-8, or use the page's Notion id", short(value))
		}
		if len(value) > maxNameBytes {
			return Params{}, InvalidRequest("a value of page is %d bytes long, and more than %d are not read; use the page's Notion id",
				len(value), maxNameBytes)
		}
		if !slices.Contains(p.Pages, value) {
			p.Pages, total = append(p.Pages, value), total+len(value)
		}
	}
	if len(p.Pages) > maxPages || total > maxPageBytes {
		return Params{}, InvalidRequest("%d pages with names of %d bytes are too many for one request; "+
			"name at most %d with %d bytes, or sync all", len(p.Pages), total, maxPages, maxPageBytes)
	}
	return p, nil
}

// bodyValues reads the body's parameters, whatever its type, in the form of a query's.
func bodyValues(r *http.Request) (url.Values, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBodyBytes+1))
	if err != nil {
		return nil, InvalidRequest("the body can't be read: %v", err)
	}
	if len(body) > MaxBodyBytes {
		return nil, InvalidRequest("the body is larger than %d bytes", MaxBodyBytes)
	}
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil, nil
	}
	mediaType, attrs, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, InvalidRequest("the body has no Content-Type that can be read; use application/json")
	}
	switch mediaType {
	case "application/json":
		return jsonValues(body)
	case "application/x-www-form-urlencoded":
		return formValues(body)
	case "multipart/form-data":
		return multipartValues(body, attrs["boundary"])
	default:
		return nil, InvalidRequest("the body's Content-Type is %q; use application/json", mediaType)
	}
}

func formValues(body []byte) (url.Values, error) {
	if body[0] == '{' { // curl -d says form by itself
		return nil, InvalidRequest("the body looks like JSON but says it is a form; set Content-Type: application/json")
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, InvalidRequest("the form can't be read: %v", err)
	}
	return values, nil
}

func multipartValues(body []byte, boundary string) (url.Values, error) {
	if !bytes.Contains(body, []byte("--"+boundary+"--")) { // the reader takes some places to break off for the end
		return nil, InvalidRequest("the form can't be read: its end is missing")
	}
	form, err := multipart.NewReader(bytes.NewReader(body), boundary).ReadForm(MaxBodyBytes)
	if err != nil {
		return nil, InvalidRequest("the form can't be read: %v", err)
	}
	if len(form.File) > 0 {
		return nil, InvalidRequest("the form holds a file, and no parameter is one")
	}
	return form.Value, nil
}

func jsonValues(body []byte) (url.Values, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, InvalidRequest("the body is not a JSON object: %s", jsonFault(err))
	}
	if fields == nil {
		return nil, InvalidRequest("the body is not a JSON object: it is null")
	}
	if fromAutomation(fields) {
		return nil, nil
	}
	values := url.Values{}
	for name, raw := range fields {
		if !slices.Contains([]string{"page", "force", "failed", "plan"}, name) {
			values[name] = nil // whatever its value
			continue
		}
		if string(raw) == "null" {
			continue
		}
		list, err := jsonValue(name, raw)
		if err != nil {
			return nil, err
		}
		values[name] = list
	}
	return values, nil
}

// fromAutomation reports whether a body is what a button or an automation in Notion sends, which cannot be told what to
// send (notion.com/help/webhook-actions, read 2026-08): no parameters, but the page that it stands on.
func fromAutomation(fields map[string]json.RawMessage) bool {
	var source struct{ Type string }
	return json.Unmarshal(fields["source"], &source) == nil && source.Type == "automation" &&
		len(fields) <= 2 && (len(fields) == 1 || fields["data"] != nil)
}

// jsonValue turns a string, a list of strings (pages) or a boolean (all others) into texts.
func jsonValue(name string, raw json.RawMessage) ([]string, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []string{text}, nil
	}
	if name == "page" {
		var list []string
		if json.Unmarshal(raw, &list) != nil {
			return nil, InvalidRequest("%s is neither a string nor a list of strings", name)
		}
		if len(list) == 0 { // a list that came out empty must not become a sync of everything
			return nil, InvalidRequest("%s is an empty list; leave it out to sync all pages", name)
		}
		return list, nil
	}
	var flag bool
	if json.Unmarshal(raw, &flag) != nil {
		return nil, InvalidRequest("%s is neither a boolean nor one of the strings 1 and true", name)
	}
	return []string{fmt.Sprint(flag)}, nil
}
