package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"notionsync/pkg/page"
)

// Source is Notion as the engine reads it. One call is one request, or none at all when it returns a [*Wait]. Errors are
// told apart with errors.Is against ErrNotFound, ErrRefused, ErrUnauthorized, ErrCursor and ErrWindow and errors.As against
// [*Wait]; any other error is one that a retry may cure. All methods are safe for concurrent use.
type Source interface {
	// Database resolves the id of a database, or of a data source, to its data sources. A database without
	// any (a linked view) is no error.
	Database(ctx context.Context, id string) (Database, error)
	// Rows lists up to 100 pages of one data source, oldest first.
	Rows(ctx context.Context, q Query) (Rows, error)
	// Children lists up to 100 blocks that stand directly under a page or block.
	Children(ctx context.Context, blockID, cursor string) (Children, error)
	// Page reads one page object: properties, no content.
	Page(ctx context.Context, id string) (page.Object, error)
	// Markdown reads the content of a page, or of a block of one, as Markdown of Notion's own making.
	Markdown(ctx context.Context, id string) (Markdown, error)
	// Block reads one block, without what stands below it.
	Block(ctx context.Context, id string) (page.Block, error)
	// Property lists up to 100 values of one property of a page. propertyID is used as Notion sent it.
	Property(ctx context.Context, pageID, propertyID, cursor string) (PropertyItems, error)
}

// Database is a container of data sources: what a user sees as a database.
type Database struct {
	ID      string // of the container, also when a data source was asked for
	Title   string
	Gone    bool // in the trash
	Parent  page.Parent
	Sources []DataSource
}

// DataSource is one table of rows.
type DataSource struct{ ID, Name string }

// Query selects a page of rows.
type Query struct {
	DataSource string
	Cursor     string          // of the previous answer, empty at first
	Since      time.Time       // only rows created at or after this time; the zero time means all
	Until      time.Time       // only rows created at or before this time; the zero time means all
	Filter     json.RawMessage // the user's filter object, nil for none
	Size       int             // at most so many rows; 0: as many as Notion gives at once
}

// Rows is one page of a listing.
type Rows struct {
	Pages      []page.Object // one that is not whole says only that this page is among the rows
	Next       string        // empty on the last page
	Incomplete bool          // Notion stopped at its 10,000 rows: more exist than this query will ever list
	Size       int           // so many rows Notion can list at once, as has just been found; 0: as many as were asked for
}

// Children is one page of a block list.
type Children struct {
	Blocks []page.Block
	Next   string
}

// Markdown is the content of a page or block in Notion's own Markdown.
type Markdown struct {
	Text      string   `json:"text"`
	Truncated bool     `json:"truncated,omitempty"` // something is left out: a tag stands for it
	Unknown   []string `json:"unknown,omitempty"`   // blocks left out, each of which can be asked for like a page
}

// PropertyItems is one page of a property's values: verbatim property_item objects.
type PropertyItems struct {
	Items []json.RawMessage
	Next  string
}

// What a Source's errors are, beside [*Wait] and errors that a retry may cure.
var (
	// ErrNotFound: the object does not exist or is not shared with the integration. Not proof of deletion.
	ErrNotFound = errors.New("not found, or not shared with the integration")
	// ErrRefused: Notion will not answer this request however often it is made.
	ErrRefused = errors.New("refused by Notion")
	// ErrUnauthorized: the token is wrong or was revoked. No request can succeed.
	ErrUnauthorized = errors.New("the Notion token was refused")
	// ErrCursor: the cursor is no longer accepted, the listing must start over.
	ErrCursor = errors.New("cursor refused")
	// ErrWindow: the memory of requests could not be asked whether one may be made. That is Redis's fault, not Notion's.
	ErrWindow = errors.New("the window of requests to Notion could not be asked")
)

// Wait is returned instead of sleeping: no request may be made before After has passed.
type Wait struct {
	After  time.Duration
	Reason string // for people: which limit, whose word
	Soft   bool   // who asks up to a few seconds early is made to wait, and needs not go away again
}

func (w *Wait) Error() string {
	return fmt.Sprintf("must wait %s: %s", w.After.Round(time.Millisecond), w.Reason)
}

type begunKey struct{}

// Begun marks requests that go on with a page of which something was read already. Where requests have to wait they are
// to go first: a page that is half read when no more are free has to be checkpointed, and taken up again.
func Begun(ctx context.Context) context.Context { return context.WithValue(ctx, begunKey{}, true) }

// IsBegun reports whether Begun has marked a request's context.
func IsBegun(ctx context.Context) bool { return ctx.Value(begunKey{}) != nil }

// WithSources reads a database. One in the trash, and one that shows no data source, count as not found.
func WithSources(ctx context.Context, src Source, id string) (Database, error) {
	db, err := src.Database(ctx, id)
	switch {
	case err != nil:
		return db, err
	case db.Gone:
		return db, fmt.Errorf("%q is in the trash: %w", db.Title, ErrNotFound)
	case len(db.Sources) == 0:
		return db, fmt.Errorf("%q shows no data source; if it is a linked view, share the original database: %w", db.Title, ErrNotFound)
	}
	return db, nil
}
