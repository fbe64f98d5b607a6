package page_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"notionsync/pkg/page"
)

func TestSlugify(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, title, want string }{
		{"words", "Getting Started", "getting-started"},
		{"runs of anything else", "  C++ & Go -- a (short) story?!", "c-go-a-short-story"},
		{"underscores", "snake_case", "snake-case"},
		{"digits", "Top 10 of 2026", "top-10-of-2026"},
		{"nothing left", "!?… – ", ""},
		{"empty", "", ""},
		{"accents", "Crème Brûlée à l'École", "creme-brulee-a-l-ecole"},
		{"accents apart from their letters", "Cre\u0300me", "creme"},
		{"Vietnamese", "Tiếng Việt", "tieng-viet"},
		{"letters that are no accented form", "Straße Ærø Łódź Đà", "straße-ærø-łodz-đa"},
		{"Greek", "Άλφα Ωμέγα", "αλφα-ωμεγα"},
		{"Cyrillic", "Ёлка и Йод", "елка-и-иод"},
		{"Turkish, dotted and dotless", "İstanbul ISPARTA ılık", "istanbul-isparta-ılık"},
		{"Hindi keeps its vowel signs", "हिन्दी में", "हिन्दी-में"},
		{"Thai keeps its vowels and tones", "ภาษาไทย น้ำ", "ภาษาไทย-น้ำ"},
		{"Arabic", "العربية — لغة", "العربية-لغة"},
		{"Hebrew with points", "שָׁלוֹם", "שָׁלוֹם"},
		{"Japanese keeps its voicing marks", "ガギグ がぎぐ、日本", "ガギグ-がぎぐ-日本"},
		{"Japanese voicing marks apart", "か\u3099", "が"},
		{"Chinese", "你好，世界", "你好-世界"},
		{"Korean", "한국어 ㅋㅋㅋ", "한국어-ㅋㅋㅋ"},
		{"Korean taken apart", "\u1112\u1161\u11ab", "한"},
		{"forms of ASCII", "ﬁne Ｗｉｄｅ x² Ⅷ", "fine-wide-x2-viii"},
		{"fractions", "½ cup", "1-2-cup"},
		{"fractions behind a number", "2½ cups and ⅓", "2-1-2-cups-and-1-3"},
		{"numbers above, below and in circles", "m² CO₂ ① ㊀ ⒈", "m2-co2-1-一-1"},
		{"digits of other scripts", "٢٠٢٦ २०२६ ፩ 二〇二六", "٢٠٢٦-२०२६-፩-二〇二六"},
		{"emoji", "🚀 Launch ❤️ day 1️⃣", "launch-day-1"},
		{"invisible characters", "co\u00adoperate zero\u200bwidth", "cooperate-zerowidth"},
		{"a mark without a letter", "\u0e34 x", "x"},
		{"broken UTF-8", "a\xffb", "a-b"},
		{"long", strings.Repeat("word ", 500), strings.TrimSuffix(strings.Repeat("word-", 500), "-")},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := page.Slugify(test.title); got != test.want {
				t.Errorf("Slugify(%q) = %q (%+[2]q), want %q (%+[3]q)", test.title, got, test.want)
			}
		})
	}
}

func TestSlugify_everyCharacter(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		assertSlug(t, "a"+string(r)+"b")
	}
}

func FuzzSlugify(f *testing.F) {
	f.Add("Crème Brûlée", "हिन्दी")
	f.Add("a\u0323\u0307", "ΣΑΣ ß ẞ ǅ ŉ")
	f.Fuzz(func(t *testing.T, a, b string) {
		assertSlug(t, a+" "+b)
	})
}

// assertSlug checks what is true of every slug.
func assertSlug(t *testing.T, title string) {
	t.Helper()
	slug := page.Slugify(title)
	if again := page.Slugify(slug); again != slug {
		t.Errorf("Slugify(%+q) = %+q, but Slugify of that = %+q", title, slug, again)
	}
	if strings.HasPrefix(slug, "-") || strings.HasSuffix(slug, "-") || strings.Contains(slug, "--") {
		t.Errorf("Slugify(%+q) = %+q, want single hyphens between words", title, slug)
	}
	if slug != strings.ToLower(slug) || !utf8.ValidString(slug) {
		t.Errorf("Slugify(%+q) = %+q, want lower case", title, slug)
	}
	for _, r := range slug {
		if r != '-' && !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) {
			t.Errorf("Slugify(%+q) = %+q, which holds %+q", title, slug, r)
		}
	}
}

// pageWith is a page with one property of the name, beside its title.
func pageWith(t testing.TB, name, property string) page.Object {
	t.Helper()
	return decodeObject(t, []byte(`{"object":"page","id":"`+someID+`","properties":{
		"Name":{"id":"title","type":"title","title":[{"plain_text":"My "},{"plain_text":"Page"}]},
		"`+name+`":`+property+`}}`))
}

