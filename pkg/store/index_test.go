package store_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"notionsync/pkg/syncer/model"
)

// An index shows the newest page first, and those of the same time by id. It is sent in pieces.
func TestLease_BuildIndex(t *testing.T) {
	onBoth(t, func(r *rig) {
		p := newProxy(r.t, r.url)
		l, err := r.another(p.url()).Acquire(r.t.Context())
		r.must(err)
		const n = 1000
		var recs []*model.Record
		var want []string
		for i := range n {
			rec := record(fmt.Sprintf("id-%04d", i), fmt.Sprintf("slug-%04d", n-i))
			rec.Created = epoch.Add(-time.Duration(i/3) * time.Minute) // three of each time
			rec.Title = strings.Repeat("x", 1000)
			recs, want = append(recs, rec), append(want, rec.Slug)
		}
		rand.Shuffle(n, func(i, j int) { recs[i], recs[j] = recs[j], recs[i] })
		r.commit(l, published(recs...))
		ix := model.Index{Name: "db:d1", List: postsIndex, Head: `{"title":"<&>","items":`, Tail: `,"syncedAt":"now"}`}
		p.largest()
		r.must(l.BuildIndex(r.t.Context(), ix))
		if sent := p.largest(); sent > 512<<10 {
			r.t.Errorf("%d bytes were sent at once, want about 256 KiB", sent)
		}
		if r.exists("db:d1") {
			r.t.Error("an index is in place before the commit that puts it there")
		}
		r.builtLasts(time.Hour)
		r.commit(l, &model.Change{IndexChange: model.IndexChange{Indexes: []string{"db:d1", "never:built"}}})
		same(r.t, "the index", r.index("db:d1"), want)
		var whole struct {
			Title    string            `json:"title"`
			Items    []json.RawMessage `json:"items"`
			SyncedAt string            `json:"syncedAt"`
		}
		r.must(json.Unmarshal([]byte(r.get("db:d1")), &whole))
		same(r.t, "title", whole.Title, "<&>")
		same(r.t, "syncedAt", whole.SyncedAt, "now")
		first := slices.IndexFunc(recs, func(rec *model.Record) bool { return rec.ID == "id-0000" })
		if size := len(r.get("db:d1")); size < 1<<20 {
			r.t.Fatalf("the index has %d bytes; this test wants many", size)
		}
		same(r.t, "the first item", string(whole.Items[0]), item(recs[first]))
		if ttl := r.ttl("db:d1"); ttl >= 0 {
			r.t.Errorf("an index in place lasts %s, want for ever", ttl)
		}
		r.builtLasts(0)
		if r.exists("never:built") {
			r.t.Error("an index that nobody has built is there")
		}
	})
}

// builtLasts fails the test unless what is built but not in place lasts about so long; 0: nothing is.
func (r *rig) builtLasts(want time.Duration) {
	r.t.Helper()
	n := 0
	for _, key := range r.keys() {
		key = strings.TrimPrefix(key, r.prefix)
		if !strings.HasPrefix(key, "sync:built:") {
			continue
		}
		n++
		if ttl := r.ttl(key); ttl <= want-time.Minute || ttl > want {
			r.t.Errorf("%s lasts %s, want %s", key, ttl, want)
		}
	}
	if n == 0 != (want == 0) {
		r.t.Errorf("%d indexes are built and not in place", n)
	}
}

func TestLease_BuildIndex_Keep(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		var want []string
		c := &model.Change{}
		for i := range 450 { // more than are read at once
			rec := record(fmt.Sprintf("id-%04d", i), fmt.Sprintf("slug-%04d", i))
			rec.Source = map[bool]string{true: "keep"}[i%3 == 0]
			if i%3 == 0 {
				want = append(want, rec.Slug)
			}
			c.Write = append(c.Write, write(rec, nil))
		}
		r.commit(l, c)
		ix := model.Index{Name: "db:d1", List: postsIndex, Head: `{"items":`, Tail: `}`}
		ix.Keep = func(rec *model.Record) bool { return rec.Source == "keep" }
		r.must(l.BuildIndex(r.t.Context(), ix))
		r.commit(l, &model.Change{IndexChange: model.IndexChange{Indexes: []string{"db:d1"}}})
		same(r.t, "the index", r.index("db:d1"), want)
		ix.Keep = func(*model.Record) bool { return false }
		r.must(l.BuildIndex(r.t.Context(), ix))
		r.commit(l, &model.Change{IndexChange: model.IndexChange{Indexes: []string{"db:d1"}}})
		same(r.t, "the index of none", r.index("db:d1"), []string{})
	})
}

// An index written anew replaces the one in place whole, also by a shorter one.
func TestLease_BuildIndex_Again(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		one, two := record("p1", "one"), record("p2", "two")
		r.place(l, postsIndex)
		same(r.t, "the empty index", r.index(postsIndex), []string{})
		r.commit(l, published(one, two))
		ix := model.Index{Name: postsIndex, List: postsIndex, Head: `{"items":`, Tail: `}`}
		r.must(l.BuildIndex(r.t.Context(), ix)) // its invocation gave up on it
		same(r.t, "the index in place", r.index(postsIndex), []string{})
		r.place(l, postsIndex)
		same(r.t, "the full index", r.index(postsIndex), []string{"one", "two"})
		r.must(l.BuildIndex(r.t.Context(), ix)) // once more, and it is longer than the next
		r.commit(l, &model.Change{PageChange: model.PageChange{Drop: []model.Removal{{Record: one}}}})
		r.place(l, postsIndex)
		same(r.t, "the shorter index", r.index(postsIndex), []string{"two"})
		r.commit(l, &model.Change{IndexChange: model.IndexChange{DropIndexes: []string{postsIndex}}})
		if r.exists(postsIndex) || len(r.members(postsIndex)) > 0 {
			r.t.Error("a dropped index has left its entry or its list")
		}
	})
}

// A page on the list whose line is lost spoils nothing.
func TestLease_BuildIndex_LineLost(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.commit(l, published(record("p1", "one"), record("p2", "two")))
		r.do("HDEL", r.prefix+"sync:items", "p1")
		r.place(l, postsIndex)
		same(r.t, "the index", r.index(postsIndex), []string{"two"})
	})
}

// A piece of an index whose answer was lost stands there once.
func TestLease_BuildIndex_AnswerLost(t *testing.T) {
	onBoth(t, func(r *rig) {
		p := newProxy(r.t, r.url)
		l, err := r.another(p.url()).Acquire(r.t.Context())
		r.must(err)
		var want []string
		c := &model.Change{}
		for i := range 210 {
			rec := record(fmt.Sprintf("id-%04d", i), fmt.Sprintf("slug-%04d", i))
			rec.Title = strings.Repeat("x", 1400) // two pieces
			c.Write, want = append(c.Write, write(rec, nil)), append(want, rec.Slug)
		}
		r.commit(l, c)
		ix := model.Index{Name: postsIndex, List: postsIndex, Head: `{"items":`, Tail: `}`}
		lost := true
		for skip := 0; lost; skip++ {
			p.loseAnswer(skip)
			if err := l.BuildIndex(r.t.Context(), ix); err != nil {
				r.t.Fatalf("BuildIndex whose answer %d was lost: %v", skip, err)
			}
			if lost = p.lost(); !lost && skip < 8 {
				r.t.Fatalf("BuildIndex has %d answers, fewer than an index in two pieces", skip)
			}
			r.commit(l, &model.Change{IndexChange: model.IndexChange{Indexes: []string{postsIndex}}})
			same(r.t, "the index", r.index(postsIndex), want)
		}
	})
}
