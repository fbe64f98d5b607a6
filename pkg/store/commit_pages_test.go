package store_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/syncer/model"
)

func TestCommit_Write(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		l := r.acquire()
		rec := record("p1", "docs/one")
		rec.Links = map[string]string{"p2": "two", "p3": ""}
		r.commit(l, published(rec))
		got, err := r.Bundle(ctx, "docs/one")
		r.must(err)
		same(r.t, "Bundle", string(got), bundle(rec))
		got, err = r.Item(ctx, "p1")
		r.must(err)
		same(r.t, "Item", string(got), item(rec))
		same(r.t, "Records", r.record("p1"), rec)
		same(r.t, "owner", r.owner("docs/one"), "p1")
		same(r.t, "members", r.members(postsIndex), []string{"p1"})
		same(r.t, "linkers of p2", r.linkers("p2"), []string{"p1"})
		same(r.t, "linkers of p3", r.linkers("p3"), []string{"p1"})

		next := *rec
		next.Title, next.Links = "New", map[string]string{"p3": "three", "p4": ""}
		r.commit(l, &model.Change{PageChange: model.PageChange{Write: []model.PageWrite{{
			Record: &next, Was: rec, Bundle: []byte("new"), Item: []byte(`{"slug":"docs/one","title":"New"}`),
		}}}})
		same(r.t, "the bundle written anew", r.get("page:docs/one"), "new")
		same(r.t, "the record written anew", r.record("p1"), &next)
		same(r.t, "members", r.members(postsIndex), []string{"p1"})
		for target, want := range map[string][]string{"p2": {}, "p3": {"p1"}, "p4": {"p1"}} {
			same(r.t, "linkers of "+target, r.linkers(target), want)
		}
	})
}

func (r *rig) linkers(id string) []string {
	r.t.Helper()
	ids, err := r.Linkers(r.t.Context(), id)
	r.must(err)
	slices.Sort(ids)
	return append([]string{}, ids...)
}

func (r *rig) members(list string) []string {
	r.t.Helper()
	ids, err := r.Members(r.t.Context(), list)
	r.must(err)
	return append([]string{}, ids...)
}

func TestStore_Absent(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		for what, read := range map[string]func() ([]byte, error){
			"Bundle": func() ([]byte, error) { return r.Bundle(ctx, "none") },
			"Item":   func() ([]byte, error) { return r.Item(ctx, "none") },
		} {
			if got, err := read(); got != nil || err != nil {
				r.t.Errorf("%s = %q, %v; want nil, nil", what, got, err)
			}
		}
		if got, err := r.Observation(ctx, "none"); got != "" || err != nil {
			r.t.Errorf(`Fact = %q, %v; want ""`, got, err)
		}
		if got, err := r.Parts(ctx, jobID, "none", 2); len(got) != 0 || err != nil {
			r.t.Errorf("Parts = %v, %v; want none", got, err)
		}
		same(r.t, "Linkers", r.linkers("none"), []string{})
		same(r.t, "Members", r.members("none"), []string{})
		same(r.t, "Todo", r.list(10), nil)
	})
}

// A page that moves is gone from where it was in the same transaction, its reservation and its line in the index too.
func TestCommit_Move(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		was := record("p1", "old")
		was.Want = "wanted"
		c := published(was, record("p2", "two"))
		c.Claim = map[string]string{"wanted": "p1"}
		r.commit(l, c)
		r.place(l, postsIndex)

		now := at(was, "new")
		r.commit(l, &model.Change{PageChange: model.PageChange{Write: []model.PageWrite{write(now, was)}}})
		same(r.t, "what is at old", r.get("page:old"), "")
		same(r.t, "what is at new", r.get("page:new"), bundle(now))
		for slug, want := range map[string]string{"old": "", "wanted": "", "new": "p1", "two": "p2"} {
			same(r.t, "owner of "+slug, r.owner(slug), want)
		}
		same(r.t, "the index before it is written anew", r.index(postsIndex), []string{"two"})
		same(r.t, "members", r.members(postsIndex), []string{"p1", "p2"})
		r.place(l, postsIndex)
		same(r.t, "the index", r.index(postsIndex), []string{"new", "two"})
	})
}

