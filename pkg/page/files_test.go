package page_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"notionsync/pkg/page"
)

const hostedJSON = `{"type":"file","file":{"url":%q,"expiry_time":"2026-01-02T03:04:05.000Z"}}`

func hosted(url string) string { return fmt.Sprintf(hostedJSON, url) }

// fileBlock is a block whose payload stands under its type.
func fileBlock(id, kind, payload string, children ...page.Block) page.Block {
	raw := fmt.Sprintf(`{"object":"block","id":%q,"type":%q,%[2]q:%s}`, id, kind, payload)
	return page.Block{ID: id, Type: kind, Raw: json.RawMessage(raw), Children: children}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	o := decodeObject(t, json.RawMessage(`{"object":"page","id":"p","cover":`+hosted("https://s3/cover%20it.png?s=1")+
		`,"icon":`+hosted("https://s3/icon.svg")+
		`,"properties":{"type":{"id":"a","type":"files","files":[{"name":"A plan.pdf",`+hosted("https://s3/plan.pdf?s")[1:]+
		`,{"name":"out","type":"external","external":{"url":"https://example.com/x"}}]},`+
		`"file":{"id":"b","type":"rollup","rollup":{"type":"array","array":[{"type":"files","files":[`+
		hosted("https://s3/rolled.zip")+`]}]}},`+
		`"who":{"id":"c","type":"people","people":[{"object":"user","avatar_url":"https://s3/avatar.png"}]}}}`))
	blocks := []page.Block{
		fileBlock("image-1", "image", hosted("https://s3/a.png?s=1")),
		fileBlock("image-2", "image", `{"type":"external","external":{"url":"https://example.com/b.png"}}`),
		fileBlock("callout", "callout", `{"rich_text":[],"icon":`+hosted("https://s3/callout.png")+`}`,
			fileBlock("tab", "paragraph", `{"rich_text":[{"type":"mention","plain_text":":x:","mention":{"type":"custom_emoji",`+
				`"custom_emoji":{"id":"e","name":"x","url":"https://s3/emoji.png"}}}],"icon":`+hosted("https://s3/tab.png")+`}`),
			fileBlock("file", "file", `{"type":"file","file":{"url":"https://s3/1/notes.txt?s"},"name":"Notes.txt"}`)),
		fileBlock("again", "video", hosted("https://s3/a.png?s=1")),
		fileBlock("emoji", "callout", `{"icon":{"type":"custom_emoji","custom_emoji":{"url":"https://s3/e"}}}`),
		fileBlock("later", "hologram", `{"layers":[[`+hosted("https://s3/layer.glb")+`]]}`),
		fileBlock("other", "image", `{"type":"hosted","file":{"url":"https://s3/other.png"}}`),
		fileBlock("odd", "image", `{"type":"file","file":{"url":""}}`),
		fileBlock("odder", "image", `{"type":"file","file":"https://s3/no.png"}`),
	}
	want := []page.FileRef{
		{"https://s3/cover%20it.png?s=1", "", "cover it.png"},
		{"https://s3/icon.svg", "", "icon.svg"},
		{"https://s3/plan.pdf?s", "", "A plan.pdf"},
		{"https://s3/rolled.zip", "", "rolled.zip"},
		{"https://s3/a.png?s=1", "image-1", "a.png"},
		{"https://s3/callout.png", "callout", "callout.png"},
		{"https://s3/tab.png", "tab", "tab.png"},
		{"https://s3/1/notes.txt?s", "file", "Notes.txt"},
		{"https://s3/layer.glb", "later", "layer.glb"},
	}
	if got := page.Files(o, blocks); !slices.Equal(got, want) {
		t.Errorf("Files() =\n%q, want\n%q", got, want)
	}
}

