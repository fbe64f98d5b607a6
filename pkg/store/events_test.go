package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"notionsync/pkg/syncer/model"
)

// noted is a note at so many seconds after the epoch.
func (r *rig) noted(second int, event string, names ...string) model.EditQueue {
	r.t.Helper()
	n, err := r.Enqueue(r.t.Context(), model.Edit{
		Event: event, Names: names, Now: epoch.Add(time.Duration(second) * time.Second),
		Quiet: 10 * time.Second, Most: time.Minute, Again: time.Minute,
	})
	r.must(err)
	return n
}

func (r *rig) due(second int) []string {
	r.t.Helper()
	names, err := r.Due(r.t.Context(), epoch.Add(time.Duration(second)*time.Second))
	r.must(err)
	return names
}

// seconds is a time as seconds after the epoch; -1 for none.
func seconds(t time.Time) int {
	if t.IsZero() {
		return -1
	}
	return int(t.Sub(epoch).Seconds())
}

// After each event of a page it is due later, but no later than a minute after the first.
func TestStore_Enqueue(t *testing.T) {
	onBoth(t, func(r *rig) {
		if n := r.noted(0, ""); !n.Due.IsZero() || !n.Pickup.IsZero() || n.Known {
			r.t.Errorf("with nothing noted: %+v, want nothing due", n)
		}
		for _, row := range []struct{ at, due int }{{0, 10}, {8, 18}, {16, 26}, {40, 50}, {51, 60}, {59, 60}} {
			if n := r.noted(row.at, "", "p1"); seconds(n.Due) != row.due {
				r.t.Errorf("an event after %d s: due after %d s, want %d", row.at, seconds(n.Due), row.due)
			}
		}
		if n := r.noted(45, "", "p2"); seconds(n.Due) != 55 {
			r.t.Errorf("the first is due after %d s, want 55", seconds(n.Due))
		}
		for by, want := range map[int][]string{54: {}, 55: {"p2"}, 60: {"p2", "p1"}} {
			if got := r.due(by); !slices.Equal(got, want) {
				r.t.Errorf("due after %d s are %q, want %q", by, got, want)
			}
		}
		r.lasts("sync:due", week)
		r.lasts("sync:since", week)
	})
}

func TestStore_Edits(t *testing.T) {
	onBoth(t, func(r *rig) {
		waiting := func() *model.Edits {
			r.t.Helper()
			e, err := r.Edits(r.t.Context())
			r.must(err)
			return e
		}
		same(r.t, "edits before any event", waiting(), nil)
		r.noted(0, "", "p1")
		r.noted(5, "", "p2", "p3")
		r.noted(7, "", "p1")
		same(r.t, "edits", waiting(), &model.Edits{Waiting: 3, DueAt: epoch.Add(15 * time.Second)})
		at := epoch.Add(16 * time.Second)
		_, err := r.TakeOver(r.t.Context(), newJob(jobID), r.due(16), at, at)
		r.must(err)
		same(r.t, "edits after a job has taken two over", waiting(), &model.Edits{Waiting: 1, DueAt: epoch.Add(17 * time.Second)})
		at = epoch.Add(17 * time.Second)
		_, err = r.TakeOver(r.t.Context(), newJob(jobID+"2"), r.due(17), at, at)
		r.must(err)
		same(r.t, "edits after the rest was taken over", waiting(), nil)
		r.do("ZADD", r.prefix+"sync:due", "1e300", "p1")
		same(r.t, "edits of a stranger's", waiting(), nil)
	})
}

