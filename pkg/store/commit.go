package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"notionsync/pkg/syncer/model"
)

// Commit applies a change as one transaction, together with others of the same moment.
func (l *lease) Commit(ctx context.Context, c *model.Change) error {
	_, err := l.changes.do(ctx, l.translate(c), c.MoreComing)
	return err
}

// translate makes operations of a change.
func (l *lease) translate(c *model.Change) *tx {
	s := l.store
	t := &commit{tx: s.begin(), k: s.keys, job: c.Job, token: l.token, now: s.now()}
	t.guard(c)
	for _, r := range c.Drop {
		t.drop(r)
	}
	for _, w := range c.Write {
		t.vacate(w)
	}
	for slug, id := range c.Give {
		t.op("HSET", t.k.slugs(), slug, id)
	}
	for _, w := range c.Write {
		t.write(w)
	}
	for _, rec := range c.Remember {
		if !slices.ContainsFunc(c.Sightings, func(m model.Sighting) bool { return m.ID == rec.ID }) {
			t.op("HSET", t.k.pages(), rec.ID, encode(rec))
		}
	}
	for slug, id := range c.Unclaim {
		t.op("disown", t.k.slugs(), slug, id)
	}
	for slug, id := range c.Claim {
		t.op("HSET", t.k.slugs(), slug, id)
	}
	t.bookkeep(c)
	t.report(c)
	t.list(c)
	t.count(c.Job, c.Count)
	t.lapse(t.k.job(c.Job), l.lapsing)
	return t.tx
}

// commit translates a change into operations.
type commit struct {
	*tx
	k     keys
	job   string
	token string
	now   time.Time
}

// guard tests that the work is still to be done and the slugs are still to be had.
func (t *commit) guard(c *model.Change) {
	for _, e := range append([]model.Task{c.Task}, c.Also...) {
		if e.Key != "" {
			t.op("entry", t.k.entries(t.job), e.Key, e.Rev)
		}
	}
	for _, rec := range c.Remember {
		t.op("record", t.k.pages(), rec.ID, rec.Raw, encode(rec))
	}
	for _, w := range c.Write {
		if slug := w.Record.Slug; c.Give[slug] != w.Record.ID {
			t.op("owner", t.k.slugs(), slug, w.Record.ID)
		}
	}
	for slug, id := range c.Claim {
		t.op("owner", t.k.slugs(), slug, id, c.Yield[slug])
		if c.Yield[slug] != "" {
			t.op("vacant", t.k.page(slug), slug, c.Yield[slug])
		}
	}
}

// drop takes a page off the site.
func (t *commit) drop(r model.Removal) {
	rec := r.Record
	if rec.Slug != "" {
		t.op("vacate", t.k.slugs(), rec.Slug, rec.ID, keyRef(t.k.page(rec.Slug)))
	}
	if rec.Want != rec.Slug {
		t.op("disown", t.k.slugs(), rec.Want, rec.ID)
	}
	t.unlist(rec)
	for target := range shows(rec) {
		t.op("unlink", t.k.links(), target, rec.ID)
	}
	t.op("SREM", t.k.failed(), rec.ID)
	if r.Keep != nil {
		t.op("HSET", t.k.pages(), rec.ID, encode(r.Keep))
	} else {
		t.op("HDEL", t.k.pages(), rec.ID)
	}
}

// unlist takes a page out of the index it stands in.
func (t *commit) unlist(rec *model.Record) {
	if rec.List == "" {
		return
	}
	t.op("ZREM", t.k.list(rec.List), rec.ID)
	t.op("HDEL", t.k.items(), rec.ID)
	if rec.Slug != "" {
		t.op("cut", t.k.index(rec.List), lineStart(rec.Slug))
	}
}

// lineStart is how the line of an index begins that shows the page with this slug: slug is an item's first member.
func lineStart(slug string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(slug) // a string always has a JSON form
	return `{"slug":` + strings.TrimSpace(b.String()) + `,`
}

// vacate takes a page that moves from where it was.
func (t *commit) vacate(w model.PageWrite) {
	was := w.Was
	if was == nil {
		return
	}
	if was.Slug != "" && was.Slug != w.Record.Slug {
		t.op("vacate", t.k.slugs(), was.Slug, was.ID, keyRef(t.k.page(was.Slug)))
	}
	if was.Want != was.Slug && was.Want != w.Record.Slug {
		t.op("disown", t.k.slugs(), was.Want, was.ID)
	}
	if was.Slug != w.Record.Slug || was.List != w.Record.List {
		t.unlist(was)
	}
	for target := range shows(was) {
		if _, still := w.Record.Links[target]; !still {
			t.op("unlink", t.k.links(), target, was.ID)
		}
	}
}

