package store_test

import (
	"fmt"
	"strings"
	"testing"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer"
)

// sound is a page's bundle in the form that the engine gives it.
func sound(rec *syncer.Record) []byte {
	raw, err := page.Bundle{Meta: page.Meta{Slug: rec.Slug, NotionID: rec.ID}}.Encode()
	if err != nil {
		panic(err)
	}
	return raw
}

// publish publishes pages in the form that the engine gives them.
func (r *rig) publish(l syncer.Lease, recs ...*syncer.Record) {
	r.t.Helper()
	c := published(recs...)
	for i := range c.Write {
		c.Write[i].Bundle = sound(recs[i])
	}
	r.commit(l, c)
}

func (r *rig) examine(recs ...*syncer.Record) []syncer.Damage {
	r.t.Helper()
	damage, err := r.Examine(r.t.Context(), recs)
	r.must(err)
	return damage
}

func TestStore_Examine(t *testing.T) {
	content, list, slug := syncer.Damage{Content: true}, syncer.Damage{List: true}, syncer.Damage{Slug: true}
	two, child := record("p2", `a "two" <b>`), record("p3", "two/child")
	child.List = ""
	for _, test := range []struct {
		name   string
		damage func(r *rig)
		two    syncer.Damage
		child  syncer.Damage
	}{
		{"nothing", func(*rig) {}, syncer.Damage{}, syncer.Damage{}},
		{"no bundle", func(r *rig) { r.do("DEL", r.prefix+"page:"+two.Slug) }, content, syncer.Damage{}},
		{"no bundle of a child page", func(r *rig) { r.do("DEL", r.prefix+"page:"+child.Slug) }, syncer.Damage{}, content},
		{"garbage", func(r *rig) { r.do("SET", r.prefix+"page:"+two.Slug, "{garbage") }, content, syncer.Damage{}},
		{"cut short", func(r *rig) { r.do("SET", r.prefix+"page:"+two.Slug, sound(two)[:150]) }, content, syncer.Damage{}},
		{"of another page", func(r *rig) { r.do("SET", r.prefix+"page:"+two.Slug, sound(child)) }, content, syncer.Damage{}},
		{"of another type", func(r *rig) {
			r.do("DEL", r.prefix+"page:"+two.Slug)
			r.do("SADD", r.prefix+"page:"+two.Slug, "x")
		}, content, syncer.Damage{}},
		{"no line", func(r *rig) { r.do("HDEL", r.prefix+"sync:items", two.ID) }, content, syncer.Damage{}},
		{"a line of another page", func(r *rig) { r.do("HSET", r.prefix+"sync:items", two.ID, item(child)) }, content, syncer.Damage{}},
		{"a line cut short", func(r *rig) { r.do("HSET", r.prefix+"sync:items", two.ID, item(two)[:40]) }, content, syncer.Damage{}},
		{"not in the list", func(r *rig) { r.do("ZREM", r.prefix+"sync:list:"+postsIndex, two.ID) }, list, syncer.Damage{}},
		{"elsewhere in the list", func(r *rig) { r.do("ZADD", r.prefix+"sync:list:"+postsIndex, 1, two.ID) }, list, syncer.Damage{}},
		{"no list", func(r *rig) { r.do("DEL", r.prefix+"sync:list:"+postsIndex) }, list, syncer.Damage{}},
		{"not reserved", func(r *rig) { r.do("HDEL", r.prefix+"sync:slugs", child.Slug) }, syncer.Damage{}, slug},
	} {
		t.Run(test.name, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				l := r.acquire()
				r.publish(l, record("p1", "one"), two, child)
				test.damage(r)
				same(r.t, "damage", r.examine(record("p1", "one"), two, child)[1:], []syncer.Damage{test.two, test.child})
			})
		})
	}
}