func TestStore_SetPickup(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		at := func(second int) time.Time { return epoch.Add(time.Duration(second) * time.Second) }
		called := func(event string, round int64, asks, now int) {
			r.t.Helper()
			if ok, err := r.SetPickup(ctx, event, round, at(asks), at(now)); !ok || err != nil {
				r.t.Errorf("Called(%q, round %d) = %t, %v; want true", event, round, ok, err)
			}
		}
		r.noted(0, "e1", "p1")
		if n := r.noted(0, "e1", "p1"); n.Known {
			r.t.Error("an event that was not seen to is known")
		}
		called("e1", 0, 10, 0)
		if n := r.noted(1, "e1", "p1"); !n.Known {
			r.t.Error("an event that was seen to is not known")
		}
		if n := r.noted(1, "e2", "p1"); n.Known || seconds(n.Pickup) != 10 || n.Round != 0 {
			r.t.Errorf("another event: %+v, want a message that asks after 10 s", n)
		}
		called("e2", 0, 60, 1) // of several messages the next counts
		if n := r.noted(1, ""); seconds(n.Pickup) != 10 {
			r.t.Errorf("a message asks after %d s, want 10", seconds(n.Pickup))
		}
		called("", 0, 5, 1)
		if n := r.noted(1, ""); seconds(n.Pickup) != 5 {
			r.t.Errorf("a message asks after %d s, want 5", seconds(n.Pickup))
		}
		r.due(4)
		if n := r.noted(4, ""); seconds(n.Pickup) != 5 || n.Round != 1 {
			r.t.Errorf("after another message has asked: %+v, want that of 5 s still to come", n)
		}
		r.due(5)
		if n := r.noted(5, ""); seconds(n.Pickup) != 10 || n.Round != 2 {
			r.t.Errorf("after it has asked: %+v, want that of 10 s", n)
		}
		r.due(60)
		if n := r.noted(60, ""); !n.Pickup.IsZero() || n.Round != 3 {
			r.t.Errorf("after all have asked: %+v, want none to come", n)
		}
		if ok, err := r.SetPickup(ctx, "e3", 1, at(90), at(5)); ok || err != nil {
			r.t.Errorf("Called in a round that is over = %t, %v; want false", ok, err)
		}
		if n := r.noted(5, "e3"); n.Known || !n.Pickup.IsZero() {
			r.t.Errorf("Called in a round that is over has left %+v", n)
		}
		called("e3", 3, 90, 5)
		called("e4", 3, 200, 95) // that of 90 s is lost
		if n := r.noted(95, ""); seconds(n.Pickup) != 200 {
			r.t.Errorf("a message asks after %d s, want 200", seconds(n.Pickup))
		}
		called("e5", 3, 100_000, 99_990)
		if known := r.strings("ZRANGE", r.prefix+"sync:events", 0, -1); !slices.Equal(known, []string{"e5"}) {
			r.t.Errorf("more than a day later the events %q are known, want the last", known)
		}
		r.lasts("sync:events", 26*time.Hour)
		r.lasts("sync:call", week)
	})
}

func TestStore_TakeOver(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		at := func(second int) time.Time { return epoch.Add(time.Duration(second) * time.Second) }
		r.noted(0, "", "p1", "p2")
		r.noted(0, "", "p3")
		names := r.due(10)
		r.noted(5, "", "p2") // an event in between
		j, err := r.TakeOver(ctx, newJob(jobID), names, at(10), at(10))
		r.must(err)
		if j.ID != jobID || j.Raw == "" || j.State != model.Queued {
			r.t.Errorf("TakeOver = %+v, want the stored job", j)
		}
		same(r.t, "jobs", r.jobs(20), []string{jobID})
		r.lasts(jobKey, week)
		same(r.t, "still noted", r.due(100), []string{"p2"})
		if n := r.noted(11, "", "p1"); seconds(n.Due) != 15 {
			r.t.Errorf("first due after %d s, want p2's 15", seconds(n.Due))
		}
		same(r.t, "due within the minute", r.due(69), []string{"p2"})
		same(r.t, "due after it", r.due(70), []string{"p2", "p1"})
		if n := r.noted(75, "", "p3"); seconds(n.Due) != 15 {
			r.t.Errorf("first due after %d s, want 15", seconds(n.Due))
		}
		same(r.t, "due in its own time", r.due(85), []string{"p2", "p1", "p3"})

		other := newJob(jobID)
		other.Scope = model.Scope{Full: true}
		again, err := r.TakeOver(ctx, other, []string{"p2"}, at(100), at(100))
		r.must(err)
		same(r.t, "TakeOver by a known job", again, j)
		same(r.t, "still noted", r.due(100), []string{"p2", "p1", "p3"})
	})
}

// Many pages may be edited at one stroke.
func TestStore_TakeOver_Many(t *testing.T) {
	onBoth(t, func(r *rig) {
		var all []string
		for i := range 2500 {
			all = append(all, fmt.Sprintf("p%04d", i))
		}
		for batch := range slices.Chunk(all, 100) {
			r.noted(0, "", batch...)
		}
		names := r.due(10)
		if len(names) != 2000 {
			r.t.Fatalf("%d names are due at once, want 2000 at most", len(names))
		}
		_, err := r.TakeOver(r.t.Context(), newJob(jobID), names, epoch.Add(10*time.Second), epoch.Add(10*time.Second))
		r.must(err)
		if left := r.due(10); len(left) != 500 {
			r.t.Errorf("%d names are left, want 500", len(left))
		}
	})
}
