package qstashsim

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// checkDestination refuses what QStash refuses of a destination, in its words. Names are not resolved here, so of
// loopback names only localhost and those below it are known.
func (s *Server) checkDestination(destination string) error {
	refuse := func(text string) error {
		return refusal{http.StatusBadRequest, "invalid destination url: " + text}
	}
	if !strings.HasPrefix(destination, "http://") && !strings.HasPrefix(destination, "https://") {
		// The name of an URL group would be looked up; there are none here. A percent-encoded URL ends here too, and
		// one that lost a slash of its "//" on the way.
		return refuse("endpoint has invalid scheme, add http:// or https://")
	}
	u, err := url.Parse(destination)
	if err != nil || u.Hostname() == "" {
		return refuse("endpoint is not a valid url")
	}
	if address, ok := loopback(u.Hostname()); ok && s.opts.RefuseLoopback {
		return refuse("endpoint resolves to a loopback address: " + address)
	}
	return nil
}

func loopback(host string) (address string, ok bool) {
	if host = strings.ToLower(host); host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return "::1", true
	}
	ip := net.ParseIP(host)
	return host, ip != nil && ip.IsLoopback()
}

// splitQuery takes what is meant for QStash out of a publish call's target: the keys upstash-*, which are headers by
// another name, and qstash_token. That the rest of the query stays with the destination byte for byte is assumed.
func splitQuery(target string) (destination string, config url.Values) {
	path, query, found := strings.Cut(target, "?")
	if !found {
		return target, nil
	}
	config = url.Values{}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if key != "qstash_token" && !strings.HasPrefix(key, "upstash-") {
			kept = append(kept, pair)
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		config.Set(key, value)
	}
	if len(kept) == 0 {
		return path, config
	}
	return path + "?" + strings.Join(kept, "&"), config
}