// write publishes a page.
func (t *commit) write(w model.PageWrite) {
	rec := w.Record
	t.op("SET", t.k.page(rec.Slug), w.Bundle)
	t.op("HSET", t.k.slugs(), rec.Slug, rec.ID)
	t.op("HSET", t.k.pages(), rec.ID, encode(rec))
	if w.Item != nil {
		t.op("HSET", t.k.items(), rec.ID, w.Item)
		t.op("ZADD", t.k.list(rec.List), place(rec), rec.ID)
	}
	for target := range rec.Links {
		t.op("link", t.k.links(), target, rec.ID)
	}
}

// place is where a page stands in the list of its index: the newest first.
func place(rec *model.Record) int64 { return -rec.Created.UnixMilli() }

// shows are the links counted for a page: none while it is not published.
func shows(rec *model.Record) map[string]string {
	if rec == nil || rec.Slug == "" {
		return nil
	}
	return rec.Links
}

// list keeps the to-do list. What a change adds under the key of a task that it finishes comes after that has gone.
func (t *commit) list(c *model.Change) {
	finished := map[string]bool{}
	for _, e := range append([]model.Task{c.Task}, c.Also...) {
		if e.Key != "" {
			finished[e.Key] = true
		}
	}
	t.bring(c, func(e model.Task) bool { return !finished[e.Key] })
	for _, e := range append([]model.Task{c.Task}, c.Also...) {
		if e.Key == "" || c.Then != nil && c.Then.Key == e.Key {
			continue
		}
		t.op("finish", t.k.todo(t.job), keyRef(t.k.entries(t.job)), e.Key)
		t.spent(e)
	}
	t.bring(c, func(e model.Task) bool { return finished[e.Key] })
	if c.Then != nil {
		if c.Then.Key == c.Task.Key && c.Then.Objects != c.Task.Objects {
			t.spent(c.Task)
		}
		t.op("put", t.k.todo(t.job), keyRef(t.k.entries(t.job)), c.Then.Key, score(*c.Then), value(*c.Then))
	}
}

// bring puts on the list those of a change's new tasks that are now to come.
func (t *commit) bring(c *model.Change, now func(model.Task) bool) {
	for _, e := range c.Add {
		if now(e) {
			t.add([]model.Task{e})
		}
	}
	for _, m := range c.Sightings {
		e := model.Task{}
		if m.Task != nil {
			e = *m.Task
		}
		if now(e) {
			t.meet(m, c.Remember)
		}
	}
}

func (t *commit) add(tasks []model.Task) {
	for _, e := range tasks {
		if e.Objects > 0 {
			t.keep(e)
		}
		args := []any{keyRef(t.k.entries(t.job)), e.Key, score(e), value(e)}
		if e.Pending() {
			args = append(args, keyRef(t.k.job(t.job)))
		}
		if e.Pending() && e.Skipped != "" {
			args = append(args, counter+model.CountSkipped, counter+model.CountOf(model.CountSkipped, e.Skipped))
		}
		t.op("add", t.k.todo(t.job), args...)
	}
}

// meet has a page's work put on the list when it is met for the first time. Only then is noted what it is to become: who
// meets it later may know an older record than that of whoever works on it.
func (t *commit) meet(m model.Sighting, notes []*model.Record) {
	switch {
	case m.Draft:
		t.op("first", t.k.drafts(t.job), m.ID, 1)
		t.op("count", t.k.job(t.job), counter+model.CountDrafts, 1)
	case m.Task != nil:
		notes = slices.DeleteFunc(slices.Clone(notes), func(rec *model.Record) bool { return rec.ID != m.ID })
		left := 1 + len(notes)
		if m.Task.Objects > 0 {
			left++
		}
		t.op("first", t.k.seen(t.job), m.ID, left)
		for _, rec := range notes {
			t.op("HSET", t.k.pages(), rec.ID, encode(rec))
		}
		t.add([]model.Task{*m.Task})
	default:
		t.op("first", t.k.seen(t.job), m.ID, 2+len(m.Add))
		t.op("count", t.k.job(t.job), counter+model.CountSkipped, 1)
		t.op("count", t.k.job(t.job), counter+model.CountOf(model.CountSkipped, m.Kind), 1)
		t.add(m.Add)
	}
}

// score orders the to-do list by class, then order.
func score(e model.Task) int64 { return int64(e.Class)<<classShift + max(0, e.Order) }

const classShift = 40 // room for seconds since 1970 in a task's order; a zset's score holds 53 bits

