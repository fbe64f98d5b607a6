package playground

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// entry is something that has happened.
type entry struct {
	N      int       `json:"n"`
	At     time.Time `json:"at"`
	What   string    `json:"what"` // a route's name, or who did it
	Text   string    `json:"text"`
	Status int       `json:"status,omitempty"` // of the answer
	MS     int64     `json:"ms,omitempty"`
	Bad    bool      `json:"bad,omitempty"`
}

// kept is how many entries are remembered.
const kept = 300

// journal remembers what has happened lately. The zero value is empty.
type journal struct {
	mu      sync.Mutex
	entries []entry
	last    int // number of the last entry
	busy    int // requests that may change what the site reads, under way
}

func (j *journal) note(e entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	e.N, e.At = j.last, time.Now()
	if j.entries = append(j.entries, e); len(j.entries) > kept {
		j.entries = j.entries[1:]
	}
}

// since returns what came after an entry, the number of the last one, and whether something is under way.
func (j *journal) since(after int) (entries []entry, last int, busy bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	entries = []entry{}
	for _, e := range j.entries {
		if e.N > after {
			entries = append(entries, e)
		}
	}
	return entries, j.last, j.busy > 0
}

func (j *journal) working(by int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.busy += by
}

const routePrefix = "/api/sync"

// Watch notes what is asked of a site's routes, but for looks at the status and the checks, which change nothing.
func (p *Playground) Watch(site http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.Trim(strings.TrimPrefix(r.URL.Path, routePrefix), "/")
		if !strings.HasPrefix(r.URL.Path, routePrefix) || name == "status" || name == "check" {
			site.ServeHTTP(w, r)
			return
		}
		name = cmp.Or(name, "direct sync")
		asked, _ := io.ReadAll(io.LimitReader(r.Body, maxCopied)) // what can't be read, the route complains of
		r.Body = readCloser{io.MultiReader(bytes.NewReader(asked), r.Body), r.Body}
		if name == "worker" || name == "webhook" {
			p.journal.note(entry{What: name, Text: p.told(name, asked)})
		}
		said := &copied{ResponseWriter: w}
		began := time.Now()
		p.journal.working(1)
		defer func() { // also of a handler that panics to cut the connection
			p.journal.working(-1)
			status := cmp.Or(said.status, http.StatusOK)
			p.journal.note(entry{
				What: name, Text: answered(said.body.Bytes()), Status: status,
				MS: time.Since(began).Milliseconds(), Bad: status >= http.StatusBadRequest,
			})
		}()
		site.ServeHTTP(said, r)
	})
}

// told is what a request's body says: a message of QStash's, or an event of Notion's.
func (p *Playground) told(name string, body []byte) string {
	var message struct {
		Job    string `json:"job"`
		Slice  int    `json:"slice"`
		Type   string `json:"type"`
		Entity struct {
			ID string `json:"id"`
		} `json:"entity"`
	}
	_ = json.Unmarshal(body, &message) // the route complains of what can't be read
	switch {
	case name == "worker":
		return fmt.Sprintf("slice %d is delivered", max(message.Slice, 1))
	case message.Type == "":
		return "a request that is no event arrives"
	default:
		return fmt.Sprintf("%s of %s arrives", message.Type, p.title(message.Entity.ID))
	}
}

// answered is what is worth knowing of an answer.
func answered(body []byte) string {
	var said struct {
		OK            bool   `json:"ok"`
		Error         string `json:"error"`
		Details       string `json:"details"`
		JobID         string `json:"jobId"`
		State         string `json:"state"`
		Slice         int    `json:"slice"`
		Deduplicated  bool   `json:"deduplicated"`
		NextMessageID string `json:"nextMessageId"`
	}
	switch err := json.Unmarshal(body, &said); {
	case err != nil:
		return strings.TrimSpace(string(body[:min(len(body), 100)]))
	case said.Error != "":
		return strings.TrimSuffix(said.Error+": "+said.Details, ": ")
	case said.State == "queued":
		return "the job waits for the one before it"
	case said.NextMessageID != "":
		return fmt.Sprintf("slice %d has done what it could; the next one is published", said.Slice)
	case said.State != "":
		return fmt.Sprintf("slice %d: the job is %s", said.Slice, said.State)
	case said.Deduplicated:
		return "joins the job that waits"
	case said.JobID != "":
		return "job " + said.JobID
	default:
		return "taken"
	}
}

// maxCopied is how much of a request or an answer is looked at.
const maxCopied = 64 << 10

// copied keeps the beginning of what is answered.
type copied struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (c *copied) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *copied) Write(text []byte) (int, error) {
	if room := maxCopied - c.body.Len(); room > 0 {
		c.body.Write(text[:min(len(text), room)])
	}
	return c.ResponseWriter.Write(text)
}

// Unwrap lets http.ResponseController reach the writer below.
func (c *copied) Unwrap() http.ResponseWriter { return c.ResponseWriter }

type readCloser struct {
	io.Reader
	io.Closer
}
