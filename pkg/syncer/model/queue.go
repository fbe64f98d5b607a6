package model

import (
	"context"
	"encoding/json"
	"time"
)

// Queue delivers messages at least once, to the worker or to an URL outside.
type Queue interface {
	// Publish hands a message over and returns its id. A DedupID used in the last ten minutes publishes nothing
	// and returns the id of the earlier message.
	Publish(ctx context.Context, m Message) (id string, err error)
}

// Message is what a Queue delivers.
type Message struct {
	URL     string          // empty: our own worker, whose failures come back to our callback
	Body    json.RawMessage // JSON
	Delay   time.Duration   // before the first attempt, in whole seconds (rounded up)
	DedupID string          // empty: none
	Bearer  string          // sent as Authorization: Bearer, with a URL only; a secret; empty: none
}
