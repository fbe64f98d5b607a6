// Package syncer is the engine: it makes a site's Redis hold exactly what its Notion says, however long that takes and
// whatever dies in between. It knows no HTTP, no Redis and no QStash: what it needs of them are small interfaces, the ports
// in package model.
//
// [Syncer.Trigger] asks for a sync, [Syncer.Run] works on one slice of it per message and publishes the next,
// [Syncer.Direct] does without messages as far as it can, [Syncer.Enqueue] makes jobs of webhook events,
// [Syncer.GiveUpOn] ends a job that the queue has given up on, [Syncer.Status] shows it all.
//
// # Words
//
//	job         one sync, from its trigger to its end; full (everything) or limited (what was asked for)
//	slice       the part of a job that one invocation works on
//	invocation  one run of the worker function, or of the direct route
//	lease       the right to work, which one invocation has at a time
//	task        work on a job's to-do list; its class says when its turn comes
//	sighting    a page that the job has found somewhere, and what is to be done with it
//	place       where a page stands: in a collection, below a page, in an inner database
//	child       a page or database that stands in a page's blocks; the latter is an inner database
//	record      what is remembered of a page between jobs
//	summary     what other pages show of a page: slug, title, icon
//	bundle      what the site reads of a page; its item is its line in an index
//	change      what one task does to the store, all of it or nothing
//	checkpoint  what was read of a page too long for one slice, kept with the job
//	outbox      what must still be sent after a job's end
//	observation something seen once that holds for later jobs, such as the data sources of a collection
//	index       the list of pages that the site reads of a collection or inner database
//	conflict    a slug that several pages want
//	edit        what a webhook event has named, until a job takes it over
//	brake       nothing is removed if too much would go at once
//	evidence    what the job has seen and listed to its end; only that can speak against a page that it has not seen
//
// # Rooms
//
// Each knows only those before it:
//
//	model      the nouns above, and the ports
//	work       the loop of an invocation: takes tasks, runs them, retries, notices an outage, stops; commits changes
//	place      where a page stands, whose slug is whose, and how a page leaves its place
//	discover   what there is: collections, rows, child pages
//	removal    what is gone: sweep, brake, confirmation; unused files
//	publish    from a page to its bundle: content, files, slug and links, indexes
//	syncer     jobs: triggers, slices and their hand-over, webhook events, outbox, status
//	plan       a dry run of it all
//
// A page's way through them: a listing shows it (discover/rows.go), its slug is reserved (place/reserve.go), it comes to the
// head of the list (work/loop.go, work/attempt.go), is resolved (publish/page.go), read (publish/content.go, tree.go, lists.go),
// its files are copied (publish/media.go), its bundle is made (publish/compose.go) and committed (work/commit.go, of which package
// store makes one transaction: commit.go, scripts/transact.lua), and at last its index is written (publish/indexes.go).
//
// # A job's life
//
//	            trigger                      first message, nobody runs
//	(nothing) ----------> queued ------------------------------------------> running <--+
//	                      ^    |  first message while another job runs:        |  |  |   | continuation:
//	   folds: a trigger   |    |  it waits, and is published again when        |  |  +---+ budget used, window
//	   joins its scope    +----+  that one ends                                |  |        used up, retry pause
//	                                                                           |  |
//	                                     to-do list empty: done <--------------+  +-----> failed: wrong token,
//	                                     (pages may have failed)                          no progress, given up on
//
// One lease lets one invocation work at a time. At most one job has begun and not ended, at most one waits.
//
// # The to-do list
//
// What a job has to do is a list of tasks in the store. Finishing a task, everything it changes and every task that
// follows from it are one transaction, which first checks that the lease is still held and that the task still stands on
// the list as it was read. So the list is always the truth about what is left: an invocation can be killed anywhere, a
// message can come twice, and the next invocation goes on where this one stopped. A job whose list is empty is done.
//
// Tasks have classes, and work of one class begins when none of a lower one is left:
//
//	restore    whose the slugs are, what is published, and what stands in the indexes, where Redis has lost that: of what is
//	           left of it, and of what the site reads
//	ref        find out which pages names stand for, and the data sources of the collections
//	discover   find data sources inside pages; list rows, 100 a request; check lists of blocks, or single child pages, for
//	           changes
//	place      locate pages that were asked for by name. To be named is not to be placed: a page whose parent is not published
//	           waits, and its parent is named too
//	fetch      read a collection page and write its bundle; child pages and inner databases join as they are found
//	below      the same for child pages and rows
//	retry      what failed is tried again, in another slice
//	sweep      known pages that nothing has shown, although everything that could was listed to its end
//	confirm    each of them is read before it is removed
//	orphans    pages under those that went, where these were not known to contain them; lists of inner databases that no page
//	           contains
//	refresh    bundles that show outdated summaries of other pages, made anew from what is stored
//	early      relink, early, where a page's slug was another's: subpages follow their parents before anybody is denied a slug
//	conflicts  pages whose slug was another's: by now it is known who goes and who moves; then once more the sweep, for what
//	           these pages contain no more
//	await      named pages whose parent was not published when their turn came: by now everything that could show them is
//	           read. A page goes only if what stands above it certainly is no part of the site
//	relink     find the bundles that refresh makes anew: of parents, children and linkers of pages whose summary has changed
//	indexes    the lists of pages that the site reads
//	files      copies of files that no page shows any more
//
// A slug at which a page is published is that page's until it leaves by itself. For one that is not published yet, the pages
// that want it are ranked before any of them is written: each reserves its slug when it is found, and what is reserved for
// a page yields to one that goes before it.
//
// A task may add work of a lower class, such as a page found late; the job goes back to it and comes forward again.
//
// # Events
//
// [Syncer.Enqueue] takes what Notion's webhook says has changed. It keeps the names of pages in the store, each with the time
// at which it is due: ten seconds after the page's last event, a minute after its first at most, and more than a minute
// after a job last took the page over. Then it sees to it that a message will pick up what is due first. When that message
// comes, what is due by then becomes a job, under the message's own id, which waits or runs like any other; for what is due
// later there is another message.
//
//	event --> enqueued --> message published --> event known    killed on the way: Notion sends the event again
//	message --> job stored, names struck off --> job runs       one transaction, then a job like others
//	        \-> next message published, if anything is enqueued
//
// A message that is lost is published again by the next event or trigger. When such a job fails, what it has taken over is
// enqueued again. A page that a job could not read is enqueued again, too, three times at most, after a pause that grows.
// What events leave out, the next full sync finds.
//
// # What fails, what happens, what the user sees
//
//	killed at the time limit    the queue delivers the slice again, it waits for the lease to run out and goes on;
//	                            lost are the pages in flight; the status shows the slice again
//	every delivery fails        the queue gives up, the job fails with the last answer as its reason; the next job finds
//	                            done what was done, and shows everywhere what the failed one had changed
//	nothing can be published    the queue delivers the slice again; when it gives up, its callback publishes what comes
//	                            next, again for half an hour
//	direct sync killed          it goes on with the next trigger, cron run or direct sync: no message is on its way
//	message lost for good       the job is stalled; the next trigger or cron run publishes its slice again
//	message delivered twice     the second finds the slice past, and publishes what comes next if the first could not, or
//	                            the lease held and answers busy
//	trigger while one runs      it waits; further triggers fold into it
//	Notion 429, 529             everybody pauses; a pause of seconds is waited out, a longer one becomes the delay of
//	                            the continuation
//	Notion 5xx, timeouts        the request is repeated by the Source; then the page is tried in three slices; then it is
//	                            listed as failed, stays as the site had it, and the next job reads it whatever its stamp
//	one request told to wait    asked again when the wait is over, alone and after something else was answered; told so
//	  each time it is made      again, that counts as an attempt like a failure
//	Notion down                 seen by one request, the probe, where something has failed and nothing was answered since:
//	                            nothing counts against pages; each slice begins with the probe, and is over if that is not
//	                            answered; pauses grow to an hour; the job fails, with the reason, after GiveUp without
//	                            progress
//	Notion 4xx for a page       listed as failed at once
//	wrong token                 the job fails at once and names the variable
//	a collection can't be read  a warning; nothing of it is removed; the others go on; if none can be read the job fails
//	a listing is cut off        it goes on by time of creation; where it cannot, a warning, and nothing of it is removed
//	listing silently short      every page it left out is read before it is removed; alive, it stays, with a warning
//	too much gone at once       nothing is removed, with a warning, unless a full forced sync was asked for
//	a listing's cursor refused  it begins anew; refused again and again, what it lists is reported as not read
//	synced block edited         pages with a copy of it are read too, if the page of the original is one of the site's
//	file store refuses us       files keep Notion's links; a few requests, one warning; tried again in the next job
//	two pages, one slug         the one that has it keeps it; the other is not published, a warning names both
//	Redis connection lost       what was asked is asked again; else the slice ends with an error, and the queue delivers
//	                            it again, for half an hour
//	Redis refuses a value       that page fails, its size named; an index is written by the next job, with a warning
//	Redis has lost something    the sweep of each full sync looks for every page's bundle, item, list and slug, and reads anew
//	                            a page that lacks one, with a warning; a missing index is written. Pages whose records are
//	                            lost get them back from their bundles, so that those gone from Notion go. A full forced
//	                            sync makes everything anew, and looks whether files are where they were put
//	… of the job that runs      its to-do list: the job fails and starts over, once; what it had seen or listed: nothing is
//	                            removed, with a warning; which data sources a collection has: Notion is asked again
//	a clock is wrong            by seconds: nothing depends on it; messages are refused from ten seconds on
//	deployed in the middle      a job of another Version, or begun with other collections, filters or SYNC_CONTENT, fails and
//	                            starts over as a new one
//
// The tests named TestChaos in package app do all of this to whole syncs, through the routes, and compare what Redis holds
// at last, byte for byte, with what an undisturbed sync would have left there.
package syncer
