package qstashsim

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"
)

// dedupWindow is how long a deduplication id stays taken, also by a message that failed.
const dedupWindow = 10 * time.Minute

// taken is the message that a deduplication key stands for.
type taken struct {
	id string
	at time.Time
}

// dedupKey is the key under which repeats of the message are recognised, empty if they are not wanted to be. The id
// goes before the content (assumed).
func (m *message) dedupKey() string {
	if id := m.Published.Get("Upstash-Deduplication-Id"); id != "" {
		return "id:" + id
	}
	if m.Published.Get("Upstash-Content-Based-Deduplication") == "true" {
		return "content:" + m.contentHash()
	}
	return ""
}

// contentHash covers destination, body, Content-Type and every forwarded header: m.Header is the latter two.
func (m *message) contentHash() string {
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %q", m.URL, m.Body)
	for _, name := range slices.Sorted(maps.Keys(m.Header)) {
		fmt.Fprintf(hash, " %q %q", name, m.Header[name])
	}
	return string(hash.Sum(nil))
}
