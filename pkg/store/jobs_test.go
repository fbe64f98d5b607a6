package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"notionsync/pkg/syncer/model"
)

const (
	jobKey  = "sync:job:" + jobID
	week    = 7 * 24 * time.Hour
	jobsKey = "sync:jobs"
)

func TestStore_CreateJob(t *testing.T) {
	onBoth(t, func(r *rig) {
		want := newJob(jobID)
		got := r.create(want)
		if got.Raw == "" {
			r.t.Error("CreateJob: Raw is empty, so nobody can swap the job")
		}
		full := *want
		full.Raw, full.Counts = got.Raw, model.Counts{}
		same(r.t, "CreateJob", got, &full)
		same(r.t, "Job", r.job(jobID), &full)

		r.do("PERSIST", r.prefix+jobKey)
		listed := r.strings("ZRANGE", r.prefix+jobsKey, 0, -1, "WITHSCORES")
		again := newJob(jobID)
		again.Scope, again.State, again.TriggeredAt = model.Scope{Full: true}, model.Done, time.Now().Add(time.Hour)
		same(r.t, "CreateJob of a known id", r.create(again), &full)
		same(r.t, "Job", r.job(jobID), &full)
		same(r.t, "Jobs", r.jobs(20), []string{jobID})
		same(r.t, "its place among the jobs", r.strings("ZRANGE", r.prefix+jobsKey, 0, -1, "WITHSCORES"), listed)
		r.lasts(jobKey, week)
	})
}

// lasts fails the test unless a key lasts about so long; 0: it is absent, negative: for ever.
func (r *rig) lasts(key string, want time.Duration) {
	r.t.Helper()
	got := r.ttl(key)
	if want < 0 && got >= 0 || want >= 0 && (got > want || got < want-time.Minute) || want > 0 && got <= 0 {
		r.t.Errorf("%s lasts %s, want %s", key, got, want)
	}
}

func (r *rig) jobs(limit int) (ids []string) {
	r.t.Helper()
	jobs, err := r.Jobs(r.t.Context(), limit)
	r.must(err)
	for _, j := range jobs {
		ids = append(ids, j.ID)
	}
	return ids
}

func TestStore_Job_Unknown(t *testing.T) {
	onBoth(t, func(r *rig) {
		if j, err := r.Job(r.t.Context(), "none"); !errors.Is(err, model.ErrUnknownJob) || j != nil {
			r.t.Errorf("Job = %+v, %v; want ErrUnknownJob", j, err)
		}
		same(r.t, "Jobs", r.jobs(20), nil)
	})
}

// What a job counts and when it did something comes with it, whatever its document says.
func TestStore_Job_Fields(t *testing.T) {
	onBoth(t, func(r *rig) {
		r.create(newJob(jobID))
		key := r.prefix + jobKey
		r.do("HSET", key, "n:synced", 3, "n:requests:query", 4, "failure", "why", "at", epoch.Add(time.Hour).UnixMilli())
		j := r.job(jobID)
		same(r.t, "counters", j.Counts, model.Counts{"synced": 3, "requests:query": 4})
		same(r.t, "failure", j.Failure, "why")
		same(r.t, "UpdatedAt", j.UpdatedAt, epoch.Add(time.Hour))
		r.do("HSET", key, "at", epoch.Add(-time.Hour).UnixMilli())
		same(r.t, "UpdatedAt beside something older", r.job(jobID).UpdatedAt, epoch)
		r.do("HSET", key, "at", "garbage", "n:synced", "garbage")
		j = r.job(jobID)
		same(r.t, "UpdatedAt beside garbage", j.UpdatedAt, epoch)
		same(r.t, "a damaged counter", j.Counts["synced"], 0)
	})
}

// A document that no version knows is a job all the same, and can be replaced.
func TestStore_Job_Damaged(t *testing.T) {
	for _, doc := range []string{"", "{", "null", "[]", `{"id":"msg_2","state":"done","version":1}`, `{"id":7}`} {
		t.Run(doc, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				r.create(newJob("msg_0"))
				r.create(newJob(jobID))
				r.do("HSET", r.prefix+jobKey, "doc", doc)
				j := r.job(jobID)
				want := &model.Job{ID: jobID, State: model.Queued, Raw: doc, Counts: model.Counts{}}
				same(r.t, "Job", j, want)
				same(r.t, "number of Jobs", len(r.jobs(20)), 2)
				next := newJob(jobID)
				if ok, err := r.SwapJob(r.t.Context(), j, next); !ok || err != nil {
					r.t.Errorf("SwapJob of it = %t, %v; want true", ok, err)
				}
				same(r.t, "slice of the job put there", r.job(jobID).Slice, 1)
			})
		})
	}
}

