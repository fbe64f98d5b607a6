package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"notionsync/pkg/page"
)

// Media copies files whose links expire to where they stay. It is safe for concurrent use.
type Media interface {
	// Keep copies the file behind a link. copy is 0, or one more than that of the copy that was dropped last: each has a
	// key of its own, so that the removal of an older one, however late, never takes it away. ErrLinkExpired: the link is
	// good no more, a fresh one may be. ErrStoreRefused: no other file would fare better. Any other error means that the
	// file cannot be copied now.
	Keep(ctx context.Context, link string, copy int) (KeptFile, error)
	// Has reports whether a copy is where readers look for it. An error: nobody can tell.
	Has(ctx context.Context, kept KeptFile) (bool, error)
	// Drop removes copies by their keys. One that is gone already is no error.
	Drop(ctx context.Context, keys []string) error
}

var (
	// ErrLinkExpired: a file's link is good no more.
	ErrLinkExpired = errors.New("the file's link has expired")
	// ErrStoreRefused: the file store takes nothing from us, whatever the file. The text of an error that wraps it names
	// no file.
	ErrStoreRefused = errors.New("the file store refuses us")
)

// KeptFile is a file that has been copied.
type KeptFile struct {
	URL         string `json:"url"` // for the site
	Key         string `json:"key"` // for Drop
	Width       int    `json:"width,omitempty"`
	Height      int    `json:"height,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	Bytes       int64  `json:"bytes,omitempty"`
	Copy        int    `json:"copy,omitempty"` // which copy of the file it is, from 0

	// Dropped is when it was found that no page shows the copy. It counts as gone from then on, whether it could be
	// removed yet or not: who needs the file copies it anew.
	Dropped time.Time `json:"dropped,omitzero"`
}

// copiesAtOnce is how many files are copied at the same time by one invocation: each holds a part of its file in memory.
const copiesAtOnce = 4

// fileState is what an invocation knows of the file store.
type fileState struct {
	copying  chan struct{} // one element for each file being copied
	verified sync.Map      // keys of copies of files that are known to be there

	mu      sync.Mutex
	refused error // why it takes nothing
}

func newFileState() *fileState { return &fileState{copying: make(chan struct{}, copiesAtOnce)} }

// fileID identifies a file: its link without the query, which is signed anew for every reader.
func fileID(link string) string {
	id, _, _ := strings.Cut(link, "?")
	return id
}

// keeper sees to the files of one page.
type keeper struct {
	sl     *slice
	target *target
	object page.Object
	native bool // the page's content is Notion's Markdown
	known  map[string]KeptFile

	mu    sync.Mutex
	links map[string]string // Notion's link → ours
	media map[string]page.Media
	ids   []string
	warn  []string
	count Counts
	err   error // of the store, or the slice's end
}

// keepFiles copies the files that Notion hosts and are not copied yet, and puts the lasting links in their place. A file
// that cannot be copied keeps Notion's link, and its page is read again in the next job.
func (sl *slice) keepFiles(ctx context.Context, t *target, o page.Object, body *content) (*keeper, error) {
	k := &keeper{
		sl: sl, target: t, object: o, native: body.native,
		links: map[string]string{}, media: map[string]page.Media{}, count: Counts{},
	}
	files := body.files(o)
	if len(files) == 0 {
		return k, nil
	}
	if sl.Media == nil {
		t.next.Unkept = true
		k.warn = []string{"files that Notion hosts are not mirrored, their links expire after an hour; " +
			"set BLOB_READ_WRITE_TOKEN, or the S3_ variables"}
		return k, nil
	}
	ids := make([]string, len(files))
	for i, f := range files {
		ids[i] = fileID(f.URL)
	}
	var err error
	if k.known, err = sl.Store.Files(ctx, ids); err != nil {
		return k, err
	}
	var wg sync.WaitGroup
	for _, f := range files {
		kept, ok := k.known[fileID(f.URL)]
		if ok && kept.Dropped.IsZero() && !sl.job.Scope.all() {
			k.use(f.URL, kept, CountReused)
			continue
		}
		wg.Go(func() { k.copy(ctx, f) })
	}
	wg.Wait()
	return k, k.err
}

// copy copies one file, and notes at once where: a page with many of them need not fit into one slice. A full forced job
// does not copy what is there.
func (k *keeper) copy(ctx context.Context, f page.FileRef) {
	defer func() {
		if err := k.sl.panicked(ctx, k.target.entry, recover()); err != nil {
			k.fail(f, err)
		}
	}()
	select {
	case k.sl.files.copying <- struct{}{}:
		defer func() { <-k.sl.files.copying }()
	case <-ctx.Done():
		k.stop(ctx.Err())
		return
	}
	known, copied := k.known[fileID(f.URL)]
	switch {
	case copied && !known.Dropped.IsZero():
		known.Copy++
	case copied && k.sl.has(ctx, known):
		k.use(f.URL, known, CountReused)
		return
	}
	if err := k.sl.storeRefused(nil); err != nil {
		k.fail(f, err) // without fetching the file first, only to be refused again
		return
	}
	limit, cancel := context.WithTimeout(ctx, k.sl.Budget/2) // what begins with a slice is decided within it
	defer cancel()
	kept, err := k.sl.Media.Keep(limit, f.URL, known.Copy)
	if errors.Is(err, ErrLinkExpired) {
		kept, err = k.renewed(limit, f, known.Copy)
	}
	kept.Copy = known.Copy
	var wait *Wait
	switch {
	case ctx.Err() != nil:
		k.stop(ctx.Err())
	case errors.As(err, &wait):
		k.stop(err)
	case errors.Is(err, ErrStoreRefused):
		k.fail(f, k.sl.storeRefused(err))
	case err != nil:
		k.fail(f, err)
	default:
		id := fileID(f.URL)
		if err := k.sl.commit(ctx, &Change{Files: map[string]KeptFile{id: kept}}); err != nil {
			k.stop(err)
			return
		}
		k.sl.gotOn(k.target.entry)
		k.use(f.URL, kept, CountMirrored)
	}
}

// has reports whether a copy is where it should be, asking once in a slice for each. Where nobody can tell, it is.
func (sl *slice) has(ctx context.Context, kept KeptFile) bool {
	if _, asked := sl.files.verified.Load(kept.Key); asked {
		return true
	}
	there, err := sl.Media.Has(ctx, kept)
	if there && err == nil {
		sl.files.verified.Store(kept.Key, true)
	}
	return there || err != nil
}

// renewed reads the file's block, Markdown or page again for a fresh link.
func (k *keeper) renewed(ctx context.Context, f page.FileRef, copy int) (KeptFile, error) {
	var fresh []page.FileRef
	same := func(other page.FileRef) bool { return fileID(other.URL) == fileID(f.URL) }
	switch {
	case k.native && !slices.ContainsFunc(page.Files(k.object, nil), same):
		md, err := k.sl.Source.Markdown(ctx, k.target.entry.ID)
		if err != nil {
			return KeptFile{}, err
		}
		fresh = page.NativeFiles(md.Text)
	case f.Block == "":
		o, err := k.sl.Source.Page(ctx, k.target.entry.ID)
		if err != nil {
			return KeptFile{}, err
		}
		fresh = page.Files(o, nil)
	default:
		b, err := k.sl.Source.Block(ctx, f.Block)
		if err != nil {
			return KeptFile{}, err
		}
		fresh = page.Files(page.Object{}, []page.Block{b})
	}
	for _, again := range fresh {
		if same(again) {
			return k.sl.Media.Keep(ctx, again.URL, copy)
		}
	}
	return KeptFile{}, errors.New("it is not there any more")
}

func (k *keeper) use(link string, kept KeptFile, counter string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.links[link] = kept.URL
	k.media[kept.URL] = page.Media{
		Width: kept.Width, Height: kept.Height, ContentType: kept.ContentType, Bytes: kept.Bytes,
	}
	if id := fileID(link); !slices.Contains(k.ids, id) {
		k.ids = append(k.ids, id)
	}
	k.count[counter]++
}

func (k *keeper) fail(f page.FileRef, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.target.next.Unkept = true
	k.count[CountUnkept]++
	if errors.Is(err, ErrStoreRefused) { // once in a job, where the same text counts once
		k.warn = append(k.warn, fmt.Sprintf("no file could be copied, they keep Notion's links, which expire after an hour: %v", err))
		return
	}
	k.warn = append(k.warn, fmt.Sprintf("file %q of page %s could not be copied and keeps Notion's link; it is tried again "+
		"in the next job: %v", f.Name, k.target.entry.ID, err))
}

// storeRefused notes that the file store refuses us, unless err is nil, and returns the first such error of the slice.
func (sl *slice) storeRefused(err error) error {
	sl.files.mu.Lock()
	defer sl.files.mu.Unlock()
	if sl.files.refused == nil {
		sl.files.refused = err
	}
	return sl.files.refused
}

func (k *keeper) stop(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err == nil {
		k.err = err
	}
}
