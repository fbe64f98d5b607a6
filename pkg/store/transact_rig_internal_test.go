package store

import (
	"slices"

	"notionsync/pkg/syncer/model"
)

// transaction is a change, what Redis holds before it and after it, and what becomes of it.
type transaction struct {
	op     string // the operation that it is about
	does   string
	before []string // commands; the first word behind the command is a key
	ops    []op
	want   map[string]string // by key, see held; "" for a key that does not exist
	err    error
}

// cmd is an operation without keys among its arguments.
func cmd(name, key string, args ...any) op { return op{name, key, args} }

var transactions = slices.Concat(testingOps, todoOps, slugOps, linkOps, lateOps, indexOps, plainOps)

var testingOps = []transaction{
	{
		op: "change", does: "applies the change behind it", ops: []op{cmd("SET", "a", "1")}, want: map[string]string{"a": "1"},
	},
	{
		op: "done", does: "counts nothing again", before: []string{"HSET job doc new n:synced 1"},
		ops:  []op{cmd("done", "job", "doc", "new"), cmd("count", "job", "n:synced", 1), cmd("HSET", "job", "doc", "new")},
		want: map[string]string{"job": "doc=new n:synced=1"},
	},
	{
		op: "done", does: "lets what is new be counted", before: []string{"HSET job doc old n:synced 1"},
		ops:  []op{cmd("done", "job", "doc", "new"), cmd("count", "job", "n:synced", 1), cmd("HSET", "job", "doc", "new")},
		want: map[string]string{"job": "doc=new n:synced=2"},
	},
	{
		op: "same", does: "passes what is as it was", before: []string{"HSET job doc old"},
		ops: []op{cmd("same", "job", "doc", "old"), cmd("SET", "a", "1")}, want: map[string]string{"a": "1"},
	},
	{
		op: "same", does: "stops what has changed", before: []string{"HSET job doc other"}, err: model.ErrStale,
		ops: []op{cmd("same", "job", "doc", "old"), cmd("SET", "a", "1")}, want: map[string]string{"a": ""},
	},
	{
		op: "same", does: "passes what was applied before", before: []string{"HSET job doc new"},
		ops:  []op{cmd("done", "job", "doc", "new"), cmd("same", "job", "doc", "old"), cmd("SET", "a", "1")},
		want: map[string]string{"a": "1"},
	},
	{
		op: "entry", does: "passes this revision", before: []string{"HSET entries page:p1 12|{}"},
		ops: []op{cmd("entry", "entries", "page:p1", 12), cmd("SET", "a", "1")}, want: map[string]string{"a": "1"},
	},
	{
		op: "entry", does: "stops another revision", before: []string{"HSET entries page:p1 12|{}"}, err: model.ErrStale,
		ops: []op{cmd("entry", "entries", "page:p1", 1), cmd("SET", "a", "1")}, want: map[string]string{"a": ""},
	},
	{
		op: "owner", does: "passes a slug that is free", ops: []op{cmd("owner", "slugs", "one", "p1"), cmd("SET", "a", "1")},
		want: map[string]string{"a": "1"},
	},
	{
		op: "owner", does: "stops where another page has the slug", before: []string{"HSET slugs one p2"},
		ops: []op{cmd("owner", "slugs", "one", "p1"), cmd("SET", "a", "1")}, want: map[string]string{"a": ""},
		err: &model.SlugTaken{Slug: "one", Owner: "p2"},
	},
	{
		op: "owner", does: "passes the slug of the page that yields it", before: []string{"HSET slugs one p2"},
		ops: []op{cmd("owner", "slugs", "one", "p1", "p2"), cmd("SET", "a", "1")}, want: map[string]string{"a": "1"},
	},
	{
		op: "record", does: "passes what is as it was read", before: []string{`HSET pages p1 {"id":"p1"}`},
		ops:  []op{cmd("record", "pages", "p1", `{"id":"p1"}`, "new"), cmd("SET", "a", "1")},
		want: map[string]string{"a": "1"},
	},
	{
		op: "record", does: "stops what has changed", before: []string{`HSET pages p1 {"id":"p1"}`}, err: model.ErrChanged,
		ops: []op{cmd("record", "pages", "p1", "", "new"), cmd("SET", "a", "1")}, want: map[string]string{"a": ""},
	},
	{
		op: "record", does: "takes a damaged one for none", before: []string{"HSET pages p1 {"},
		ops: []op{cmd("record", "pages", "p1", "", "new"), cmd("SET", "a", "1")}, want: map[string]string{"a": "1"},
	},
	{
		op: "vacant", does: "passes where no bundle is", ops: []op{cmd("vacant", "page:one", "one", "p2"), cmd("SET", "a", "1")},
		want: map[string]string{"a": "1"},
	},
	{
		op: "vacant", does: "stops where a bundle is", before: []string{"SET page:one {}"},
		ops:  []op{cmd("vacant", "page:one", "one", "p2"), cmd("SET", "a", "1")},
		want: map[string]string{"a": ""}, err: &model.SlugTaken{Slug: "one", Owner: "p2"},
	},
}

