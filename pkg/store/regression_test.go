package store_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"notionsync/pkg/store"
	"notionsync/pkg/syncer/model"
)

// A page that gave way, and is remembered, links again once it is published again.
func TestRegression_KeptPageBack(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		rec, also := record("p1", "one"), record("p2", "two")
		rec.Links = map[string]string{"p9": "nine"}
		r.commit(l, published(rec, also))
		keep := at(rec, "") // as the engine keeps a page that another outranks
		keep.Want = "one"
		r.commit(l, &model.Change{PageChange: model.PageChange{Drop: []model.Removal{{Record: rec, Keep: keep}}}})
		same(r.t, "linkers while it is away", r.linkers("p9"), []string{})
		back := at(rec, "back")
		r.commit(l, &model.Change{PageChange: model.PageChange{Write: []model.PageWrite{write(back, keep)}}})
		same(r.t, "linkers once it is back", r.linkers("p9"), []string{"p1"})
	})
}

// Wherever a transaction meets a stranger's key, the work stays on the list. Done again once the key is free, it comes to
// the same as if the key had always been: nothing is lost, nothing is counted twice.
func TestRegression_StrangersKeyMidway(t *testing.T) {
	prepare := func(r *rig) (model.Lease, *model.Change) {
		l := r.acquire()
		r.create(newJob(jobID))
		r.commit(l, &model.Change{KeptChange: model.KeptChange{Files: map[string]model.KeptFile{"f1": {Key: "k1"}, "f2": {Key: "k2"}}}})
		one, two := record("p1", "one"), record("p2", "two")
		one.Files, two.Files = []string{"f1"}, []string{"f1"}
		r.commit(l, published(one, two))
		e := todo("p1", 1)
		r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{e}}})
		c := everything()
		now := *one
		now.Files, now.Links = []string{"f2"}, map[string]string{"p9": "nine"}
		c.Task, c.Drop, c.Then, c.Write = e, nil, nil, []model.PageWrite{write(&now, one)}
		return l, c
	}
	for _, key := range []string{
		jobKey + ":seen", jobKey + ":drafts", jobKey + ":complete", jobKey + ":set:faces", jobKey + ":warnings", errorsKey,
		"sync:failed", "sync:databases", "sync:facts", "sync:links",
	} {
		t.Run(key, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				clean := newRig(r.t, r.url)
				l, c := prepare(clean)
				clean.commit(l, c)
				l, c = prepare(r)
				r.do("RPUSH", r.prefix+key, "a stranger's")
				c.Job = jobID
				r.foreign(key, l.Commit(r.t.Context(), c))
				r.do("DEL", r.prefix+key)
				r.commit(l, c)
				same(r.t, "counters", r.counts(), clean.counts())
				same(r.t, "the list", r.list(10), clean.list(10))
				want, got := clean.snapshot(), r.snapshot()
				for _, all := range []map[string]string{want, got} {
					maps.DeleteFunc(all, func(key, _ string) bool {
						return key == leaseKey || key == jobKey || key == jobsKey || key == jobKey+":warnings"
					})
				}
				same(r.t, "Redis", got, want)
			})
		})
	}
}

// An entry that is damaged does not keep the job from its list.
func TestRegression_TodoDamaged(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		r.commit(l, &model.Change{ListChange: model.ListChange{Add: []model.Task{todo("p1", 1), other("later", 5, 0, 1)}}})
		r.do("HSET", r.prefix+jobKey+":entries", "page:p1", "garbage")
		ctx, cancel := context.WithTimeout(r.t.Context(), 200*time.Millisecond)
		defer cancel()
		if _, err := r.Todo(ctx, jobID, 10); ctx.Err() != nil {
			r.t.Errorf("Todo of a damaged entry asks Redis again and again: %v after 200ms", err)
		}
	})
}

