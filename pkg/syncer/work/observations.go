package work

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"notionsync/pkg/syncer/model"
)

// Observations are the lasting observations that a slice needs again and again.
type Observations struct {
	mu     sync.Mutex
	values map[string]string
	lost   func(ctx context.Context, collection string) ([]string, error) // data sources that the store does not know; or nil
}

// sourcesOf names the observation of which data sources a collection has: a JSON array of ids.
func sourcesOf(collection string) string { return "sources:" + collection }

// Get returns an observation; empty if it has not been observed. The store is asked without the lock: nobody waits for another's
// request.
func (f *Observations) Get(ctx context.Context, store model.Store, name string) (string, error) {
	if value, ok := f.cached(name); ok {
		return value, nil
	}
	value, err := store.Observation(ctx, name)
	if err != nil {
		return "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if noted, ok := f.values[name]; ok {
		return noted, nil // newer than what was read
	}
	f.put(name, value)
	return value, nil
}

func (f *Observations) cached(name string) (value string, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	value, ok = f.values[name]
	return value, ok
}

// put keeps an observation. f.mu is held.
func (f *Observations) put(name, value string) {
	if f.values == nil {
		f.values = map[string]string{}
	}
	f.values[name] = value
}

// Observe keeps an observation and returns it as a Change takes it.
func (f *Observations) Observe(name, value string) map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.put(name, value)
	return map[string]string{name: value}
}

// ObserveSources keeps which data sources a collection has.
func (f *Observations) ObserveSources(collection string, ids []string) map[string]string {
	value, _ := json.Marshal(ids) // strings always have a JSON form
	return f.Observe(sourcesOf(collection), string(value))
}

// Sources returns the data sources of a collection as last seen. The store's memory of them is a cache: what a job has
// found and the store has lost is asked of Notion again.
func (f *Observations) Sources(ctx context.Context, store model.Store, collection string) ([]string, error) {
	ids, err := f.KnownSources(ctx, store, collection)
	if err != nil || len(ids) > 0 || f.lost == nil {
		return ids, err
	}
	if ids, err = f.lost(ctx, collection); len(ids) > 0 {
		f.ObserveSources(collection, ids)
	}
	return ids, err
}

// KnownSources returns the data sources that the store knows a collection to have.
func (f *Observations) KnownSources(ctx context.Context, store model.Store, collection string) ([]string, error) {
	value, err := f.Get(ctx, store, sourcesOf(collection))
	if err != nil || value == "" {
		return nil, err
	}
	var ids []string
	if json.Unmarshal([]byte(value), &ids) != nil {
		return nil, nil // damaged: as good as never seen
	}
	return ids, nil
}

// CollectionOf returns the configured collection that a data source belongs to, the first of several; empty if it belongs to
// none.
func (f *Observations) CollectionOf(ctx context.Context, o *model.Options, source string) (string, error) {
	for _, col := range o.Collections {
		ids, err := f.Sources(ctx, o.Store, col.Name)
		if err != nil {
			return "", err
		}
		if slices.Contains(ids, source) {
			return col.Name, nil
		}
	}
	return "", nil
}
