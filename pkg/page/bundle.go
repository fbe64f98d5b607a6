package page

import (
	"encoding/json"
	"time"
)

// Bundle is everything the site knows of one page: the value of page:<slug>.
type Bundle struct {
	Meta     Meta            `json:"meta"`
	Blocks   json.RawMessage `json:"blocks"` // of [MarshalBlocks]; nil is written as []
	Markdown string          `json:"markdown"`
	Content  string          `json:"content,omitempty"` // ContentMarkdown or ContentBlocks, where the former was asked for
	SyncedAt time.Time       `json:"syncedAt"`          // RFC 3339
}

// MarshalJSON leaves Blocks as they are, but for what a json.Marshal around it does: that escapes <, > and &.
// [Bundle.Encode] does not.
func (b Bundle) MarshalJSON() ([]byte, error) {
	type plain Bundle // without this method
	if len(b.Blocks) == 0 {
		b.Blocks = json.RawMessage("[]")
	}
	return encode(plain(b))
}

// Encode is the bundle as JSON with every block's bytes as Notion sent them. The error is that of invalid Blocks.
func (b Bundle) Encode() ([]byte, error) { return encode(b) }

// BundleStart is how the bundle of a page begins, however it was encoded: what tells that it is this page's without
// reading it.
func BundleStart(slug, notionID string) string {
	return `{"meta":{"slug":` + string(mustEncode(slug)) + `,"notionId":` + string(mustEncode(notionID)) + `,`
}

// DecodeBundle reads back what [Bundle.Encode] wrote. The properties' values are raw JSON: encoded again they are the bytes
// they were.
func DecodeBundle(raw []byte) (*Bundle, error) {
	b := new(Bundle)
	kept := struct {
		Meta verbatim `json:"meta"`
	}{}
	if err := decodeBoth(raw, b, &kept); err != nil {
		return nil, err
	}
	b.Meta.Properties = kept.Meta.values()
	return b, nil
}

// DecodeItem reads back what [Item.Encode] wrote, in the same way.
func DecodeItem(raw []byte) (*Item, error) {
	i := new(Item)
	kept := verbatim{}
	if err := decodeBoth(raw, i, &kept); err != nil {
		return nil, err
	}
	i.Properties = kept.values()
	return i, nil
}

func decodeBoth(raw []byte, a, b any) error {
	if err := json.Unmarshal(raw, a); err != nil {
		return err
	}
	return json.Unmarshal(raw, b)
}

// verbatim is what has properties, as they are written.
type verbatim struct {
	Properties map[string]json.RawMessage `json:"properties"`
}

func (v verbatim) values() map[string]any {
	if v.Properties == nil {
		return nil
	}
	values := make(map[string]any, len(v.Properties))
	for name, value := range v.Properties {
		values[name] = value
	}
	return values
}

// Item is a page as an index or a database's list shows it.
type Item struct {
	Slug        string         `json:"slug"`
	Title       string         `json:"title"`
	Description *string        `json:"description"`
	Excerpt     *string        `json:"excerpt"`
	NotionID    string         `json:"notionId"`
	Icon        *string        `json:"icon"`
	Cover       *string        `json:"cover"`
	LastEdited  string         `json:"lastEdited"`
	CreatedTime string         `json:"createdTime"`
	Properties  map[string]any `json:"properties"`
}

// NewItem is the entry for a page whose meta is complete. Icon, cover and properties are those of m, where the URLs of
// mirrored files may stand by now; only the excerpt comes from the page object.
func NewItem(o Object, m Meta) Item {
	return Item{
		Slug:        m.Slug,
		Title:       m.Title,
		Description: m.Description,
		Excerpt:     o.text("excerpt"),
		NotionID:    m.NotionID,
		Icon:        m.Icon,
		Cover:       m.Cover,
		LastEdited:  m.LastEdited,
		CreatedTime: m.CreatedTime,
		Properties:  m.Properties,
	}
}

// Encode is the item as JSON, on one line.
func (i Item) Encode() ([]byte, error) { return encode(i) }
