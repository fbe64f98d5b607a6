package page

import (
	"encoding/json"
	"fmt"
	"time"
)

// Block is one block with the blocks below it. Raw is Notion's JSON without them.
type Block struct {
	ID          string
	Type        string
	Created     time.Time
	Edited      time.Time
	HasChildren bool
	Gone        bool
	SyncedFrom  string // a synced copy: the original block's id
	Title       string // child_page and child_database only
	Parent      Parent
	Raw         json.RawMessage
	Children    []Block
}

// DecodeBlock reads a block of any type, known or not, whatever its payload looks like. The error wraps [ErrShape] if
// raw is none.
func DecodeBlock(raw json.RawMessage) (Block, error) {
	var head struct {
		Object      string `json:"object"`
		ID          string `json:"id"`
		Type        string `json:"type"`
		Created     stamp  `json:"created_time"`
		Edited      stamp  `json:"last_edited_time"`
		HasChildren bool   `json:"has_children"`
		InTrash     bool   `json:"in_trash"`
		Archived    bool   `json:"archived"`
		Parent      Parent `json:"parent"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return Block{}, fmt.Errorf("%w: %w", ErrShape, err)
	}
	if head.Object != "block" || head.ID == "" {
		return Block{}, fmt.Errorf("%w: object %q with id %q, want a block", ErrShape, head.Object, head.ID)
	}
	b := Block{
		ID:          head.ID,
		Type:        head.Type,
		Created:     head.Created.Time,
		Edited:      head.Edited.Time,
		HasChildren: head.HasChildren,
		Gone:        head.InTrash || head.Archived,
		Parent:      head.Parent,
		Raw:         raw,
	}
	switch payload := b.payload(); b.Type {
	case "synced_block":
		b.SyncedFrom = rawString(field(field(payload, "synced_from"), "block_id"))
	case "child_page", "child_database":
		b.Title = rawString(field(payload, "title"))
	}
	return b, nil
}

// stamp is a time as Notion writes it. One without a zone is in UTC; one in a form that nobody knows is the zero time.
type stamp struct{ time.Time }

// UnmarshalJSON never fails.
func (s *stamp) UnmarshalJSON(b []byte) error {
	text := rawString(b)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} { // either may have a fraction of a second
		if at, err := time.Parse(layout, text); err == nil {
			s.Time = at
			return nil
		}
	}
	return nil
}

// payload is the JSON under the key named like the block's type, nil if there is none.
func (b Block) payload() json.RawMessage {
	return field(b.Raw, b.Type)
}

// Descends reports whether there is something below the block that belongs to the page it stands in. What is below a
// child page or an inner database does not: they are pages of their own. A synced copy shows its original's children,
// whatever it says of its own.
func (b Block) Descends() bool {
	return (b.HasChildren || b.SyncedFrom != "") && b.Type != "child_page" && b.Type != "child_database"
}
