package page_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/page"
)

const (
	nativeID1 = "11111111-1111-4111-8111-111111111111"
	nativeID2 = "22222222-2222-4222-8222-222222222222"
	nativeID3 = "33333333-3333-4333-8333-333333333333"
)

func notionURL(id string) string { return "https://www.notion.so/" + strings.ReplaceAll(id, "-", "") }

func TestNativeKids(t *testing.T) {
	t.Parallel()
	one, two := notionURL(nativeID1), "https://app.notion.com/p/A-title-"+strings.ReplaceAll(nativeID2, "-", "")
	kid1 := page.NativeKid{ID: nativeID1, Title: "One", Top: true}
	for _, tc := range []struct {
		name, markdown string
		want           []page.NativeKid
	}{
		{"none", "# A heading\nText", nil},
		{"page", "Text\n<page url=\"" + one + "\">One</page>\nmore", []page.NativeKid{kid1}},
		{"page with a colour", `<page url="` + one + `" color="red">One</page>`, []page.NativeKid{kid1}},
		{"colour first", `<page color="red" url="` + one + `">One</page>`, []page.NativeKid{kid1}},
		{"compressed address", `<page url="{{` + one + `}}">One</page>`, []page.NativeKid{kid1}},
		{"title with escapes", `<page url="` + one + `">A \<b\> &amp; \*c\*</page>`,
			[]page.NativeKid{{ID: nativeID1, Title: "A <b> & *c*", Top: true}}},
		{"database", `<database url="` + two + `" inline="true" icon="📚">Two</database>`,
			[]page.NativeKid{{ID: nativeID2, Title: "Two", Database: true, Top: true}}},
		{"view of another database", `<database data-source-url="collection://` + nativeID2 + `">Two</database>`, nil},
		{"nested", "<details>\n<summary>S</summary>\n\t<page url=\"" + one + "\">One</page>\n</details>",
			[]page.NativeKid{{ID: nativeID1, Title: "One"}}},
		{"twice", strings.Repeat(`<page url="`+one+"\">One</page>\n", 2), []page.NativeKid{kid1}},
		{"in code", "```html\n<page url=\"" + one + "\">One</page>\n```", nil},
		{"in indented code", "- item\n\t```\n\t<page url=\"" + one + "\">One</page>\n\t```", nil},
		{"behind code that shows a fence", "````\n```\n````\n<page url=\"" + one + "\">One</page>", []page.NativeKid{kid1}},
		{"escaped", `\<page url="` + one + `"\>One\</page\>`, nil},
		{"inside a text", `See <page url="` + one + `">One</page>`, nil},
		{"mentioned", `<mention-page url="` + one + `">One</mention-page>`, nil},
		{"in a synced copy", "<synced_block_reference url=\"x\">\n\t<page url=\"" + two + "\">Two</page>\n" +
			"</synced_block_reference>\n<page url=\"" + one + "\">One</page>", []page.NativeKid{kid1}},
		{"in an original", "<synced_block url=\"x\">\n\t<page url=\"" + one + "\">One</page>\n</synced_block>",
			[]page.NativeKid{{ID: nativeID1, Title: "One"}}},
		{"without an id", `<page url="https://www.notion.so/">One</page>`, nil},
		{"without an address", `<page color="red">One</page>`, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := page.NativeKids(tc.markdown); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("NativeKids(%q) =\n%+v, want\n%+v", tc.markdown, got, tc.want)
			}
		})
	}
}

func TestNativeLinks(t *testing.T) {
	t.Parallel()
	one, two, three := notionURL(nativeID1), notionURL(nativeID2), notionURL(nativeID3)
	for _, tc := range []struct {
		name, markdown string
		want           []string
	}{
		{"none", "Text [out](https://example.com/" + nativeID1 + ")", nil},
		{"mention", `a <mention-page url="` + two + `">T</mention-page> and <mention-page url="` + one + `"/>`,
			[]string{nativeID1, nativeID2}},
		{"database", `<mention-database url="` + one + `"/>`, []string{nativeID1}},
		{"link", "- [a](" + one + ") [b](" + two + "#" + strings.ReplaceAll(nativeID3, "-", "") + ")",
			[]string{nativeID1, nativeID2}},
		{"relative", "[a](/" + strings.ReplaceAll(nativeID3, "-", "") + ")", []string{nativeID3}},
		{"twice", "[a](" + one + ")\n[b](" + one + ")", []string{nativeID1}},
		{"child page", `<page url="` + one + `">One</page>`, nil},
		{"person", `<mention-user url="user://` + nativeID1 + `">P</mention-user>`, nil},
		{"in code", "```\n[a](" + three + ")\n```", nil},
		{"never closed", "[a](" + one, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := page.NativeLinks(tc.markdown); !slices.Equal(got, tc.want) {
				t.Errorf("NativeLinks(%q) = %q, want %q", tc.markdown, got, tc.want)
			}
		})
	}
}

