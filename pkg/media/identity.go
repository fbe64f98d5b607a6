package media

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Identity names the file that a URL leads to: host and path. Notion signs a new query at every reading, and the path
// stays (seen in github.com/sillsdev/docu-notion, 2026-08), so equal identities are one file.
func Identity(sourceURL string) string {
	if i := strings.IndexAny(sourceURL, "?#"); i >= 0 {
		sourceURL = sourceURL[:i]
	}
	u, err := url.Parse(sourceURL)
	if err != nil {
		return sourceURL
	}
	return strings.ToLower(u.Host) + u.EscapedPath()
}

// keyPrefix starts every key, so that a bucket may hold other things too.
const keyPrefix = "media/"

// maxName bounds the name in a key, in bytes. Whole keys stay far below what stores take: 950 characters on Vercel
// Blob, 1024 bytes on S3.
const maxName = 120

// Key is where the file with this identity lies in the store: media/<32 hex digits>/<name>. It depends on nothing else,
// so a file kept again lands in the same place. The name is for people who see the URL.
func Key(identity string) string {
	sum := sha256.Sum256([]byte(identity))
	return keyPrefix + hex.EncodeToString(sum[:16]) + "/" + fileName(identity)
}

// copyKey is where a further copy of a file lies; the first, 0, is that of [Key].
func copyKey(identity string, copy int) string {
	if copy == 0 {
		return Key(identity)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s#%d", identity, copy)) // no identity has a #
	return keyPrefix + hex.EncodeToString(sum[:16]) + "/" + fileName(identity)
}

// fileName is the last segment of the identity's path as a name that needs no care anywhere: letters and digits of any
// script, single hyphens for the rest, and an extension if there is one.
func fileName(identity string) string {
	base := path.Base(identity)
	if plain, err := url.PathUnescape(base); err == nil {
		base = plain
	}
	ext := path.Ext(base)
	stem := sanitise(strings.TrimSuffix(base, ext))
	if ext = sanitise(ext); ext != "" {
		ext = "." + truncate(ext, maxName/4)
	}
	if stem == "" {
		stem = "file"
	}
	return truncate(stem, maxName-len(ext)) + ext
}

func sanitise(s string) string {
	var out strings.Builder
	for _, r := range s {
		switch {
		case r == '_' || r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)):
			out.WriteRune(r)
		case !strings.HasSuffix(out.String(), "-"):
			out.WriteByte('-')
		}
	}
	return strings.Trim(out.String(), "-")
}

// truncate cuts s after at most n bytes, never inside a character.
func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimRight(s[:n], "-")
}
