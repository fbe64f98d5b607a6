package media

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"testing"

	"golang.org/x/image/webp"
)

// Wherever a decoder finds a picture's size, so do we, and the same.
func FuzzRasterSize(f *testing.F) {
	picture := image.NewPaletted(image.Rect(0, 0, 3, 2), nil)
	picture.Palette = append(picture.Palette, image.White.C, image.Black.C)
	for _, encode := range []func(io.Writer) error{
		func(w io.Writer) error { return png.Encode(w, picture) },
		func(w io.Writer) error { return gif.Encode(w, picture, nil) },
		func(w io.Writer) error { return jpeg.Encode(w, picture, nil) },
	} {
		var out bytes.Buffer
		if err := encode(&out); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes())
	}
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x02\x40\x00\x00\x07\x10\x11\x11\x88\x88\xfe\x07\x00"))
	f.Add([]byte("RIFF\x30\x00\x00\x00WEBPVP8 \x18\x00\x00\x00\x30\x01\x00\x9d\x01\x2a\x03\x00\x02\x00\x02\x00\x34\x25\xa4\x00\x03\x70\x00\xfe\xfb\xfd\x50\x00"))
	f.Add([]byte("RIFF\x30\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x01\x00\x00VP8L\x0d\x00\x00\x00\x2f\x02\x40\x00\x00"))
	decoders := map[string]func(io.Reader) (image.Config, error){
		"image/png": png.DecodeConfig, "image/gif": gif.DecodeConfig, "image/jpeg": jpeg.DecodeConfig, "image/webp": webp.DecodeConfig,
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		kind := http.DetectContentType(head)
		decode, known := decoders[kind]
		width, height := rasterSize(kind, head)
		if width < 0 || height < 0 || !known && width+height > 0 {
			t.Fatalf("%s: %d × %d", kind, width, height)
		}
		if !known {
			return
		}
		if config, err := decode(bytes.NewReader(head)); err == nil && (config.Width != width || config.Height != height) {
			t.Errorf("%s: %d × %d, the decoder says %d × %d", kind, width, height, config.Width, config.Height)
		}
	})
}
