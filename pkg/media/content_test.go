package media_test

import (
	"errors"
	"net/http"
	"testing"

	"notionsync/pkg/media"
)

// TestKeeper_Keep_content: what is taken for the file, and under which type it is stored.
func TestKeeper_Keep_content(t *testing.T) {
	t.Parallel()
	const (
		page  = "<!DOCTYPE html><title>Sign in</title>"
		xml   = `<?xml version="1.0"?><a/>`
		s3    = `<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error><Code>AccessDenied</Code></Error>"
		image = `<svg xmlns="http://www.w3.org/2000/svg"/>`
		mp3   = "ID3\x04\x00"
	)
	png := string(encodePNG(t, 2, 2))
	tests := []struct {
		name                    string
		file, declared, content string
		want                    string // type; empty: refused
	}{
		{"image", "a.png", "image/png", png, "image/png"},
		{"image of no declared type", "a.png", "", png, "image/png"},
		{"image of the type of anything", "a.png", "application/octet-stream", png, "image/png"},
		{"image of S3's type of anything", "a.PNG", "binary/octet-stream", png, "image/png"},
		{"image declared as text", "a.png", "text/plain", png, "image/png"},
		{"image declared as HTML", "a.png", "text/html", png, "image/png"},
		{"image without a name", "a", "image/png", png, "image/png"},
		{"image that nobody knows", "a.heic", "", "\x00\x00\x00\x18ftypheic", "image/heic"},
		{"image with a malformed type", "a.png", "image/", png, "image/png"},
		{"sound", "a.mp3", "audio/mpeg", mp3, "audio/mpeg"},
		{"PDF", "a.pdf", "application/pdf", "%PDF-1.7", "application/pdf"},
		{"parameters", "a.csv", "text/csv; charset=UTF-8; header=present", "a,b", "text/csv; charset=UTF-8"},
		{"something else", "a.xyz", "application/x-xyz", "\x00\x01", "application/x-xyz"},
		{"something undeclared", "a.xyz", "", "\x00\x01", "application/octet-stream"},
		{"empty text", "a.txt", "", "", "text/plain; charset=utf-8"},

		{"HTML page", "a.html", "text/html; charset=utf-8", page, "text/html; charset=utf-8"},
		{"HTML page, undeclared", "a.htm", "", page, "text/html; charset=utf-8"},
		{"Markdown that begins like HTML", "README.md", "text/markdown", "<h1 align=center>", "text/markdown"},
		{"template that begins like HTML", "a.tmpl", "application/octet-stream", page, "text/plain; charset=utf-8"},
		{"TypeScript", "a.ts", "video/mp2t", "export {}", "video/mp2t"},
		{"XML", "a.xml", "application/xml", xml, "application/xml"},
		{"SVG", "a.svg", "image/svg+xml", image, "image/svg+xml"},
		{"SVG declared as XML", "a.svg", "text/xml", image, "image/svg+xml"},
		{"SVG without a name", "a", "image/svg+xml", image, "image/svg+xml"},
		{"image under the name of an SVG", "a.svg", "image/svg+xml", png, "image/png"},

		{"HTML for an image", "a.png", "text/html", page, ""},
		{"HTML as an image", "a.png", "image/png", page, ""},
		{"HTML as an image without a name", "a", "image/png", page, ""},
		{"HTML for a film", "a.mp4", "text/html", page, ""},
		{"HTML for a document", "a.pdf", "", page, ""},
		{"HTML for an archive", "a.docx", "text/html", page, ""},
		{"HTML for an SVG", "a.svg", "text/html", page + image, ""},
		{"HTML as an SVG", "a.svg", "image/svg+xml", page, ""},
		{"HTML for something else", "a.xyz", "text/html", page, ""},
		{"HTML as something else", "a.xyz", "application/x-xyz", page, ""},
		{"HTML for anything", "a", "", page, ""},
		{"HTML for text", "a.txt", "text/html", page, ""},
		{"HTML by word only", "a.png", "text/html", "\x00", ""},
		{"XML for an image", "a.jpg", "application/xml", s3, ""},
		{"XML error for XML", "a.xml", "application/xml", s3, ""},
		{"XML error for anything", "a", "", s3, ""},
		{"XML error without a prologue", "a.xyz", "", " <Error><Code>NoSuchKey</Code>", ""},
		{"JSON for an image", "a.gif", "application/json", `{"error":1}`, ""},
		{"text as an image", "a.webp", "image/webp", "Not found", ""},
		{"nothing as an image", "a.png", "image/png", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &memory{}
			k := newKeeper(t, media.Options{Backend: store, Transport: answer(200, tt.declared, tt.content)})
			kept, err := k.Keep(t.Context(), "https://example.com/1/2/"+tt.file+"?s=a.html")
			if kept.ContentType != tt.want || (err == nil) != (tt.want != "") {
				t.Fatalf("Keep() = %q, %v, want %q", kept.ContentType, err, tt.want)
			}
			if tt.want == "" && (!errors.Is(err, media.ErrContent) || store.puts != 0) {
				t.Errorf("Keep() error %v after %d puts, want ErrContent and none", err, store.puts)
			}
			if tt.want != "" && store.files[kept.Key].contentType != tt.want {
				t.Errorf("Put got the type %q, want %q", store.files[kept.Key].contentType, tt.want)
			}
		})
	}
}

func TestKeeper_Keep_encoded(t *testing.T) {
	t.Parallel()
	for encoding, ok := range map[string]bool{"": true, "identity": true, "gzip": false, "br": false} {
		k := newKeeper(t, media.Options{
			Backend: &memory{},
			Transport: handled(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", encoding)
				_, _ = w.Write([]byte("\x00"))
			})),
		})
		_, err := k.Keep(t.Context(), "https://example.com/a.bin")
		if (err == nil) != ok || !ok && !errors.Is(err, media.ErrContent) {
			t.Errorf("Keep() of %q error %v, want ErrContent: %t", encoding, err, !ok)
		}
	}
}
