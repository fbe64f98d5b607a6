package store

import (
	"context"
	"strconv"

	"notionsync/pkg/syncer/model"
)

// keep has the page object of a task kept apart, should the task come on the list.
func (t *commit) keep(e model.Task) {
	t.op("keep", t.k.objects(t.job, e.Objects), keyRef(t.k.entries(t.job)), e.Key, []byte(e.Object),
		keyRef(t.k.job(t.job)), objectsIn+strconv.Itoa(e.Objects))
}

// spent has the page object of a task go, if it is kept apart.
func (t *commit) spent(e model.Task) {
	if e.Objects > 0 {
		t.op("spent", t.k.objects(t.job, e.Objects), keyRef(t.k.job(t.job)), objectsIn+strconv.Itoa(e.Objects))
	}
}

// withObjects gives tasks the page objects that are kept apart. One that is lost has its page read again.
func (s *Store) withObjects(ctx context.Context, job string, tasks []model.Task) error {
	apart := map[int][]int{} // positions by hash
	for i, e := range tasks {
		if e.Objects > 0 {
			apart[e.Objects] = append(apart[e.Objects], i)
		}
	}
	for n, at := range apart {
		names := make([]string, len(at))
		for j, i := range at {
			names[j] = tasks[i].Key
		}
		objects, err := s.hmgetAlone(ctx, s.keys.objects(job, n), names)
		if err != nil {
			return err
		}
		for j, i := range at {
			tasks[i].Object = objects[j]
		}
	}
	return nil
}