var todoOps = []transaction{
	{
		op: "first", does: "notes a member, and goes on", ops: []op{cmd("first", "seen", "p1", 1), cmd("SET", "a", "1")},
		want: map[string]string{"seen": "p1", "a": "1"},
	},
	{
		op: "first", does: "leaves out what follows for a member that is there", before: []string{"SADD seen p1"},
		ops:  []op{cmd("first", "seen", "p1", 1), cmd("SET", "a", "1"), cmd("SET", "b", "2")},
		want: map[string]string{"seen": "p1", "a": "", "b": "2"},
	},
	{
		op: "add", does: "puts an entry on the list and counts it", before: []string{"HSET job n:pending 1 n:skipped 3"},
		ops: []op{cmd("add", "todo", keyRef("entries"), "page:p1", 7, "1|{}", keyRef("job"), "n:skipped")},
		want: map[string]string{
			"todo": "page:p1=7", "entries": "page:p1=1|{}", "job": "n:pending=2 n:skipped=2",
		},
	},
	{
		op: "add", does: "leaves an entry that is there", before: []string{"ZADD todo 3 page:p1", "HSET entries page:p1 9|{}"},
		ops:  []op{cmd("add", "todo", keyRef("entries"), "page:p1", 7, "1|{}", keyRef("job"))},
		want: map[string]string{"todo": "page:p1=3", "entries": "page:p1=9|{}", "job": ""},
	},
	{
		op: "put", does: "replaces an entry", before: []string{"ZADD todo 3 page:p1", "HSET entries page:p1 9|{}"},
		ops:  []op{cmd("put", "todo", keyRef("entries"), "page:p1", 7, "1|{}")},
		want: map[string]string{"todo": "page:p1=7", "entries": "page:p1=1|{}"},
	},
	{
		op: "finish", does: "takes an entry away", before: []string{"ZADD todo 3 page:p1", "HSET entries page:p1 9|{}"},
		ops: []op{cmd("finish", "todo", keyRef("entries"), "page:p1")}, want: map[string]string{"todo": "", "entries": ""},
	},
	{
		op: "keep", does: "keeps an object, unless the entry is there", before: []string{"HSET entries page:p1 9|{}", "HSET job o:1 4"},
		ops: []op{
			cmd("keep", "objects:1", keyRef("entries"), "page:p1", "{}", keyRef("job"), "o:1"),
			cmd("keep", "objects:1", keyRef("entries"), "page:p2", "{}", keyRef("job"), "o:1"),
		},
		want: map[string]string{"objects:1": "page:p2={}", "job": "o:1=5"},
	},
	{
		op: "spent", does: "counts down, and takes the hash away with the last", before: []string{
			"HSET objects:1 page:p1 {}", "HSET objects:2 page:p2 {} page:p3 {}", "HSET job o:1 1 o:2 2",
		},
		ops: []op{
			cmd("spent", "objects:1", keyRef("job"), "o:1"), cmd("spent", "objects:2", keyRef("job"), "o:2"),
		},
		want: map[string]string{"objects:1": "", "objects:2": "page:p2={} page:p3={}", "job": "o:1=0 o:2=1"},
	},
	{
		op: "spent", does: "leaves the hash where another object has come to it", before: []string{"HSET objects:1 page:p1 {}", "HSET job o:1 1"},
		ops: []op{
			cmd("spent", "objects:1", keyRef("job"), "o:1"),
			cmd("keep", "objects:1", keyRef("entries"), "page:p2", "{}", keyRef("job"), "o:1"),
		},
		want: map[string]string{"objects:1": "page:p1={} page:p2={}", "job": "o:1=1"},
	},
}

var slugOps = []transaction{
	{
		op: "disown", does: "frees a slug of the page, and no other", before: []string{"HSET slugs one p2 two p1"},
		ops:  []op{cmd("disown", "slugs", "one", "p1"), cmd("disown", "slugs", "two", "p1")},
		want: map[string]string{"slugs": "one=p2"},
	},
	{
		op: "vacate", does: "frees a slug of the page, and deletes its bundle",
		before: []string{"HSET slugs one p1", "SET page:one {}"},
		ops:    []op{cmd("vacate", "slugs", "one", "p1", keyRef("page:one"))}, want: map[string]string{"slugs": "", "page:one": ""},
	},
	{
		op: "vacate", does: "leaves another page's slug and bundle", before: []string{"HSET slugs one p2", "SET page:one {}"},
		ops:  []op{cmd("vacate", "slugs", "one", "p1", keyRef("page:one"))},
		want: map[string]string{"slugs": "one=p2", "page:one": "{}"},
	},
}

