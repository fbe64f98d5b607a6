package app

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"notionsync/pkg/diagnosis"
)

// Finding is one thing that must be right, and whether it is, in words. None of its texts holds a secret.
type Finding struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"` // what to do; empty if it is right
	// Unchecked: nothing can be said before something else is mended, or where it is right, because it does not show.
	Unchecked bool `json:"unchecked,omitempty"`
	// Recommended is what to do though everything works; empty: nothing.
	Recommended string `json:"recommended,omitempty"`
}

// finding is a Finding before it is put in words.
type finding struct {
	name   string
	tier   tier
	said   diagnosis.Diagnosis
	answer error // quoted behind what is said; nil: nothing
}

// tier is how much a finding weighs.
type tier int

const (
	fine   tier = iota
	better      // everything works, and something is to be recommended
	hidden      // the same, for what is right or wrong does not show
	open        // nothing can be said before something else is mended
	wrong
)

// in puts a finding in words.
func (f finding) in(l diagnosis.Language) Finding {
	out := Finding{Name: f.name, OK: f.tier < open, Message: f.said.What(l), Unchecked: f.tier == open || f.tier == hidden}
	if f.answer != nil {
		out.Message += ": " + f.answer.Error()
	}
	switch f.tier {
	case better, hidden:
		out.Recommended = f.said.Fix(l)
	case open, wrong:
		out.Fix = f.said.Fix(l)
	}
	return out
}

func inWords(found []finding, l diagnosis.Language) []Finding {
	all := make([]Finding, len(found))
	for i, f := range found {
		all[i] = f.in(l)
	}
	return all
}

func passed(name string, said diagnosis.Diagnosis) finding { return finding{name: name, said: said} }

func failed(name string, said diagnosis.Diagnosis) finding {
	return finding{name: name, tier: wrong, said: said}
}

// because is failed, with what was answered.
func because(name string, answer error, said diagnosis.Diagnosis) finding {
	return finding{name: name, tier: wrong, said: said, answer: answer}
}

// diagnosed is failed for an error that is diagnosed already, else because it with said.
func diagnosed(name string, err error, said diagnosis.Diagnosis) finding {
	var d *diagnosis.Error
	if errors.As(err, &d) {
		return because(name, d.Err, d.Diagnosis)
	}
	return because(name, err, said)
}

// unchecked is a check that nothing can be said about before something else is mended.
func unchecked(name string, err error) finding {
	config, ok := err.(*ConfigError)
	if !ok {
		return finding{name: name, tier: open, said: diagnosis.Of(diagnosis.CheckUnavailable, "problem", err)}
	}
	first := config.Problems[0]
	return finding{name: name, tier: open, said: diagnosis.Of(diagnosis.CheckNotYet,
		"problem", first, "variable", first.Name, "fix", diagnosis.Phrase(first.Fix))}
}

// languageOf is the language that a request asks for, of those there are: that of the browser's user.
func languageOf(r *http.Request) diagnosis.Language {
	type wish struct {
		language diagnosis.Language
		weight   float64
	}
	var wishes []wish
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, parameters, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		weight, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(parameters), "q="), 64)
		if err != nil {
			weight = 1
		}
		main, _, _ := strings.Cut(strings.TrimSpace(tag), "-")
		switch main {
		case "en":
			wishes = append(wishes, wish{diagnosis.English, weight})
		case "fr":
			wishes = append(wishes, wish{diagnosis.French, weight})
		}
	}
	if len(wishes) == 0 {
		return diagnosis.English
	}
	slices.SortStableFunc(wishes, func(a, b wish) int { return cmp.Compare(b.weight, a.weight) })
	return wishes[0].language
}
