package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer/model"
)

const readBatch = 1000 // members read with one command

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// Todo returns the first tasks of a job's list, all of one class.
func (s *Store) Todo(ctx context.Context, job string, limit int) ([]model.Task, error) {
	for range 3 { // what stands on the list may be finished before it is read
		tasks, lost, err := s.todo(ctx, job, limit)
		if err != nil || len(tasks) > 0 || lost == "" {
			return tasks, err
		}
	}
	return nil, model.ErrListLost
}

// todo reads the list once. lost is the key of a task that could not be read.
func (s *Store) todo(ctx context.Context, job string, limit int) (tasks []model.Task, lost string, err error) {
	pairs, err := redis.Strings(s.do(ctx, "ZRANGE", s.keys.todo(job), 0, limit-1, "WITHSCORES"))
	if err != nil || len(pairs) == 0 {
		return nil, "", err
	}
	var names []string
	var scores []int64
	for i := 0; i+1 < len(pairs); i += 2 {
		score, err := strconv.ParseFloat(pairs[i+1], 64)
		if err != nil {
			return nil, "", err
		}
		if len(scores) > 0 && int64(score)>>classShift != scores[0]>>classShift {
			break
		}
		names, scores = append(names, pairs[i]), append(scores, int64(score))
	}
	raws, err := s.hmgetAlone(ctx, s.keys.entries(job), names)
	if err != nil {
		return nil, "", err
	}
	for i, raw := range raws {
		e, ok := taskOf(raw)
		if !ok {
			lost = names[i]
			continue
		}
		e.Key = names[i] // by which it is finished, whatever its document says
		e.Class, e.Order = int(scores[i]>>classShift), scores[i]&(1<<classShift-1)
		tasks = append(tasks, e)
	}
	return tasks, lost, s.withObjects(ctx, job, tasks)
}

// taskOf reads a task as it is kept in the hash: without its place on the list.
func taskOf(raw []byte) (e model.Task, ok bool) {
	rev, doc, _ := strings.Cut(string(raw), "|")
	if e, ok = decode[model.Task]([]byte(doc)); ok {
		e.Rev, _ = strconv.ParseInt(rev, 10, 64)
	}
	return e, ok
}

// Records returns what is known of pages.
func (s *Store) Records(ctx context.Context, ids []string) (map[string]*model.Record, error) {
	known := map[string]*model.Record{}
	ids = slices.DeleteFunc(unique(ids), func(id string) bool { return id == "" })
	raws, err := s.hmget(ctx, s.keys.pages(), ids)
	if err != nil {
		return nil, err
	}
	for i, raw := range raws {
		if rec, ok := recordOf(raw); ok && rec.ID == ids[i] {
			known[rec.ID] = &rec
		}
	}
	return known, nil
}

func recordOf(raw []byte) (model.Record, bool) {
	rec, ok := decode[model.Record](raw)
	rec.Raw = string(raw)
	return rec, ok
}