// An instance that wakes, or whose Redis was restarted, has not one but several broken connections.
func TestRegression_BrokenConnections(t *testing.T) {
	onBoth(t, func(r *rig) {
		p := newProxy(r.t, r.url)
		s := r.another(p.url())
		var all sync.WaitGroup
		p.delay(20 * time.Millisecond)
		for range 8 {
			all.Go(func() { _, _ = s.Schedule(r.t.Context()) })
		}
		all.Wait()
		p.delay(0)
		p.cut()
		if _, err := s.Schedule(r.t.Context()); err != nil {
			r.t.Errorf("Turn with 8 broken connections = %v", err)
		}
	})
}

// What takes, keeps and gives back the lease does without a connection that broke while nobody looked, as all else does.
func TestRegression_BrokenConnection_Lease(t *testing.T) {
	for _, name := range []string{"Acquire", "Extend", "Release"} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				p := newProxy(r.t, r.url)
				s := r.another(p.url())
				l, err := s.Acquire(r.t.Context())
				r.must(err)
				if name == "Acquire" {
					r.must(l.Release(r.t.Context()))
				}
				p.cut()
				if err := lockCalls(s, l)[name](r.t.Context()); err != nil {
					r.t.Errorf("%s on a broken connection = %v", name, err)
				}
			})
		})
	}
}

// Acquire has as long to connect as everything else.
func TestRegression_SlowToConnect_Lease(t *testing.T) {
	t.Parallel()
	mini := miniredis.RunT(t)
	mini.RequireAuth(password)
	p := newProxy(t, "redis://"+mini.Addr())
	s, err := store.New(withPassword(p.url()), "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p.delay(600 * time.Millisecond)
	if _, err := s.Acquire(t.Context()); err != nil {
		t.Errorf("Acquire where AUTH takes 600ms = %v", err)
	}
}

// Counters are added to once, also where the answer was lost and the store repeats what it has sent.
func TestRegression_CountedTwice(t *testing.T) {
	add := model.Counts{model.CountFunction: 5}
	tests := map[string]func(*rig, model.Lease, *model.Job) error{
		"SaveJob": func(r *rig, l model.Lease, j *model.Job) error { return l.SaveJob(r.t.Context(), j, add) },
		"SaveJob, whatever is stored": func(r *rig, l model.Lease, j *model.Job) error {
			j.Raw = ""
			return l.SaveJob(r.t.Context(), j, add)
		},
	}
	for name, write := range tests {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				p := newProxy(r.t, r.url)
				l, err := r.another(p.url()).Acquire(r.t.Context())
				r.must(err)
				j := r.create(newJob(jobID))
				r.commit(l, &model.Change{}) // the script is known from now on
				j.State = model.Running
				p.loseAnswer(0)
				if err := write(r, l, j); err != nil {
					r.t.Fatal(err)
				}
				if !p.lost() {
					r.t.Fatal("no answer was lost")
				}
				same(r.t, "counters", r.counts(), add)
			})
		})
	}
}

// Whatever stands in the hash, requests are granted, and Notion's next word is heard.
func TestRegression_WindowGarbageUntil(t *testing.T) {
	onBoth(t, func(r *rig) {
		r.do("HSET", r.prefix+windowKey, "until", "garbage")
		w := newWindow(r.t, r.Store, 100, time.Minute)
		r.take(w, 10, 10)
		r.do("HSET", r.prefix+windowKey, "until", "garbage")
		r.must(w.Block(r.t.Context(), time.Hour))
		r.take(w, 10, 0)
	})
}

// A URL that cannot be understood may hold a password all the same.
func TestRegression_PasswordInMalformedURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"redis://default:" + password + "%zz@127.0.0.1:6379", "redis:default:" + password + "@127.0.0.1:6379",
		"redis://default:" + password + "#1@127.0.0.1:6379", "redis://default:" + password + " @127.0.0.1:6379",
	} {
		s, err := store.New(url, "")
		if err == nil {
			_, err = s.Held(t.Context())
			s.Close()
		}
		if err == nil || strings.Contains(err.Error(), password) {
			t.Errorf("New(%q) or Held = %v, want an error that does not tell the password", url, err)
		}
	}
}

