package page

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var sourcePart = regexp.MustCompile(`^<(?:file|pdf|video|audio|image|img)\s[^>]*?src="([^"]*)"`)

// NativeFiles lists the files in Notion's Markdown that Notion hosts, as [Files] does for blocks: images, files, PDFs,
// videos and sound whose address is signed, and so expires.
func NativeFiles(markdown string) []FileRef {
	var refs []FileRef
	for _, f := range nativeFiles(markdown) {
		if !slices.ContainsFunc(refs, func(r FileRef) bool { return r.URL == f.url }) {
			refs = append(refs, FileRef{URL: f.url, Name: nameInURL(f.url)})
		}
	}
	return refs
}

// ReplaceNativeFiles is the Markdown with the addresses of the files that [NativeFiles] lists replaced by those they map
// to. Every other byte stays.
func ReplaceNativeFiles(markdown string, to map[string]string) string {
	var out strings.Builder
	done := 0
	for _, f := range nativeFiles(markdown) {
		if replacement, ok := to[f.url]; ok {
			out.WriteString(markdown[done:f.start])
			out.WriteString(replacement)
			done = f.end
		}
	}
	out.WriteString(markdown[done:])
	return out.String()
}

// nativeFiles finds the addresses of files, in order.
func nativeFiles(markdown string) []hostedFile {
	var files []hostedFile
	for line := range nativeLines(markdown) {
		add := func(start, end int) {
			if link := nativeText(line.text[start:end]); isSigned(link) {
				files = append(files, hostedFile{url: link, start: line.start + start, end: line.start + end})
			}
		}
		if src := sourcePart.FindStringSubmatchIndex(line.text); src != nil {
			add(src[2], src[3])
			continue
		}
		for target := range nativeTargets(line.text) {
			add(target[0], target[1])
		}
	}
	return files
}

// isSigned reports whether an address works for a limited time only: the Markdown does not say who hosts a file, but
// the files of Notion's are signed as S3 does it.
func isSigned(link string) bool {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return false
	}
	return u.Query().Has("X-Amz-Signature")
}