// Any number of pages can be looked at, in their order.
func TestStore_Examine_Many(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		var recs []*syncer.Record
		for i := range 450 {
			recs = append(recs, record(fmt.Sprint("p", i), fmt.Sprint("slug-", i)))
		}
		r.publish(l, recs...)
		r.do("DEL", r.prefix+"page:slug-310")
		for i, damage := range r.examine(recs...) {
			if want := i == 310; damage.Content != want {
				r.t.Errorf("page %d: damage %+v, want one of content %t", i, damage, want)
			}
		}
		same(r.t, "damage of no page", r.examine(), nil)
	})
}

// What has gone from a list is put back, a stranger in it taken out.
func TestCommit_Relist(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		one, two := record("p1", "one"), record("p2", "two")
		r.publish(l, one, two)
		r.do("DEL", r.prefix+"sync:list:"+postsIndex)
		r.do("ZADD", r.prefix+"sync:list:"+postsIndex, 1, "stranger")
		r.commit(l, &syncer.Change{
			Relist: []*syncer.Record{one, two}, Unlist: map[string][]string{postsIndex: {"stranger", "unknown"}},
		})
		members, err := r.Members(r.t.Context(), postsIndex)
		r.must(err)
		same(r.t, "the list", members, []string{"p1", "p2"})
		same(r.t, "damage", r.examine(one, two), []syncer.Damage{{}, {}})
	})
}

func TestStore_Survey(t *testing.T) {
	const index = postsIndex
	edit := func(r *rig, change func(string) string) { r.do("SET", r.prefix+index, change(r.get(index))) }
	for _, test := range []struct {
		name   string
		damage func(r *rig)
		want   syncer.IndexState
	}{
		{"nothing", func(*rig) {}, syncer.IndexSound},
		{"missing", func(r *rig) { r.do("DEL", r.prefix+index) }, syncer.IndexDamaged},
		{"garbage", func(r *rig) { r.do("SET", r.prefix+index, "{garbage") }, syncer.IndexDamaged},
		{"of another type", func(r *rig) {
			r.do("DEL", r.prefix+index)
			r.do("SADD", r.prefix+index, "x")
		}, syncer.IndexDamaged},
		{"without items", func(r *rig) { r.do("SET", r.prefix+index, `{"items":[`+"\n"+`],"syncedAt":"now"}`) }, syncer.IndexDamaged},
		{"another head", func(r *rig) {
			edit(r, func(s string) string { return strings.Replace(s, "items", "pages", 1) })
		}, syncer.IndexDamaged},
		{"cut short", func(r *rig) { edit(r, func(s string) string { return s[:len(s)-5] }) }, syncer.IndexDamaged},
		{"longer", func(r *rig) {
			edit(r, func(s string) string { return strings.Replace(s, "Page p1", "Page one", 1) })
		}, syncer.IndexDamaged},
		{"a page more in the list", func(r *rig) { r.do("ZADD", r.prefix+"sync:list:"+index, 1, "other") }, syncer.IndexDamaged},
		{"a page fewer in the list", func(r *rig) { r.do("ZREM", r.prefix+"sync:list:"+index, "p1") }, syncer.IndexDamaged},
		{"a page without a line in the list", func(r *rig) { r.do("ZADD", r.prefix+"sync:list:"+index, 1, "p9") }, syncer.IndexSound},
		{"the list", func(r *rig) { r.do("DEL", r.prefix+"sync:list:"+index) }, syncer.IndexDamaged},
		{"all", func(r *rig) {
			r.do("DEL", r.prefix+"sync:list:"+index)
			r.do("DEL", r.prefix+index)
		}, syncer.IndexNew},
	} {
		t.Run(test.name, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				l := r.acquire()
				elsewhere := record("other", "elsewhere")
				elsewhere.List = "db:d1"
				r.publish(l, record("p1", "one"), record("p2", "two"), record("p3", "three"), elsewhere)
				r.place(l, index)
				r.place(l, "db:d1")
				test.damage(r)
				indexes := []syncer.Index{
					{Name: "db:d1", List: "db:d1", Head: `{"items":`}, {Name: index, List: index, Head: `{"items":`},
				}
				states, err := r.Survey(r.t.Context(), indexes)
				r.must(err)
				same(r.t, "states", states, []syncer.IndexState{syncer.IndexSound, test.want})
			})
		})
	}
}

