package page

import (
	"bytes"
	"encoding/json"
)

// Retitle is what [MarshalBlocks] wrote with new titles, by id, of the child pages and inner databases in it. Every
// other byte stays. What is no list of blocks stays too.
func Retitle(blocks json.RawMessage, titles map[string]string) json.RawMessage {
	list := elements(blocks)
	if len(titles) == 0 || len(list) == 0 {
		return blocks
	}
	for i, raw := range list {
		list[i] = retitleBlock(raw, titles)
	}
	return append(append(json.RawMessage("["), bytes.Join(rawBytes(list), []byte(","))...), ']')
}

func retitleBlock(raw json.RawMessage, titles map[string]string) json.RawMessage {
	kind := rawString(field(raw, "type"))
	if kind == "child_page" || kind == "child_database" {
		if title, ok := titles[rawString(field(raw, "id"))]; ok {
			return withField(raw, kind, withField(field(raw, kind), "title", mustEncode(title)))
		}
		return raw
	}
	if children := field(raw, "children"); children != nil {
		return withField(raw, "children", Retitle(children, titles))
	}
	return raw
}

func rawBytes(list []json.RawMessage) [][]byte {
	all := make([][]byte, len(list))
	for i, raw := range list {
		all[i] = raw
	}
	return all
}
