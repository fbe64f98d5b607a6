package page

import (
	"encoding/json"
	"strings"
)

// richText is one run of Notion's rich text: what it shows, how, and where it leads.
type richText struct {
	Type        string      `json:"type"` // text, mention, equation
	PlainText   string      `json:"plain_text"`
	Href        string      `json:"href"`
	Annotations annotations `json:"annotations"`
	Text        struct {
		Content string `json:"content"`
		Link    struct {
			URL string `json:"url"`
		} `json:"link"`
	} `json:"text"`
	Equation struct {
		Expression string `json:"expression"`
	} `json:"equation"`
	Mention struct {
		Type     string   `json:"type"`
		Page     objectID `json:"page"`
		Database objectID `json:"database"`
		Link     struct {
			Title string `json:"title"`
		} `json:"link_mention"`
		Emoji hosted `json:"custom_emoji"`
	} `json:"mention"`
}

type annotations struct {
	Bold          bool `json:"bold"`
	Italic        bool `json:"italic"`
	Strikethrough bool `json:"strikethrough"`
	Underline     bool `json:"underline"`
	Code          bool `json:"code"`
}

type objectID struct {
	ID string `json:"id"`
}

// decodeRichText reads a rich text array. Runs of a shape nobody knows keep what is readable of them.
func decodeRichText(raw json.RawMessage) []richText {
	list := elements(raw)
	runs := make([]richText, len(list))
	for i, element := range list {
		lenient(element, &runs[i])
	}
	return runs
}

// plain is what the run shows as Notion says, the title of a mentioned link in place of its address.
func (t richText) plain() string {
	switch {
	case t.Type == "mention" && strings.TrimSpace(t.Mention.Link.Title) != "":
		return t.Mention.Link.Title
	case t.PlainText != "":
		return t.PlainText
	case t.Type == "equation":
		return t.Equation.Expression
	default:
		return t.Text.Content
	}
}

// link is the URL the run leads to, empty if none. Relative links of Notion's are answered as they are.
func (t richText) link() string {
	if t.Href != "" {
		return t.Href
	}
	return t.Text.Link.URL
}

// target is the id of the page or database that the run mentions or links.
func (t richText) target() (id string, ok bool) {
	if id, ok := t.mentioned(); ok {
		return id, true
	}
	return linkTarget(t.link())
}

// mentioned is the id of the page or database that the run mentions.
func (t richText) mentioned() (id string, ok bool) {
	if t.Type != "mention" || t.Mention.Type != "page" && t.Mention.Type != "database" {
		return "", false
	}
	return dashed(t.Mention.Page.ID + t.Mention.Database.ID)
}

func plainText(runs []richText) string {
	var s strings.Builder
	for _, run := range runs {
		s.WriteString(run.plain())
	}
	return s.String()
}

func embolden(runs []richText) {
	for i := range runs {
		runs[i].Annotations.Bold = true
	}
}
