package media_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"notionsync/pkg/media"
)

// TestKeeper_Keep_private: addresses that are not public are not even connected to, however they are written.
func TestKeeper_Keep_private(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	source := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	port := source.URL[strings.LastIndex(source.URL, ":"):]
	k := newKeeper(t, media.Options{Backend: &memory{}})
	for _, host := range []string{
		"127.0.0.1", "localhost", "127.1.2.3", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
	} {
		_, err := k.Keep(t.Context(), "http://"+host+port+"/a.png")
		if !errors.Is(err, media.ErrPrivate) {
			t.Errorf("Keep() from %s: error %v, want ErrPrivate", host, err)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the server was asked %d times, want never", n)
	}
	if _, err := newKeeper(t, media.Options{Backend: &memory{}, AllowPrivate: true}).
		Keep(t.Context(), source.URL+"/a.txt"); err != nil {
		t.Errorf("Keep() with AllowPrivate: %v", err)
	}
}

func TestKeeper_Keep_urls(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, media.Options{
		Backend: &memory{},
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			t.Errorf("%s was asked for", r.URL)
			return nil, errors.New("no")
		}),
	})
	for _, link := range []string{
		"", "a.png", "/a.png", "//example.com/a.png", "file:///etc/passwd", "ftp://example.com/a.png", "data:image/png,x",
		"http:///a.png", "https:a.png", "http://[example/a.png", "javascript:alert(1)", "http://example.com:x/a.png",
	} {
		if _, err := k.Keep(t.Context(), link); !errors.Is(err, media.ErrContent) {
			t.Errorf("Keep(%q) error %v, want ErrContent", link, err)
		}
	}
}

// TestKeeper_Keep_nothingOfOurs: neither credentials nor cookies, and where we come from stays with us, for the URL is
// as good as a password. Nor is a file asked for in another form than it has.
func TestKeeper_Keep_nothingOfOurs(t *testing.T) {
	t.Parallel()
	asked := 0
	var source string
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		for _, name := range []string{"Authorization", "Cookie", "Referer", "Accept-Encoding"} {
			if got := r.Header.Get(name); got != "" {
				t.Errorf("request %d has %s: %s", asked, name, got)
			}
		}
		if asked == 1 {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			http.Redirect(w, r, strings.Replace(source, "http://", "http://joe:s3cret@", 1)+"/there.txt", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("hello"))
	})
	source = server.URL
	k := newKeeper(t, media.Options{Backend: &memory{}, AllowPrivate: true})
	link := strings.Replace(source, "http://", "http://ann:s3cret@", 1) + "/here.txt?signature=s3cret"
	kept, err := k.Keep(t.Context(), link)
	if err != nil || asked != 2 {
		t.Errorf("Keep() error %v after %d requests, want none after 2", err, asked)
	}
	if want := media.Key(media.Identity(source + "/here.txt")); kept.Key != want {
		t.Errorf("Keep() = %q, want %q: the file's place follows from its own URL", kept.Key, want)
	}
}

func TestKeeper_Keep_redirects(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		hops  int
		to    string // where the last hop leads instead of to the file
		is    error
		works bool
	}{
		{name: "five", hops: 5, works: true},
		{name: "six", hops: 6},
		{name: "to another scheme", hops: 1, to: "ftp://example.com/", is: media.ErrContent},
		{name: "to a file", hops: 1, to: "file:///etc/passwd", is: media.ErrContent},
		{name: "nowhere", hops: 1, to: "http://%zz/"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			source := serve(t, func(w http.ResponseWriter, r *http.Request) {
				var hop int
				_, _ = fmt.Sscanf(r.URL.Path, "/%d", &hop)
				switch {
				case hop < tt.hops && (tt.to == "" || hop+1 < tt.hops):
					http.Redirect(w, r, fmt.Sprintf("/%d?s3cret", hop+1), http.StatusFound)
				case hop < tt.hops:
					w.Header().Set("Location", tt.to)
					w.WriteHeader(http.StatusFound)
				default:
					_, _ = w.Write([]byte("hello"))
				}
			})
			store := &memory{}
			_, err := newKeeper(t, media.Options{Backend: store, AllowPrivate: true}).Keep(t.Context(), source.URL+"/0")
			if (err == nil) != tt.works || store.puts > 0 != tt.works || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("Keep() error %v, want one: %t, %v", err, !tt.works, tt.is)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("Keep() error %q shows a query", err)
			}
		})
	}
}

// TestKeeper_Keep_unreachable: the error says which file and why, not the signature.
func TestKeeper_Keep_unreachable(t *testing.T) {
	t.Parallel()
	source := serve(t, func(http.ResponseWriter, *http.Request) {})
	source.Close()
	host, err := url.Parse(source.URL)
	if err != nil {
		t.Fatal(err)
	}
	k := newKeeper(t, media.Options{Backend: &memory{}, AllowPrivate: true})
	_, err = k.Keep(t.Context(), source.URL+"/a.png?signature=s3cret")
	if err == nil || strings.Contains(err.Error(), "s3cret") ||
		!strings.HasPrefix(err.Error(), fmt.Sprintf("media: fetch %q: ", host.Host+"/a.png")) {
		t.Errorf("Keep() error %v, want one that names the file without its query", err)
	}
	for _, is := range []error{media.ErrExpired, media.ErrContent, media.ErrPrivate, media.ErrTooLarge, media.ErrStore} {
		if errors.Is(err, is) {
			t.Errorf("Keep() error %v is %v", err, is)
		}
	}
}
