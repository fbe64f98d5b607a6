package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"notionsync/pkg/qsverify"
	"notionsync/pkg/syncer"
	"notionsync/pkg/syncer/model"
)

// statusNonRetryable with the header Upstash-NonRetryable-Error tells QStash not to deliver again (facts: Upstash docs,
// qstash/features/retry, read 2026-08).
const statusNonRetryable = 489

// Worker is the route that runs one slice of a job.
func Worker(environ []string) http.Handler { return worker(newParts(environ)) }

func worker(p *parts) http.Handler {
	verifier := sync.OnceValues(func() (*qsverify.Verifier, error) { return p.verifier(p.config.WorkerURL) })
	engine := sync.OnceValues(func() (*syncer.Syncer, error) {
		q, err := p.queue(false)
		if err != nil {
			return nil, err
		}
		return p.engine(q)
	})
	ender := p.ender()
	return Route{
		Methods: []string{http.MethodPost}, Log: p.log, Errors: workerError(p.config.Budget),
		Handle: func(ctx context.Context, r *http.Request) (Answer, error) {
			body, err := verified(verifier, r)
			if err != nil {
				return Answer{}, err
			}
			d, bad := parseDelivery("the message's body", body, "the header Upstash-Message-Id", r.Header.Get("Upstash-Message-Id"))
			if err := p.config.Check(engineNeeds...); err != nil {
				return Answer{}, nonRetryable(p.abort(ctx, ender, d, err))
			}
			if bad != nil {
				return Answer{}, nonRetryable(p.abort(ctx, ender, d, bad))
			}
			s, err := engine()
			if err != nil {
				return Answer{}, nonRetryable(p.abort(ctx, ender, d, err))
			}
			before := s.Meter.Total()
			job, err := s.Run(ctx, d)
			if requests := s.Meter.Total() - before; err != nil {
				return Answer{Log: failedLine(d.Job, d.Slice, requests)}, err
			} else if job != nil {
				return workerAnswer(ctx, s, job, d.Slice, requests)
			}
			return nothingDue(d), nil
		},
	}
}

