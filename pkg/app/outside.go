package app

import (
	"context"
	"net"
	"net/http"
	"time"
)

// outside is how the routes reach what they talk to, and their clock. The zero value is the network and the time of day;
// tests have routes whose world is all their own.
type outside struct {
	transport http.RoundTripper // to Notion and QStash; nil: their clients' own
	dial      func(ctx context.Context, network, address string) (net.Conn, error)
	now       func() time.Time
}
