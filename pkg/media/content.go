package media

import (
	"bytes"
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
)

const (
	svg  = "image/svg+xml"
	html = "text/html"
)

// binaryTypes are the types that a name promises which no page of text can have: an error page under such a name is not
// the file. The table is ours because mime.TypeByExtension knows different ones on every machine.
var binaryTypes = map[string]string{
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
	".avif": "image/avif", ".heic": "image/heic", ".heif": "image/heif", ".bmp": "image/bmp", ".tif": "image/tiff",
	".tiff": "image/tiff", ".ico": "image/x-icon",
	".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
	".mkv": "video/x-matroska", ".avi": "video/x-msvideo", ".wmv": "video/x-ms-wmv", ".mpg": "video/mpeg",
	".mpeg": "video/mpeg",
	".mp3":  "audio/mpeg", ".m4a": "audio/mp4", ".wav": "audio/wav", ".ogg": "audio/ogg", ".oga": "audio/ogg",
	".flac": "audio/flac", ".aac": "audio/aac", ".opus": "audio/ogg",
	".pdf": "application/pdf", ".zip": "application/zip", ".woff": "font/woff", ".woff2": "font/woff2",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

// htmlNames are the extensions of files that are HTML themselves.
var htmlNames = []string{".html", ".htm", ".xhtml", ".mht", ".mhtml"}

// judge decides from a file's name, the type it is declared to have and its first bytes which type it is stored with.
// The error wraps ErrContent if this is not the file but a page about it: stores, proxies and sign-in walls answer 200
// with one.
func judge(name, declared string, head []byte) (contentType string, err error) {
	ext := strings.ToLower(path.Ext(name))
	declared, charset := parseType(declared)
	sniffed, _ := parseType(http.DetectContentType(head))
	promised := promise(ext, declared)
	if promised == svg && isSVG(head) {
		return svg, nil
	}
	if promised != "" {
		if isText(sniffed) || isText(declared) && sniffed == "" {
			return "", mismatch(ext, declared, sniffed)
		}
		if declared == "" || declared == svg || isText(declared) {
			return cmp.Or(sniffed, promised), nil
		}
	} else if isPage(ext, declared, sniffed) || isErrorDocument(head) {
		return "", mismatch(ext, declared, sniffed)
	}
	switch {
	case declared != "":
		return mime.FormatMediaType(declared, charset), nil
	case sniffed == html && !slices.Contains(htmlNames, ext): // nobody asked for a page that browsers run
		return "text/plain; charset=utf-8", nil
	default:
		return http.DetectContentType(head), nil
	}
}

// parseType is a media type without parameters, and its charset. One that says nothing is empty.
func parseType(header string) (mediaType string, charset map[string]string) {
	mediaType, params, err := mime.ParseMediaType(header)
	if err != nil || mediaType == "application/octet-stream" || mediaType == "binary/octet-stream" {
		return "", nil
	}
	if c := params["charset"]; c != "" {
		charset = map[string]string{"charset": c}
	}
	return mediaType, charset
}

// promise is the type that a file must have by its name, else by its declaration; empty if it may be text. Only a
// declaration of the table counts: others are too often wrong, TypeScript goes as video/mp2t.
func promise(ext, declared string) string {
	if t := binaryTypes[ext]; t != "" {
		return t
	}
	if ext == ".svg" || declared == svg {
		return svg
	}
	for _, t := range binaryTypes {
		if t == declared {
			return t
		}
	}
	return ""
}

func isText(mediaType string) bool {
	return strings.HasPrefix(mediaType, "text/") || mediaType == "application/xml" || mediaType == "application/json" ||
		mediaType == "application/xhtml+xml"
}

// isPage reports whether a file that may be text is an HTML page instead of itself. Markdown and templates begin like
// HTML too: where the declaration doesn't say HTML, an extension or a type of text makes them credible.
func isPage(ext, declared, sniffed string) bool {
	if slices.Contains(htmlNames, ext) {
		return false
	}
	credible := declared == "" && ext != "" || declared != html && isText(declared)
	return declared == html || sniffed == html && !credible
}

// isErrorDocument knows the error answers of S3, whatever their status.
func isErrorDocument(head []byte) bool {
	if bytes.HasPrefix(head, []byte("<?xml")) {
		_, head, _ = bytes.Cut(head, []byte("?>"))
	}
	head = bytes.TrimSpace(head)
	return bytes.HasPrefix(head, []byte("<Error>")) && bytes.Contains(head, []byte("<Code>"))
}

func mismatch(ext, declared, sniffed string) error {
	return fmt.Errorf("%w: named %q, declared as %q, begins like %q", ErrContent, ext, declared, sniffed)
}
