package notionsim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// hostedScheme starts the URL of a file that Notion hosts, inside the workspace. Answers carry a signed URL instead.
const hostedScheme = "notionsim-file:"

// hostedPath is where a server serves hosted files: /{space}/{file id}/{name}, as the real file host does.
const hostedPath = "/secure-files/2b7b01f0-67a8-40f8-acd4-88dd2805f216/"

// fileLife is how long a signed URL works.
const fileLife = time.Hour

// file is what lies behind a hosted file's URL.
type file struct {
	contentType string
	content     []byte
}

// AddFile puts a file under Notion's roof and returns the URL to use in [Media] and in files properties.
func (w *Workspace) AddFile(name, contentType string, content []byte) string {
	defer w.lock()()
	key := w.newID() + "/" + name
	w.files[key] = file{contentType, content}
	return hostedScheme + key
}

// fileFields are the members of a file object that depend on who hosts it.
func fileFields(url string) []field {
	var o object
	o.str("url", url)
	if strings.HasPrefix(url, hostedScheme) {
		o.str("expiry_time", hostedScheme+"expiry")
		return []field{{"type", quote("file")}, {"file", o.end()}}
	}
	return []field{{"type", quote("external")}, {"external", o.end()}}
}

// picture is the file object of an icon or cover, nil without a URL.
func picture(url string) json.RawMessage {
	if url == "" {
		return nil
	}
	var o object
	for _, f := range fileFields(url) {
		o.raw(f.key, f.value)
	}
	return o.end()
}

func baseName(url string) string { return path.Base(url) }

// signFiles replaces the URLs of hosted files by signed ones on host, different on every read.
func signFiles(body []byte, host string, now time.Time, serial uint64) []byte {
	if !bytes.Contains(body, []byte(hostedScheme)) {
		return body
	}
	expiry := now.Add(fileLife).UTC()
	body = bytes.ReplaceAll(body, []byte(hostedScheme+"expiry"), []byte(expiry.Format(stampFormat)))
	query := "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=" + now.UTC().Format("20060102T150405Z") +
		"&X-Amz-Expires=" + strconv.Itoa(int(fileLife.Seconds())) +
		"&X-Amz-Signature=" + undashed(makeID(11, serial)) + "&x-id=GetObject"
	var out []byte
	for {
		before, rest, found := bytes.Cut(body, []byte(hostedScheme))
		out = append(out, before...)
		if !found {
			return out
		}
		end := fileEnd(rest)
		out = append(out, host+hostedPath...)
		out = append(out, rest[:end]...)
		out = append(out, query...)
		body = rest[end:]
	}
}

// fileEnd is where a file's URL ends: with its string, or in Markdown with its attribute or the parenthesis around it.
func fileEnd(rest []byte) int {
	level := 0
	for i, c := range rest {
		switch c {
		case '(':
			level++
		case ')':
			if level--; level < 0 {
				return i
			}
		case '"', '\\':
			return i
		}
	}
	return len(rest)
}

// serveFile answers a signed URL until it has expired.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	s.workspace.mu.Lock()
	f, ok := s.workspace.files[strings.TrimPrefix(r.URL.Path, hostedPath)]
	s.workspace.mu.Unlock()
	signed, err := time.Parse("20060102T150405Z", r.URL.Query().Get("X-Amz-Date"))
	if !ok || err != nil || s.now().After(signed.Add(fileLife)) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"))
		return
	}
	w.Header().Set("Content-Type", f.contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(f.content)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(f.content)
	}
}
