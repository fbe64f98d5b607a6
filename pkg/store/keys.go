package store

import (
	"strconv"
	"time"
)

// jobTTL is how long a job is remembered after it was last saved.
const jobTTL = 7 * 24 * time.Hour

// prolongEvery is how many slices lie between two at whose end all that a job keeps is prolonged. Every slice prolongs what
// it touches; the pause between two is an hour at most.
const prolongEvery = 32

// keys names everything we keep in Redis. All names begin with SYNC_KEY_PREFIX.
type keys struct{ prefix string }

// What the site reads.
func (k keys) page(slug string) string  { return k.prefix + "page:" + slug } // string: a bundle
func (k keys) index(name string) string { return k.prefix + name }           // string: <collection>:index or db:<id>

// What is remembered between jobs.
func (k keys) lease() string     { return k.prefix + "sync:lease" }     // string with a TTL: who works
func (k keys) running() string   { return k.prefix + "sync:running" }   // string: id of the job that has begun
func (k keys) waiting() string   { return k.prefix + "sync:waiting" }   // string: JSON of model.Waiting
func (k keys) jobs() string      { return k.prefix + "sync:jobs" }      // zset: job id by time of trigger, ms
func (k keys) pages() string     { return k.prefix + "sync:pages" }     // hash: page id → JSON of model.Record
func (k keys) slugs() string     { return k.prefix + "sync:slugs" }     // hash: slug → id of the page that has it
func (k keys) items() string     { return k.prefix + "sync:items" }     // hash: page id → its line in its index
func (k keys) failed() string    { return k.prefix + "sync:failed" }    // set: ids of pages that failed last time
func (k keys) databases() string { return k.prefix + "sync:databases" } // hash: id → JSON of model.InnerDatabase
func (k keys) facts() string     { return k.prefix + "sync:facts" }     // hash: name → observation
func (k keys) files() string     { return k.prefix + "sync:files" }     // hash: file → JSON of model.KeptFile
func (k keys) links() string     { return k.prefix + "sync:links" }     // hash: page or block id → ,ids,of,its,linkers, or * for many; and a mark
func (k keys) window() string    { return k.prefix + "sync:window" }    // hash: requests to Notion of the last minute

// What the site has not been told yet: sets of slugs, or of names of indexes.
func (k keys) news(kind string) string { return k.prefix + "sync:news:" + kind }

// What webhook events have named.
func (k keys) events() string { return k.prefix + "sync:events" } // zset: id of an event seen to by time, ms
func (k keys) due() string    { return k.prefix + "sync:due" }    // zset: what is to be synced by when, ms
func (k keys) since() string  { return k.prefix + "sync:since" }  // hash: the same → its first event, ms
func (k keys) recent() string { return k.prefix + "sync:recent" } // zset: what a job has taken over by time, ms
func (k keys) call() string   { return k.prefix + "sync:call" }   // hash: at: when a message will ask, ms; round

func (k keys) owed(set string) string   { return k.prefix + "sync:owed:" + set }   // set: of model.Set, see Change.Inherit
func (k keys) list(index string) string { return k.prefix + "sync:list:" + index } // zset: page id by −created, ms, then a mark

// built is where an index is written before it is put in place: string with a TTL, one name per holder of the lease.
func (k keys) built(token, index string) string {
	return k.prefix + "sync:built:" + token + ":" + index
}

func (k keys) builtList(token, index string) string { return k.built(token, "list:"+index) } // zset, in the same way

// What a job keeps until it ends.
func (k keys) job(id string) string      { return k.prefix + "sync:job:" + id }               // hash: doc, counters
func (k keys) todo(id string) string     { return k.prefix + "sync:job:" + id + ":todo" }     // zset: task key by class, order
func (k keys) entries(id string) string  { return k.prefix + "sync:job:" + id + ":entries" }  // hash: task key → revision|JSON
func (k keys) seen(id string) string     { return k.prefix + "sync:job:" + id + ":seen" }     // set: page ids met
func (k keys) drafts(id string) string   { return k.prefix + "sync:job:" + id + ":drafts" }   // set: ids of drafts met
func (k keys) complete(id string) string { return k.prefix + "sync:job:" + id + ":complete" } // set: ids listed to their end
func (k keys) parts(id string) string    { return k.prefix + "sync:job:" + id + ":parts" }    // hash: page|n → JSON, block id → list

// objects are the page objects of tasks on the to-do list, so many together that no key becomes too large.
func (k keys) objects(id string, n int) string { // hash: task key → JSON
	return k.prefix + "sync:job:" + id + ":objects:" + strconv.Itoa(n)
}

func (k keys) set(id, name string) string { return k.prefix + "sync:job:" + id + ":set:" + name } // set: of model.Set

// What stays of a job that has ended, beside its hash.
func (k keys) errors(id string) string   { return k.prefix + "sync:job:" + id + ":errors" }   // hash: page id → JSON of model.PageError
func (k keys) warnings(id string) string { return k.prefix + "sync:job:" + id + ":warnings" } // zset: text by time, ms
