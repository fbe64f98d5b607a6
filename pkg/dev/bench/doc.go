// Package bench measures a sync against the simulators: requests made and the fewest possible, time, function time,
// memory and Redis commands, for workspaces of several sizes. Beside it, where Node is installed, it measures what
// people use today on the same simulator: the official client walking blocks one after another, and notion-to-md.
//
// The routes run in a process of their own, as they do on Vercel, behind a simulated QStash; so its memory is theirs
// alone. Between it and a real redis-server, where one is installed, stands a proxy that counts commands. Notion's
// window of a minute is shorter by a stated factor, so that a large sync can be waited for; the delays of QStash are
// not, and whole seconds as ever.
package bench