func unique(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// Bare reports whether nothing is known of any page, of whose the slugs are, of inner databases, of who links to whom, or of
// the pages that stand in one of some indexes.
func (s *Store) Bare(ctx context.Context, indexes []string) (bool, error) {
	names := []any{s.keys.pages(), s.keys.slugs(), s.keys.databases(), s.keys.links()}
	for _, index := range indexes {
		names = append(names, s.keys.list(index))
	}
	n, err := redis.Int(s.do(ctx, "EXISTS", names...))
	return n < len(names), err
}

// Owners returns which page has each slug.
func (s *Store) Owners(ctx context.Context, slugs []string) (map[string]string, error) {
	slugs = unique(slugs)
	raws, err := s.hmget(ctx, s.keys.slugs(), slugs)
	if err != nil {
		return nil, err
	}
	owners := map[string]string{}
	for i, raw := range raws {
		if raw != nil {
			owners[slugs[i]] = string(raw)
		}
	}
	return owners, nil
}

// FailedPages returns the ids of the pages that failed when they were last tried.
func (s *Store) FailedPages(ctx context.Context) ([]string, error) {
	return redis.Strings(s.do(ctx, "SMEMBERS", s.keys.failed()))
}

// Seen tells of each id whether the job has seen it.
func (s *Store) Seen(ctx context.Context, job string, ids []string) ([]bool, error) {
	return s.members(ctx, s.keys.seen(job), ids)
}

// Complete tells of each data source, page or list whether the job has listed it to its end.
func (s *Store) Complete(ctx context.Context, job string, ids []string) ([]bool, error) {
	return s.members(ctx, s.keys.complete(job), ids)
}

func (s *Store) members(ctx context.Context, key string, ids []string) ([]bool, error) {
	var found []bool
	for batch := range slices.Chunk(ids, readBatch) {
		some, err := redis.Ints(s.do(ctx, "SMISMEMBER", append([]any{key}, anys(batch)...)...))
		if err != nil {
			return nil, err
		}
		for _, n := range some {
			found = append(found, n == 1)
		}
	}
	return found, nil
}

// Sample returns members of one of the job's sets; without a job, of what jobs before have left undone.
func (s *Store) Sample(ctx context.Context, job string, set model.Set, limit int) ([]string, error) {
	key := s.keys.set(job, string(set))
	if job == "" {
		key = s.keys.owed(string(set))
	}
	return redis.Strings(s.do(ctx, "SRANDMEMBER", key, limit))
}

// Members returns the pages that stand in an index.
func (s *Store) Members(ctx context.Context, list string) ([]string, error) {
	ids, err := redis.Strings(s.do(ctx, "ZRANGE", s.keys.list(list), 0, -1))
	return slices.DeleteFunc(ids, func(id string) bool { return id == listMark }), err
}

// Databases returns the inner databases that are known.
func (s *Store) Databases(ctx context.Context) ([]model.InnerDatabase, error) {
	raws, err := redis.ByteSlices(s.do(ctx, "HVALS", s.keys.databases()))
	if err != nil {
		return nil, err
	}
	var inner []model.InnerDatabase
	for _, raw := range raws {
		if db, ok := decode[model.InnerDatabase](raw); ok && db.ID != "" {
			inner = append(inner, db)
		}
	}
	return inner, nil
}

// Bundle returns what is published at a slug.
func (s *Store) Bundle(ctx context.Context, slug string) ([]byte, error) {
	return optional(s.do(ctx, "GET", s.keys.page(slug)))
}

// Index returns what is published as an index.
func (s *Store) Index(ctx context.Context, name string) ([]byte, error) {
	return optional(s.do(ctx, "GET", s.keys.index(name)))
}

// Item returns a page's line in the index it stands in.
func (s *Store) Item(ctx context.Context, id string) ([]byte, error) {
	lines, err := s.hmget(ctx, s.keys.items(), []string{id})
	if err != nil {
		return nil, err
	}
	return lines[0], nil
}

// Files returns where files are kept.
func (s *Store) Files(ctx context.Context, ids []string) (map[string]model.KeptFile, error) {
	raws, err := s.hmget(ctx, s.keys.files(), ids)
	if err != nil {
		return nil, err
	}
	kept := map[string]model.KeptFile{}
	for i, raw := range raws {
		if file, ok := decode[model.KeptFile](raw); ok {
			kept[ids[i]] = file
		}
	}
	return kept, nil
}

// The kinds of news.
const (
	newsSlugs   = "slugs"
	newsRemoved = "removed"
	newsIndexes = "indexes"
)

// News returns what the site has not been told yet.
func (s *Store) News(ctx context.Context, limit int) (news model.News, err error) {
	replies, err := s.pipeline(ctx,
		[]any{"SRANDMEMBER", s.keys.news(newsSlugs), limit}, []any{"SRANDMEMBER", s.keys.news(newsRemoved), limit},
		[]any{"SRANDMEMBER", s.keys.news(newsIndexes), limit})
	for i, list := range []*[]string{&news.Slugs, &news.Removed, &news.Indexes} {
		if err == nil {
			*list, err = redis.Strings(replies[i], nil)
		}
	}
	return news, err
}

// Observation returns a lasting observation about Notion.
func (s *Store) Observation(ctx context.Context, name string) (string, error) {
	raw, err := optional(s.do(ctx, "HGET", s.keys.facts(), name))
	return string(raw), err
}

// Parts returns the block lists of a page that the job has checkpointed.
func (s *Store) Parts(ctx context.Context, job, page string, times int) (map[string]json.RawMessage, error) {
	raws, err := s.hmget(ctx, s.keys.parts(job), partsFields(page, times))
	if err != nil {
		return nil, err
	}
	parts := map[string]json.RawMessage{}
	for _, raw := range raws {
		some, _ := decode[map[string]json.RawMessage](raw) // what is damaged is read again
		maps.Copy(parts, some)
	}
	return parts, nil
}

// partsFields are the fields of a page's checkpoints, the oldest first.
func partsFields(page string, times int) []string {
	fields := make([]string, times)
	for i := range fields {
		fields[i] = partsField(page, i+1)
	}
	return fields
}

func partsField(page string, n int) string { return page + "|" + strconv.Itoa(n) }

func optional(reply any, err error) ([]byte, error) {
	raw, err := redis.Bytes(reply, err)
	if err == redis.ErrNil {
		return nil, nil
	}
	return raw, err
}
