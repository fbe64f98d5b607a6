package store_test

import (
	"fmt"
	"slices"
	"testing"

	"notionsync/pkg/syncer/model"
)

// A page that goes or moves leaves its index in its own transaction, wherever it stands there.
func TestCommit_Cut(t *testing.T) {
	tests := []struct {
		name  string
		slugs []string
		cut   []int // one after the other
	}{
		{name: "the first", slugs: []string{"a", "b", "c"}, cut: []int{0}},
		{name: "one in the middle", slugs: []string{"a", "b", "c"}, cut: []int{1}},
		{name: "the last", slugs: []string{"a", "b", "c"}, cut: []int{2}},
		{name: "the only one", slugs: []string{"a"}, cut: []int{0}},
		{name: "all, from the first", slugs: []string{"a", "b", "c"}, cut: []int{0, 1, 2}},
		{name: "all, from the last", slugs: []string{"a", "b", "c"}, cut: []int{2, 1, 0}},
		{name: "one that others begin with", slugs: []string{"docs/a/b", "docs/a", "docs"}, cut: []int{1}},
		{name: "one that begins with another", slugs: []string{"docs", "docs/a", "docs/a/b"}, cut: []int{2}},
		{name: "quotes and backslashes", slugs: []string{`a"`, `a"b\`, `a`}, cut: []int{1}},
		{name: "what HTML would escape", slugs: []string{"a<b", "a<b>&c", "a"}, cut: []int{1, 0}},
		{name: "what a pattern would take for itself", slugs: []string{"a.b", "a%.-b*[c]", "axb"}, cut: []int{1, 0}},
		{name: "other scripts", slugs: []string{"über-uns", "日本語/ページ", "🚀", "u\u2028\u2029"}, cut: []int{1, 3, 2}},
		{name: "control characters", slugs: []string{"a\tb", "a\n,b", "a\x7f"}, cut: []int{1, 0}},
	}
	for _, tt := range tests {
		for _, how := range []string{"goes", "moves"} {
			t.Run(tt.name+" "+how, func(t *testing.T) {
				onBoth(t, func(r *rig) { testCut(r, tt.slugs, tt.cut, how == "moves") })
			})
		}
	}
}

func testCut(r *rig, slugs []string, cut []int, moves bool) {
	l := r.acquire()
	var recs []*model.Record
	for i, slug := range slugs {
		recs = append(recs, record(fmt.Sprint("p", i), slug))
	}
	r.commit(l, published(recs...))
	r.place(l, postsIndex)
	want := slices.Clone(slugs)
	same(r.t, "the index", r.index(postsIndex), want)
	for _, i := range cut {
		if moves {
			r.commit(l, &model.Change{PageChange: model.PageChange{Write: []model.PageWrite{write(at(recs[i], fmt.Sprint("new", i)), recs[i])}}})
		} else {
			r.commit(l, &model.Change{PageChange: model.PageChange{Drop: []model.Removal{{Record: recs[i]}}}})
		}
		want = slices.DeleteFunc(want, func(slug string) bool { return slug == slugs[i] })
		same(r.t, "the index", r.index(postsIndex), want)
	}
}

// An index that another program has written, without our lines, is left as it is.
func TestCommit_Cut_ForeignIndex(t *testing.T) {
	for _, foreign := range []string{"", `{"items":[{"slug":"one","title":"Page p1"}]}`, "garbage", "[]"} {
		t.Run(foreign, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				l := r.acquire()
				rec := record("p1", "one")
				r.commit(l, published(rec))
				r.do("SET", r.prefix+postsIndex, foreign)
				r.commit(l, &model.Change{PageChange: model.PageChange{Drop: []model.Removal{{Record: rec}}}})
				same(r.t, "the index", r.get(postsIndex), foreign)
				same(r.t, "what is known of the page", r.record("p1"), nil)
			})
		})
	}
}

// What else stands in the index does not suffer: titles that look like lines, numbers, the head and the tail.
func TestCommit_Cut_RestUntouched(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		trap, rec := record("p1", "trap"), record("p2", "one")
		trap.Title = "\n,{\"slug\":\"one\",\n{\"slug\":\"one\","
		r.commit(l, published(trap, rec))
		r.place(l, postsIndex)
		r.commit(l, &model.Change{PageChange: model.PageChange{Drop: []model.Removal{{Record: rec}}}})
		want := "{\"items\":[\n" + item(trap) + "\n],\"syncedAt\":\"now\"}"
		same(r.t, "the index", r.get(postsIndex), want)
	})
}