// However pages come and go, an index is what the survey expects: also where its pages left it one by one.
func TestStore_Survey_AfterRemovals(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		recs := []*syncer.Record{record("p1", "one"), record("p2", "two"), record("p3", "three")}
		r.publish(l, recs...)
		r.place(l, postsIndex)
		for _, rec := range recs {
			r.commit(l, &syncer.Change{Drop: []syncer.Removal{{Record: rec}}})
			states, err := r.Survey(r.t.Context(), []syncer.Index{{Name: postsIndex, List: postsIndex, Head: `{"items":`}})
			r.must(err)
			same(r.t, "state without "+rec.Slug, states, []syncer.IndexState{syncer.IndexSound})
		}
	})
}

// Of an index whose pages only their records tell, the length says nothing.
func TestStore_Survey_Keep(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.publish(l, record("p1", "one"), record("p2", "two"))
		ix := syncer.Index{
			Name: "db:d1", List: postsIndex, Head: `{"id":"d1","items":`, Tail: `,"syncedAt":"now"}`,
			Keep: func(rec *syncer.Record) bool { return rec.ID == "p1" },
		}
		r.must(l.BuildIndex(r.t.Context(), ix))
		r.commit(l, &syncer.Change{Indexes: []string{"db:d1"}})
		for _, want := range []syncer.IndexState{syncer.IndexSound, syncer.IndexDamaged} {
			states, err := r.Survey(r.t.Context(), []syncer.Index{ix})
			r.must(err)
			same(r.t, "state", states, []syncer.IndexState{want})
			r.do("SET", r.prefix+"db:d1", `{"items":[]}`)
		}
	})
}

// Entries that have gone from the list come back in line as they were; what stands there stays where it is.
func TestCommit_Line(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		lost, kept := todo("p1", 11), todo("p2", 12)
		r.commit(l, &syncer.Change{Add: []syncer.Entry{lost, kept}})
		r.do("ZREM", r.prefix+"sync:job:"+jobID+":todo", lost.Key)
		entries, next, err := r.ScanEntries(r.t.Context(), jobID, "")
		r.must(err)
		if len(entries) != 2 || next != "" {
			r.t.Fatalf("entries are %+v, cursor %q, want both and the end", entries, next)
		}
		for i := range entries {
			entries[i].Class = 3
		}
		r.commit(l, &syncer.Change{Line: entries})
		same(r.t, "first on the list", keysOf(r.list(10)), []string{kept.Key})
		r.commit(l, &syncer.Change{Entry: kept})
		same(r.t, "then", r.list(10), []syncer.Entry{{Key: lost.Key, Kind: lost.Kind, ID: "p1", Class: 3, Rev: 11}})
		r.commit(l, &syncer.Change{Entry: r.list(10)[0]})
		if entries, _, err := r.ScanEntries(r.t.Context(), jobID, ""); len(entries) > 0 || err != nil {
			r.t.Errorf("entries of a finished list are %+v, error %v", entries, err)
		}
	})
}

func TestStore_ScanEntries_Many(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		c := &syncer.Change{}
		for i := range 900 {
			c.Add = append(c.Add, todo(fmt.Sprint("p", i), 1))
		}
		r.commit(l, c)
		found := map[string]bool{}
		for cursor := ""; ; {
			entries, next, err := r.ScanEntries(r.t.Context(), jobID, cursor)
			r.must(err)
			for _, e := range entries {
				found[e.Key] = true
			}
			if cursor = next; cursor == "" {
				break
			}
		}
		same(r.t, "entries found", len(found), 900)
	})
}

// Where Redis has lost a job's hash under way, what is counted down from then on is not shown as less than nothing.
func TestStore_Job_CountsBelowZero(t *testing.T) {
	onBoth(t, func(r *rig) {
		r.create(newJob(jobID))
		r.do("HSET", r.prefix+"sync:job:"+jobID, "n:pending", -7, "n:synced", 3)
		same(r.t, "counts", r.counts(), syncer.Counts{syncer.CountPending: 0, syncer.CountSynced: 3})
	})
}