func TestNativeFiles(t *testing.T) {
	t.Parallel()
	const signed = "https://prod-files-secure.s3.us-west-2.amazonaws.com/1/2/"
	const query = "?X-Amz-Date=1&X-Amz-Signature=abc"
	for _, tc := range []struct {
		name, markdown, want string // want: after "copy" has taken the place of the file's address
		file                 page.FileRef
	}{
		{"image", "a\n![A map](" + signed + "map.png" + query + ")\nb", "a\n![A map](copy)\nb",
			page.FileRef{URL: signed + "map.png" + query, Name: "map.png"}},
		{"parentheses", "\t![](" + signed + "map(1).png" + query + ") {color=\"red\"}", "\t![](copy) {color=\"red\"}",
			page.FileRef{URL: signed + "map(1).png" + query, Name: "map(1).png"}},
		{"file", `<file src="` + signed + "a%20b.pdf" + query + `">A file</file>`, `<file src="copy">A file</file>`,
			page.FileRef{URL: signed + "a%20b.pdf" + query, Name: "a b.pdf"}},
		{"entities", `<video color="red" src="` + signed + `v.mp4?X-Amz-Date=1&amp;X-Amz-Signature=abc">V</video>`,
			`<video color="red" src="copy">V</video>`, page.FileRef{URL: signed + "v.mp4" + query, Name: "v.mp4"}},
		{"external image", "![](https://example.com/map.png)", "![](https://example.com/map.png)", page.FileRef{}},
		{"in code", "```\n![](" + signed + "map.png" + query + ")\n```", "```\n![](" + signed + "map.png" + query + ")\n```",
			page.FileRef{}},
		{"no address", "![](:) <file src=\"\">", "![](:) <file src=\"\">", page.FileRef{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var want []page.FileRef
			if tc.file != (page.FileRef{}) {
				want = append(want, tc.file)
			}
			twice := tc.markdown + "\n" + tc.markdown
			if got := page.NativeFiles(twice); !slices.Equal(got, want) {
				t.Errorf("NativeFiles(%q) = %q, want %q", twice, got, want)
			}
			got := page.ReplaceNativeFiles(twice, map[string]string{tc.file.URL: "copy"})
			if both := tc.want + "\n" + tc.want; got != both {
				t.Errorf("ReplaceNativeFiles(%q) = %q, want %q", twice, got, both)
			}
			if same := page.ReplaceNativeFiles(twice, nil); same != twice {
				t.Errorf("ReplaceNativeFiles without files: %q, want %q", same, twice)
			}
		})
	}
}

func TestGraftNative(t *testing.T) {
	t.Parallel()
	at := func(id string) string {
		return `<unknown url="` + notionURL(nativeID3) + "#" + strings.ReplaceAll(id, "-", "") + `" alt="toggle"/>`
	}
	for _, tc := range []struct {
		name, markdown, want string
		ok                   bool
	}{
		{"at the top", "a\n" + at(nativeID1) + "\nb", "a\none\n\ttwo\nb", true},
		{"nested", "- a\n\t\t" + at(nativeID1), "- a\n\t\tone\n\t\t\ttwo", true},
		{"only tag", at(nativeID1), "one\n\ttwo", true},
		{"another's tag before it", at(nativeID2) + "\n" + at(nativeID1), at(nativeID2) + "\none\n\ttwo", true},
		{"none", "a\n" + at(nativeID2), "a\n" + at(nativeID2), false},
		{"in code", "```\n" + at(nativeID1) + "\n```", "```\n" + at(nativeID1) + "\n```", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, ok := page.GraftNative(tc.markdown, nativeID1, "one\n\ttwo\n")
			if got != tc.want || ok != tc.ok {
				t.Errorf("GraftNative(%q) = %q, %t, want %q, %t", tc.markdown, got, ok, tc.want, tc.ok)
			}
		})
	}
}

// Tags of pages show the titles that these have on the site.
func TestRetitleNative(t *testing.T) {
	t.Parallel()
	one, two := notionURL(nativeID1), notionURL(nativeID2)
	titles := map[string]string{nativeID1: "A <new> *title* &amp; more"}
	const escaped = `A \<new\> \*title\* &amp;amp; more`
	for _, tc := range []struct{ name, markdown, want string }{
		{"mention", `a <mention-page url="` + one + `">Untitled</mention-page> b`,
			`a <mention-page url="` + one + `">` + escaped + `</mention-page> b`},
		{"mention without a title", `<mention-page url="` + one + `"/>`,
			`<mention-page url="` + one + `">` + escaped + `</mention-page>`},
		{"child page", "\t<page url=\"" + one + `" color="red">Old</page>`,
			"\t<page url=\"" + one + `" color="red">` + escaped + `</page>`},
		{"two in a line", `<mention-page url="` + two + `">Two</mention-page><mention-page url="` + one + `">One</mention-page>`,
			`<mention-page url="` + two + `">Two</mention-page><mention-page url="` + one + `">` + escaped + `</mention-page>`},
		{"the same title, written otherwise", `<page url="` + one + `">A \<new\> *title* &amp;amp; more</page>`,
			`<page url="` + one + `">A \<new\> *title* &amp;amp; more</page>`},
		{"another page", `<page url="` + two + `">Two</page>`, `<page url="` + two + `">Two</page>`},
		{"in code", "```\n<page url=\"" + one + "\">One</page>\n```", "```\n<page url=\"" + one + "\">One</page>\n```"},
		{"divider in the first line", "---\nIntro: a\n---\nb", "***\nIntro: a\n---\nb"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := page.RetitleNative(tc.markdown, titles)
			if got != tc.want {
				t.Errorf("RetitleNative(%q) =\n%s, want\n%s", tc.markdown, got, tc.want)
			}
			if again := page.RetitleNative(got, titles); again != got {
				t.Errorf("once more it is\n%s, want\n%s", again, got)
			}
		})
	}
}

func TestNativeLabelTargets(t *testing.T) {
	t.Parallel()
	markdown := `<mention-page url="` + notionURL(nativeID2) + `">T</mention-page> [a](` + notionURL(nativeID3) + `) <mention-page url="` +
		notionURL(nativeID1) + `"/>`
	if got, want := page.NativeLabelTargets(markdown), []string{nativeID1, nativeID2}; !slices.Equal(got, want) {
		t.Errorf("NativeLabelTargets = %q, want %q", got, want)
	}
}