// A page that moves to the slug reserved for it keeps that.
func TestCommit_Move_ToReserved(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		was := record("p1", "old")
		was.Want = "new"
		c := published(was)
		c.Claim = map[string]string{"new": "p1"}
		r.commit(l, c)
		r.commit(l, &model.Change{PageChange: model.PageChange{Write: []model.PageWrite{write(at(was, "new"), was)}}})
		same(r.t, "owner of new", r.owner("new"), "p1")
		same(r.t, "owner of old", r.owner("old"), "")
	})
}

func TestCommit_Move_BetweenLists(t *testing.T) {
	tests := []struct {
		name, slug, list string
		oldList, newList []string
	}{
		{name: "same slug, another list", slug: "one", list: "pages:index", oldList: []string{}, newList: []string{"p1"}},
		{name: "another slug and list", slug: "other", list: "pages:index", oldList: []string{}, newList: []string{"p1"}},
		{name: "into no list", slug: "one", oldList: []string{}, newList: []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				l := r.acquire()
				was := record("p1", "one")
				r.commit(l, published(was))
				r.place(l, postsIndex)
				now := at(was, tt.slug)
				now.List = tt.list
				r.commit(l, &model.Change{PageChange: model.PageChange{Write: []model.PageWrite{write(now, was)}}})
				same(r.t, "the old index", r.index(postsIndex), []string{})
				same(r.t, "the old list", r.members(postsIndex), tt.oldList)
				same(r.t, "the new list", r.members("pages:index"), tt.newList)
				same(r.t, "what is there", r.get("page:"+tt.slug), bundle(now))
				line, err := r.Item(r.t.Context(), "p1")
				r.must(err)
				if (line != nil) != (tt.list != "") {
					r.t.Errorf("Item = %q in list %q", line, tt.list)
				}
			})
		})
	}
}

// Two pages that swap slugs, and three that pass them on in a ring, do so in one commit.
func TestCommit_Give(t *testing.T) {
	for _, ring := range [][]string{{"p1", "p2"}, {"p1", "p2", "p3"}} {
		t.Run(map[int]string{2: "two swap", 3: "three in a ring"}[len(ring)], func(t *testing.T) {
			onBoth(t, func(r *rig) {
				l := r.acquire()
				slug := func(i int) string { return "slug-" + ring[(i+len(ring))%len(ring)] }
				c := &model.Change{SlugChange: model.SlugChange{Give: map[string]string{}}}
				for i, id := range ring {
					was := record(id, slug(i))
					r.commit(l, published(was))
					c.Write = append(c.Write, write(at(was, slug(i+1)), was))
					c.Give[slug(i+1)] = id
				}
				r.place(l, postsIndex)
				r.commit(l, c)
				for i, id := range ring {
					same(r.t, "owner of "+slug(i+1), r.owner(slug(i+1)), id)
					same(r.t, "what is at "+slug(i+1), r.get("page:"+slug(i+1)), bundle(record(id, slug(i+1))))
					same(r.t, "slug of "+id, r.record(id).Slug, slug(i+1))
				}
				same(r.t, "the index before it is written anew", r.index(postsIndex), []string{})
				same(r.t, "members", r.members(postsIndex), ring)
			})
		})
	}
}

// A slug given away is the new page's in the commit in which its holder goes or gives way.
func TestCommit_Give_FromLoser(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		loser := record("p1", "one")
		r.commit(l, published(loser))
		r.place(l, postsIndex)
		keep := *loser
		keep.Slug = ""
		winner := record("p2", "one")
		c := published(winner)
		c.Give = map[string]string{"one": "p2"}
		c.Drop = []model.Removal{{Record: loser, Keep: &keep}}
		r.commit(l, c)
		same(r.t, "owner", r.owner("one"), "p2")
		same(r.t, "what is there", r.get("page:one"), bundle(winner))
		same(r.t, "the loser", r.record("p1"), &keep)
		same(r.t, "members", r.members(postsIndex), []string{"p2"})
		same(r.t, "the index before it is written anew", r.index(postsIndex), []string{})
	})
}

