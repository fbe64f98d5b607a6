package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/upstash/qstash-go"

	"notionsync/pkg/syncer/model"
)

const (
	publishPath = "/v2/publish/"

	// retries is how often QStash tries again. It is also the most that every plan allows.
	retries = 3
	// label marks our messages in QStash's logs and dead letter queue.
	label = "notionsync"
	// bypassHeader is what Vercel's Deployment Protection asks of automated callers.
	bypassHeader = "X-Vercel-Protection-Bypass"

	// tries is how often a message with a DedupID is published at most, about two seconds from first to last.
	tries = 3
	// triesFor is when no other try begins any more: QStash may be one that takes requests and answers none, while a
	// caller waits for this, and a trigger that is silent for half a minute is taken for dead by the next.
	triesFor = 10 * time.Second
)

// Publish implements [model.Queue]. A message without URL goes to the worker; its failure callback, and the bypass
// secret if there is one, are ours alone, a URL outside gets neither.
//
// What QStash refuses is an [*Error]. Where it could not be asked, or answered 5xx, the message may have been accepted
// all the same: with a DedupID it is published again, twice at most and not later than 10 seconds after the first time;
// without one it is not, for that could run it twice. Each may take 15 seconds. When ctx ends, so does Publish, and the
// error wraps its cause.
func (q *Queue) Publish(ctx context.Context, m model.Message) (id string, err error) {
	to, err := q.address(m)
	if err != nil {
		return "", fmt.Errorf("queue: publish: %w", err)
	}
	if !json.Valid(m.Body) {
		return "", errors.New("queue: publish: the body is not JSON")
	}
	if !headerSafe(m.DedupID) {
		return "", errors.New("queue: publish: the deduplication id holds spaces or characters that no header can")
	}
	if m.Bearer != "" && (m.URL == "" || !bearerSafe(m.Bearer)) {
		return "", errors.New("queue: publish: a bearer secret for our own worker, or with characters that no header can")
	}
	publish := func() (string, error) {
		if id, err = q.publish(ctx, to, m); err != nil && (m.DedupID == "" || !mayBeCured(err)) {
			return "", backoff.Permanent(err)
		}
		return id, err
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval, pause.Multiplier = 500*time.Millisecond, 2
	// When ctx ends, Retry returns its cause alone: err keeps what the last try said.
	_, stopped := backoff.Retry(ctx, publish, backoff.WithBackOff(pause), backoff.WithMaxTries(tries),
		backoff.WithMaxElapsedTime(triesFor),
		backoff.WithNotify(func(err error, after time.Duration) {
			q.opts.Logger.WarnContext(ctx, "publishing to QStash failed, trying again", "error", err, "after", after)
		}))
	if stopped == nil {
		return id, nil
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return "", fmt.Errorf("queue: publish: %w, after %w", cause, err)
	}
	return "", fmt.Errorf("queue: publish: %w", err)
}

// address is where a message goes, checked.
func (q *Queue) address(m model.Message) (string, error) {
	if m.URL == "" {
		if q.opts.WorkerURL == "" {
			return "", errors.New("no worker URL is configured")
		}
		return q.opts.WorkerURL, nil
	}
	if err := q.checkOutside(m.URL); err != nil {
		return "", fmt.Errorf("the message's URL %w", err)
	}
	return m.URL, nil
}

// publish makes one publish call.
func (q *Queue) publish(ctx context.Context, to string, m model.Message) (id string, err error) {
	maxRetries := retries
	options := qstash.PublishOptions{
		Url:             to,
		Body:            string(m.Body),
		ContentType:     "application/json",
		Retries:         &maxRetries,
		Delay:           delay(m.Delay),
		DeduplicationId: m.DedupID,
	}
	req := request{path: publishPath + to, header: http.Header{"Upstash-Label": {label}}}
	if m.URL == "" {
		options.FailureCallback = q.opts.CallbackURL
		q.addBypass(&options, req.header)
	} else {
		req.outside, req.secret = m.URL, m.Bearer
		if m.Bearer != "" {
			options.Headers = map[string]string{"Authorization": "Bearer " + m.Bearer}
			req.header.Set("Upstash-Redact-Fields", "header[Authorization]")
		}
	}
	err = q.exchange(ctx, req, func(c *qstash.Client) error {
		receipt, err := c.Publish(options)
		if id = receipt.MessageId; id == "" && err == nil {
			err = errIncomplete // qstash-go takes {} for a success
		}
		return err
	})
	return id, err
}

// addBypass lets QStash through to the worker and, in a message of its own, to the callback, and hides the secret from
// whoever may read QStash's logs. Upstash's Python workflow SDK sets the same two redactions.
func (q *Queue) addBypass(options *qstash.PublishOptions, header http.Header) {
	if q.opts.Bypass == "" {
		return
	}
	options.Headers = map[string]string{bypassHeader: q.opts.Bypass} // qstash-go makes Upstash-Forward-… of it
	header.Set("Upstash-Failure-Callback-Forward-"+bypassHeader, q.opts.Bypass)
	header.Set("Upstash-Redact-Fields", "header["+bypassHeader+"]")
	header.Set("Upstash-Failure-Callback-Redact-Fields", "header["+bypassHeader+"]")
}

// delay writes a duration the way QStash reads it, empty for none.
func delay(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return fmt.Sprintf("%ds", (d+time.Second-1)/time.Second)
}
