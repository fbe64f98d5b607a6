package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer/model"
)

const (
	indexBatch = 200       // items read at once
	appendSize = 256 << 10 // bytes of an index sent at once: a plan's request limit, and our memory, stay out of it
	builtTTL   = 3600      // seconds that an index lives that is never put in place
)

// BuildIndex writes an index beside the one in place, each item on a line of its own: that is what "cut" goes by.
func (l *lease) BuildIndex(ctx context.Context, ix model.Index) error {
	s := l.store
	w := &indexWriter{store: s, key: s.keys.built(l.token, ix.Name)}
	if _, err := s.do(ctx, "DEL", w.key); err != nil {
		return err
	}
	w.buf.WriteString(ix.Head + "[")
	for from := 0; ; from += indexBatch {
		ids, err := redis.Strings(s.do(ctx, "ZRANGE", s.keys.list(ix.List), from, from+indexBatch-1))
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			break
		}
		if ids, err = s.kept(ctx, ids, ix.Keep); err != nil {
			return err
		}
		items, err := s.hmgetAlone(ctx, s.keys.items(), ids)
		if err != nil {
			return err
		}
		for _, item := range items {
			if item != nil {
				w.item(item)
			}
		}
		if err := w.flush(ctx, appendSize); err != nil {
			return err
		}
	}
	w.buf.WriteString("\n]" + ix.Tail)
	return w.flush(ctx, 0)
}

// A list has a member that is no page, the last. Without pages it would be one that Redis has lost.
const (
	listMark = "-"
	listEnd  = 1 << 53
)

// BuildList writes the list of an index beside the one in place.
func (l *lease) BuildList(ctx context.Context, name string, pages []*model.Record) error {
	s := l.store
	key := s.keys.builtList(l.token, name)
	members := []any{listEnd, listMark}
	for _, rec := range pages {
		members = append(members, place(rec), rec.ID)
	}
	commands := [][]any{{"DEL", key}}
	for batch := range slices.Chunk(members, 2*readBatch) {
		commands = append(commands, append([]any{"ZADD", key}, batch...))
	}
	_, err := s.pipeline(ctx, append(commands, []any{"EXPIRE", key, builtTTL})...)
	return err
}

// kept leaves out the pages that keep does not want.
func (s *Store) kept(ctx context.Context, ids []string, keep func(*model.Record) bool) ([]string, error) {
	if keep == nil {
		return ids, nil
	}
	known, err := s.Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	var some []string
	for _, id := range ids {
		if rec := known[id]; rec != nil && keep(rec) {
			some = append(some, id)
		}
	}
	return some, nil
}

// indexWriter sends an index in pieces.
type indexWriter struct {
	store *Store
	key   string
	buf   bytes.Buffer
	items int
	sent  int
}

func (w *indexWriter) item(item []byte) {
	w.buf.WriteByte('\n')
	if w.items++; w.items > 1 {
		w.buf.WriteByte(',')
	}
	w.buf.Write(item)
}

// flush appends what has come together if it is at least so much. A piece whose sending broke off is not sent twice:
// its position tells.
func (w *indexWriter) flush(ctx context.Context, atLeast int) error {
	if w.buf.Len() < atLeast {
		return nil
	}
	_, err := w.store.pipeline(ctx,
		[]any{"SETRANGE", w.key, w.sent, w.buf.Bytes()},
		[]any{"EXPIRE", w.key, builtTTL},
	)
	if refused(err) {
		return fmt.Errorf("%w (%d bytes so far): %w", model.ErrValueRefused, w.sent+w.buf.Len(), err)
	}
	w.sent += w.buf.Len()
	w.buf.Reset()
	return err
}