// Jobs are listed newest first for seven days.
func TestStore_Jobs(t *testing.T) {
	onBoth(t, func(r *rig) {
		now := time.Now()
		for i, age := range []time.Duration{3 * time.Hour, time.Hour, 2 * time.Hour, week - time.Minute, week + time.Minute} {
			j := newJob(fmt.Sprint("msg_", i))
			j.TriggeredAt = now.Add(-age)
			r.create(j)
		}
		same(r.t, "Jobs(20)", r.jobs(20), []string{"msg_1", "msg_2", "msg_0", "msg_3"})
		same(r.t, "Jobs(2)", r.jobs(2), []string{"msg_1", "msg_2"})
		r.do("DEL", r.prefix+"sync:job:msg_2") // its time is over
		same(r.t, "Jobs(20)", r.jobs(20), []string{"msg_1", "msg_0", "msg_3"})
		r.do("ZADD", r.prefix+jobsKey, now.Add(-week-time.Second).UnixMilli(), "msg_3")
		r.create(newJob("msg_9"))
		same(r.t, "what is remembered", r.strings("ZRANGE", r.prefix+jobsKey, 0, -1),
			[]string{"msg_0", "msg_2", "msg_1", "msg_9"})
	})
}

func TestStore_SwapJob(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		read := r.create(newJob(jobID))
		r.do("HSET", r.prefix+jobKey, "n:synced", 3)
		swap := func(old, next *model.Job, want bool) {
			r.t.Helper()
			if ok, err := r.SwapJob(ctx, old, next); ok != want || err != nil {
				r.t.Errorf("SwapJob = %t, %v; want %t", ok, err, want)
			}
		}
		one, two := *read, *read
		one.Slice, two.Slice = 5, 6
		swap(read, &one, true)
		swap(read, &two, false)
		same(r.t, "slice", r.job(jobID).Slice, 5)
		same(r.t, "Raw of the new one", one.Raw, r.job(jobID).Raw)
		same(r.t, "Raw of the refused one", two.Raw, read.Raw)
		swap(read, &one, true) // its answer was lost
		swap(&one, &two, true) // with what the first swap left in Raw
		j := r.job(jobID)
		same(r.t, "slice", j.Slice, 6)
		same(r.t, "counters", j.Counts, model.Counts{"synced": 3})
		r.lasts(jobKey, week)
		unknown := *read
		unknown.ID = "none"
		swap(&unknown, &two, false)
	})
}

func TestStore_SetWaiting(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		set := func(old, next model.Waiting, want bool) {
			r.t.Helper()
			if ok, err := r.SetWaiting(ctx, old, next); ok != want || err != nil {
				r.t.Errorf("SetWaiting(%+v, %+v) = %t, %v; want %t", old, next, ok, err, want)
			}
		}
		waiting := func() model.Waiting {
			r.t.Helper()
			turn, err := r.Schedule(ctx)
			r.must(err)
			return turn.Waiting
		}
		none := model.Waiting{}
		same(r.t, "at first", waiting(), none)
		mine, theirs := model.Waiting{By: "me", At: epoch}, model.Waiting{By: "them", At: epoch}
		set(none, mine, true)
		set(none, theirs, false)
		set(none, mine, true) // its answer was lost
		got := waiting()
		raw := got.Raw
		got.Raw = ""
		same(r.t, "Waiting", got, mine)
		got.Raw = raw
		set(model.Waiting{By: "me", At: epoch, Raw: raw + " "}, theirs, false)
		job := model.Waiting{ID: jobID, At: epoch}
		set(got, job, true)
		set(got, none, false)
		set(waiting(), none, true)
		same(r.t, "Waiting once it is taken away", waiting(), none)
		if r.exists("sync:waiting") {
			r.t.Error("nothing waits, and something is stored")
		}
		r.do("SET", r.prefix+"sync:waiting", "garbage")
		damaged := waiting()
		same(r.t, "a damaged one", damaged, model.Waiting{Raw: "garbage"})
		set(damaged, mine, true)
	})
}

// Where Redis has lost a job's hash under way, what is counted down from then on is not shown as less than nothing.
func TestStore_Job_CountsBelowZero(t *testing.T) {
	onBoth(t, func(r *rig) {
		r.create(newJob(jobID))
		r.do("HSET", r.prefix+"sync:job:"+jobID, "n:pending", -7, "n:synced", 3)
		same(r.t, "counts", r.counts(), model.Counts{model.CountPending: 0, model.CountSynced: 3})
	})
}
