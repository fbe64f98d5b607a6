package notionsim

import (
	"encoding/json"
	"time"
)

// Rich is rich text: runs in the form that answers carry.
type Rich []json.RawMessage

// Text is plain rich text, none for an empty string.
func Text(s string) Rich {
	if s == "" {
		return Rich{}
	}
	return Styled(s)
}

// Styled is text with annotations: bold, italic, strikethrough, underline, code, or the name of a colour.
func Styled(s string, annotations ...string) Rich {
	var text object
	text.str("content", s)
	text.raw("link", []byte("null"))
	return run("text", text.end(), s, "", annotations)
}

// Link is text that links to a URL.
func Link(s, url string, annotations ...string) Rich {
	var link, text object
	link.str("url", url)
	text.str("content", s)
	text.raw("link", link.end())
	return run("text", text.end(), s, url, annotations)
}

// PageMention mentions a page under the title that it had then.
func PageMention(id, title string) Rich {
	return mention("page", idObject(id), title, "https://www.notion.so/"+undashed(id))
}

// DatabaseMention mentions a database.
func DatabaseMention(id, title string) Rich {
	return mention("database", idObject(id), title, "https://www.notion.so/"+undashed(id))
}

// UserMention mentions a person by name.
func UserMention(name string) Rich {
	return mention("user", userObject(name), "@"+name, "")
}

// DateMention mentions a day, or a time if t is not midnight in UTC.
func DateMention(t time.Time) Rich {
	start := dateText(t)
	return mention("date", DateRange(start, ""), start, "")
}

// Equation is TeX within text.
func Equation(expression string) Rich {
	var e object
	e.str("expression", expression)
	return run("equation", e.end(), expression, "", nil)
}

// Join puts rich texts one after the other.
func Join(parts ...Rich) Rich {
	all := Rich{}
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func (r Rich) raw() json.RawMessage { return array(r) }

// Plain is the text without its form.
func (r Rich) Plain() string { return plainText(r.raw()) }

func plainText(raw json.RawMessage) string {
	var runs []struct {
		Plain string `json:"plain_text"`
	}
	if json.Unmarshal(raw, &runs) != nil {
		return ""
	}
	var s string
	for _, r := range runs {
		s += r.Plain
	}
	return s
}

func mention(kind string, target json.RawMessage, plain, href string) Rich {
	var m object
	m.str("type", kind)
	m.raw(kind, target)
	return run("mention", m.end(), plain, href, nil)
}

func run(kind string, payload json.RawMessage, plain, href string, annotations []string) Rich {
	on := map[string]bool{}
	colour := "default"
	for _, a := range annotations {
		switch a {
		case "bold", "italic", "strikethrough", "underline", "code":
			on[a] = true
		default:
			colour = a
		}
	}
	var style, o object
	for _, a := range []string{"bold", "italic", "strikethrough", "underline", "code"} {
		style.bool(a, on[a])
	}
	style.str("color", colour)
	o.str("type", kind)
	o.raw(kind, payload)
	o.raw("annotations", style.end())
	o.str("plain_text", plain)
	if href == "" {
		o.raw("href", []byte("null"))
	} else {
		o.str("href", href)
	}
	return Rich{o.end()}
}

func idObject(id string) json.RawMessage {
	var o object
	o.str("id", id)
	return o.end()
}

// userObject is a person as the API shows it to a connection that may read users.
func userObject(name string) json.RawMessage {
	var o object
	o.str("object", "user")
	o.str("id", userID(name))
	o.str("name", name)
	o.raw("avatar_url", []byte("null"))
	o.str("type", "person")
	o.raw("person", []byte("{}"))
	return o.end()
}

func userID(name string) string { return makeID(hash(3, name), 1) }

// userRef is a user as created_by and last_edited_by show it.
func userRef(name string) json.RawMessage {
	var o object
	o.str("object", "user")
	o.str("id", userID(name))
	return o.end()
}

func dateText(t time.Time) string {
	if t.Equal(t.UTC().Truncate(24 * time.Hour)) {
		return t.UTC().Format(time.DateOnly)
	}
	return t.Format("2006-01-02T15:04:05.000-07:00")
}
