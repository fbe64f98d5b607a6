package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"notionsync/pkg/diagnosis"
	"notionsync/pkg/notion"
	"notionsync/pkg/store"
)

// checkPatience is how long one check may take. They run at the same time.
const checkPatience = 20 * time.Second

// Check is the route that says whether everything is set up right, and what to do about what isn't. With
// [challengeHeader] it says who it is instead, to another deployment that checks its public address.
func Check(environ []string) http.Handler {
	p := newParts(environ)
	return Route{
		Methods: []string{http.MethodGet}, Log: p.log,
		Handle: func(ctx context.Context, r *http.Request) (Answer, error) {
			if challenge := r.Header.Get(challengeHeader); challenge != "" {
				return p.meetChallenge(challenge)
			}
			if err := Authorize(p.config, r); err != nil {
				return Answer{}, err
			}
			language := languageOf(r)
			checks := inWords(p.examine(ctx), language)
			answer := Answer{Header: http.Header{"Content-Language": {language.String()}}, Body: struct {
				Checks []Finding `json:"checks"`
			}{checks}}
			var failed []string
			for _, c := range checks {
				if !c.OK {
					failed = append(failed, c.Name)
				}
			}
			if len(failed) > 0 {
				answer.Status = http.StatusServiceUnavailable
				answer.Log = []slog.Attr{slog.String("failed", strings.Join(failed, ", "))}
				answer.Body = struct {
					Error  string    `json:"error"`
					Checks []Finding `json:"checks"`
				}{"Checks failed", checks}
			}
			return answer, nil
		},
	}
}

// Examine checks everything that an environment, in the form of os.Environ, names, as the check route does.
func Examine(ctx context.Context, environ []string) []Finding {
	return inWords(newParts(environ).examine(ctx), diagnosis.English)
}

// examine runs all checks.
func (p *parts) examine(ctx context.Context) []finding {
	e := newExamination(p)
	defer e.close()
	all := append(p.checkVariables(), atOnce(ctx, p.log, checkPatience, append(e.collections(),
		check{"notion: token", e.notionToken}, check{"redis", e.redis}, check{"qstash", p.checkQStash},
		check{siteCheck, p.checkSite}, check{"file store", p.checkFiles}, check{"webhook secret", p.checkWebhook},
	))...)
	slices.SortStableFunc(all, func(a, b finding) int { return rank(a.name) - rank(b.name) })
	return all
}

// check is a check and what it is called when it does not say so itself.
type check struct {
	name string
	run  func(context.Context) []finding
}

// atOnce runs checks at the same time. One that fails, panics or takes longer than patience stops no other.
func atOnce(ctx context.Context, log *slog.Logger, patience time.Duration, checks []check) (all []finding) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found := make([]chan []finding, len(checks))
	for i, c := range checks {
		found[i] = make(chan []finding, 1)
		go func() {
			defer func() {
				if v := recover(); v != nil {
					log.ErrorContext(ctx, "panic", "check", c.name, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
					found[i] <- []finding{failed(c.name, diagnosis.Of(diagnosis.CheckPanicked))}
				}
			}()
			found[i] <- c.run(ctx)
		}()
	}
	late := make(chan struct{}) // for what does not heed its context
	defer time.AfterFunc(patience+patience/10, func() { close(late) }).Stop()
	for i, c := range checks {
		some := []finding{failed(c.name, diagnosis.Of(diagnosis.CheckOutOfTime, "time", patience))}
		select {
		case some = <-found[i]:
		case <-late:
			select {
			case some = <-found[i]:
			default:
			}
		}
		all = append(all, some...)
	}
	return all
}

// examination is what several checks need.
type examination struct {
	*parts
	store    *store.Store
	noStore  error
	notion   *notion.Client
	noNotion error
}

func newExamination(p *parts) *examination {
	e := &examination{parts: p}
	e.store, e.noStore = p.store()
	e.notion, e.noNotion = e.reader()
	return e
}

func (e *examination) close() {
	if e.store != nil {
		_ = e.store.Close() // nothing is written any more
	}
}

// rank keeps what belongs together together: variables, then what depends on them in the order of a sync.
func rank(name string) int {
	for i, prefix := range []string{"variable ", "notion: token", "notion: ", "redis", "qstash: ", "public URL"} {
		if strings.HasPrefix(name, prefix) {
			return i
		}
	}
	return 10
}
