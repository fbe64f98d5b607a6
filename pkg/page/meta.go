package page

import (
	"encoding/json"
	"net/url"
	"strings"
)

// What a page is to the site.
const (
	KindPage  = "page"        // of a collection
	KindChild = "childPage"   // a page inside a page
	KindRow   = "databaseRow" // of a database inside a page
)

// Public is the visibility of a page that says nothing about it.
const Public = "public"

// Meta says everything about a page but its content. Its JSON never holds null for a list or an object.
type Meta struct {
	Slug        string            `json:"slug"`
	NotionID    string            `json:"notionId"` // dashed
	Title       string            `json:"title"`
	Collection  string            `json:"collection"` // also of child pages and rows: where they descend from
	Kind        string            `json:"kind"`       // KindPage, KindChild or KindRow
	Description *string           `json:"description"`
	Visibility  string            `json:"visibility"`
	LastEdited  string            `json:"lastEdited"`  // as Notion wrote it
	CreatedTime string            `json:"createdTime"` // as Notion wrote it
	Icon        *string           `json:"icon"`        // an emoji or a URL
	Cover       *string           `json:"cover"`       // a URL
	ParentSlug  *string           `json:"parentSlug"`
	ParentTitle *string           `json:"parentTitle"`
	ChildPages  []Child           `json:"childPages"`
	Links       map[string]string `json:"links"` // dashed Notion id → slug
	Media       map[string]Media  `json:"media"` // URL → what it holds
	Properties  map[string]any    `json:"properties"`
}

// Child is a page inside a page.
type Child struct {
	ID    string  `json:"id"` // dashed
	Title string  `json:"title"`
	Slug  string  `json:"slug"`
	Icon  *string `json:"icon"`
}

// Media is what is known of a mirrored file. Width and height are 0 for anything but images.
type Media struct {
	Width       int    `json:"width"`
	Height      int    `json:"height"`
	ContentType string `json:"contentType"`
	Bytes       int64  `json:"bytes"`
}

// MarshalJSON writes empty lists and objects where the fields are nil.
func (m Meta) MarshalJSON() ([]byte, error) {
	type plain Meta // without this method
	if m.ChildPages == nil {
		m.ChildPages = []Child{}
	}
	if m.Links == nil {
		m.Links = map[string]string{}
	}
	if m.Media == nil {
		m.Media = map[string]Media{}
	}
	if m.Properties == nil {
		m.Properties = map[string]any{}
	}
	return encode(plain(m))
}

// NewMeta is what the page object alone says. Slug, collection, kind, parent, child pages, links and media are the
// caller's to fill in.
func NewMeta(o Object) Meta {
	visibility := Public
	if v := o.text("visibility"); v != nil {
		visibility = strings.TrimSpace(*v)
	}
	return Meta{
		NotionID:    o.ID,
		Title:       o.Title(),
		Description: o.text("description"),
		Visibility:  visibility,
		LastEdited:  rawString(field(o.Raw, "last_edited_time")),
		CreatedTime: rawString(field(o.Raw, "created_time")),
		Icon:        image(field(o.Raw, "icon")),
		Cover:       image(field(o.Raw, "cover")),
		ChildPages:  []Child{},
		Links:       map[string]string{},
		Media:       map[string]Media{},
		Properties:  Properties(o),
	}
}

// text is the value of the property with this name, in any case, if its plain value is a text that says something:
// rich text, title, select, status, formula and the like.
func (o Object) text(name string) *string {
	for p := range o.properties() {
		if !strings.EqualFold(p.name, name) {
			continue
		}
		if s, ok := p.value().(string); ok && strings.TrimSpace(s) != "" {
			return &s
		}
	}
	return nil
}

// image is the emoji or the URL that an icon, or a cover, consists of; nil if there is none.
func image(raw json.RawMessage) *string {
	type hosted struct {
		URL string `json:"url"`
	}
	var icon struct {
		Type        string `json:"type"`
		Emoji       string `json:"emoji"`
		External    hosted `json:"external"`
		File        hosted `json:"file"`
		CustomEmoji hosted `json:"custom_emoji"`
		Icon        struct {
			Name  string `json:"name"`
			Color string `json:"color"`
		} `json:"icon"`
	}
	lenient(raw, &icon)
	var s string
	switch icon.Type {
	case "emoji":
		s = icon.Emoji
	case "external":
		s = icon.External.URL
	case "file":
		s = icon.File.URL
	case "custom_emoji":
		s = icon.CustomEmoji.URL
	case "icon":
		s = nativeIcon(icon.Icon.Name, icon.Icon.Color)
	default:
		s = rawString(field(field(raw, icon.Type), "url")) // how files of a type not known yet are likely to look
	}
	if s == "" {
		return nil
	}
	return &s
}

// nativeIcon is the picture of an icon of Notion's own set, at the address where Notion itself delivered these icons
// before 25 March 2026. Gray is the colour that Notion gives a new icon.
func nativeIcon(name, color string) string {
	if name == "" {
		return ""
	}
	if color == "" {
		color = "gray"
	}
	return "https://www.notion.so/icons/" + url.PathEscape(name+"_"+color) + ".svg"
}
