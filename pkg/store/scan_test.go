package store_test

import (
	"context"
	"fmt"
	"testing"

	"notionsync/pkg/syncer/model"
)

// Walks over slugs and over bundles find all of them, and nothing of another site in the same Redis, however odd the
// prefix is.
func TestStore_ScanSlugs(t *testing.T) {
	onBoth(t, func(r *rig) {
		r.do("SET", "page:of-another-site", "x")
		r.prefix = `s[i]te*?\` + r.prefix
		r.Store = r.another(r.url)
		l := r.acquire()
		var recs []*model.Record
		owners, slugs := map[string]string{}, map[string]string{}
		for i := range 1500 {
			rec := record(fmt.Sprint("p", i), fmt.Sprint("ü/slug-", i))
			recs = append(recs, rec)
			owners[rec.Slug], slugs[rec.Slug] = rec.ID, ""
		}
		r.commit(l, published(recs...))
		r.commit(l, &model.Change{SlugChange: model.SlugChange{Claim: map[string]string{"reserved": "p9"}}})
		owners["reserved"] = "p9"
		same(r.t, "slugs of pages", walked(r, r.ScanOwners), owners)
		same(r.t, "slugs of bundles", walked(r, r.ScanBundles), slugs)
	})
}

func walked(r *rig, scan func(context.Context, string) (map[string]string, string, error)) map[string]string {
	all := map[string]string{}
	for cursor := ""; ; {
		some, next, err := scan(r.t.Context(), cursor)
		r.must(err)
		for slug, id := range some {
			all[slug] = id
		}
		if cursor = next; cursor == "" {
			return all
		}
	}
}
