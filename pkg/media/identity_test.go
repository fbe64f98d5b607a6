package media_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"notionsync/pkg/media"
)

const notionFile = "https://prod-files-secure.s3.us-west-2.amazonaws.com/4783548e/3522723c/Caf%C3%A9%20plan.png"

func TestIdentity(t *testing.T) {
	t.Parallel()
	const want = "prod-files-secure.s3.us-west-2.amazonaws.com/4783548e/3522723c/Caf%C3%A9%20plan.png"
	same := []string{
		notionFile, notionFile + "?X-Amz-Signature=1", notionFile + "?X-Amz-Signature=2&a=b", notionFile + "#top",
		strings.Replace(notionFile, "https://prod", "https://PROD", 1), strings.Replace(notionFile, "https:", "http:", 1),
	}
	for _, link := range same {
		if got := media.Identity(link); got != want {
			t.Errorf("Identity(%q) = %q, want %q", link, got, want)
		}
	}
	others := []string{
		notionFile + "x", strings.Replace(notionFile, "3522723c", "3522723d", 1), "https://example.com/a", "", "?", "%zz?s=1",
	}
	seen := map[string]string{}
	for _, link := range others[:4] {
		got := media.Identity(link)
		if before, twice := seen[got]; got == want || twice {
			t.Errorf("Identity(%q) = %q, the same as of %q", link, got, before)
		}
		seen[got] = link
	}
	for _, link := range others {
		if got := media.Identity(link); strings.Contains(got, "s=1") {
			t.Errorf("Identity(%q) = %q holds the query", link, got)
		}
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	tests := []struct{ identity, name string }{
		{"s3/1/plan.png", "plan.png"},
		{"s3/1/Caf%C3%A9%20plan.png", "Café-plan.png"},
		{"s3/1/Screenshot 2026-01-02 (3).jpeg", "Screenshot-2026-01-02-3.jpeg"},
		{"s3/1/archive.v1.tar.gz", "archive-v1-tar.gz"},
		{"s3/1/%E6%96%87%E4%BB%B6.pdf", "文件.pdf"},
		{"s3/1/..%2F..%2Fetc%2Fpasswd", "etc-passwd"},
		{"s3/1/.env", "file.env"},
		{"s3/1/%20", "file"},
		{"s3/1/%FF.png", "file.png"},
		{"s3/1/a?b=c&d#e.png", "a-b-c-d-e.png"},
		{"s3/1/a%00b\nc.png", "a-b-c.png"},
		{"s3/1/", "1"},
		{"", "file"},
		{"s3/" + strings.Repeat("ü", 500) + "." + strings.Repeat("é", 500),
			strings.Repeat("ü", 44) + "." + strings.Repeat("é", 15)},
	}
	for _, tt := range tests {
		got := media.Key(tt.identity)
		if want := regexp.MustCompile("^media/[0-9a-f]{32}/" + regexp.QuoteMeta(tt.name) + "$"); !want.MatchString(got) {
			t.Errorf("Key(%q) = %q, want the name %q", tt.identity, got, tt.name)
		}
	}
	const want = "media/114eff0b776007f0db589eb8a9726739/plan.png"
	if got := media.Key("s3/1/plan.png"); got != want {
		t.Errorf("Key() = %q, want %q: copies made before would not be found", got, want)
	}
	if media.Key("s3/1/plan.png") == media.Key("s3/2/plan.png") {
		t.Error("Key() is the same for two files of one name")
	}
}

// FuzzKey: a key is good for every store, and the same for every signature.
func FuzzKey(f *testing.F) {
	f.Add(notionFile, "X-Amz-Signature=1")
	f.Add("https://s3/%2e%2e/\x00\xff.p\u0301ng", "?")
	allowed := regexp.MustCompile(`^media/[0-9a-f]{32}/[\pL\pN\pM_.-]+$`)
	f.Fuzz(func(t *testing.T, link, query string) {
		key := media.Key(media.Identity(link))
		if !utf8.ValidString(key) || !allowed.MatchString(key) || len(key) > 950 || strings.Contains(key, "..") {
			t.Errorf("Key(Identity(%q)) = %q", link, key)
		}
		if signed := media.Key(media.Identity(link + "?" + query)); signed != key {
			t.Errorf("Key(Identity(%q)) = %q, and %q with the query %q", link, key, signed, query)
		}
	})
}