func TestFiles_none(t *testing.T) {
	t.Parallel()
	if got := page.Files(page.Object{}, nil); len(got) != 0 {
		t.Errorf("Files() of nothing = %v, want none", got)
	}
	broken := page.Block{ID: "b", Raw: json.RawMessage(`{"image":` + hosted("https://s3/a.png") + `,`)}
	if got := page.Files(page.Object{}, []page.Block{broken}); len(got) != 0 {
		t.Errorf("Files() of broken JSON = %v, want none", got)
	}
}

// TestReplaceFiles: white space, order, escapes and numbers stay as they are, so do URLs that are not in the map.
func TestReplaceFiles(t *testing.T) {
	t.Parallel()
	const raw = `{"object":"block" , "id":"b","type":"image","n":1.50e3,"url":"https://s3/a?b=1\u0026c=2",
	"image" : {"file" : {"expiry_time":"x", "url"
	:	"https:\/\/s3\/a?b=1\u0026c=2"} ,"type":"file","caption":[{"plain_text":"\u00fc<&>"}]}}`
	const want = `{"object":"block" , "id":"b","type":"image","n":1.50e3,"url":"https://s3/a?b=1\u0026c=2",
	"image" : {"file" : {"expiry_time":"x", "url"
	:	"https://kept/a&b\"c"} ,"type":"file","caption":[{"plain_text":"\u00fc<&>"}]}}`
	other := fileBlock("other", "image", hosted("https://s3/other"))
	in := []page.Block{{ID: "top", Raw: other.Raw, Children: []page.Block{{ID: "b", Raw: json.RawMessage(raw)}}}}
	o := page.Object{ID: "p", Raw: json.RawMessage(`{ "icon":` + hosted("https://s3/icon") + `}`)}
	to := map[string]string{"https://s3/a?b=1&c=2": `https://kept/a&b"c`, "https://s3/icon": "k", "https://s3/none": "n"}

	gotObject, got := page.ReplaceFiles(o, in, to)
	if string(got[0].Children[0].Raw) != want {
		t.Errorf("ReplaceFiles() made\n%s, want\n%s", got[0].Children[0].Raw, want)
	}
	if string(got[0].Raw) != string(other.Raw) {
		t.Errorf("ReplaceFiles() changed a file that is not in the map: %s", got[0].Raw)
	}
	if want := `{ "icon":` + hosted("k") + `}`; string(gotObject.Raw) != want {
		t.Errorf("ReplaceFiles() made the page %s, want %s", gotObject.Raw, want)
	}
	if string(in[0].Children[0].Raw) != raw || !bytes.Contains(o.Raw, []byte("https://s3/icon")) {
		t.Error("ReplaceFiles() modified its input")
	}
	if gotObject.ID != "p" || got[0].ID != "top" || got[0].Children[0].ID != "b" {
		t.Error("ReplaceFiles() lost fields beside Raw")
	}
}

// TestFiles_recordings: Files finds what a plain search for file objects finds, and ReplaceFiles changes these URLs and
// nothing else.
func TestFiles_recordings(t *testing.T) {
	t.Parallel()
	total := 0
	for _, p := range recordedPages(t) {
		o, blocks := page.Object{Raw: p.Page}, decodeTree(t, p.Blocks)
		files := page.Files(o, blocks)
		total += len(files)
		got := map[string]bool{}
		for _, f := range files {
			if got[f.URL] = true; f.Name == "" {
				t.Errorf("%s: Files() has no name for %s", p.Name, f.URL)
			}
		}
		wantObject, want := string(o.Raw), string(page.MarshalBlocks(blocks))
		if hosted := hostedURLs(t, wantObject, want); !reflect.DeepEqual(got, hosted) {
			t.Errorf("%s: Files() = %v, want %v", p.Name, got, hosted)
		}
		to := map[string]string{}
		for i, f := range files {
			to[f.URL] = fmt.Sprintf("https://kept.example.com/%d?a=1&b=<2>", i)
			for _, literal := range literals(wantObject+want, f.URL) {
				wantObject = strings.ReplaceAll(wantObject, literal, `"`+to[f.URL]+`"`)
				want = strings.ReplaceAll(want, literal, `"`+to[f.URL]+`"`)
			}
		}
		gotObject, gotBlocks := page.ReplaceFiles(o, blocks, to)
		if string(gotObject.Raw) != wantObject {
			t.Errorf("%s: ReplaceFiles() changed more of the page than its files:\n%s", p.Name, gotObject.Raw)
		}
		if string(page.MarshalBlocks(gotBlocks)) != want {
			t.Errorf("%s: ReplaceFiles() changed more of the blocks than their files", p.Name)
		}
	}
	if total < 20 {
		t.Errorf("the recordings hold %d files, want at least 20", total)
	}
}