func TestObject_SlugProperty(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, property, prop string
		want, raw            string
		has                  bool
	}{
		{"rich text in parts", "Slug", `{"type":"rich_text","rich_text":[{"plain_text":"a"},{"plain_text":"b"}]}`, "ab",
			"ab", true},
		{"any case", "sLUG", `{"type":"rich_text","rich_text":[{"plain_text":"x"}]}`, "x", "x", true},
		{"url", "slug", `{"type":"url","url":"/docs/x/"}`, "docs/x", "/docs/x/", true},
		{"url, empty", "slug", `{"type":"url","url":null}`, "", "", true},
		{"formula", "slug", `{"type":"formula","formula":{"type":"string","string":" /x "}}`, "x", "/x", true},
		{"formula, empty", "slug", `{"type":"formula","formula":{"type":"string","string":null}}`, "", "", true},
		{"formula of a number", "slug", `{"type":"formula","formula":{"type":"number","number":1}}`, "", "", false},
		{"rich text, empty", "slug", `{"type":"rich_text","rich_text":[]}`, "", "", true},
		{"single slash", "slug", `{"type":"rich_text","rich_text":[{"plain_text":" / "}]}`, "index", "/", true},
		{"spaces between slashes", "slug", `{"type":"rich_text","rich_text":[{"plain_text":"/ a b /"}]}`, "a b",
			"/ a b /", true},
		{"select", "slug", `{"type":"select","select":{"name":"x"}}`, "", "", false},
		{"null", "slug", `null`, "", "", false},
		{"another name", "slugs", `{"type":"rich_text","rich_text":[{"plain_text":"x"}]}`, "", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := pageWith(t, test.property, test.prop)
			if got, has := o.SlugProperty(); got != test.want || has != test.has {
				t.Errorf("SlugProperty() = %q, %t; want %q, %t", got, has, test.want, test.has)
			}
			if raw, has := o.RawSlug(); raw != test.raw || has != test.has {
				t.Errorf("RawSlug() = %q, %t; want %q, %t", raw, has, test.raw, test.has)
			}
		})
	}
	t.Run("the title property may be named slug", func(t *testing.T) {
		t.Parallel()
		o := pageWith(t, "Slug", `{"type":"title","title":[{"plain_text":"x"}]}`)
		if got, has := o.SlugProperty(); got != "x" || !has {
			t.Errorf("SlugProperty() = %q, %t; want x, true", got, has)
		}
	})
	t.Run("one of a type that can't be one does not hide another", func(t *testing.T) {
		t.Parallel()
		o := pageWith(t, "SLUG", `{"type":"number","number":1},"slug":{"type":"url","url":"x"}`)
		if got, has := o.SlugProperty(); got != "x" || !has {
			t.Errorf("SlugProperty() = %q, %t; want x, true", got, has)
		}
	})
}

func slugText(value string) string {
	return `{"type":"rich_text","rich_text":[{"plain_text":"` + value + `"}]}`
}

func TestCollectionSlug(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		page  page.Object
		want  string
		draft bool
	}{
		{"property", pageWith(t, "Slug", slugText("/docs/intro/")), "docs/intro", false},
		{"single slash", pageWith(t, "Slug", slugText("/")), "index", false},
		{"empty property", pageWith(t, "Slug", slugText("  ")), "", true},
		{"no property", pageWith(t, "Other", slugText("x")), "my-page", false},
		{"property of another type", pageWith(t, "Slug", `{"type":"checkbox","checkbox":true}`), "my-page", false},
		{"no title either", decodeObject(t, []byte(`{"object":"page","id":"`+someID+`"}`)), bare(someID), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got, draft := page.CollectionSlug(test.page); got != test.want || draft != test.draft {
				t.Errorf("CollectionSlug = %q, %t; want %q, %t", got, draft, test.want, test.draft)
			}
		})
	}
}

func TestRowSlug(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, property, want string }{
		{"leading slash: as is", slugText("/other/place"), "other/place"},
		{"leading slash, one part", slugText("/about"), "about"},
		{"slash inside: as is", slugText("other/place"), "other/place"},
		{"plain: below the parent", slugText("intro"), "docs/intro"},
		{"single slash", slugText("/"), "index"},
		{"empty: from the title", slugText(""), "docs/my-page"},
		{"no slug property: from the title", `{"type":"number","number":1}`, "docs/my-page"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := page.RowSlug("docs", pageWith(t, "Slug", test.property)); got != test.want {
				t.Errorf("RowSlug(docs) = %q, want %q", got, test.want)
			}
		})
	}
}

func TestChildSlug(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ parent, title, want string }{
		{"docs", "Getting Started", "docs/getting-started"},
		{"index", "About", "index/about"},
		{"docs", "🚀", "docs/" + bare(someID)},
	} {
		if got := page.ChildSlug(test.parent, test.title, someID); got != test.want {
			t.Errorf("ChildSlug(%q, %q, %q) = %q, want %q", test.parent, test.title, someID, got, test.want)
		}
	}
}
