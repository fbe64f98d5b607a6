package notion

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"

	"github.com/jomei/notionapi"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

// Page reads one page object, a whole one. Its Raw is the whole answer, so it also holds the request_id of this one read.
func (c *Client) Page(ctx context.Context, id string) (page.Object, error) {
	id, err := parseID("page", id)
	if err != nil {
		return page.Object{}, err
	}
	k := &call{kind: "page", asked: fmt.Sprintf("page %q", id)}
	body, err := c.getPage(ctx, k, id)
	if err != nil {
		return page.Object{}, err
	}
	obj, err := page.DecodeObject(body)
	if err == nil && !obj.Whole() {
		err = fmt.Errorf("%w: shown only in part, or with unreadable stamps", page.ErrShape)
	}
	if err != nil {
		return page.Object{}, fmt.Errorf("notion: %s: %w", k.asked, err)
	}
	return obj, nil
}

// Property lists up to 100 values of one property of a page. Properties that are not lists are one value.
func (c *Client) Property(ctx context.Context, pageID, propertyID, cursor string) (model.PropertyItems, error) {
	id, err := parseID("page", pageID)
	if err != nil {
		return model.PropertyItems{}, err
	}
	if !isPropertyID(propertyID) {
		return model.PropertyItems{}, fmt.Errorf("notion: property %q of page %q: %w",
			propertyID, id, refusal("not a property id"))
	}
	query := url.Values{"page_size": {strconv.Itoa(pageSize)}}
	if cursor != "" {
		query.Set("start_cursor", cursor)
	}
	k := &call{
		kind:   "property",
		asked:  fmt.Sprintf("property %q of page %q", propertyID, id),
		path:   "pages/" + id + "/properties/" + propertyID, // the library has no such call
		query:  query,
		cursor: cursor != "",
	}
	body, err := c.getPage(ctx, k, id)
	if err != nil {
		return model.PropertyItems{}, err
	}
	items, err := decodeItems(body)
	if err != nil {
		return model.PropertyItems{}, fmt.Errorf("notion: %s: %w", k.asked, err)
	}
	return items, nil
}

func (c *Client) getPage(ctx context.Context, k *call, id string) ([]byte, error) {
	return c.send(ctx, k, func(ctx context.Context) error {
		_, err := c.api.Page.Get(ctx, notionapi.PageID(id))
		return err
	})
}

func decodeItems(body []byte) (model.PropertyItems, error) {
	var head struct {
		Object string `json:"object"`
	}
	if json.Unmarshal(body, &head) == nil && head.Object == "property_item" {
		return model.PropertyItems{Items: []json.RawMessage{body}}, nil
	}
	l, err := decodeList(body)
	if err != nil {
		return model.PropertyItems{}, err
	}
	return model.PropertyItems{Items: l.Results, Next: l.next()}, nil
}

// propertyIDForm is that of one path segment. Notion sends property ids percent-encoded already (such as
// "%60%5B%3E%7B"), and encoding them again would ask for another property.
var propertyIDForm = regexp.MustCompile(`^(?:[A-Za-z0-9_.!~*'():;@&=+$,-]|%[0-9A-Fa-f]{2})+$`)

func isPropertyID(id string) bool {
	plain, err := url.PathUnescape(id)
	return err == nil && propertyIDForm.MatchString(id) && plain != "." && plain != ".."
}
