package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"

	"notionsync/pkg/notion"
	"notionsync/pkg/syncer"
)

// maxEventBytes is the largest webhook request that is read. An event has a few hundred bytes and names no content.
const maxEventBytes = 1 << 20

// Webhook is the route on which Notion says what has changed.
func Webhook(environ []string) http.Handler { return webhook(newParts(environ)) }

func webhook(p *parts) http.Handler {
	jobs := sync.OnceValues(func() (*syncer.Syncer, error) {
		q, err := p.queue(false)
		if err != nil {
			return nil, err
		}
		return p.jobs(q)
	})
	return Route{
		Methods: []string{http.MethodPost}, Log: p.log, Errors: webhookError,
		Handle: func(ctx context.Context, r *http.Request) (Answer, error) {
			// Of a body that breaks off, or is too large, the beginning is read, whose signature is wrong.
			body, _ := io.ReadAll(io.LimitReader(r.Body, maxEventBytes))
			if err := p.config.Check(NeedWebhook); err != nil {
				return Answer{}, p.handshake(ctx, body, err)
			}
			signature := r.Header.Get(notion.SignatureHeader)
			if err := notion.VerifyWebhook(p.config.WebhookSecret.Reveal(), signature, body); err != nil {
				return Answer{}, fmt.Errorf("%w: %w", ErrSignature, err)
			}
			if err := p.config.Check(NeedQueue, NeedSigning, NeedRedis); err != nil {
				return Answer{}, err
			}
			e, err := notion.DecodeEvent(body)
			if err != nil {
				return Answer{}, err
			}
			s, err := jobs()
			if err != nil {
				return Answer{}, err
			}
			line := []slog.Attr{slog.String("event", e.Object+"."+e.Action), slog.String("of", e.Of)}
			return Answer{Log: line}, s.Enqueue(ctx, e)
		},
	}
}

// handshake answers the request with which Notion introduces a subscription, while there is no secret that it could be
// checked with: the owner finds the token in the log, and nowhere else. Any other request is refused for the reason
// given.
func (p *parts) handshake(ctx context.Context, body []byte, refusal error) error {
	token := notion.Handshake(body)
	if token == "" || !refusal.(*ConfigError).OnlyMissing() {
		return refusal
	}
	p.log.InfoContext(ctx, "Notion has sent the webhook's verification token: paste it in Notion under Webhooks, "+
		"set NOTION_WEBHOOK_SECRET to it and deploy again", "verification_token", token)
	return nil
}

func webhookError(err error) *Error {
	if errors.Is(err, notion.ErrEvent) {
		details := err.Error()
		if errors.As(err, new(*json.SyntaxError)) || errors.As(err, new(*json.UnmarshalTypeError)) {
			details = "the event can't be read: " + jsonFault(err)
		}
		return &Error{Status: http.StatusBadRequest, Text: "Invalid request", Details: details, Err: err}
	}
	return syncError("Failed to take the event")(err)
}
