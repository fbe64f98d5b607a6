package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/app"
	"notionsync/pkg/page"
)

// site reads what a sync has written as a site does: from a collection's index to its pages, from a page to its child
// pages and to the databases inside it.
type site struct {
	conn        redis.Conn
	prefix      string
	collections []app.Collection
	most        int // pages that are listed

	found []line
	seen  map[string]bool // slugs
}

// line is one page of what a site can show.
type line struct {
	kind, slug, title string
	depth             int    // how many pages it stands in
	synced            string // when it was written
}

// maxLines is how many pages are shown: enough for the demo, while a large workspace is not read as a whole.
const maxLines = 60

// openSite connects to Redis. The caller closes the site.
func openSite(ctx context.Context, config *app.Config) (*site, error) {
	const timeout = 10 * time.Second
	conn, err := redis.DialURLContext(ctx, config.RedisURL.Reveal(), redis.DialConnectTimeout(timeout),
		redis.DialReadTimeout(timeout), redis.DialWriteTimeout(timeout))
	if err != nil {
		return nil, fmt.Errorf("connect to Redis: %w", err)
	}
	return &site{
		conn: conn, prefix: config.KeyPrefix, collections: config.Collections, most: maxLines, seen: map[string]bool{},
	}, nil
}

func (s *site) close() { _ = s.conn.Close() }

// lines lists the pages of all collections, each followed by what stands in it; of more than most one too many.
func (s *site) lines(ctx context.Context) ([]line, error) {
	for _, collection := range s.collections {
		if err := s.list(ctx, collection.Name+":index", page.KindPage, 0); err != nil {
			return nil, err
		}
	}
	return s.found, nil
}

// list adds the pages of an index. One that does not exist has none.
func (s *site) list(ctx context.Context, index, kind string, depth int) error {
	var list struct{ Items []page.Item }
	if err := s.read(ctx, index, &list); err != nil {
		return err
	}
	for _, item := range list.Items {
		if err := s.add(ctx, line{kind: kind, slug: item.Slug, title: item.Title, depth: depth}); err != nil {
			return err
		}
	}
	return nil
}

// add adds a page and what stands in it.
func (s *site) add(ctx context.Context, l line) error {
	if s.seen[l.slug] || len(s.found) > s.most {
		return nil
	}
	s.seen[l.slug] = true
	var bundle struct {
		Meta     page.Meta
		Blocks   []block
		SyncedAt string
	}
	if err := s.read(ctx, pageKey(l.slug), &bundle); err != nil {
		return err
	}
	l.synced = bundle.SyncedAt
	s.found = append(s.found, l)
	for _, child := range bundle.Meta.ChildPages {
		if err := s.add(ctx, line{
			kind: page.KindChild, slug: child.Slug, title: child.Title, depth: l.depth + 1,
		}); err != nil {
			return err
		}
	}
	for _, id := range databases(bundle.Blocks) {
		if err := s.list(ctx, "db:"+id, page.KindRow, l.depth+1); err != nil {
			return err
		}
	}
	return nil
}

// block is what counts here of a block.
type block struct {
	ID, Type string
	Children []block
}

// databases are the ids of the databases that stand in blocks.
func databases(blocks []block) []string {
	var ids []string
	for _, b := range blocks {
		if b.Type == "child_database" {
			ids = append(ids, b.ID)
		}
		ids = append(ids, databases(b.Children)...)
	}
	return ids
}

// head is the beginning of a page's bundle, indented for people, and the size of the whole in bytes.
func (s *site) head(ctx context.Context, slug string, lines int) (head string, size int, err error) {
	var bundle json.RawMessage
	if err := s.read(ctx, pageKey(slug), &bundle); err != nil {
		return "", 0, err
	}
	var text bytes.Buffer
	if err := json.Indent(&text, bundle, "  ", "  "); err != nil {
		return "", 0, fmt.Errorf("indent %q: %w", s.key(slug), err)
	}
	all := strings.Split(text.String(), "\n")
	return strings.Join(all[:min(len(all), lines)], "\n"), len(bundle), nil
}

func pageKey(slug string) string { return "page:" + slug }

// key is a page's key with the prefix.
func (s *site) key(slug string) string { return s.prefix + pageKey(slug) }

// read reads the JSON under a key into v, which stays as it is if there is none.
func (s *site) read(ctx context.Context, key string, v any) error {
	text, err := redis.Bytes(redis.DoContext(s.conn, ctx, "GET", s.prefix+key))
	if errors.Is(err, redis.ErrNil) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		return fmt.Errorf("read %q from Redis: %w", s.prefix+key, err)
	}
	return nil
}
