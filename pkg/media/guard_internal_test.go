package media

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestIsPublic(t *testing.T) {
	t.Parallel()
	public := []string{
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
		"169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
		"198.20.0.0", "223.255.255.255", "2606:4700::1111", "2001:200::1", "2a00:1450::1", "3ffe::1",
	}
	special := []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255",
		"169.254.0.0", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
		"192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
		"239.255.255.255", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::8.8.8.8", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::8.8.8.8",
		"64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1", "2001::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::",
		"3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
	}
	for _, s := range public {
		if !isPublic(netip.MustParseAddr(s)) {
			t.Errorf("isPublic(%s) = false, want true", s)
		}
	}
	for _, s := range special {
		if isPublic(netip.MustParseAddr(s)) {
			t.Errorf("isPublic(%s) = true, want false", s)
		}
	}
}

func TestOnlyPublic(t *testing.T) {
	t.Parallel()
	if err := onlyPublic("tcp4", "8.8.8.8:443", nil); err != nil {
		t.Errorf("onlyPublic() of a public address: %v", err)
	}
	for _, address := range []string{"10.0.0.1:443", "[::1]:443", "[fe80::1%eth0]:80", "localhost:80", "8.8.8.8", ""} {
		if err := onlyPublic("tcp", address, nil); !errors.Is(err, ErrPrivate) {
			t.Errorf("onlyPublic(%q) = %v, want ErrPrivate", address, err)
		}
	}
}

// TestKeeper_Keep_redirectedInside: a public server that leads into private address space leads nowhere. The first
// answer is made up; the connection after it is the keeper's own.
func TestKeeper_Keep_redirectedInside(t *testing.T) {
	t.Parallel()
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the private server was asked")
	}))
	defer inside.Close()
	k, err := New(Options{Backend: discard{}})
	if err != nil {
		t.Fatal(err)
	}
	own := k.client.Transport
	k.client.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host != "public.example.com" {
			return own.RoundTrip(r)
		}
		header := http.Header{"Location": {strings.Replace(inside.URL, "127.0.0.1", "localhost", 1)}}
		return &http.Response{StatusCode: http.StatusFound, Header: header, Body: http.NoBody, Request: r}, nil
	})
	if _, err := k.Keep(t.Context(), "https://public.example.com/a.png"); !errors.Is(err, ErrPrivate) {
		t.Errorf("Keep() error %v, want ErrPrivate", err)
	}
}

// TestNew_proxy: a proxy would make the connection that the guard cannot see.
func TestNew_proxy(t *testing.T) {
	t.Parallel()
	k, err := New(Options{Backend: discard{}})
	if err != nil {
		t.Fatal(err)
	}
	if k.client.Transport.(*http.Transport).Proxy != nil || k.client.Jar != nil {
		t.Error("New() makes a client with a proxy or with cookies")
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type discard struct{}

func (discard) Put(_ context.Context, _ string, body io.Reader, _ int64, _ string) (string, error) {
	_, err := io.Copy(io.Discard, body)
	return "https://kept.example.com", err
}
func (discard) Delete(context.Context, []string) error { return nil }
func (discard) Name() string                           { return "nowhere" }
