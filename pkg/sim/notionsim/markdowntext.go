package notionsim

import (
	"encoding/json"
	"strings"
)

// part is a member of a JSON object, nil if there is none.
func part(raw json.RawMessage, key string) json.RawMessage {
	value, _ := member(raw, key)
	return value
}

// unquote is a JSON string's text, empty for anything else.
func unquote(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// escapeMarkdown escapes what Notion's documentation lists.
func escapeMarkdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\*~`$[]<>{}|^", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return strings.ReplaceAll(b.String(), "\n", "<br>")
}

// richMarkdown writes rich text.
func richMarkdown(raw json.RawMessage) string {
	var runs []struct {
		Type    string `json:"type"`
		Plain   string `json:"plain_text"`
		Href    string `json:"href"`
		Mention struct {
			Type     string                 `json:"type"`
			Page     struct{ ID string }    `json:"page"`
			Database struct{ ID string }    `json:"database"`
			User     struct{ ID string }    `json:"user"`
			Date     struct{ Start string } `json:"date"`
		} `json:"mention"`
		Equation struct {
			Expression string `json:"expression"`
		} `json:"equation"`
		Annotations struct {
			Bold, Italic, Strikethrough, Underline, Code bool
			Color                                        string
		} `json:"annotations"`
	}
	if json.Unmarshal(raw, &runs) != nil {
		return ""
	}
	var b strings.Builder
	for _, run := range runs {
		text := escapeMarkdown(run.Plain)
		switch a := run.Annotations; {
		case run.Type == "equation":
			text = "$`" + run.Equation.Expression + "`$"
		case run.Type == "mention":
			text = mentionMarkdown(run.Mention.Type, run.Mention.Page.ID+run.Mention.Database.ID, run.Mention.User.ID,
				run.Mention.Date.Start, text)
		case a.Code:
			text = "`" + run.Plain + "`"
		default:
			for _, style := range []struct {
				on         bool
				open, shut string
			}{
				{a.Underline, `<span underline="true">`, "</span>"}, {a.Strikethrough, "~~", "~~"},
				{a.Italic, "*", "*"}, {a.Bold, "**", "**"},
				{a.Color != "" && a.Color != "default", `<span color="` + a.Color + `">`, "</span>"},
			} {
				if style.on {
					text = style.open + text + style.shut
				}
			}
		}
		if run.Href != "" && run.Type == "text" {
			text = "[" + text + "](" + run.Href + ")"
		}
		b.WriteString(text)
	}
	return b.String()
}

func mentionMarkdown(kind, page, user, start, text string) string {
	switch kind {
	case "page", "database":
		return "<mention-" + kind + ` url="https://www.notion.so/` + undashed(page) + `">` + text + "</mention-" + kind + ">"
	case "user":
		return `<mention-user url="user://` + user + `">` + text + "</mention-user>"
	case "date":
		return `<mention-date start="` + start + `"/>`
	}
	return text
}
