package media

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

const (
	dialTimeout   = 10 * time.Second
	answerTimeout = 60 * time.Second // from the request's last byte to the answer's first
)

// newTransport makes connections of its own. There is no proxy: one would connect where the guard cannot look.
func newTransport(control func(network, address string, c syscall.RawConn) error) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, Control: control}
	return &http.Transport{
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: answerTimeout,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   16,
		DisableCompression:    true, // a file is copied as it is
	}
}

// onlyPublic refuses connections to anything but public addresses. It is a [net.Dialer]'s Control: called for each
// connection with the address it is about to be made to, so neither a name that resolves differently the second time
// nor a redirect gets around it.
func onlyPublic(_, address string, _ syscall.RawConn) error {
	host, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q", ErrPrivate, address)
	}
	if !isPublic(host.Addr()) {
		return fmt.Errorf("%w: %s", ErrPrivate, host.Addr())
	}
	return nil
}

func isPublic(addr netip.Addr) bool {
	if addr.Is4() {
		return !contains(special4, addr)
	}
	return global6.Contains(addr) && !contains(special6, addr)
}

func contains(nets []netip.Prefix, addr netip.Addr) bool {
	for _, n := range nets {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}

// Addresses that are not public, by IANA's registries of special-purpose addresses (read 2026-08).
var (
	special4 = []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),       // this network
		netip.MustParsePrefix("10.0.0.0/8"),      // private
		netip.MustParsePrefix("100.64.0.0/10"),   // behind a carrier's NAT
		netip.MustParsePrefix("127.0.0.0/8"),     // loopback
		netip.MustParsePrefix("169.254.0.0/16"),  // link-local, cloud metadata among it
		netip.MustParsePrefix("172.16.0.0/12"),   // private
		netip.MustParsePrefix("192.0.0.0/24"),    // protocol assignments
		netip.MustParsePrefix("192.0.2.0/24"),    // documentation
		netip.MustParsePrefix("192.88.99.0/24"),  // 6to4 relays
		netip.MustParsePrefix("192.168.0.0/16"),  // private
		netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
		netip.MustParsePrefix("198.51.100.0/24"), // documentation
		netip.MustParsePrefix("203.0.113.0/24"),  // documentation
		netip.MustParsePrefix("224.0.0.0/4"),     // multicast
		netip.MustParsePrefix("240.0.0.0/4"),     // reserved, broadcast
	}
	// global6 leaves out loopback, link-local, unique local, multicast, and what carries an IPv4 address: mapped,
	// compatible, NAT64.
	global6  = netip.MustParsePrefix("2000::/3")
	special6 = []netip.Prefix{
		netip.MustParsePrefix("2001::/23"),     // protocol assignments, Teredo
		netip.MustParsePrefix("2001:db8::/32"), // documentation
		netip.MustParsePrefix("2002::/16"),     // 6to4: carries an IPv4 address
		netip.MustParsePrefix("3fff::/20"),     // documentation
	}
)
