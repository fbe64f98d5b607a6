package page

import (
	"encoding/json"
	"regexp"
)

// expiry is what is different at every reading of a file that Notion hosts: the end of its link, and when that expires.
var expiry = regexp.MustCompile(`(\?[^"]*)?","expiry_time":"[^"]*"`)

// Originals are the synced blocks in what [MarshalBlocks] wrote, by id, each with what its copies on other pages show: its
// children, as a text that is the same as long as they are. Those inside a copy are another page's.
func Originals(blocks json.RawMessage) map[string]string {
	found := map[string]string{}
	addOriginals(found, blocks)
	return found
}

func addOriginals(found map[string]string, blocks json.RawMessage) {
	for _, raw := range elements(blocks) {
		children := field(raw, "children")
		if rawString(field(raw, "type")) == "synced_block" {
			if !isNull(field(field(raw, "synced_block"), "synced_from")) {
				continue
			}
			found[rawString(field(raw, "id"))] = expiry.ReplaceAllString(string(children), `"`)
		}
		addOriginals(found, children)
	}
}
