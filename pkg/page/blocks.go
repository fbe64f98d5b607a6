package page

import (
	"bytes"
	"encoding/json"
)

// MarshalBlocks is the block tree as one JSON array: each block's own bytes, with its nested blocks as a last member
// "children" where it has any. Nothing else changes. No blocks are "[]".
//
// Every Raw must be a JSON object, as [DecodeBlock] makes sure of.
func MarshalBlocks(blocks []Block) json.RawMessage {
	var out bytes.Buffer
	writeBlocks(&out, blocks)
	return out.Bytes()
}

func writeBlocks(out *bytes.Buffer, blocks []Block) {
	out.WriteByte('[')
	for i, b := range blocks {
		if i > 0 {
			out.WriteByte(',')
		}
		writeBlock(out, b)
	}
	out.WriteByte(']')
}

func writeBlock(out *bytes.Buffer, b Block) {
	raw := bytes.TrimSpace(b.Raw)
	if len(b.Children) == 0 {
		out.Write(raw)
		return
	}
	body := bytes.TrimRight(bytes.TrimSuffix(raw, []byte("}")), " \t\r\n")
	out.Write(body)
	if len(body) > 1 { // more than the opening brace
		out.WriteByte(',')
	}
	out.WriteString(`"children":`)
	writeBlocks(out, b.Children)
	out.WriteByte('}')
}
