package notion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jomei/notionapi"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// Database resolves the id of a database, or of a data source, to its data sources. Ids of the two kinds look alike and
// are not interchangeable, so an id that is no database's is asked for once more as a data source's: a second request.
// When it is neither, the error is the database's.
func (c *Client) Database(ctx context.Context, id string) (model.Database, error) {
	id, err := parseID("database", id)
	if err != nil {
		return model.Database{}, err
	}
	db, err := c.database(ctx, id)
	if !perhapsDataSource(err) {
		return db, err
	}
	db, sourceErr := c.dataSource(ctx, id)
	if errors.Is(sourceErr, model.ErrNotFound) || errors.Is(sourceErr, model.ErrRefused) {
		return model.Database{}, err
	}
	return db, sourceErr
}

// perhapsDataSource: Notion does not say which answer a data source's id gets from the database endpoint. Not found is
// documented for every id it cannot resolve, validation_error for those it takes for malformed.
func perhapsDataSource(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Code == codeNotFound || e.Code == codeValidation)
}

// container is what database and data source objects have in common.
type container struct {
	Object string `json:"object"`
	ID     string `json:"id"`
	Title  []struct {
		PlainText string `json:"plain_text"`
	} `json:"title"`
	InTrash     bool               `json:"in_trash"`
	Archived    bool               `json:"archived"`
	Parent      page.Parent        `json:"parent"`
	Above       page.Parent        `json:"database_parent"` // of a data source: where its database stands
	DataSources []model.DataSource `json:"data_sources"`
}

func (c *Client) database(ctx context.Context, id string) (model.Database, error) {
	k := &call{kind: "database", asked: fmt.Sprintf("database %q", id)}
	obj, err := c.container(ctx, k, id, "database")
	if err != nil {
		return model.Database{}, err
	}
	return model.Database{ID: obj.ID, Title: obj.title(), Gone: obj.gone(), Parent: obj.Parent, Sources: obj.DataSources}, nil
}

// dataSource presents a data source as a database of which it is the only one.
func (c *Client) dataSource(ctx context.Context, id string) (model.Database, error) {
	k := &call{kind: "database", asked: fmt.Sprintf("data source %q", id), path: "data_sources/" + id}
	obj, err := c.container(ctx, k, id, "data_source")
	if err != nil {
		return model.Database{}, err
	}
	return model.Database{
		// A source synced from outside may stand under another data source and name no database.
		ID:      orElse(obj.Parent.DatabaseID, obj.ID),
		Title:   obj.title(),
		Gone:    obj.gone(),
		Parent:  obj.Above,
		Sources: []model.DataSource{{ID: obj.ID, Name: obj.title()}},
	}, nil
}

func (c *Client) container(ctx context.Context, k *call, id, object string) (container, error) {
	body, err := c.send(ctx, k, func(ctx context.Context) error {
		_, err := c.api.Database.Get(ctx, notionapi.DatabaseID(id))
		return err
	})
	if err != nil {
		return container{}, err
	}
	var obj container
	if err := json.Unmarshal(body, &obj); err != nil {
		return container{}, fmt.Errorf("notion: %s: %w: %w", k.asked, page.ErrShape, err)
	}
	if obj.Object != object || obj.ID == "" {
		return container{}, fmt.Errorf("notion: %s: %w: object %q with id %q",
			k.asked, page.ErrShape, obj.Object, obj.ID)
	}
	return obj, nil
}

func (c container) title() string {
	var b strings.Builder
	for _, text := range c.Title {
		b.WriteString(text.PlainText)
	}
	return b.String()
}

func (c container) gone() bool { return c.InTrash || c.Archived }
