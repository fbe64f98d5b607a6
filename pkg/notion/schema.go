package notion

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/jomei/notionapi"

	"notionsync/pkg/page"
)

// Property is one column of a data source.
type Property struct{ Name, Type string }

// Schema lists the properties of a data source, by name. Errors are those of model.Source.
func (c *Client) Schema(ctx context.Context, dataSource string) ([]Property, error) {
	id, err := parseID("data source", dataSource)
	if err != nil {
		return nil, err
	}
	k := &call{kind: "database", asked: fmt.Sprintf("data source %q", id), path: "data_sources/" + id}
	body, err := c.send(ctx, k, func(ctx context.Context) error {
		_, err := c.api.Database.Get(ctx, notionapi.DatabaseID(id))
		return err
	})
	if err != nil {
		return nil, err
	}
	var source struct {
		Object     string `json:"object"`
		Properties map[string]struct {
			Type string `json:"type"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(body, &source); err != nil {
		return nil, fmt.Errorf("notion: %s: %w: %w", k.asked, page.ErrShape, err)
	}
	if source.Object != "data_source" {
		return nil, fmt.Errorf("notion: %s: %w: object %q", k.asked, page.ErrShape, source.Object)
	}
	properties := make([]Property, 0, len(source.Properties))
	for _, name := range slices.Sorted(maps.Keys(source.Properties)) {
		properties = append(properties, Property{name, source.Properties[name].Type})
	}
	return properties, nil
}
