package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomodule/redigo/redis"

	"notionsync/pkg/syncer/model"
)

const linksKey = "sync:links"

// listed is what is kept of a page's linkers.
func (r *rig) listed(id string) string {
	r.t.Helper()
	list, err := redis.String(r.do("HGET", r.prefix+linksKey, id), nil)
	r.must(err)
	return list
}

// A page to which all link does not make each of them rewrite the list of all the others. Its linkers are found all the
// same: those that have come since, and none that has gone, links to it no more or is not published.
func TestStore_Linkers_Many(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.commit(l, &model.Change{IndexChange: model.IndexChange{Linked: true}})
		linking := func(i int) *model.Record {
			rec := record(fmt.Sprintf("p%04d", i), fmt.Sprint("slug-", i))
			rec.Links = map[string]string{"home": "home"}
			if i%100 == 0 {
				rec.Links["rare"] = ""
			}
			return rec
		}
		var want []string
		link := func(from, to int) {
			for i := from; i < to; i++ {
				r.commit(l, published(linking(i)))
				want = append(want, linking(i).ID)
			}
		}
		link(0, 64)
		same(r.t, "linkers", r.linkers("home"), want)
		if n := len(r.listed("home")); n != 1+64*len("p0000,") {
			r.t.Errorf("the list of 64 linkers is %d bytes long: %s", n, r.listed("home"))
		}
		link(64, 65)
		same(r.t, "what is kept of 65 linkers", r.listed("home"), "*")
		c := &model.Change{}
		for i := 65; i < 1100; i++ {
			c.Write = append(c.Write, write(linking(i), nil))
			want = append(want, linking(i).ID)
		}
		r.commit(l, c)
		same(r.t, "what is kept of 1100 linkers", r.listed("home"), "*")
		same(r.t, "1100 linkers", r.linkers("home"), want)
		same(r.t, "of a page with few", r.linkers("rare"), []string{
			"p0000", "p0100", "p0200", "p0300", "p0400", "p0500", "p0600", "p0700", "p0800", "p0900", "p1000",
		})

		silent := *linking(3)
		silent.Links = nil
		r.commit(l, &model.Change{
			PageChange: model.PageChange{Write: []model.PageWrite{write(&silent, linking(3))}, Drop: []model.Removal{{Record: linking(5)}, {Record: linking(7), Keep: at(linking(7), "")}}},
		})
		want = slices.DeleteFunc(want, func(id string) bool { return id == "p0003" || id == "p0005" || id == "p0007" })
		same(r.t, "linkers once some are gone", r.linkers("home"), want)
	})
}

// Who links to whom is found in the records where Redis has lost it, until it is noted again.
func TestStore_Linkers_Lost(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		one, two := record("p1", "one"), record("p2", "two")
		one.Links, two.Links = map[string]string{"home": ""}, map[string]string{"home": "", "p1": "one"}
		r.commit(l, &model.Change{PageChange: model.PageChange{Write: []model.PageWrite{write(one, nil), write(two, nil)}}, IndexChange: model.IndexChange{Linked: true}})
		r.do("DEL", r.prefix+linksKey)
		three := record("p3", "three")
		three.Links = map[string]string{"home": ""}
		r.commit(l, published(three))
		same(r.t, "linkers of home", r.linkers("home"), []string{"p1", "p2", "p3"})
		same(r.t, "linkers of p1", r.linkers("p1"), []string{"p2"})
		r.commit(l, &model.Change{IndexChange: model.IndexChange{Links: []*model.Record{one, two, three}, Linked: true}})
		same(r.t, "what is noted of p1", r.listed("p1"), ",p2,")
		same(r.t, "linkers of home", r.linkers("home"), []string{"p1", "p2", "p3"})
	})
}

// Of pages that come together, too, no list of linkers becomes too long.
func TestCommit_Write_ManyLinkersAtOnce(t *testing.T) {
	onBoth(t, func(r *rig) {
		c := &model.Change{}
		for i := range 100 {
			rec := record(fmt.Sprintf("p%04d", i), fmt.Sprint("slug-", i))
			rec.Links = map[string]string{"home": ""}
			c.Write = append(c.Write, write(rec, nil))
		}
		r.commit(r.acquire(), c)
		same(r.t, "what is kept of 100 linkers", r.listed("home"), "*")
		same(r.t, "linkers", len(r.linkers("home")), 100)
	})
}