// A Redis that does not let us in is unreachable, whatever its reason.
func TestRegression_NotLetIn(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"a password where none is set": func(url string) string {
			return strings.Replace(url, "://", "://:"+password+"@", 1)
		},
		"a database that does not exist": func(url string) string { return url + "/99" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newServer(t)
			s, err := store.New(change(server.url()), "")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if _, err := s.Held(t.Context()); !errors.Is(err, store.ErrUnreachable) {
				t.Errorf("Held = %v, want ErrUnreachable", err)
			}
		})
	}
}

// An index that is cut short is no reason to keep a page for ever, nor to remove half of it.
func TestRegression_CutTruncatedIndex(t *testing.T) {
	onBoth(t, func(r *rig) {
		l := r.acquire()
		rec := record("p1", "one")
		r.commit(l, published(rec))
		r.do("SET", r.prefix+postsIndex, "{\"items\":[\n"+item(rec))
		c := &model.Change{Job: jobID, PageChange: model.PageChange{Drop: []model.Removal{{Record: rec}}}}
		before := r.snapshot()
		if err := l.Commit(r.t.Context(), c); err != nil {
			r.t.Errorf("Commit = %v", err)
			r.unchanged(before)
		}
	})
}

// Taking the waiting job away has worked, though the answer was lost.
func TestRegression_SetWaiting_AnswerLost(t *testing.T) {
	onBoth(t, func(r *rig) {
		ctx := r.t.Context()
		r.wait(jobID)
		r.wait("msg_2")
		p := newProxy(r.t, r.url)
		s := r.another(p.url())
		turn, err := s.Schedule(ctx)
		r.must(err)
		p.loseAnswer(0)
		if ok, err := s.SetWaiting(ctx, turn.Waiting, model.Waiting{}); !ok || err != nil {
			r.t.Errorf("SetWaiting to none whose answer was lost = %t, %v; want true", ok, err)
		}
	})
}

// What is damaged counts as absent, all of it.
func TestRegression_WaitingHalfRead(t *testing.T) {
	onBoth(t, func(r *rig) {
		raw := `{"id":"msg_1","at":"garbage"}`
		r.do("SET", r.prefix+"sync:waiting", raw)
		turn, err := r.Schedule(r.t.Context())
		r.must(err)
		same(r.t, "Waiting", turn.Waiting, model.Waiting{Raw: raw})
	})
}

// A job that waits is not the one that runs, saved or not.
func TestRegression_SaveJob_Queued(t *testing.T) {
	onBoth(t, func(r *rig) {
		r.wait(jobID)
		r.must(r.acquire().SaveJob(r.t.Context(), r.create(newJob(jobID)), nil))
		running, waiting := r.turn()
		same(r.t, "who runs and who waits", []string{running, waiting}, []string{"", jobID})
	})
}

// What was read a moment ago is checked again: a page that has another's place by now stays.
func TestRegression_StaleRecordTakesAnothersPage(t *testing.T) {
	changes := map[string]func(*model.Record) *model.Change{
		"move": func(was *model.Record) *model.Change {
			return &model.Change{PageChange: model.PageChange{Write: []model.PageWrite{write(at(was, "three"), was)}}}
		},
		"removal": func(was *model.Record) *model.Change {
			return &model.Change{PageChange: model.PageChange{Drop: []model.Removal{{Record: was}}}}
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(r *rig) {
				l := r.acquire()
				read := record("p1", "one")
				r.commit(l, published(read))
				r.commit(l, &model.Change{PageChange: model.PageChange{Write: []model.PageWrite{write(at(read, "two"), read)}}})
				r.commit(l, published(record("p2", "one")))
				r.commit(l, change(read))
				same(r.t, "what is at one", r.get("page:one"), bundle(record("p2", "one")))
			})
		})
	}
}

// Two processes that try Redis at the same time do not take each other's values for a fault.
func TestRegression_RehearseAtTheSameTime(t *testing.T) {
	onBoth(t, func(r *rig) {
		var all sync.WaitGroup
		for range 4 {
			s := r.another(r.url)
			all.Go(func() {
				for range 10 {
					if err := s.Rehearse(r.t.Context()); err != nil {
						r.t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	})
}
