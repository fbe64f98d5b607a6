package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrShape: the JSON is not the Notion object it was taken for.
var ErrShape = errors.New("page: not a Notion object of the expected kind")

// Object is a page object as the API sent it, with the fields the sync decides by. Raw is the whole of it.
type Object struct {
	ID      string    // dashed
	Created time.Time // rounded down to the minute by Notion
	Edited  time.Time // rounded down to the minute by Notion
	Gone    bool      // in the trash or archived
	Parent  Parent
	Raw     json.RawMessage
}

// Parent is where a page, block or database stands.
type Parent struct {
	Type       string // page_id, block_id, database_id, data_source_id, workspace, …
	ID         string // of that parent, dashed; empty for workspace
	DatabaseID string // beside a data source: the database it belongs to
}

// UnmarshalJSON reads Notion's parent object: the id stands under a key named like the type. It never fails; what is
// no parent object is the zero Parent.
func (p *Parent) UnmarshalJSON(b []byte) error {
	*p = Parent{Type: rawString(field(b, "type")), DatabaseID: rawString(field(b, "database_id"))}
	p.ID = rawString(field(b, p.Type))
	return nil
}

// DecodeObject reads a page object. The error wraps [ErrShape] if raw is none.
func DecodeObject(raw json.RawMessage) (Object, error) {
	var head struct {
		Object     string `json:"object"`
		ID         string `json:"id"`
		Created    stamp  `json:"created_time"`
		Edited     stamp  `json:"last_edited_time"`
		InTrash    bool   `json:"in_trash"`
		Archived   bool   `json:"archived"`
		IsArchived bool   `json:"is_archived"`
		Parent     Parent `json:"parent"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return Object{}, fmt.Errorf("%w: %w", ErrShape, err)
	}
	if head.Object != "page" || head.ID == "" {
		return Object{}, fmt.Errorf("%w: object %q with id %q, want a page", ErrShape, head.Object, head.ID)
	}
	return Object{
		ID:      head.ID,
		Created: head.Created.Time,
		Edited:  head.Edited.Time,
		Gone:    head.InTrash || head.Archived || head.IsArchived,
		Parent:  head.Parent,
		Raw:     raw,
	}, nil
}

// Whole reports whether the sync can go by the object. Notion may show a page only in part, as nothing but its id, and
// a stamp may be unreadable: such an object says that the page is there, and no more.
func (o Object) Whole() bool { return !o.Created.IsZero() && !o.Edited.IsZero() }