// hostedURLs searches JSON for file objects.
func hostedURLs(t *testing.T, documents ...string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, document := range documents {
		var all any
		readInto(t, []byte(document), &all)
		walkJSON(all, func(object map[string]any) {
			if file, ok := object["file"].(map[string]any); ok && object["type"] == "file" && file["url"] != nil {
				found[file["url"].(string)] = true
			}
		})
	}
	return found
}

// literals are the ways in which the JSON writes the string.
func literals(raw, s string) []string {
	var found []string
	escaped, plain := string(mustMarshal(s)), `"`+s+`"`
	for _, literal := range []string{escaped, plain} {
		if strings.Contains(raw, literal) && !slices.Contains(found, literal) {
			found = append(found, literal)
		}
	}
	return found
}

func mustMarshal(s string) []byte {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return raw
}

func readInto(t testing.TB, raw []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatalf("Unmarshal: %v", err)
	}
}

// FuzzReplaceFiles: what is replaced is exactly the URLs of the file objects, and nothing where nothing is in the map.
func FuzzReplaceFiles(f *testing.F) {
	f.Add([]byte(hosted("https://s3/a.png?x=1&y=2")))
	f.Add([]byte(`{"file":{"url":"u"},"type":"file","x":[{"type":"file","file":{"url":"v\u0026"}}]}`))
	f.Add([]byte(`{"type":"file","file":{"type":"file","file":{"url":"u","name":"n"}},"url":"u"}`))
	f.Add([]byte(`[1,"\"",{"type":"external","external":{"url":"u"}},null,true]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var before any
		if json.Unmarshal(raw, &before) != nil || hasTwins(json.NewDecoder(bytes.NewReader(raw))) {
			return
		}
		o := page.Object{Raw: raw}
		to := map[string]string{}
		for _, file := range page.Files(o, nil) {
			to[file.URL] = "kept <" + file.URL + ">"
		}
		got, _ := page.ReplaceFiles(o, nil, to)
		walkJSON(before, func(object map[string]any) {
			file, ok := object["file"].(map[string]any)
			if link, isText := file["url"].(string); ok && isText && link != "" && object["type"] == "file" {
				file["url"] = "kept <" + link + ">"
			}
		})
		var after any
		readInto(t, got.Raw, &after)
		if !reflect.DeepEqual(after, before) {
			t.Errorf("ReplaceFiles(%s) = %s, want %s", raw, got.Raw, marshal(t, before))
		}
		if same, _ := page.ReplaceFiles(o, nil, map[string]string{"elsewhere": "kept"}); to["elsewhere"] == "" &&
			!bytes.Equal(same.Raw, raw) {
			t.Errorf("ReplaceFiles(%s) without its files = %s", raw, same.Raw)
		}
	})
}

// hasTwins reports whether an object has two members of one name: which of them counts is nobody's promise.
func hasTwins(dec *json.Decoder) bool {
	token, err := dec.Token()
	if err != nil {
		return false
	}
	keys := map[any]bool{}
	for token == json.Delim('{') && dec.More() {
		key, _ := dec.Token()
		if keys[key] || hasTwins(dec) {
			return true
		}
		keys[key] = true
	}
	for token == json.Delim('[') && dec.More() {
		if hasTwins(dec) {
			return true
		}
	}
	if _, open := token.(json.Delim); open {
		_, _ = dec.Token() // its end
	}
	return false
}
