package page

import (
	"encoding/json"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// indexSlug is the slug of the page whose slug property is a single slash.
const indexSlug = "index"

// accents are the marks that Slugify removes: diacritics of the Latin, Greek and Cyrillic scripts, and variation
// selectors. Marks of all other scripts (vowel signs of Hindi and Thai, voicing marks of Japanese, …) are part of their
// letters: a word without them is another word.
var accents = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x0300, Hi: 0x036f, Stride: 1}, // combining diacritical marks
		{Lo: 0x0483, Hi: 0x0489, Stride: 1}, // Cyrillic
		{Lo: 0x1ab0, Hi: 0x1aff, Stride: 1}, // extended
		{Lo: 0x1dc0, Hi: 0x1dff, Stride: 1}, // supplement
		{Lo: 0x20d0, Hi: 0x20ff, Stride: 1}, // for symbols
		{Lo: 0xfe00, Hi: 0xfe0f, Stride: 1}, // variation selectors
		{Lo: 0xfe20, Hi: 0xfe2f, Stride: 1}, // half marks
	},
	R32: []unicode.Range32{{Lo: 0xe0100, Hi: 0xe01ef, Stride: 1}}, // variation selectors
}

// Slugify makes a slug from a title: accents removed, lower case, everything but letters and digits of any script
// turned into single hyphens, none at either end. It is empty when nothing is left, and never cut, however long.
// Slugify(Slugify(s)) == Slugify(s).
//
// Letters that are no accented form of another stay: ß, æ, ø, đ, ı. Compatibility forms of ASCII letters become those (ﬁ, Ａ,
// Ⅷ); those of other letters stay, since taking them apart would damage Thai and Korean. Compatibility forms of numbers are
// taken apart (², ①, ㊀), fractions into their two numbers: a ½ is no digit, but made of digits.
// Invisible format characters (soft hyphen, joiners) vanish without splitting the word.
func Slugify(title string) string {
	var slug strings.Builder
	title = strings.ToValidUTF8(title, " ") // a broken byte keeps norm from seeing the character behind it

	gap := true // no letter since the last hyphen, or since the start
	for _, r := range plainForms(norm.NFD.String(title)) {
		switch {
		case unicode.Is(accents, r), unicode.Is(unicode.Cf, r):
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r) && !gap:
			slug.WriteRune(unicode.ToLower(r))
			gap = false
		case !gap:
			slug.WriteByte('-')
			gap = true
		}
	}
	return norm.NFC.String(strings.TrimSuffix(slug.String(), "-"))
}

// fractionSlash stands in fractions that are taken apart.
const fractionSlash = '\u2044'

// plainForms replaces letters that are compatibility forms of ASCII text, and numbers that are of anything.
func plainForms(s string) string {
	var out strings.Builder
	for _, r := range s {
		plain := string(r)
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			switch folded := norm.NFKD.String(plain); {
			case strings.ContainsRune(folded, fractionSlash):
				plain = " " + folded + " " // 2½ is not 21/2
			case unicode.IsNumber(r), isASCII(folded):
				plain = folded
			}
		}
		out.WriteString(plain)
	}
	return out.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// SlugProperty is the page's own word on its slug: the value of its property named slug, in any case, trimmed of spaces
// and slashes at both ends; "/" alone is "index". has is false without such a property, or if it is of a type other
// than rich text, title, url and formula with a text result.
func (o Object) SlugProperty() (value string, has bool) {
	value, has = o.RawSlug()
	return TrimSlug(value), has
}

// RawSlug is [Object.SlugProperty] with its slashes: a leading one is how a row of an inner database says that its slug
// is not to stand below the parent's.
func (o Object) RawSlug() (value string, has bool) {
	for p := range o.properties() {
		if !strings.EqualFold(p.name, "slug") {
			continue
		}
		if value, ok := p.slug(); ok {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

// slug is the text of a property whose type can hold a slug.
func (p property) slug() (value string, ok bool) {
	payload := p.payload()
	switch p.kind {
	case "title", "rich_text":
		return plainText(decodeRichText(payload)), true
	case "url":
		return rawString(payload), true
	case "formula":
		return rawString(field(payload, "string")), rawString(field(payload, "type")) == "string"
	default:
		return "", false
	}
}

// TrimSlug is a slug as people write it, without spaces and slashes at its ends; "/" alone is "index".
func TrimSlug(value string) string {
	trimmed := strings.TrimFunc(value, func(r rune) bool { return r == '/' || unicode.IsSpace(r) })
	if trimmed == "" && strings.Contains(value, "/") {
		return indexSlug
	}
	return trimmed
}

// CollectionSlug is the slug of a collection's page. A page whose slug property is empty is a draft, and has none.
func CollectionSlug(o Object) (slug string, draft bool) {
	if slug, has := o.SlugProperty(); has {
		return slug, slug == ""
	}
	return titleSlug(o.Title(), o.ID), false
}

// RowSlug is the slug of a row of a database inside the page with parentSlug.
func RowSlug(parentSlug string, o Object) string {
	raw, _ := o.RawSlug()
	return JoinRowSlug(parentSlug, raw, o.Title(), o.ID)
}

// JoinRowSlug is [RowSlug] of a row whose [Object.RawSlug], title and id are known.
func JoinRowSlug(parentSlug, raw, title, id string) string {
	slug := TrimSlug(raw)
	switch {
	case slug == "":
		return ChildSlug(parentSlug, title, id)
	case strings.Contains(raw, "/"):
		return slug
	default:
		return parentSlug + "/" + slug
	}
}

// ChildSlug is the slug of a child page of the page with parentSlug. id is used where the title leaves nothing.
func ChildSlug(parentSlug, title, id string) string {
	return parentSlug + "/" + titleSlug(title, id)
}

func titleSlug(title, id string) string {
	if slug := Slugify(title); slug != "" {
		return slug
	}
	return strings.ReplaceAll(id, "-", "")
}

// Title is the plain text of the page's title property, whatever its name.
func (o Object) Title() string {
	for p := range o.properties() {
		if p.kind == "title" {
			return plainText(decodeRichText(p.payload()))
		}
	}
	return ""
}

// rawString is the text of a JSON string, empty for anything else.
func rawString(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
