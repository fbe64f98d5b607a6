package notion

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/jomei/notionapi"

	"notionsync/pkg/page"
	"notionsync/pkg/syncer/model"
)

const (
	pageSize        = 100 // the most Notion gives
	pageSizeDivisor = 4   // after an answer that says it was too many
)

// Rows lists up to 100 pages of one data source by creation, oldest first. Objects that are not pages (a wiki lists
// data sources too) are left out, so Rows without pages may still have a Next.
//
// A 503 here means that Notion's datastore timed out; the next attempt asks for fewer rows at once. A 500, 502 or 504 can
// mean that, too, or a moment's trouble: after the second in a row there is less asked for. The answer says which size
// Notion could manage, and whoever goes on with the listing asks for no more.
func (c *Client) Rows(ctx context.Context, q model.Query) (model.Rows, error) {
	id, err := parseID("data source", q.DataSource)
	if err != nil {
		return model.Rows{}, err
	}
	filter, err := windowed(q.Filter, q.Since, q.Until)
	if err != nil {
		return model.Rows{}, fmt.Errorf("notion: rows of data source %q: %w", id, err)
	}
	request := &notionapi.DatabaseQueryRequest{
		// The one order that edits made during a listing cannot change.
		Sorts: []notionapi.SortObject{{
			Timestamp: notionapi.TimestampCreated,
			Direction: notionapi.SortOrderASC,
		}},
		StartCursor: notionapi.Cursor(q.Cursor),
		PageSize:    orElse(q.Size, pageSize),
	}
	asked := request.PageSize
	if filter != nil {
		request.Filter = rawFilter{raw: filter}
	}
	k := &call{
		kind:   "query",
		asked:  fmt.Sprintf("rows of data source %q", id),
		path:   "data_sources/" + id + "/query", // the library only knows databases/{id}/query
		cursor: q.Cursor != "",
		lighter: func() ([]byte, error) {
			request.PageSize = max(request.PageSize/pageSizeDivisor, 1)
			return json.Marshal(request)
		},
	}
	body, err := c.send(ctx, k, func(ctx context.Context) error {
		_, err := c.api.Database.Query(ctx, notionapi.DatabaseID(id), request)
		return err
	})
	if err != nil {
		return model.Rows{}, err
	}
	rows, err := decodeRows(body)
	if err != nil {
		return model.Rows{}, fmt.Errorf("notion: %s: %w", k.asked, err)
	}
	if request.PageSize < asked {
		rows.Size = request.PageSize
	}
	return rows, nil
}

func decodeRows(body []byte) (model.Rows, error) {
	l, err := decodeList(body)
	if err != nil {
		return model.Rows{}, err
	}
	rows := model.Rows{
		Pages:      make([]page.Object, 0, len(l.Results)),
		Next:       l.next(),
		Incomplete: l.RequestStatus.Type == "incomplete",
	}
	for _, raw := range l.Results {
		var head struct {
			Object string `json:"object"`
		}
		if json.Unmarshal(raw, &head) == nil && head.Object != "" && head.Object != "page" {
			continue
		}
		obj, err := page.DecodeObject(raw)
		if err != nil {
			return model.Rows{}, err
		}
		rows.Pages = append(rows.Pages, obj)
	}
	return rows, nil
}

// tooMuch reports whether a query should ask for less after the error err, which came after the error before.
func tooMuch(err, before error) bool {
	if status := serverStatus(err); status != http.StatusServiceUnavailable {
		return status != 0 && serverStatus(before) != 0
	}
	return true
}

// serverStatus is the status of an answer that says a server could not cope; 0 if err is something else.
func serverStatus(err error) int {
	if e, ok := errors.AsType[*Error](err); ok && e.Status >= 500 && !e.limited() {
		return e.Status
	}
	return 0
}
