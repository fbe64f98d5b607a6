package page

import (
	"encoding/json"
	"fmt"
)

// DecodeTree reads back what [MarshalBlocks] wrote. The Raw of a block that has children still holds them, so the tree
// is good for reading only: marshalled again they would stand there twice. The error wraps [ErrShape].
func DecodeTree(raw json.RawMessage) ([]Block, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrShape, err)
	}
	blocks := make([]Block, 0, len(list))
	for _, element := range list {
		b, err := DecodeBlock(element)
		if err != nil {
			return nil, err
		}
		if children := field(element, "children"); children != nil {
			if b.Children, err = DecodeTree(children); err != nil {
				return nil, err
			}
		}
		blocks = append(blocks, b)
	}
	return blocks, nil
}
