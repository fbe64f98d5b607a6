package page

import (
	"encoding/json"
	"net/url"
	"path"
	"strings"
)

// content is what the payloads of Notion's block types hold, of which each type has some.
type content struct {
	RichText   json.RawMessage   `json:"rich_text"`
	Text       json.RawMessage   `json:"text"` // rich_text before Notion-Version 2022-02-22
	Caption    json.RawMessage   `json:"caption"`
	Cells      []json.RawMessage `json:"cells"`
	Title      string            `json:"title"`
	Language   string            `json:"language"`
	Expression string            `json:"expression"`
	Checked    bool              `json:"checked"`
	StartIndex *int              `json:"list_start_index"`
	HeaderRow  bool              `json:"has_column_header"`
	HeaderCol  bool              `json:"has_row_header"`
	Icon       json.RawMessage   `json:"icon"`
	Name       string            `json:"name"`
	URL        string            `json:"url"`
	Type       string            `json:"type"` // of files
	File       hosted            `json:"file"`
	External   hosted            `json:"external"`
}

type hosted struct {
	URL string `json:"url"`
}

func (b Block) content() content {
	var c content
	lenient(b.payload(), &c)
	return c
}

func (c content) runs() []richText {
	if isArray(c.RichText) {
		return decodeRichText(c.RichText)
	}
	return decodeRichText(c.Text)
}

func (c content) caption() []richText {
	return decodeRichText(c.Caption)
}

// url is what an embed, a bookmark or a file shows.
func (c content) url() string {
	switch {
	case c.URL != "":
		return c.URL
	case c.File.URL != "":
		return c.File.URL
	default:
		return c.External.URL
	}
}

// label is the text of a link to the block's URL: a file's name, else the URL.
func (c content) label() string {
	if c.Name != "" {
		return c.Name
	}
	if c.URL == "" { // a file
		if u, err := url.Parse(c.url()); err == nil && strings.Contains(path.Base(u.Path), ".") {
			return path.Base(u.Path)
		}
	}
	return c.url()
}
