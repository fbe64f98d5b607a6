package media

import "encoding/binary"

// rasterSize reads the size of a PNG, JPEG, GIF or WebP from its first bytes; 0 and 0 if they do not say. The decoders of the
// standard library and of x/image would do it too, with all that decodes the picture behind it: together some 300 kB in
// the binary of every function, which each cold start loads.
func rasterSize(contentType string, head []byte) (width, height int) {
	switch contentType {
	case "image/png":
		return pngSize(head)
	case "image/gif":
		return gifSize(head)
	case "image/jpeg":
		return jpegSize(head)
	case "image/webp":
		return webpSize(head)
	}
	return 0, 0
}

// pngSize: the first chunk is IHDR, which begins with both, big endian (PNG Specification, 11.2.1).
func pngSize(head []byte) (width, height int) {
	if len(head) < 24 || string(head[12:16]) != "IHDR" {
		return 0, 0
	}
	width, height = int(binary.BigEndian.Uint32(head[16:])), int(binary.BigEndian.Uint32(head[20:]))
	if width > maxSide || height > maxSide {
		return 0, 0
	}
	return width, height
}

// maxSide is the largest width or height that PNG allows.
const maxSide = 1<<31 - 1

// gifSize: the logical screen's, little endian, follows the signature (GIF89a, 18).
func gifSize(head []byte) (width, height int) {
	if len(head) < 10 {
		return 0, 0
	}
	return int(binary.LittleEndian.Uint16(head[6:])), int(binary.LittleEndian.Uint16(head[8:]))
}

// jpegSize: that of the frame, whose header is the first of the markers SOF0 to SOF15 (ITU T.81, B.2.2). Bytes between
// markers are passed over, as browsers do.
func jpegSize(head []byte) (width, height int) {
	const dht, jpg, dac, firstRST, eoi, sos = 0xc4, 0xc8, 0xcc, 0xd0, 0xd9, 0xda
	for i := 2; i+4 <= len(head); {
		switch marker := head[i+1]; {
		case head[i] != 0xff, marker == 0xff: // what is between, or fills up
			i++
		case marker == 0, marker >= firstRST && marker < eoi: // a marker without a length
			i += 2
		case marker == eoi, marker == sos:
			return 0, 0
		case marker >= 0xc0 && marker <= 0xcf && marker != dht && marker != jpg && marker != dac:
			if i+9 > len(head) {
				return 0, 0
			}
			return int(binary.BigEndian.Uint16(head[i+7:])), int(binary.BigEndian.Uint16(head[i+5:]))
		default:
			i += 2 + int(binary.BigEndian.Uint16(head[i+2:]))
		}
	}
	return 0, 0
}

// webpSize: the first chunk that is one of a lossy picture, a lossless one, or of the extended format, whose canvas counts
// (WebP Container Specification; RFC 6386, 9.1; WebP Lossless Bitstream Specification, 3).
func webpSize(head []byte) (width, height int) {
	for rest := head[min(12, len(head)):]; len(rest) >= 8; {
		kind, size, body := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:])), rest[8:]
		switch {
		case kind == "VP8 " && len(body) >= 10 && string(body[3:6]) == "\x9d\x01\x2a":
			const bits = 1<<14 - 1 // what is above them says how the picture is to be scaled
			return int(binary.LittleEndian.Uint16(body[6:])) & bits, int(binary.LittleEndian.Uint16(body[8:])) & bits
		case kind == "VP8L" && len(body) >= 5 && body[0] == 0x2f:
			packed := binary.LittleEndian.Uint32(body[1:])
			return int(packed&(1<<14-1)) + 1, int(packed>>14&(1<<14-1)) + 1
		case kind == "VP8X" && len(body) >= 10:
			side := func(b []byte) int { return (int(b[0]) | int(b[1])<<8 | int(b[2])<<16) + 1 }
			return side(body[4:]), side(body[7:])
		}
		rest = body[min(int64(len(body)), size+size&1):]
	}
	return 0, 0
}
