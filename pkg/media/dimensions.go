package media

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// dimensions are the width and height at which browsers show the image that begins with head; 0 and 0 for anything but
// PNG, JPEG, GIF, WebP and SVG, and for an image that does not say within head.
func dimensions(head []byte) (width, height int) {
	width, height = rasterSize(http.DetectContentType(head), head)
	if width == 0 || height == 0 { // a GIF's screen may say 0
		return svgDimensions(head)
	}
	if isTurned(head) {
		return height, width
	}
	return width, height
}

func isSVG(head []byte) bool {
	_, ok := svgRoot(head)
	return ok
}

// svgRoot is the document's root element, if it is an SVG's.
func svgRoot(head []byte) (xml.StartElement, bool) {
	if !bytes.Contains(head, []byte("<svg")) {
		return xml.StartElement{}, false
	}
	dec := xml.NewDecoder(bytes.NewReader(head))
	dec.Strict = false
	dec.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil } // ASCII is all we read
	for {
		token, err := dec.Token()
		if err != nil {
			return xml.StartElement{}, false
		}
		if root, ok := token.(xml.StartElement); ok {
			return root, root.Name.Local == "svg"
		}
	}
}

// svgDimensions reads width and height where they are plain pixels: an SVG need not have a size.
func svgDimensions(head []byte) (width, height int) {
	root, ok := svgRoot(head)
	if !ok {
		return 0, 0
	}
	for _, attr := range root.Attr {
		switch attr.Name.Local {
		case "width":
			width = pixels(attr.Value)
		case "height":
			height = pixels(attr.Value)
		}
	}
	if width == 0 || height == 0 {
		return 0, 0
	}
	return width, height
}

// pixels is a length like 24, 24.5 or 24px, rounded; 0 for any other.
func pixels(length string) int {
	n, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(length), "px"), 64)
	if err != nil || !(n > 0 && n < 1<<20) { // no number, or no picture
		return 0
	}
	return int(n + 0.5)
}
