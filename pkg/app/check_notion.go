package app

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"notionsync/pkg/diagnosis"
	"notionsync/pkg/notion"
	"notionsync/pkg/store"
	"notionsync/pkg/syncer/model"
)

// reader returns a client that counts its requests into the window like every other, if Redis can be asked.
func (e *examination) reader() (*notion.Client, error) {
	c := e.config
	if err := c.problemsOf("NOTION_API_KEY", "NOTION_BASE_URL", "NOTION_RATE_LIMIT"); err != nil {
		return nil, err
	}
	o := notion.Options{
		Token: c.NotionToken.Reveal(), BaseURL: string(c.NotionBaseURL), Timeout: checkPatience, Logger: e.log,
	}
	if e.store != nil {
		w, err := e.window(e.store)
		if err != nil {
			return nil, err
		}
		o.Window = &lenient{Window: w}
	}
	return notion.New(o)
}

// lenient is a window that grants everything once Redis has failed: what is wrong with Redis is another check's.
type lenient struct {
	*store.Window
	broken atomic.Bool
}

// windowPatience is how long the window is waited for.
const windowPatience = 2 * time.Second

// Take implements notion.Window.
func (l *lenient) Take(ctx context.Context, n int) (granted int, wait time.Duration, err error) {
	if l.broken.Load() {
		return n, 0, nil
	}
	limit, cancel := context.WithTimeout(ctx, windowPatience)
	defer cancel()
	if granted, wait, err = l.Window.Take(limit, n); err != nil && ctx.Err() == nil {
		l.broken.Store(true)
		return n, 0, nil
	}
	return granted, wait, err
}

// notionToken asks whose token it is.
func (e *examination) notionToken(ctx context.Context) []finding {
	const name = "notion: token"
	if e.noNotion != nil {
		return []finding{unchecked(name, e.noNotion)}
	}
	bot, err := e.notion.Me(ctx)
	var said *notion.Error
	switch {
	case err == nil && bot.Workspace != "":
		return []finding{passed(name, diagnosis.Of(diagnosis.NotionWorkspace, "name", bot.Name, "workspace", bot.Workspace))}
	case err == nil:
		return []finding{passed(name, diagnosis.Of(diagnosis.NotionToken, "name", bot.Name))}
	case errors.As(err, &said) && said.Status == http.StatusForbidden && said.Code != "":
		return []finding{passed(name, diagnosis.Of(diagnosis.NotionNameless))}
	}
	return []finding{notionFailed(name, err)}
}

// collections has one check for each collection that is named well enough.
func (e *examination) collections() (checks []check) {
	for _, col := range e.config.Collections {
		name := "notion: collection " + col.Name
		checks = append(checks, check{name, func(ctx context.Context) []finding {
			return []finding{e.collection(ctx, name, col)}
		}})
	}
	return checks
}

// collection resolves a collection as a sync does, and looks for its slug property.
func (e *examination) collection(ctx context.Context, name string, col Collection) finding {
	variable := "NOTION_" + strings.ToUpper(col.Name) + "_DB"
	if e.noNotion != nil {
		return unchecked(name, e.noNotion)
	}
	db, err := e.notion.Database(ctx, col.Database)
	about := []any{"variable", variable, "id", col.Database, "title", db.Title}
	var said *notion.Error
	switch {
	case errors.As(err, &said) && said.Status == http.StatusBadRequest:
		return because(name, err, diagnosis.Of(diagnosis.CollectionID, about...))
	case errors.Is(err, model.ErrNotFound):
		return failed(name, diagnosis.Of(diagnosis.CollectionUnshared, about...))
	case err != nil:
		return notionFailed(name, err)
	case db.Gone:
		return failed(name, diagnosis.Of(diagnosis.CollectionTrash, about...))
	case len(db.Sources) == 0:
		return failed(name, diagnosis.Of(diagnosis.CollectionView, about...))
	}
	var slugs diagnosis.All
	for _, source := range db.Sources {
		slug, problem := e.source(ctx, name, col, source)
		if problem != nil {
			return *problem
		}
		slugs = append(slugs, slug)
	}
	return passed(name, diagnosis.Of(diagnosis.CollectionFine, "title", db.Title, "sources", len(db.Sources), "slugs", slugs))
}

// source says where the slugs of a data source come from, or what is wrong with it.
func (e *examination) source(
	ctx context.Context, name string, col Collection, source model.DataSource,
) (slug diagnosis.Diagnosis, problem *finding) {
	refuse := func(f finding) (diagnosis.Diagnosis, *finding) { return diagnosis.Diagnosis{}, &f }
	properties, err := e.notion.Schema(ctx, source.ID)
	if err != nil {
		return refuse(notionFailed(name, err))
	}
	slug = diagnosis.Of(diagnosis.SlugTitles)
	var unfit *notion.Property
	for _, property := range properties {
		if !strings.EqualFold(property.Name, "slug") {
			continue
		}
		switch property.Type {
		case "rich_text", "title", "url", "formula":
			slug, unfit = diagnosis.Of(diagnosis.SlugProperty, "property", property.Name), nil
		default:
			unfit = &property
		}
	}
	if unfit != nil {
		return refuse(failed(name, diagnosis.Of(diagnosis.CollectionSlug,
			"property", unfit.Name, "source", source.Name, "type", unfit.Type)))
	}
	if col.Filter == nil {
		return slug, nil
	}
	if _, err := e.notion.Rows(ctx, model.Query{DataSource: source.ID, Filter: col.Filter}); errors.Is(err, model.ErrRefused) {
		variable := "NOTION_" + strings.ToUpper(col.Name) + "_FILTER"
		return refuse(because(name, err, diagnosis.Of(diagnosis.CollectionFilter, "variable", variable)))
	} else if err != nil {
		return refuse(notionFailed(name, err))
	}
	return slug, nil
}

// notionFailed is a check that Notion's answer, or its absence, has failed.
func notionFailed(name string, err error) finding {
	var wait *model.Wait
	switch {
	case errors.As(err, &wait):
		return because(name, wait, diagnosis.Of(diagnosis.NotionUsed, "seconds", int(wait.After.Seconds())+1))
	case errors.Is(err, model.ErrUnauthorized):
		return because(name, err, diagnosis.Of(diagnosis.NotionUnauthorized))
	case errors.Is(err, model.ErrRefused):
		return because(name, err, diagnosis.Of(diagnosis.NotionRefusal))
	default:
		return because(name, err, diagnosis.Of(diagnosis.NotionNoAnswer))
	}
}
