package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// client calls the routes as anybody else would, over HTTP and with the secret.
type client struct {
	base, secret string
	http         http.Client
}

// answerPatience is longer than the routes need to find out that a Redis or a QStash says nothing: what they say then is
// better than that nothing was said here.
const answerPatience = 75 * time.Second

func newClient(base, secret string) *client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil // it is this very process
	return &client{base, secret, http.Client{Transport: transport, Timeout: answerPatience}}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// refusal is an answer that is not ok.
type refusal struct {
	status        int
	text, details string
}

func (r *refusal) Error() string {
	return strings.TrimSuffix(fmt.Sprintf("%s: %s", r.text, r.details), ": ")
}

// get asks a route and reads its answer into v. An answer that is not ok is a *[refusal].
func (c *client) get(ctx context.Context, path string, query url.Values, v any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.secret)
	answer, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	if answer.StatusCode != http.StatusOK {
		var said struct{ Error, Details string }
		if json.Unmarshal(body, &said) != nil || said.Error == "" {
			said.Error = path + " answered " + answer.Status
		}
		return &refusal{answer.StatusCode, said.Error, said.Details}
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	return nil
}

// wayOut adds to what a route has refused what can be done about it. Other errors stay as they are.
func wayOut(err error) error {
	const log = "run again with -v to see the log of the routes"
	var slow net.Error
	if errors.As(err, &slow) && slow.Timeout() {
		return problem{fmt.Sprintf("no answer within %s: %v", answerPatience, err), log}
	}
	var r *refusal
	if !errors.As(err, &r) {
		return err
	}
	fix := log
	switch {
	case r.text == "Redis unreachable":
		fix = "start that Redis or correct REDIS_URL: user and password, host and port, rediss:// if it speaks TLS, else redis://,\n" +
			"or unset it to use the embedded one"
	case r.text == "Redis refused":
		fix = "correct REDIS_URL, or unset it to use the embedded one"
	case r.text == "Failed to trigger sync":
		fix = "check QSTASH_TOKEN and QSTASH_URL, or unset QSTASH_TOKEN to use the simulated QStash"
	}
	return problem{r.Error(), fix}
}
