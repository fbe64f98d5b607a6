package media

import (
	"bytes"
	"encoding/binary"
)

// isTurned reports whether a JPEG's Exif data asks for a quarter turn, as phones do with upright photos: browsers obey,
// so width and height change places. Exif 2.32, orientations 5 to 8.
func isTurned(head []byte) bool {
	exif := exifData(head)
	if len(exif) < 8 {
		return false
	}
	var order binary.ByteOrder = binary.BigEndian
	if bytes.HasPrefix(exif, []byte("II")) {
		order = binary.LittleEndian
	}
	start := uint64(order.Uint32(exif[4:]))
	if start+2 > uint64(len(exif)) {
		return false
	}
	const orientation, entryBytes = 0x0112, 12
	entries := exif[start+2:]
	for range order.Uint16(exif[start:]) {
		if len(entries) < entryBytes {
			return false
		}
		if order.Uint16(entries) == orientation {
			value := order.Uint16(entries[8:])
			return value >= 5 && value <= 8
		}
		entries = entries[entryBytes:]
	}
	return false
}

// exifData is the TIFF structure in a JPEG's Exif segment, nil if there is none before the image data.
func exifData(head []byte) []byte {
	const startOfImage, app1, startOfScan = "\xff\xd8", 0xe1, 0xda
	rest, ok := bytes.CutPrefix(head, []byte(startOfImage))
	for ok && len(rest) >= 4 && rest[0] == 0xff && rest[1] != startOfScan {
		length := 2 + int(binary.BigEndian.Uint16(rest[2:]))
		if length < 4 || length > len(rest) {
			return nil
		}
		if exif, found := bytes.CutPrefix(rest[4:length], []byte("Exif\x00\x00")); found && rest[1] == app1 {
			return exif
		}
		rest = rest[length:]
	}
	return nil
}
