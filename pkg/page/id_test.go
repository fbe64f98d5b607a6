package page_test

import (
	"strings"
	"testing"

	"notionsync/pkg/page"
)

const (
	someID  = "0c940186-ab70-4351-bb34-2d16f0635d49"
	otherID = "2b7b01f0-67a8-40f8-acd4-88dd2805f216"
)

func bare(id string) string { return strings.ReplaceAll(id, "-", "") }

func TestParseID(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, in string
		want     string // empty: no id
	}{
		{"dashed", someID, someID},
		{"bare", bare(someID), someID},
		{"upper case", strings.ToUpper(someID), someID},
		{"space around", " \t" + bare(someID) + "\n", someID},
		{"id of a data source, as copied", "2b7b01f0-67a8-40f8-acd4-88dd2805f216", otherID},
		{"data source as a URL of its own kind", "collection://" + otherID, otherID},
		{"bare with a view", bare(someID) + "?v=" + bare(otherID), someID},
		{"page URL", "https://www.notion.so/acme/Getting-started-" + bare(someID), someID},
		{"page URL without title", "https://www.notion.so/" + bare(someID), someID},
		{"page URL without scheme", "www.notion.so/acme/" + bare(someID), someID},
		{"page URL with trailing slash", "https://www.notion.so/acme/T-" + bare(someID) + "/", someID},
		{"dashed id inside a URL", "https://www.notion.so/" + someID, someID},
		{"dashed id behind a title", "https://www.notion.so/Getting-started-" + someID, someID},
		{"title that ends in hex", "https://www.notion.so/face-cafe-" + bare(someID), someID},
		{"site", "https://acme.notion.site/Docs-" + bare(someID) + "?pvs=4", someID},
		{"notion.com", "https://app.notion.com/p/acme/Docs-" + bare(someID), someID},
		{"database with a view", "https://www.notion.so/acme/" + bare(someID) + "?v=" + bare(otherID), someID},
		{"page in a peek over a database",
			"https://www.notion.so/acme/" + bare(otherID) + "?v=" + bare(otherID) + "&p=" + bare(someID) + "&pm=s",
			someID},
		{"peek with a dashed id", "https://www.notion.so/" + bare(otherID) + "?p=" + someID, someID},
		{"peek of nothing", "https://www.notion.so/" + bare(someID) + "?p=&v=" + bare(otherID), someID},
		{"fragment names a block", "https://www.notion.so/T-" + bare(someID) + "?pvs=4#" + bare(otherID), someID},
		{"fragment with slashes", "https://www.notion.so/T-" + bare(someID) + "#/" + bare(otherID), someID},
		{"id further up the path", "https://www.notion.so/" + bare(someID) + "/settings", someID},
		{"relative link", "/" + bare(someID), someID},
		{"relative link to a block", "/" + bare(someID) + "?pvs=25#" + bare(otherID), someID},

		{"nothing", "", ""},
		{"only a slash", "/", ""},
		{"slug", "docs/getting-started", ""},
		{"title and id without URL", "Getting-started-" + bare(someID), ""},
		{"only a view", "https://www.notion.so/acme?v=" + bare(otherID), ""},
		{"only a fragment", "https://www.notion.so/acme#" + bare(otherID), ""},
		{"too short", bare(someID)[1:], ""},
		{"too long", bare(someID) + "0", ""},
		{"too long inside a URL", "https://www.notion.so/0" + bare(someID), ""},
		{"not hex", strings.Replace(bare(someID), "0", "g", 1), ""},
		{"dashes elsewhere", "0c940186a-b70-4351-bb34-2d16f0635d49", ""},
		{"hex but not ASCII", strings.Repeat("á", 16), ""},
		{"broken query", "https://www.notion.so/acme?p=%zz", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := page.ParseID(test.in)
			if got != test.want || ok != (test.want != "") {
				t.Errorf("ParseID(%q) = %q, %t; want %q", test.in, got, ok, test.want)
			}
		})
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("https://www.notion.so/T-" + bare(someID) + "?v=1&p=" + someID + "#x")
	f.Fuzz(func(t *testing.T, in string) {
		id, ok := page.ParseID(in)
		if !ok {
			if id != "" {
				t.Fatalf("ParseID(%q) = %q, false; want no id", in, id)
			}
			return
		}
		if again, ok := page.ParseID(id); again != id || !ok || len(id) != 36 || strings.ToLower(id) != id {
			t.Fatalf("ParseID(%q) = %q, which parses as %q, %t", in, id, again, ok)
		}
		if !strings.Contains(strings.ToLower(strings.ReplaceAll(in, "-", "")), bare(id)) {
			t.Fatalf("ParseID(%q) = %q, which does not stand in it", in, id)
		}
	})
}