func value(e model.Task) string {
	if e.Objects > 0 {
		e.Object = nil // it is kept apart
	}
	return fmt.Sprintf("%d|%s", e.Rev, encode(e))
}

// lasting are the sets that outlive a job which fails: what has changed is shown everywhere in the end, though by the job
// after it.
var lasting = []model.Set{model.SetChanged, model.SetLists}

// bookkeep keeps what the job and the engine remember.
func (t *commit) bookkeep(c *model.Change) {
	t.evidence(c.EvidenceChange)
	t.indexes(c.IndexChange)
	t.kept(c)
	t.news(c.News, c.Told)
}

// evidence keeps what the job has found out, and has still to look at.
func (t *commit) evidence(c model.EvidenceChange) {
	t.members("SADD", t.k.complete(t.job), c.Complete)
	if c.Inherit {
		for _, set := range lasting {
			t.op("copy", t.k.set(t.job, string(set)), keyRef(t.k.owed(string(set))))
		}
	}
	for set, ids := range c.Put {
		t.members("SADD", t.k.set(t.job, string(set)), ids)
		if slices.Contains(lasting, set) {
			t.members("SADD", t.k.owed(string(set)), ids)
		}
	}
	for set, ids := range c.Take {
		t.members("SREM", t.k.set(t.job, string(set)), ids)
	}
}

// indexes keeps what stands in indexes, and who links to whom.
func (t *commit) indexes(c model.IndexChange) {
	for _, db := range c.Databases {
		t.op("HSET", t.k.databases(), db.ID, encode(db))
		if db.ID != "" {
			t.op("ZADD", t.k.list("db:"+db.ID), listEnd, listMark)
		}
	}
	for _, id := range c.DropDatabases {
		t.op("HDEL", t.k.databases(), id)
		t.op("DEL", t.k.index("db:"+id))
		t.op("DEL", t.k.list("db:"+id))
	}
	for _, rec := range c.Links {
		for target := range shows(rec) {
			t.op("link", t.k.links(), target, rec.ID)
		}
	}
	if c.Linked {
		t.op("HSET", t.k.links(), linksMark, "")
	}
	for _, name := range c.Lists {
		t.op("place", t.k.builtList(t.token, name), keyRef(t.k.list(name)))
	}
	for _, name := range c.Indexes {
		t.op("place", t.k.built(t.token, name), keyRef(t.k.index(name)))
	}
	for _, name := range c.DropIndexes {
		t.op("DEL", t.k.index(name))
		t.op("DEL", t.k.list(name))
	}
}

// kept keeps what is for later: block lists, files, observations.
func (t *commit) kept(c *model.Change) {
	if len(c.Parts) > 0 {
		t.op("HSET", t.k.parts(t.job), partsField(c.Task.ID, c.Then.Parts), encode(c.Parts))
	}
	for _, e := range c.DropParts {
		t.members("HDEL", t.k.parts(t.job), partsFields(e.ID, e.Parts))
	}
	for file, kept := range c.Files {
		t.op("HSET", t.k.files(), file, encode(kept))
	}
	t.members("HDEL", t.k.files(), c.DropFiles)
	for name, value := range c.Observed {
		t.op("HSET", t.k.facts(), name, value)
	}
}

// news keeps what the site is still to be told.
func (t *commit) news(news, told model.News) {
	t.members("SADD", t.k.news(newsSlugs), news.Slugs)
	t.members("SREM", t.k.news(newsRemoved), slices.Concat(news.Slugs, told.Removed))
	t.members("SADD", t.k.news(newsRemoved), news.Removed)
	t.members("SREM", t.k.news(newsSlugs), slices.Concat(news.Removed, told.Slugs))
	t.members("SADD", t.k.news(newsIndexes), news.Indexes)
	t.members("SREM", t.k.news(newsIndexes), told.Indexes)
}

// report keeps what the status shows.
func (t *commit) report(c *model.Change) {
	t.op("HSET", t.k.job(c.Job), fieldAt, t.now.UnixMilli(), fieldPhase, string(c.Phase))
	for _, text := range c.Warnings {
		t.op("NX", t.k.warnings(c.Job), t.now.UnixMilli(), text)
	}
	if c.Failure != "" {
		t.op("HSET", t.k.job(c.Job), fieldFailure, c.Failure)
	}
	for _, e := range c.Errors {
		t.op("HSET", t.k.errors(c.Job), e.PageID, encode(e))
		if !e.Unknown {
			t.op("SADD", t.k.failed(), e.PageID)
		}
	}
	for _, id := range c.Cleared {
		t.op("SREM", t.k.failed(), id)
		t.op("HDEL", t.k.errors(c.Job), id)
	}
}
