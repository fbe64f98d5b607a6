package page

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"path"
	"slices"
	"sort"
)

// FileRef is a file that Notion hosts: its URL works for an hour.
type FileRef struct {
	URL   string // as Notion signed it
	Block string // id of the block that gives a new URL when read again; empty: the page object does
	Name  string // for people: as Notion shows it, else as it stands in the URL
}

// Files lists the files of a page that Notion hosts, each URL once, in the order they stand in: those of the page
// object (cover, icon, files properties, also rolled up ones), then those of every block of the tree, of any type.
//
// A file is what Notion says is one: a JSON object of type "file" with a URL under "file". Files of type external,
// custom emoji and avatars are none: their URLs are not signed and stay (those recorded lie in a public bucket).
func Files(o Object, blocks []Block) []FileRef {
	l := fileList{seen: map[string]bool{}}
	l.add("", o.Raw)
	l.addBlocks(blocks)
	return l.refs
}

// ReplaceFiles is the page with the URLs of the files that [Files] lists replaced by those they map to. URLs that are
// not in the map stay, and so does every other byte of the JSON. Neither o nor blocks is modified.
func ReplaceFiles(o Object, blocks []Block, to map[string]string) (Object, []Block) {
	o.Raw = replaceFiles(o.Raw, to)
	return o, replaceBlockFiles(blocks, to)
}

func replaceBlockFiles(blocks []Block, to map[string]string) []Block {
	blocks = slices.Clone(blocks)
	for i := range blocks {
		blocks[i].Raw = replaceFiles(blocks[i].Raw, to)
		blocks[i].Children = replaceBlockFiles(blocks[i].Children, to)
	}
	return blocks
}

func replaceFiles(raw json.RawMessage, to map[string]string) json.RawMessage {
	var out bytes.Buffer
	done := 0
	for _, f := range hostedFiles(raw) {
		if replacement, ok := to[f.url]; ok {
			out.Write(raw[done:f.start])
			out.Write(mustEncode(replacement))
			done = f.end
		}
	}
	if done == 0 {
		return raw
	}
	out.Write(raw[done:])
	return out.Bytes()
}

type fileList struct {
	refs []FileRef
	seen map[string]bool // URLs
}

func (l *fileList) addBlocks(blocks []Block) {
	for _, b := range blocks {
		l.add(b.ID, b.Raw)
		l.addBlocks(b.Children)
	}
}

func (l *fileList) add(block string, raw json.RawMessage) {
	for _, f := range hostedFiles(raw) {
		if !l.seen[f.url] {
			l.seen[f.url] = true
			l.refs = append(l.refs, FileRef{URL: f.url, Block: block, Name: cmp.Or(f.name, nameInURL(f.url))})
		}
	}
}

func nameInURL(fileURL string) string {
	u, err := url.Parse(fileURL)
	if err != nil || u.Path == "" {
		return ""
	}
	return path.Base(u.Path)
}

// hostedFile is the URL of a file object and where its string literal stands in the JSON.
type hostedFile struct {
	url        string
	start, end int
	name       string // empty if the object has none
}

// hostedFiles finds the files in any JSON, in the order of their URLs. Of broken JSON it finds none.
func hostedFiles(raw json.RawMessage) []hostedFile {
	s := fileScanner{raw: raw, dec: json.NewDecoder(bytes.NewReader(raw))}
	if _, err := s.value(); err != nil {
		return nil
	}
	sort.Slice(s.found, func(i, j int) bool { return s.found[i].start < s.found[j].start })
	return s.found
}

// fileScanner reads JSON token by token, for only tokens tell where they stand.
type fileScanner struct {
	raw   json.RawMessage
	dec   *json.Decoder
	found []hostedFile
}

// scanned is what an object's parent may need to know of a value.
type scanned struct {
	text       string     // of a string
	start, end int        // of a string
	file       hostedFile // of an object: its member url; end is 0 if it has none
}

func (s *fileScanner) value() (scanned, error) {
	before := s.dec.InputOffset()
	token, err := s.dec.Token()
	if err != nil {
		return scanned{}, err
	}
	switch token := token.(type) {
	case string:
		// Between two tokens stand only white space, commas and colons, so the next quote opens this one.
		start := int(before) + bytes.IndexByte(s.raw[before:], '"')
		return scanned{text: token, start: start, end: int(s.dec.InputOffset())}, nil
	case json.Delim:
		if token == '{' {
			return s.object()
		}
		for s.dec.More() {
			if _, err := s.value(); err != nil {
				return scanned{}, err
			}
		}
		_, err := s.dec.Token() // the closing bracket
		return scanned{}, err
	default:
		return scanned{}, nil
	}
}

// object reads the members of an object up to its closing brace. As everywhere, the last of equal keys counts.
func (s *fileScanner) object() (scanned, error) {
	var kind, name string
	var file, link hostedFile
	for s.dec.More() {
		key, err := s.dec.Token()
		if err != nil {
			return scanned{}, err
		}
		value, err := s.value()
		if err != nil {
			return scanned{}, err
		}
		switch key {
		case "type":
			kind = value.text
		case "name":
			name = value.text
		case "file":
			file = value.file
		case "url":
			link = hostedFile{url: value.text, start: value.start, end: value.end}
		}
	}
	if kind == "file" && file.end > 0 && file.url != "" {
		file.name = name
		s.found = append(s.found, file)
	}
	_, err := s.dec.Token() // the closing brace
	return scanned{file: link}, err
}
