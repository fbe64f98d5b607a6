package publish

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/discover"
	"notionsync/pkg/syncer/model"
	"notionsync/pkg/syncer/work"
)

// content is what stands in a page: its blocks, or Notion's own Markdown and no blocks.
type content struct {
	blocks   []page.Block
	native   bool
	text     string // if native
	children []discover.FoundChild
}

// readContent reads what stands in a page. Where Notion's Markdown is wanted and is not whole, the page's blocks are read
// instead. On an error, what was read stays with the job, the page object too if it was unkept; the reader's task is the
// one on the list then.
func (inv *Room) readContent(ctx context.Context, e model.Task, unkept bool) (*treeReader, content, error) {
	t, err := inv.newReader(ctx, e, unkept)
	if err != nil {
		return t, content{}, err
	}
	if inv.Content == page.ContentMarkdown {
		c, whole, err := t.native(ctx)
		if err != nil {
			t.rescue(ctx, err)
			return t, content{}, model.FromSource(err)
		}
		if whole {
			return t, c, nil
		}
	}
	blocks, err := t.tree(ctx)
	if err != nil {
		t.rescue(ctx, err)
		return t, content{}, err
	}
	return t, content{blocks: blocks, children: t.found(e.ID, blocks)}, nil
}

// kindOf says what the content is, as bundles do: nothing where blocks are the rule.
func (inv *Room) kindOf(c content) string {
	switch {
	case c.native:
		return page.ContentMarkdown
	case inv.Content == page.ContentMarkdown:
		return page.ContentBlocks
	}
	return ""
}

// files are the files that Notion hosts in a page and its content.
func (c *content) files(o page.Object) []page.FileRef {
	return append(page.Files(o, c.blocks), page.NativeFiles(c.text)...)
}

// withLinks is the page and its content with files' links replaced.
func (c *content) withLinks(o page.Object, to map[string]string) page.Object {
	o, c.blocks = page.ReplaceFiles(o, c.blocks, to)
	c.text = page.ReplaceNativeFiles(c.text, to)
	return o
}

// targets are the pages that a page and its content link to.
func (c *content) targets(o page.Object) []string {
	targets := append(page.LinkTargets(o, c.blocks), page.NativeLinks(c.text)...)
	slices.Sort(targets)
	return slices.Compact(targets)
}

// markdown is the content as Markdown. Notion's own stays as Notion wrote it, but for the titles of pages.
func (c *content) markdown(r *model.Record) string {
	if c.native {
		return page.RetitleNative(c.text, r.Titles())
	}
	return r.Site().Markdown(c.blocks)
}

// maxGrafts is how many blocks that a page's Markdown leaves out are asked for one by one. Of a page that lacks more,
// the lists of blocks, a hundred with one request, are the shorter way.
const maxGrafts = 100

// nativePart names what is kept with the job of Notion's Markdown of a page or block.
func nativePart(id string) string { return "markdown:" + id }

// native reads Notion's Markdown of the page, and puts in its place what Notion has left out. It is not whole if
// something cannot be.
func (t *treeReader) native(ctx context.Context) (c content, whole bool, err error) {
	id := t.began.ID
	md, err := t.nativeOf(ctx, id)
	if err != nil {
		return c, false, err
	}
	read := t.lists[nativePart(id)].Read
	c = content{native: true, text: md.Text}
	if whole, err = t.graft(ctx, &c, md); err != nil || !whole {
		return c, false, err
	}
	c.children = nativeChildren(id, c.text)
	for i := range c.children {
		c.children[i].Read = read
	}
	return c, true, nil
}

// nativeChildren lists the child pages and databases that stand in a page's Markdown of Notion's own.
func nativeChildren(id, text string) (children []discover.FoundChild) {
	for _, child := range page.NativeKids(text) {
		k := discover.FoundChild{Block: page.Block{ID: child.ID, Type: "child_page", Title: child.Title}}
		if child.Database {
			k.Type = "child_database"
		}
		if child.Top {
			k.List = id
		}
		children = append(children, k)
	}
	return children
}

// graft puts the blocks that a page's Markdown leaves out where they belong, and those that these leave out. It reports
// whether nothing is missing then.
func (t *treeReader) graft(ctx context.Context, c *content, md model.Markdown) (whole bool, err error) {
	if md.Truncated && len(md.Unknown) == 0 {
		return false, nil
	}
	seen := map[string]bool{t.began.ID: true}
	for missing := md.Unknown; len(missing) > 0; {
		missing = slices.DeleteFunc(missing, func(id string) bool { return seen[id] })
		for _, id := range missing {
			seen[id] = true
		}
		if len(seen) > maxGrafts {
			return false, nil
		}
		parts, err := t.nativeOfAll(ctx, missing)
		if err != nil {
			return false, err
		}
		var next []string
		for _, id := range missing {
			part, readable := parts[id]
			if !readable {
				continue // its tag stays, as it would for a block of a type without a word
			}
			text, there := page.GraftNative(c.text, id, part.Text)
			if !there || part.Truncated && len(part.Unknown) == 0 {
				return false, nil
			}
			c.text = text
			next = append(next, part.Unknown...)
		}
		missing = next
	}
	return true, nil
}

// nativeOfAll asks for several blocks at once. Those that Notion does not give are absent: not found are the ones that are
// not shared with the integration.
func (t *treeReader) nativeOfAll(ctx context.Context, ids []string) (map[string]model.Markdown, error) {
	parts := map[string]model.Markdown{}
	var first error
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, id := range ids {
		wg.Go(func() {
			part, err := t.nativeOfBlock(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			var wait *model.Wait
			switch {
			case err == nil:
				parts[id] = part
			case errors.Is(err, model.ErrNotFound):
			case first == nil || errors.As(err, &wait):
				first = err // a wait says most about what to do next
			}
		})
	}
	wg.Wait()
	return parts, first
}

// nativeOfBlock returns Notion's Markdown of a block that the page's leaves out.
func (t *treeReader) nativeOfBlock(ctx context.Context, id string) (part model.Markdown, err error) {
	defer func() { err = cmp.Or(t.inv.Panicked(ctx, t.began, recover()), err) }()
	part, err = t.nativeOf(ctx, id)
	if errors.Is(err, model.ErrRefused) {
		if _, err := t.without(ctx, nativePart(id), "unknown", keptList{}, err); err != nil {
			return part, err
		}
		return part, model.ErrNotFound
	}
	return part, err
}

// nativeOf returns Notion's Markdown of the page or of one of its blocks.
func (t *treeReader) nativeOf(ctx context.Context, id string) (model.Markdown, error) {
	key := nativePart(id)
	t.mu.Lock()
	l, begun := t.lists[key]
	t.mu.Unlock()
	switch {
	case begun && l.Native != nil:
		return *l.Native, nil
	case begun && l.Refused != "":
		return model.Markdown{}, model.ErrNotFound
	}
	ask, ok := t.mayAsk(ctx)
	if !ok {
		return model.Markdown{}, work.ErrPaused
	}
	read := t.inv.Time()
	md, err := t.inv.Source.Markdown(ask, id)
	if err != nil {
		return model.Markdown{}, err
	}
	t.inv.HoldBlocks(t.began, len(md.Text))
	return md, t.keep(ctx, key, keptList{Native: &md, Read: read})
}
