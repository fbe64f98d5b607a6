package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"notionsync/pkg/notion"
	"notionsync/pkg/store"
	"notionsync/pkg/syncer/model"
)

// reader returns a client that counts its requests into the window like every other, if Redis can be asked.
func (e *examination) reader() (*notion.Client, error) {
	c := e.config
	if err := c.tokenProblem(); err != nil {
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
func (e *examination) notionToken(ctx context.Context) []Finding {
	const name = "notion: token"
	if e.noNotion != nil {
		return []Finding{unchecked(name, e.noNotion)}
	}
	bot, err := e.notion.Me(ctx)
	var said *notion.Error
	switch {
	case err == nil && bot.Workspace != "":
		return []Finding{passed(name, "that of integration %q in workspace %q", bot.Name, bot.Workspace)}
	case err == nil:
		return []Finding{passed(name, "that of integration %q", bot.Name)}
	case errors.As(err, &said) && said.Status == http.StatusForbidden && said.Code != "":
		return []Finding{passed(name, "accepted; the integration may not read who it is, which is not needed")}
	}
	return []Finding{notionFailed(name, err)}
}

// tokenProblem is what is wrong with the token's own variables; nil if nothing is.
func (c *Config) tokenProblem() error {
	err := c.Check(NeedNotion)
	var config *ConfigError
	if !errors.As(err, &config) {
		return err
	}
	own := &ConfigError{}
	for _, problem := range config.Problems {
		switch problem.Name {
		case "NOTION_API_KEY", "NOTION_TOKEN", "NOTION_BASE_URL", "NOTION_RATE_LIMIT":
			own.Problems = append(own.Problems, problem)
		}
	}
	if len(own.Problems) == 0 {
		return nil
	}
	return own
}

// collections has one check for each collection that is named well enough.
func (e *examination) collections() (checks []check) {
	for _, col := range e.config.Collections {
		name := "notion: collection " + col.Name
		checks = append(checks, check{name, func(ctx context.Context) []Finding {
			return []Finding{e.collection(ctx, name, col)}
		}})
	}
	return checks
}

// collection resolves a collection as a sync does, and looks for its slug property.
func (e *examination) collection(ctx context.Context, name string, col Collection) Finding {
	variable := "NOTION_" + strings.ToUpper(col.Name) + "_DB"
	if e.noNotion != nil {
		return unchecked(name, e.noNotion)
	}
	db, err := e.notion.Database(ctx, col.Database)
	var said *notion.Error
	switch {
	case errors.As(err, &said) && said.Status == http.StatusBadRequest:
		return failed(name, err.Error(), "Set "+variable+" to the id or URL of a database and deploy again.")
	case errors.Is(err, model.ErrNotFound):
		return failed(name, fmt.Sprintf("database %s is not shared with the integration, or does not exist", col.Database),
			"In Notion open the database, ••• → Connections → add the integration; if it is shared, copy its id again into "+variable+".")
	case err != nil:
		return notionFailed(name, err)
	case db.Gone:
		return failed(name, fmt.Sprintf("database %q is in the trash", db.Title),
			"Restore it in Notion, or set "+variable+" to another database and deploy again.")
	case len(db.Sources) == 0:
		return failed(name, fmt.Sprintf("database %q has no data source that the integration may see; it may be a linked view", db.Title),
			"Set "+variable+" to the original database, share that (••• → Connections) and deploy again.")
	}
	var slugs []string
	for _, source := range db.Sources {
		slug, problem := e.source(ctx, name, col, source)
		if problem != nil {
			return *problem
		}
		slugs = append(slugs, slug)
	}
	sources := "1 data source"
	if n := len(db.Sources); n > 1 {
		sources = fmt.Sprint(n, " data sources")
	}
	return passed(name, "database %q, %s, %s", db.Title, sources, strings.Join(slugs, "; "))
}

// source says where the slugs of a data source come from, or what is wrong with it.
func (e *examination) source(
	ctx context.Context, name string, col Collection, source model.DataSource,
) (slug string, problem *Finding) {
	refuse := func(c Finding) (string, *Finding) { return "", &c }
	properties, err := e.notion.Schema(ctx, source.ID)
	if err != nil {
		return refuse(notionFailed(name, err))
	}
	slug = "no property named slug, so slugs are made from the titles"
	var unfit *notion.Property
	for _, property := range properties {
		if !strings.EqualFold(property.Name, "slug") {
			continue
		}
		switch property.Type {
		case "rich_text", "title", "url", "formula":
			slug, unfit = fmt.Sprintf("slugs from the property %q; pages without one are drafts", property.Name), nil
		default:
			unfit = &property
		}
	}
	if unfit != nil {
		return refuse(failed(name, fmt.Sprintf("property %q of %q is of the type %s, which holds no slug: slugs are made from "+
			"the titles", unfit.Name, source.Name, unfit.Type), "In Notion change the property's type to Text, or give it another name."))
	}
	if col.Filter == nil {
		return slug, nil
	}
	if _, err := e.notion.Rows(ctx, model.Query{DataSource: source.ID, Filter: col.Filter}); errors.Is(err, model.ErrRefused) {
		variable := "NOTION_" + strings.ToUpper(col.Name) + "_FILTER"
		return refuse(failed(name, variable+" is refused: "+err.Error(),
			"Correct "+variable+": names and types of its properties must be those of the database; then deploy again."))
	} else if err != nil {
		return refuse(notionFailed(name, err))
	}
	return slug + ", filtered", nil
}

// notionFailed is a check that Notion's answer, or its absence, has failed.
func notionFailed(name string, err error) Finding {
	var wait *model.Wait
	switch {
	case errors.As(err, &wait):
		return failed(name, "could not be asked now: "+wait.Error(),
			fmt.Sprintf("A sync is using Notion's requests: check again in %d seconds.", int(wait.After.Seconds())+1))
	case errors.Is(err, model.ErrUnauthorized):
		return failed(name, "Notion refuses the token: "+err.Error(),
			"Copy the integration's token again from https://www.notion.so/my-integrations into NOTION_API_KEY and deploy again.")
	case errors.Is(err, model.ErrRefused):
		return failed(name, err.Error(), "In the integration's settings allow it to read content.")
	default:
		return failed(name, "Notion does not answer: "+err.Error(),
			"See https://status.notion.so and check again; if it is set, NOTION_BASE_URL must be Notion's address.")
	}
}