// verified returns the body of a request that QStash has signed.
func verified(verifier func() (*qsverify.Verifier, error), r *http.Request) ([]byte, error) {
	v, err := verifier()
	if err != nil {
		return nil, err
	}
	body, err := v.Verify(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return body, nil
}

// parseDelivery reads a message: the first of a job, whose id is that of the message, or a continuation. what and where
// are what errors call the body and the place of the id. Of a body that can't be read it returns the job that the message
// would be the first of.
func parseDelivery(what string, body []byte, where, messageID string) (model.Delivery, error) {
	var d model.Delivery
	if validJobID(messageID) {
		d = model.Delivery{Job: messageID, Slice: 1}
	}
	if trimmed := bytes.TrimSpace(body); len(trimmed) == 0 {
		return d, InvalidRequest("%s is missing or empty", what)
	} else if trimmed[0] != '{' {
		return d, InvalidRequest("%s is not a JSON object", what)
	}
	var message struct {
		Job   *string `json:"job"`
		Slice *int    `json:"slice"`
		model.TriggerMessage
	}
	if err := json.Unmarshal(body, &message); err != nil {
		return d, InvalidRequest("%s can't be read: %s", what, jsonFault(err))
	}
	if message.Job != nil || message.Slice != nil {
		if message.Job == nil || message.Slice == nil || *message.Slice < 1 || !validJobID(*message.Job) {
			return d, InvalidRequest("%s: a continuation needs job and slice, the first slice being 1", what)
		}
		return model.Delivery{Job: *message.Job, Slice: *message.Slice}, nil
	}
	if !validJobID(messageID) {
		return d, InvalidRequest("%s, which names the job, is missing or malformed", where)
	}
	return model.Delivery{Job: messageID, Slice: 1, Trigger: &message.TriggerMessage}, nil
}

// validJobID keeps what cannot be an id of ours or of QStash's out of the keys in Redis.
func validJobID(id string) bool {
	return id != "" && len(id) <= 128 && !strings.ContainsFunc(id, func(r rune) bool {
		return r <= ' ' || r > '~' || r == ':' || r == '"'
	})
}

// engineNeeds are all needs of a worker but the keys, which come before.
var engineNeeds = []Need{NeedNotion, NeedRedis, NeedQueue, NeedSigning, NeedSync, NeedMedia, NeedNotify}

// ender returns what builds a syncer that ends jobs as well as the configuration allows: it needs Redis, and tells others
// only where there is a queue.
func (p *parts) ender() func() (*syncer.Syncer, error) {
	return sync.OnceValues(func() (*syncer.Syncer, error) {
		q, err := p.queue(true)
		if err != nil {
			q = nil
		}
		return p.jobs(q)
	})
}

// abort marks the job of a message as failed for a reason that lies in the configuration, and returns the reason.
func (p *parts) abort(
	ctx context.Context, ender func() (*syncer.Syncer, error), d model.Delivery, reason error,
) error {
	s, err := ender()
	if err != nil || d.Job == "" {
		return reason
	}
	text := reason.Error()
	if config := (*ConfigError)(nil); errors.As(reason, &config) {
		text += ": " + config.Details()
	}
	if err := s.Abort(ctx, d, text); err != nil {
		p.log.WarnContext(ctx, "job could not be marked as failed", "job", d.Job, "error", err)
	}
	return reason
}

// progress is the worker's answer. It shows the job as it stands, which may be ahead of the slice that was asked for.
type progress struct {
	JobID         string          `json:"jobId"`
	State         model.State     `json:"state"`
	Slice         int             `json:"slice"`
	Progress      syncer.Progress `json:"progress"`
	NextMessageID string          `json:"nextMessageId,omitempty"`
}

func workerAnswer(ctx context.Context, s *syncer.Syncer, job *model.Job, slice int, requests int64) (Answer, error) {
	view, err := s.View(ctx, job.ID)
	if err != nil {
		return Answer{Log: failedLine(job.ID, slice, requests)}, err
	}
	next := job.NextID
	if view.State == model.Queued {
		next = "" // it waits its turn: what it has is the message that came, or one before it
	}
	return Answer{
		Log:  line(ctx, s, view, slice, requests),
		Body: progress{job.ID, view.State, slice, view.Progress, next},
	}, nil
}

// nothingDue is the answer to a message that asked for what events have named, too early or too late: there is no job.
func nothingDue(d model.Delivery) Answer {
	return Answer{
		Log:  []slog.Attr{slog.String("message", d.Job)},
		Body: progress{JobID: d.Job, State: model.Done, Slice: d.Slice},
	}
}

// nonRetryable makes an error one that QStash must not retry.
func nonRetryable(err error) *Error {
	e := *ErrorFor(err)
	e.Status, e.Err = statusNonRetryable, err
	e.Header = http.Header{"Upstash-Nonretryable-Error": {"true"}}
	return &e
}

// workerError answers the errors of a slice. It never asks QStash to come again soon but for a slice that runs elsewhere:
// without a word QStash's retries go on for half an hour, and outlast what an outage of Redis takes.
func workerError(budget time.Duration) func(error) *Error {
	return func(err error) *Error {
		var fatal *model.FatalError
		switch {
		case errors.As(err, &fatal):
			return nonRetryable(&Error{Text: "Sync failed", Details: fatal.Error(), Err: err})
		case errors.Is(err, model.ErrUnknownJob):
			return nonRetryable(&Error{Text: "Unknown job", Err: err})
		case errors.Is(err, model.ErrSlice):
			return nonRetryable(&Error{Text: "Invalid request", Details: err.Error(), Err: err})
		case errors.Is(err, model.ErrBusy):
			return &Error{
				Status: http.StatusServiceUnavailable, Text: "Slice is running elsewhere", Err: err,
				Header: http.Header{"Retry-After": {busyRetry(budget)}},
			}
		}
		e := syncError("Slice failed")(err)
		if e == nil {
			return nil
		}
		if e.Status == http.StatusBadGateway {
			e.Status = http.StatusInternalServerError
		}
		e.Header = nil
		return e
	}
}

// busyRetry is after how many seconds QStash should try again. Its three retries must come to lie beyond the end of the
// slice that runs: should that be killed, the last of them goes on with it.
func busyRetry(budget time.Duration) string {
	const least, ending = 10 * time.Second, 15 * time.Second // for what is in flight, and the lease
	return strconv.Itoa(int(max(least, (budget+ending)/2).Seconds()))
}