var linkOps = []transaction{
	{
		op: "link", does: "lists a page once", before: []string{"HSET links t ,p1,"},
		ops:  []op{cmd("link", "links", "t", "p1"), cmd("link", "links", "t", "p2"), cmd("link", "links", "u", "p1")},
		want: map[string]string{"links": "t=,p1,p2, u=,p1,"},
	},
	{
		op: "link", does: "adds nothing to many", before: []string{"HSET links t *"},
		ops: []op{cmd("link", "links", "t", "p1")}, want: map[string]string{"links": "t=*"},
	},
	{
		op: "unlink", does: "takes a page off the list", before: []string{"HSET links t ,p1,p2,p3, u ,p2, v *"},
		ops: []op{
			cmd("unlink", "links", "t", "p2"), cmd("unlink", "links", "t", "p9"), cmd("unlink", "links", "u", "p2"),
			cmd("unlink", "links", "v", "p2"),
		},
		want: map[string]string{"links": "t=,p1,p3, v=*"},
	},
}

var lateOps = []transaction{
	{
		op: "unwait", does: "deletes the waiting job if it is this one",
		before: []string{`SET waiting {"id":"j1"}`, `SET other {"id":"j2"}`},
		ops:    []op{cmd("unwait", "waiting", "j1"), cmd("unwait", "other", "j1")},
		want:   map[string]string{"waiting": "", "other": `{"id":"j2"}`},
	},
	{
		op: "unless", does: "deletes the running job if it is this one", before: []string{"SET running j1", "SET other j2"},
		ops:  []op{cmd("unless", "running", "j1"), cmd("unless", "other", "j1")},
		want: map[string]string{"running": "", "other": "j2"},
	},
	{
		op: "place", does: "gives what is built its name, and nothing else", before: []string{"SET built new", "SET b old"},
		ops:  []op{cmd("place", "built", keyRef("a")), cmd("place", "absent", keyRef("b"))},
		want: map[string]string{"built": "", "a": "new", "b": "old"},
	},
	{
		op: "NX", does: "adds a member that is absent", before: []string{"ZADD z 1 a"},
		ops: []op{cmd("NX", "z", 5, "a"), cmd("NX", "z", 6, "b")}, want: map[string]string{"z": "a=1 b=6"},
	},
}

var indexOps = []transaction{
	{
		op: "count", does: "adds up", before: []string{"HSET job n:synced 4"},
		ops:  []op{cmd("count", "job", "n:synced", 2), cmd("count", "job", "n:synced", 1), cmd("count", "job", "n:failed", -1)},
		want: map[string]string{"job": "n:failed=-1 n:synced=7"},
	},
	{
		op: "cut", does: "takes the first line out of an index", before: []string{"SET index [\n<a>1\n,<b>2\n]"},
		ops: []op{cmd("cut", "index", "<a>")}, want: map[string]string{"index": "[\n<b>2\n]"},
	},
	{
		op: "cut", does: "takes other lines out of an index", before: []string{"SET index [\n<a>1\n,<b>2\n,<c>3\n]"},
		ops:  []op{cmd("cut", "index", "<b>"), cmd("cut", "index", "<c>"), cmd("cut", "index", "<d>")},
		want: map[string]string{"index": "[\n<a>1\n]"},
	},
	{
		op: "copy", does: "makes a set what another was before", before: []string{"SADD from a b", "SADD to c"},
		ops: []op{cmd("SADD", "from", "d"), cmd("copy", "to", keyRef("from"))}, want: map[string]string{"from": "a b d", "to": "a b"},
	},
}

var plainOps = []transaction{
	{op: "HSET", does: "sets fields", ops: []op{cmd("HSET", "h", "a", 1, "b", 2)}, want: map[string]string{"h": "a=1 b=2"}},
	{
		op: "HDEL", does: "deletes fields", before: []string{"HSET h a 1 b 2"}, ops: []op{cmd("HDEL", "h", "a", "c")},
		want: map[string]string{"h": "b=2"},
	},
	{op: "SADD", does: "adds members", ops: []op{cmd("SADD", "s", "a", "b")}, want: map[string]string{"s": "a b"}},
	{
		op: "SREM", does: "takes members out", before: []string{"SADD s a b"}, ops: []op{cmd("SREM", "s", "a", "c")},
		want: map[string]string{"s": "b"},
	},
	{op: "ZADD", does: "adds a member", ops: []op{cmd("ZADD", "z", 3, "a")}, want: map[string]string{"z": "a=3"}},
	{
		op: "ZREM", does: "takes members out", before: []string{"ZADD z 1 a 2 b"}, ops: []op{cmd("ZREM", "z", "a", "c")},
		want: map[string]string{"z": "b=2"},
	},
	{op: "SET", does: "sets a text", ops: []op{cmd("SET", "a", "1")}, want: map[string]string{"a": "1"}},
	{op: "DEL", does: "deletes a key", before: []string{"SADD a 1"}, ops: []op{cmd("DEL", "a")}, want: map[string]string{"a": ""}},
	{
		op: "EXPIRE", does: "lets a key go in time", before: []string{"SET a 1"}, ops: []op{cmd("EXPIRE", "a", 0)},
		want: map[string]string{"a": ""},
	},
}
