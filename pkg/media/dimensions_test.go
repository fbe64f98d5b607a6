package media_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"notionsync/pkg/media"
)

func picture(width, height int) image.Image {
	return image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black, color.White})
}

func encodePNG(t testing.TB, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, picture(width, height)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func encodeGIF(t testing.TB, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := gif.Encode(&out, picture(width, height), nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// encodeJPEG is a picture behind other segments, Exif data for example.
func encodeJPEG(t testing.TB, width, height int, segments ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture(width, height), nil); err != nil {
		t.Fatal(err)
	}
	parts := append([][]byte{out.Bytes()[:2]}, segments...)
	return bytes.Join(append(parts, out.Bytes()[2:]), nil)
}

func segment(marker byte, content []byte) []byte {
	head := []byte{0xff, marker, byte((len(content) + 2) >> 8), byte(len(content) + 2)}
	return append(head, content...)
}

// exif is a segment that asks for an orientation, behind an entry of another kind.
func exif(order binary.AppendByteOrder, mark string, orientation uint16) []byte {
	out := []byte("Exif\x00\x00" + mark)
	out = order.AppendUint16(out, 42)
	out = order.AppendUint32(out, 8) // offset of the directory
	out = order.AppendUint16(out, 2) // entries
	for _, entry := range [][2]uint16{{0x0100, 7}, {0x0112, orientation}} {
		out = order.AppendUint16(out, entry[0])
		out = order.AppendUint16(out, 3) // a 16-bit number
		out = order.AppendUint32(out, 1)
		out = order.AppendUint16(out, entry[1])
		out = order.AppendUint16(out, 0)
	}
	return segment(0xe1, out)
}

// webp is the beginning of a lossless WebP file.
func webp(width, height uint32) []byte {
	bits := binary.LittleEndian.AppendUint32([]byte{0x2f}, (width-1)|(height-1)<<14)
	chunk := append([]byte("VP8L\x05\x00\x00\x00"), append(bits, 0)...)
	head := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(chunk)+4))
	return append(append(head, "WEBP"...), chunk...)
}

func TestKeeper_Keep_dimensions(t *testing.T) {
	t.Parallel()
	little, big := binary.LittleEndian, binary.BigEndian
	padding := segment(0xe2, make([]byte, 60_000)) // an application's own
	tests := []struct {
		name          string
		file          string
		content       []byte
		width, height int
	}{
		{"PNG", "a.png", encodePNG(t, 30, 20), 30, 20},
		{"GIF", "a.gif", encodeGIF(t, 30, 20), 30, 20},
		{"JPEG", "a.jpg", encodeJPEG(t, 30, 20), 30, 20},
		{"WebP", "a.webp", webp(30, 20), 30, 20},
		{"PNG under another name", "a.jpg", encodePNG(t, 30, 20), 30, 20},
		{"JPEG behind much else", "a.jpg", encodeJPEG(t, 30, 20, padding, padding, padding), 30, 20},
		{"JPEG behind too much else", "a.jpg", encodeJPEG(t, 30, 20, padding, padding, padding, padding, padding), 0, 0},
		{"upright JPEG", "a.jpg", encodeJPEG(t, 30, 20, exif(big, "MM", 1)), 30, 20},
		{"JPEG upside down", "a.jpg", encodeJPEG(t, 30, 20, exif(big, "MM", 3)), 30, 20},
		{"turned JPEG", "a.jpg", encodeJPEG(t, 30, 20, exif(big, "MM", 6)), 20, 30},
		{"turned JPEG, little-endian", "a.jpg", encodeJPEG(t, 30, 20, padding, exif(little, "II", 8)), 20, 30},
		{"JPEG with half an Exif", "a.jpg", encodeJPEG(t, 30, 20, segment(0xe1, exif(big, "MM", 6)[4:30])), 30, 20},
		{"JPEG with an empty Exif", "a.jpg", encodeJPEG(t, 30, 20, segment(0xe1, []byte("Exif\x00\x00"))), 30, 20},
		{"GIF of no height", "a.gif", []byte("GIF89a\x30\x30\x00\x00\x00\x00\x00"), 0, 0},
		{"half a PNG", "a.png", encodePNG(t, 30, 20)[:20], 0, 0},
		{"SVG", "a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20px"/>`), 30, 20},
		{"SVG behind a prologue", "a.svg", []byte("\ufeff<?xml version='1.0' encoding='latin1'?>\n" +
			"<!DOCTYPE svg [<!ENTITY a 'b'>]><!-- < --><svg height=' 19.6 ' width='30.4'>"), 30, 20},
		{"SVG in percent", "a.svg", []byte(`<svg width="100%" height="20"></svg>`), 0, 0},
		{"SVG without a size", "a.svg", []byte(`<svg viewBox="0 0 30 20"></svg>`), 0, 0},
		{"SVG of no size", "a.svg", []byte(`<svg width="0" height="-1"></svg>`), 0, 0},
		{"SVG of any size", "a.svg", []byte(`<svg width="NaN" height="1e400"></svg>`), 0, 0},
		{"SVG beyond all size", "a.svg", []byte(`<svg width="1e30" height="1e30"></svg>`), 0, 0},
		{"no image", "a.bin", noise(100), 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newKeeper(t, media.Options{Backend: &memory{}, Transport: answer(200, "", string(tt.content))})
			kept, err := k.Keep(t.Context(), "https://example.com/"+tt.file)
			if err != nil || kept.Width != tt.width || kept.Height != tt.height {
				t.Errorf("Keep() = %d × %d, %v, want %d × %d", kept.Width, kept.Height, err, tt.width, tt.height)
			}
		})
	}
}

// FuzzKeep: no content makes Keep panic, gives a size below 0, or is stored other than it is.
func FuzzKeep(f *testing.F) {
	f.Add("a.png", "image/png", encodePNG(f, 3, 2))
	f.Add("a.gif", "", encodeGIF(f, 3, 2))
	f.Add("a.jpg", "", encodeJPEG(f, 3, 2, exif(binary.BigEndian, "MM", 6)))
	f.Add("a.webp", "", webp(3, 2))
	f.Add("a.svg", "image/svg+xml", []byte(`<svg width="3" height="2">`))
	f.Add("a.html", "text/html; charset=utf-8", []byte(`<!doctype html>`))
	f.Fuzz(func(t *testing.T, name, contentType string, content []byte) {
		if strings.ContainsAny(contentType, "\r\n") {
			return
		}
		store := &memory{}
		k := newKeeper(t, media.Options{Backend: store, Transport: answer(200, contentType, string(content))})
		link := "https://example.com/" + name
		kept, err := k.Keep(t.Context(), link)
		if err != nil {
			if kept != (media.Kept{}) || store.puts != 0 {
				t.Errorf("Keep(%q) = %+v beside the error %v", link, kept, err)
			}
			return
		}
		if kept.Width < 0 || kept.Height < 0 || (kept.Width == 0) != (kept.Height == 0) || kept.ContentType == "" {
			t.Errorf("Keep(%q) = %+v", link, kept)
		}
		if got := store.files[kept.Key].content; !bytes.Equal(got, content) || kept.Bytes != int64(len(content)) {
			t.Errorf("Keep(%q) stored %q as %q", link, content, got)
		}
	})
}
