// Package diagnosis is the catalogue of what may be wrong around a sync, and of what to do about it: one row for each
// situation, with its sentences in every language that people read. Whoever meets a situation names its row and fills in
// the places of its sentences, with [Of], or with [Wrap] where it comes as an error. So the check, a job's error and a
// route's answer say the same words, and README's table is made of them too.
//
// Sentences hold no secret: what is put into a place must be free of passwords and tokens.
package diagnosis

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Language is one that people read.
type Language int

// The languages there are.
const (
	English Language = iota
	French
)

// String is the language's tag.
func (l Language) String() string {
	if l == French {
		return "fr"
	}
	return "en"
}

// Words is a sentence in each language. {name} is a place to be filled in.
type Words struct{ English, French string }

// In is the sentence in one language. Signs that French sets apart do not begin a line.
func (w Words) In(l Language) string {
	if l == French {
		return apart.Replace(w.French)
	}
	return w.English
}

var apart = strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?", " !", "\u00a0!", "« ", "«\u00a0", " »", "\u00a0»")

// ID names a row of the catalogue, as area/situation.
type ID string

// Row is one situation. What begins in lower case, as the end of a sentence or the whole of it; Fix is whole sentences,
// and empty where there is nothing to do.
type Row struct {
	ID        ID
	What, Fix Words
}

// Catalogue returns all rows.
func Catalogue() []Row {
	var rows []Row
	for _, area := range [][]Row{redisRows(), siteRows(), qstashRows(), filesRows(), notionRows(), setupRows()} {
		rows = append(rows, area...)
	}
	return rows
}

// Diagnosis is a row with its places filled in. The zero value says nothing.
type Diagnosis struct {
	ID     ID
	places []any // names and values in turn
}

// Of returns the diagnosis with this id. places are names and values in turn; a value is a text for all languages, or
// differs by them: [Words], a [Diagnosis], or [All].
func Of(id ID, places ...any) Diagnosis { return Diagnosis{id, places} }

// All are several things that are so, as one value.
type All []Diagnosis

// In is what they say in one language.
func (a All) In(l Language) string {
	texts := make([]string, len(a))
	for i, d := range a {
		texts[i] = d.What(l)
	}
	return strings.Join(texts, "; ")
}

// In is What.
func (d Diagnosis) In(l Language) string { return d.What(l) }

// What says what is so, without a full stop.
func (d Diagnosis) What(l Language) string { return d.fill(d.row().What, l) }

// Fix says what to do about it, as whole sentences; empty: nothing.
func (d Diagnosis) Fix(l Language) string { return d.fill(d.row().Fix, l) }

func (d Diagnosis) row() Row {
	for _, row := range Catalogue() {
		if row.ID == d.ID {
			return row
		}
	}
	return Row{}
}

func (d Diagnosis) fill(words Words, l Language) string {
	var pairs []string
	for i := 0; i+1 < len(d.places); i += 2 {
		value := d.places[i+1]
		if differs, ok := value.(interface{ In(Language) string }); ok {
			value = differs.In(l)
		}
		pairs = append(pairs, fmt.Sprint("{", d.places[i], "}"), fmt.Sprint(value))
	}
	return strings.NewReplacer(pairs...).Replace(words.In(l))
}

// Advice is Fix as the end of an error's text: in English, in lower case and without the last full stop.
func (d Diagnosis) Advice() string {
	fix := strings.TrimSuffix(d.Fix(English), ".")
	first, size := utf8.DecodeRuneInString(fix)
	if second, _ := utf8.DecodeRuneInString(fix[size:]); unicode.IsLower(second) || second == ' ' {
		return string(unicode.ToLower(first)) + fix[size:]
	}
	return fix // it begins with the name of a variable
}

// Error is an error that is diagnosed.
type Error struct {
	Diagnosis
	Err error // what was answered, or happened
}

// Wrap returns err with the diagnosis that has this id.
func Wrap(err error, id ID, places ...any) *Error { return &Error{Of(id, places...), err} }

// Error says what is wrong, what was answered and what to do.
func (e *Error) Error() string {
	text := e.What(English) + ": " + e.Err.Error()
	if advice := e.Advice(); advice != "" {
		text += "; " + advice
	}
	return text
}

// Unwrap returns what was answered.
func (e *Error) Unwrap() error { return e.Err }

// Message says what is wrong and what was answered, for where what to do about it stands apart.
func (e *Error) Message(l Language) string { return e.What(l) + ": " + e.Err.Error() }
