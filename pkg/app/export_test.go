package app

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Outside is what tests put in the place of the network and of the clock.
type Outside struct {
	Transport http.RoundTripper
	Dial      func(ctx context.Context, network, address string) (net.Conn, error)
	Now       func() time.Time
}

// Routes makes the routes by their paths, each over the outside given.
func Routes(environ []string, o Outside) map[string]http.Handler {
	routes := map[string]http.Handler{}
	for path, route := range map[string]func(*parts) http.Handler{
		"/api/sync": direct, "/api/sync/trigger": trigger, "/api/sync/worker": worker, "/api/sync/callback": callback,
		"/api/sync/status": status, "/api/sync/webhook": webhook,
	} {
		p := newParts(environ)
		p.outside = outside{transport: o.Transport, dial: o.Dial, now: o.Now}
		routes[path] = route(p)
	}
	return routes
}
