package app

import (
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"notionsync/pkg/queue"
)

// BaseURL is the absolute http(s) URL of a service, without a trailing slash.
type BaseURL string

// UnmarshalText refuses a query too: paths are put after the URL.
func (b *BaseURL) UnmarshalText(text []byte) error {
	u, err := parseHTTP(string(text))
	if err != nil {
		return err
	}
	if u.RawQuery != "" || u.ForceQuery {
		return malformed("has a query")
	}
	*b = BaseURL(strings.TrimRight(string(text), "/"))
	return nil
}

// hasVersion reports whether the path ends with an API version, which the clients add themselves: "…/v2/publish" as
// QStash's URL is a known slip (upstash/qstash-js#226).
func (b BaseURL) hasVersion() bool { return versionEnd.MatchString(string(b)) }

var versionEnd = regexp.MustCompile(`[^/]/v[0-9]+(/publish)?$`)

// HookURL is an absolute http(s) URL that is told about something. It may hold a secret in its path or query.
type HookURL struct{ Secret }

// UnmarshalText accepts any path and query that QStash can deliver to.
func (h *HookURL) UnmarshalText(text []byte) error {
	if _, err := parseHTTP(string(text)); err != nil {
		return err
	}
	if err := queue.CheckURL(string(text)); err != nil {
		return malformed(err.Error())
	}
	return h.Secret.UnmarshalText(text)
}

// SiteURL is a public address in the form scheme://host[:port], in lower case.
type SiteURL string

// UnmarshalText completes an address without scheme: https, for loopback hosts http.
func (s *SiteURL) UnmarshalText(text []byte) error {
	address := string(text)
	complete := address
	if !strings.Contains(address, "://") {
		if schemeAlone.MatchString(address) {
			return malformed("has no // behind its scheme")
		}
		complete = "https://" + address
	}
	u, err := parseHTTP(complete)
	if err != nil {
		return err
	}
	if strings.Trim(u.Path, "/") != "" {
		return malformed("has a path")
	}
	if strings.Contains(u.Host, "%") {
		return malformed("has a zone, which no other machine knows")
	}
	if u.RawQuery != "" || u.ForceQuery {
		return malformed("has a query")
	}
	if complete != address && IsLoopback(u.Hostname()) {
		u.Scheme = "http"
	}
	*s = SiteURL(u.Scheme + "://" + strings.ToLower(u.Host))
	return nil
}

var schemeAlone = regexp.MustCompile(`(?i)^https?:`)

// IsLoopback reports whether a host, without port, is this machine itself.
func IsLoopback(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// parseHTTP parses an absolute http(s) URL without user, password and fragment.
func parseHTTP(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, malformed("is not a URL") // not err: it holds the value
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, malformed("does not begin with https:// or http://")
	case u.User != nil:
		return nil, malformed("has a user or password")
	case strings.Contains(text, "#"):
		return nil, malformed("has a fragment")
	}
	return u, checkHost(u)
}

// checkHost refuses hosts that url.Parse lets pass and no name server knows.
func checkHost(u *url.URL) error {
	host := u.Hostname()
	if host == "" {
		return malformed("has no host")
	}
	if _, err := netip.ParseAddr(host); err != nil && !hostName.MatchString(host) {
		return malformed("has a host that is no name in ASCII (write xn--… for others)")
	}
	if strings.HasSuffix(u.Host, ":") {
		return malformed("has an empty port")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return malformed("has a port that does not exist")
		}
	}
	return nil
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?$`)

// RedisURL is a redis:// or rediss:// URL. Its password makes it a secret.
type RedisURL struct{ Secret }

// UnmarshalText turns redis:// into rediss:// for hosts that speak TLS only, though old Vercel KV stores were handed
// out with the former.
func (r *RedisURL) UnmarshalText(text []byte) error {
	scheme, rest, _ := strings.Cut(string(text), "://")
	scheme = strings.ToLower(scheme)
	if scheme != "redis" && scheme != "rediss" {
		return malformed("does not begin with redis:// or rediss://")
	}
	u, err := url.Parse(string(text))
	if err != nil {
		return malformed("is not a URL (special characters of a password must be percent-encoded)")
	}
	if err := checkHost(u); err != nil {
		return err
	}
	if !redisPath.MatchString(u.Path) || u.RawQuery != "" || u.ForceQuery || strings.Contains(rest, "#") {
		return malformed("has something other than a database number after the host")
	}
	host := strings.ToLower(u.Hostname())
	if strings.HasSuffix(host, ".upstash.io") || strings.HasSuffix(host, ".vercel-storage.com") {
		scheme = "rediss"
	}
	return r.Secret.UnmarshalText([]byte(scheme + "://" + rest))
}

var redisPath = regexp.MustCompile(`^(/[0-9]{0,9})?$`)
