package page_test

import (
	"testing"

	"notionsync/pkg/page"
)

// What is read back and written again is byte for byte what it was: the order of members, numbers, and what nobody knows.
func TestDecodeBundle_Encode(t *testing.T) {
	t.Parallel()
	properties := `{"Date":{"start":"2026-01-02","end":null,"timeZone":null},"Number":12345678901234567890.250,"Odd":{"z":1,"a":"<&>"},"Text":""}`
	for name, again := range map[string]func(raw []byte) ([]byte, error){
		`{"meta":{"slug":"a","notionId":"1","title":"A","collection":"pages","kind":"page","description":null,` +
			`"visibility":"public","lastEdited":"","createdTime":"","icon":null,"cover":null,"parentSlug":null,"parentTitle":null,` +
			`"childPages":[],"links":{},"media":{},"properties":` + properties + `},"blocks":[{"id":"1","n":1.50}],"markdown":"<b>",` +
			`"syncedAt":"2026-01-02T03:04:05Z"}`: func(raw []byte) ([]byte, error) {
			b, err := page.DecodeBundle(raw)
			if err != nil {
				return nil, err
			}
			return b.Encode()
		},
		`{"slug":"a","title":"A","description":null,"excerpt":null,"notionId":"1","icon":null,"cover":null,"lastEdited":"",` +
			`"createdTime":"","properties":` + properties + `}`: func(raw []byte) ([]byte, error) {
			i, err := page.DecodeItem(raw)
			if err != nil {
				return nil, err
			}
			return i.Encode()
		},
	} {
		if got, err := again([]byte(name)); string(got) != name || err != nil {
			t.Errorf("decoded and encoded again:\n got %s, %v\nwant %s", got, err, name)
		}
	}
}

func TestDecodeBundle_Damaged(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"", "nonsense", "[]", `{"meta":[]}`, `{"meta":{"properties":[]}}`, `{"meta":{}} {}`} {
		if b, err := page.DecodeBundle([]byte(raw)); err == nil || b != nil {
			t.Errorf("DecodeBundle(%q) = %+v, %v; want an error alone", raw, b, err)
		}
	}
	for _, raw := range []string{"", "nonsense", "[]", `{"properties":[]}`} {
		if i, err := page.DecodeItem([]byte(raw)); err == nil || i != nil {
			t.Errorf("DecodeItem(%q) = %+v, %v; want an error alone", raw, i, err)
		}
	}
}
