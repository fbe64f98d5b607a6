package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/place"
)

// fileID identifies a file: its link without the query, which is signed anew for every reader.
func fileID(link string) string {
	id, _, _ := strings.Cut(link, "?")
	return id
}

// keeper sees to the files of one page.
type keeper struct {
	inv    *Room
	target *place.Target
	object page.Object
	native bool // the page's content is Notion's Markdown
	known  map[string]model.KeptFile

	mu    sync.Mutex
	links map[string]string // Notion's link → ours
	media map[string]page.Media
	ids   []string
	warn  []string
	count model.Counts
	err   error // of the store, or the slice's end
}

// keepFiles copies the files that Notion hosts and are not copied yet, and puts the lasting links in their place. A file
// that cannot be copied keeps Notion's link, and its page is read again in the next job.
func (inv *Room) keepFiles(ctx context.Context, t *place.Target, o page.Object, body *content) (*keeper, error) {
	k := &keeper{
		inv: inv, target: t, object: o, native: body.native,
		links: map[string]string{}, media: map[string]page.Media{}, count: model.Counts{},
	}
	files := body.files(o)
	if len(files) == 0 {
		return k, nil
	}
	if inv.Media == nil {
		t.Next.Unkept = true
		k.warn = []string{"files that Notion hosts are not mirrored, their links expire after an hour; " +
			"set BLOB_READ_WRITE_TOKEN, or the S3_ variables"}
		return k, nil
	}
	ids := make([]string, len(files))
	for i, f := range files {
		ids[i] = fileID(f.URL)
	}
	var err error
	if k.known, err = inv.Store.Files(ctx, ids); err != nil {
		return k, err
	}
	var wg sync.WaitGroup
	for _, f := range files {
		kept, ok := k.known[fileID(f.URL)]
		if ok && kept.Dropped.IsZero() && !inv.Job.Scope.All() {
			k.use(f.URL, kept, model.CountReused)
			continue
		}
		wg.Go(func() { k.copy(ctx, f) })
	}
	wg.Wait()
	return k, k.err
}

// copy copies one file, and has it remembered at once where: a page with many of them need not fit into one slice. A full forced job
// does not copy what is there.
func (k *keeper) copy(ctx context.Context, f page.FileRef) {
	defer func() {
		if err := k.inv.Panicked(ctx, k.target.Task, recover()); err != nil {
			k.fail(f, err)
		}
	}()
	select {
	case k.inv.files.copying <- struct{}{}:
		defer func() { <-k.inv.files.copying }()
	case <-ctx.Done():
		k.stop(ctx.Err())
		return
	}
	known, copied := k.known[fileID(f.URL)]
	switch {
	case copied && !known.Dropped.IsZero():
		known.Copy++
	case copied && k.inv.has(ctx, known):
		k.use(f.URL, known, model.CountReused)
		return
	}
	if err := k.inv.storeRefused(nil); err != nil {
		k.fail(f, err) // without fetching the file first, only to be refused again
		return
	}
	limit, cancel := context.WithTimeout(ctx, k.inv.Budget/2) // what begins with a slice is decided within it
	defer cancel()
	kept, err := k.inv.Media.Keep(limit, f.URL, known.Copy)
	if errors.Is(err, model.ErrLinkExpired) {
		kept, err = k.renewed(limit, f, known.Copy)
	}
	kept.Copy = known.Copy
	var wait *model.Wait
	switch {
	case ctx.Err() != nil:
		k.stop(ctx.Err())
	case errors.As(err, &wait):
		k.stop(err)
	case errors.Is(err, model.ErrStoreRefused):
		k.fail(f, k.inv.storeRefused(err))
	case err != nil:
		k.fail(f, err)
	default:
		id := fileID(f.URL)
		if err := k.inv.Commit(ctx, &model.Change{KeptChange: model.KeptChange{Files: map[string]model.KeptFile{id: kept}}}); err != nil {
			k.stop(err)
			return
		}
		k.inv.Progressed(k.target.Task)
		k.use(f.URL, kept, model.CountMirrored)
	}
}

// has reports whether a copy is where it should be, asking once in a slice for each. Where nobody can tell, it is.
func (inv *Room) has(ctx context.Context, kept model.KeptFile) bool {
	if _, asked := inv.files.verified.Load(kept.Key); asked {
		return true
	}
	there, err := inv.Media.Has(ctx, kept)
	if there && err == nil {
		inv.files.verified.Store(kept.Key, true)
	}
	return there || err != nil
}

// renewed reads the file's block, Markdown or page again for a fresh link.
func (k *keeper) renewed(ctx context.Context, f page.FileRef, copy int) (model.KeptFile, error) {
	var fresh []page.FileRef
	same := func(other page.FileRef) bool { return fileID(other.URL) == fileID(f.URL) }
	switch {
	case k.native && !slices.ContainsFunc(page.Files(k.object, nil), same):
		md, err := k.inv.Source.Markdown(ctx, k.target.Task.ID)
		if err != nil {
			return model.KeptFile{}, err
		}
		fresh = page.NativeFiles(md.Text)
	case f.Block == "":
		o, err := k.inv.Source.Page(ctx, k.target.Task.ID)
		if err != nil {
			return model.KeptFile{}, err
		}
		fresh = page.Files(o, nil)
	default:
		b, err := k.inv.Source.Block(ctx, f.Block)
		if err != nil {
			return model.KeptFile{}, err
		}
		fresh = page.Files(page.Object{}, []page.Block{b})
	}
	for _, again := range fresh {
		if same(again) {
			return k.inv.Media.Keep(ctx, again.URL, copy)
		}
	}
	return model.KeptFile{}, errors.New("it is not there any more")
}

func (k *keeper) use(link string, kept model.KeptFile, counter string) {
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
	k.target.Next.Unkept = true
	k.count[model.CountUnkept]++
	if errors.Is(err, model.ErrStoreRefused) { // once in a job, where the same text counts once
		k.warn = append(k.warn, fmt.Sprintf("no file could be copied, they keep Notion's links, which expire after an hour: %v", err))
		return
	}
	k.warn = append(k.warn, fmt.Sprintf("file %q of page %s could not be copied and keeps Notion's link; it is tried again "+
		"in the next job: %v", f.Name, k.target.Task.ID, err))
}

// storeRefused notes that the file store refuses us, unless err is nil, and returns the first such error of the slice.
func (inv *Room) storeRefused(err error) error {
	inv.files.mu.Lock()
	defer inv.files.mu.Unlock()
	if inv.files.refused == nil {
		inv.files.refused = err
	}
	return inv.files.refused
}

func (k *keeper) stop(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err == nil {
		k.err = err
	}
}
