package app

import (
	"context"

	"notionsync/pkg/diagnosis"
)

// redis does all that a sync does there, and asks the server what it is.
func (e *examination) redis(ctx context.Context) []finding {
	const name, eviction = "redis", "redis: eviction"
	if e.noStore != nil {
		return []finding{unchecked(name, e.noStore)}
	}
	if err := e.store.Rehearse(ctx); err != nil {
		return []finding{diagnosed(name, err, diagnosis.Of(diagnosis.RedisSilent, "host", e.store.Host()))}
	}
	server, err := e.store.Server(ctx)
	if err != nil {
		return []finding{diagnosed(name, err, diagnosis.Of(diagnosis.RedisSilent, "host", e.store.Host()))}
	}
	if unfit := server.Unfit(); unfit != nil {
		return []finding{failed(name, *unfit)}
	}
	version := ""
	if server.Version != "" {
		version = ", Redis " + server.Version
	}
	kept := finding{name: eviction, said: server.Eviction()}
	switch kept.said.ID {
	case diagnosis.RedisEvicts:
		kept.tier = better
	case diagnosis.RedisMayEvict:
		kept.tier = hidden
	}
	return []finding{passed(name, diagnosis.Of(diagnosis.RedisFine, "host", e.store.Host(), "version", version)), kept}
}