// A free slug is reserved for whoever asks. One that is reserved goes to another only if that one knows whose it is, and
// never if a page is published there.
func TestCommit_Claim(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.commit(l, published(record("p1", "one")))
		r.commit(l, &model.Change{SlugChange: model.SlugChange{Claim: map[string]string{"two": "p2", "three": "p3"}}})
		r.commit(l, &model.Change{SlugChange: model.SlugChange{Claim: map[string]string{"three": "p3"}}}) // its own already
		for _, tt := range []struct {
			slug, yields, owner string
		}{{"one", "", "p1"}, {"one", "p1", "p1"}, {"two", "", "p2"}, {"two", "p3", "p2"}, {"two", "p2", ""}, {"four", "p3", ""}} {
			c := &model.Change{
				Job:        jobID,
				SlugChange: model.SlugChange{Claim: map[string]string{tt.slug: "p9"}, Yield: map[string]string{tt.slug: tt.yields}},
				PageChange: model.PageChange{Remember: []*model.Record{record("p9", "")}},
			}
			err := l.Commit(r.t.Context(), c)
			var taken *model.SlugTaken
			if errors.As(err, &taken) != (tt.owner != "") || taken != nil && *taken != (model.SlugTaken{Slug: tt.slug, Owner: tt.owner}) {
				r.t.Errorf("%+v: Commit = %v", tt, err)
			}
			same(r.t, tt.slug, r.owner(tt.slug), cmp.Or(tt.owner, "p9"))
		}
	})
}

// What a page is to become is noted when it is first met, and not again: where it is met later, it does not stand any more.
func TestCommit_NoteOfAPageMet(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		e := todo("p1", 1)
		meets := func(raw string) *model.Change {
			noted := record("p1", "")
			noted.Raw = raw
			return &model.Change{
				ListChange: model.ListChange{Sightings: []model.Sighting{{ID: "p1", Kind: "childPage", Task: &e}}},
				PageChange: model.PageChange{Remember: []*model.Record{noted}},
			}
		}
		r.commit(l, meets(""))
		same(r.t, "record", r.record("p1"), record("p1", ""))
		r.commit(l, published(record("p1", "one")))
		r.commit(l, meets(r.record("p1").Raw))
		same(r.t, "record", r.record("p1"), record("p1", "one"))
	})
}

// Bookkeeping alone publishes nothing.
func TestCommit_Note(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		icon := "🚀"
		rec := record("p1", "")
		rec.Want, rec.Icon, rec.Failed = "wanted <&> \u2028", &icon, true
		rec.Children = []model.Child{{ID: "k1", List: "p1", Shown: model.Summary{Title: "\"quoted\"", Icon: &icon}}}
		r.commit(l, &model.Change{PageChange: model.PageChange{Remember: []*model.Record{rec}}})
		same(r.t, "record", r.record("p1"), rec)
		raw, _ := json.Marshal(rec)
		plain := strings.NewReplacer(`\u003c`, "<", `\u0026`, "&", `\u003e`, ">") // as Notion has them
		want := "map[p1:" + plain.Replace(string(raw)) + "]"
		got := r.snapshot()
		delete(got, leaseKey)
		delete(got, "sync:job:"+jobID) // when it last got something done
		same(r.t, "Redis", got, map[string]string{"sync:pages": want})
	})
}

// Bookkeeping is made of a record as it was read: of one that was written meanwhile nothing is changed. A repeated commit
// finds its own work done, and a damaged record is as good as none.
func TestCommit_Note_OfWhatWasRead(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		note := func(rec *model.Record, title string) error {
			changed := *rec
			changed.Title = title
			return l.Commit(r.t.Context(), &model.Change{Job: jobID, PageChange: model.PageChange{Remember: []*model.Record{&changed}}})
		}
		first := record("p1", "")
		r.must(note(first, "made"))
		read := r.record("p1")
		r.must(note(read, "edited"))
		r.must(note(read, "edited")) // once more
		for _, old := range []*model.Record{read, first} {
			if err := note(old, "late"); !errors.Is(err, model.ErrChanged) || r.record("p1").Title != "edited" {
				r.t.Errorf("Commit of what was read before: %v, title %q; want ErrChanged, edited", err, r.record("p1").Title)
			}
		}
		r.do("HSET", r.prefix+"sync:pages", "p1", `{"id":"p1","ti`)
		r.must(note(first, "anew"))
		same(r.t, "title", r.record("p1").Title, "anew")
	})
}
