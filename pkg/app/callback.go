package app

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"unicode"

	"notionsync/pkg/qsverify"
	"notionsync/pkg/syncer/model"
)

// Callback is the route on which QStash reports that it has given up on a slice.
func Callback(environ []string) http.Handler { return callback(newParts(environ)) }

func callback(p *parts) http.Handler {
	verifier := sync.OnceValues(func() (*qsverify.Verifier, error) { return p.verifier(p.config.CallbackURL) })
	ender := p.ender()
	return Route{
		Methods: []string{http.MethodPost}, Log: p.log, Errors: workerError(p.config.Budget),
		Handle: func(ctx context.Context, r *http.Request) (Answer, error) {
			body, err := verified(verifier, r)
			if err != nil {
				return Answer{}, err
			}
			// What is missing keeps others from being told, not the job from being marked as failed.
			missing := p.config.Check(NeedRedis, NeedQueue, NeedSigning)
			d, reason, err := parseCallback(body)
			told := Answer{}
			if d.Job != "" {
				told.Log = []slog.Attr{slog.String("job", d.Job), slog.Int("slice", d.Slice)}
				if s, err := ender(); err == nil {
					if err := s.GiveUpOn(ctx, d, reason); err != nil {
						return told, err
					}
				}
			}
			if err = cmp.Or(missing, err); err != nil {
				return told, nonRetryable(err)
			}
			return told, nil
		},
	}
}

// report is the body of a callback: what QStash tells of a delivery. Documentation and SDKs disagree about the types of
// some members; only those read here are declared (facts: Upstash docs, qstash/features/callbacks, read 2026-08).
type report struct {
	Status          int    `json:"status"`
	Body            string `json:"body"` // base64
	Retried         int    `json:"retried"`
	MaxRetries      int    `json:"maxRetries"`
	DLQID           string `json:"dlqId"` // of failure callbacks only
	SourceMessageID string `json:"sourceMessageId"`
	SourceBody      string `json:"sourceBody"` // base64
}

// parseCallback returns the message that QStash has given up on, and why; none if it has not.
func parseCallback(body []byte) (d model.Delivery, reason string, err error) {
	var r report
	if err := json.Unmarshal(body, &r); err != nil {
		return d, "", InvalidRequest("the callback's body can't be read: %s", jsonFault(err))
	}
	if !r.final() {
		return d, "", nil
	}
	d, err = r.delivery()
	return d, r.reason(), err
}

// final reports whether QStash has given up. A plain callback comes after every attempt, successful ones too.
func (r report) final() bool {
	delivered := r.Status >= 200 && r.Status < 300
	return !delivered && (r.DLQID != "" || r.Retried >= r.MaxRetries)
}

func (r report) delivery() (model.Delivery, error) {
	source, err := base64.StdEncoding.DecodeString(r.SourceBody)
	if err != nil {
		return model.Delivery{}, InvalidRequest("the callback's sourceBody is not base64")
	}
	return parseDelivery("the callback's sourceBody", source, "the callback's sourceMessageId", r.SourceMessageID)
}

// reason says how often QStash has tried, and what the last answer was.
func (r report) reason() string {
	text := "QStash gave up after 1 attempt"
	if r.Retried > 0 {
		text = fmt.Sprintf("QStash gave up after %d attempts", r.Retried+1)
	}
	if r.Status <= 0 { // where there was no answer, some SDKs' examples have -1
		return text + ": no answer from the worker"
	}
	text += fmt.Sprintf("; the worker's last answer was %d", r.Status)
	said := http.StatusText(r.Status)
	if body, err := base64.StdEncoding.DecodeString(r.Body); err == nil {
		said = cmp.Or(answerText(body), said)
	}
	return strings.TrimSuffix(text+" "+said, " ")
}

// maxSaid is how much, in bytes, of an answer is repeated. Our own are longer where they name many variables.
const (
	maxSaid    = 200
	maxOwnSaid = 2000
)

// answerText is the error in one of our own answers, or the beginning of whatever else it was, as one line.
func answerText(body []byte) string {
	var own struct {
		Error   string `json:"error"`
		Details string `json:"details"`
	}
	if json.Unmarshal(body, &own) == nil && own.Error != "" {
		return oneLine(strings.TrimSuffix(own.Error+": "+own.Details, ": "), maxOwnSaid)
	}
	return oneLine(string(body), maxSaid)
}

// oneLine is a text from outside as one line of at most some bytes, without control characters.
func oneLine(text string, most int) string {
	words := strings.FieldsFunc(strings.ToValidUTF8(text, " "), func(r rune) bool { return !unicode.IsPrint(r) || r == ' ' })
	text = strings.Join(words, " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
