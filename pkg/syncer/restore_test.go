package syncer_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"notionsync/pkg/sim/notionsim"
	"notionsync/pkg/syncer/model"
)

// Where Redis has lost what is known of pages, a page that has left Notion leaves the site all the same, with what stands
// below it and with its place in its index; pages that are alive stay.
func TestRecordsLost_GonePagesLeaveTheSite(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		lost []string
		jobs []model.TriggerMessage
	}{
		{"records", []string{"sync:pages"}, []model.TriggerMessage{{}}},
		{"records, by force", []string{"sync:pages"}, []model.TriggerMessage{{Force: true}}},
		{"records and slugs, by force", []string{"sync:pages", "sync:slugs"}, []model.TriggerMessage{{}, {Force: true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			gone, stays := w.page("Gone", "gone"), w.page("Stays", "stays")
			w.child(w.child(gone, "Sub"), "Low")
			sub, lost := w.child(stays, "Sub"), w.child(stays, "Lost")
			_, source, err := w.AddDatabase(stays, "Inner")
			w.must(err)
			row, err := w.AddRow(source, "Row", nil)
			w.must(err)
			out, err := w.AddRow(source, "Out", nil)
			w.must(err)
			r := w.rig()
			r.sync(model.TriggerMessage{})
			for _, key := range test.lost {
				r.redis.Del(key)
			}
			w.tick()
			for _, id := range []string{gone, lost, out} {
				w.must(w.Trash(id))
			}
			for _, first := range test.jobs {
				r.sync(first)
			}
			r.published(map[string]string{"stays": stays, "stays/sub": sub, "stays/row": row})
			if got := r.index("pages:index").slugs(); len(got) != 1 || got[0] != "stays" {
				t.Errorf("pages:index shows %q, want stays alone", got)
			}
			r.sound()
		})
	}
}

// A page that got another slug while its record was lost leaves nothing at the old one.
func TestRecordsLost_RenamedPage(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	r.redis.Del("sync:pages")
	w.slug(b, "elsewhere")
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"a": a, "elsewhere": b})
	r.sound()
}

// A page that cannot be read in the sync after its record was lost stays where it is, renamed or not, and is read later.
func TestRecordsLost_PageThatCannotBeRead(t *testing.T) {
	t.Parallel()
	w, r, a, b := synced(t)
	w.slug(b, "elsewhere")
	r.redis.Del("sync:pages")
	remove := r.notion.Fail(notionsim.Rule{Kind: "children", ID: b, Fault: notionsim.Status(http.StatusBadRequest)})
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"a": a, "b": b})
	remove()
	r.sync(model.TriggerMessage{})
	r.published(map[string]string{"a": a, "elsewhere": b})
	r.sound()
}

// What Redis has lost of pages is counted by the brake like what it has.
func TestRecordsLost_Brake(t *testing.T) {
	t.Parallel()
	w, r, roots := tree(t, 3, 8, 8)
	r.redis.Del("sync:pages")
	for _, id := range roots[:2] {
		w.must(w.Trash(id))
	}
	r.braked(r.sync(model.TriggerMessage{}), 19, "18 of 19")
}

// What Redis has lost of an inner database keeps nothing on the site that is gone: neither a row, nor the database's entry
// when the page that held it is gone, whatever else is lost with it.
func TestDatabasesLost_GoneRowsAndEntriesLeaveTheSite(t *testing.T) {
	t.Parallel()
	for _, gone := range []string{"row", "page", "database"} {
		for _, lost := range [][]string{
			{"sync:databases"}, {"sync:databases", "list"}, {"sync:databases", "sync:pages"}, {"sync:databases", "sync:pages", "list"},
			{"sync:databases", "sync:pages", "sync:slugs", "sync:facts", "sync:items", "list"},
		} {
			t.Run(fmt.Sprint(gone, " after ", lost), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				stays, holder := w.page("Stays", "stays"), w.page("Holder", "holder")
				db, source, err := w.AddDatabase(holder, "Inner")
				w.must(err)
				row, err := w.AddRow(source, "Row", nil)
				w.must(err)
				out, err := w.AddRow(source, "Out", nil)
				w.must(err)
				r := w.rig()
				r.sync(model.TriggerMessage{})
				for _, key := range lost {
					r.redis.Del(strings.Replace(key, "list", "sync:list:db:"+db, 1))
				}
				w.tick()
				want := map[string]string{"stays": stays}
				switch gone {
				case "row":
					w.must(w.Trash(out))
					want["holder"], want["holder/row"] = holder, row
				case "page":
					w.must(w.Trash(holder))
				case "database":
					w.must(w.Trash(db))
					want["holder"] = holder
				}
				r.sync(model.TriggerMessage{})
				r.published(want)
				if left := r.redis.Exists("db:" + db); left != (gone == "row") {
					t.Errorf("the database's entry is there: %t", left)
				}
				r.sound()
			})
		}
	}
}
