package syncer_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/page"
)

var syncedAt = regexp.MustCompile(`"syncedAt":"[^"]*"`)

// site is everything that the site reads, by key, byte for byte but for the times of syncing.
func (r *rig) site() map[string]string {
	r.t.Helper()
	found := map[string]string{}
	for _, key := range r.redis.Keys() {
		if strings.HasPrefix(key, "sync:") {
			continue
		}
		raw, err := r.redis.Get(key)
		if err != nil {
			r.t.Fatalf("%s: %v", key, err)
		}
		if !json.Valid([]byte(raw)) {
			r.t.Errorf("%s is not JSON: %.1500s", key, raw)
		}
		found[key] = syncedAt.ReplaceAllString(raw, "")
	}
	return found
}

// sameSite fails the test where two sites differ.
func sameSite(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if _, ok := got[key]; !ok {
			t.Errorf("%s is missing", key)
		} else if got[key] != want[key] {
			t.Errorf("%s differs:\n got %.1500s\nwant %.1500s", key, got[key], want[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			t.Errorf("%s should not be there", key)
		}
	}
}

// sound checks what must hold whenever a job is done: keys, bundles, indexes and links agree with each other, and
// nothing is left of the job but its account.
func (r *rig) sound() {
	r.t.Helper()
	bundles := r.bundles()
	byID := map[string]page.Bundle{}
	for slug, b := range bundles {
		if b.Meta.Slug != slug {
			r.t.Errorf("page:%s says its slug is %q", slug, b.Meta.Slug)
		}
		if twin, ok := byID[b.Meta.NotionID]; ok {
			r.t.Errorf("page %s is published twice: %q and %q", b.Meta.NotionID, slug, twin.Meta.Slug)
		}
		byID[b.Meta.NotionID] = b
	}
	for slug, b := range bundles {
		for _, child := range b.Meta.ChildPages {
			if got := byID[child.ID].Meta; got.Slug != child.Slug || got.Title != child.Title {
				r.t.Errorf("page:%s shows child %q (%q), which is %q (%q)", slug, child.Slug, child.Title, got.Slug, got.Title)
			}
		}
		if b.Meta.ParentSlug != nil {
			parent, ok := bundles[*b.Meta.ParentSlug]
			if !ok || parent.Meta.Title != *b.Meta.ParentTitle {
				r.t.Errorf("page:%s has parent %q (%q), which is not there", slug, *b.Meta.ParentSlug, *b.Meta.ParentTitle)
			}
		}
		for id, link := range b.Meta.Links {
			if byID[id].Meta.Slug != link {
				r.t.Errorf("page:%s links %s to %q, which is %q", slug, id, link, byID[id].Meta.Slug)
			}
		}
	}
	for _, key := range r.redis.Keys() {
		isIndex := strings.HasSuffix(key, ":index") && !strings.HasPrefix(key, "sync:")
		if isIndex || strings.HasPrefix(key, "db:") {
			for _, item := range r.index(key).Items {
				if b, ok := bundles[item.Slug]; !ok || b.Meta.NotionID != item.NotionID || b.Meta.Title != item.Title {
					r.t.Errorf("%s shows %q, which is not what is published there", key, item.Slug)
				}
			}
		}
		if strings.HasPrefix(key, "sync:job:") && strings.Count(key, ":") > 2 &&
			!strings.HasSuffix(key, ":errors") && !strings.HasSuffix(key, ":warnings") {
			r.t.Errorf("%s is left over", key)
		}
		if strings.HasPrefix(key, "sync:built:") && r.redis.TTL(key) == 0 {
			r.t.Errorf("%s is left over for ever", key)
		}
	}
}

// indexTimes are the times at which indexes were written, by key.
func (r *rig) indexTimes() map[string]string {
	r.t.Helper()
	times := map[string]string{}
	for _, key := range r.redis.Keys() {
		if !strings.HasPrefix(key, "sync:") && !strings.HasPrefix(key, "page:") {
			times[key] = r.index(key).SyncedAt
		}
	}
	return times
}
