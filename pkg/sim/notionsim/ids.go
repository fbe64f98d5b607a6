package notionsim

import (
	"encoding/hex"
	"strings"
)

// mix is the finaliser of splitmix64: every bit of x moves every bit of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hash mixes a text into a number.
func hash(seed uint64, s string) uint64 {
	for i := 0; i < len(s); i++ {
		seed = mix(seed ^ uint64(s[i])<<8 ^ uint64(i))
	}
	return mix(seed)
}

// makeID is a version 4 UUID that depends on its arguments alone.
func makeID(salt, serial uint64) string {
	hi := mix(salt ^ mix(serial))
	return formatID(hi, mix(hi+serial))
}

// formatID writes 128 bits as a UUID, with the version and variant bits of a random one.
func formatID(hi, lo uint64) string {
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(3<<62) | 2<<62
	const digits = "0123456789abcdef"
	var out [36]byte
	n := 0
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			out[n] = '-'
			n++
		}
		word := hi
		if i >= 16 {
			word = lo
		}
		out[n] = digits[word>>(60-4*(i%16))&0xf]
		n++
	}
	return string(out[:])
}

// undashed is the form of an id in URLs.
func undashed(id string) string { return strings.ReplaceAll(id, "-", "") }

// parseID brings an id of a request into the dashed form. Notion accepts it with or without dashes, and refuses what is
// no UUID; in the recordings that includes UUIDs of version 1.
func parseID(s string) (string, bool) {
	plain := strings.ToLower(s)
	if len(s) == 36 {
		for _, i := range []int{8, 13, 18, 23} {
			if s[i] != '-' {
				return "", false
			}
		}
		plain = undashed(plain)
	}
	if len(plain) != 32 {
		return "", false
	}
	if _, err := hex.DecodeString(plain); err != nil {
		return "", false
	}
	id := plain[:8] + "-" + plain[8:12] + "-" + plain[12:16] + "-" + plain[16:20] + "-" + plain[20:]
	if strings.Trim(plain, "0") == "" {
		return id, true
	}
	return id, plain[12] != '0' && plain[12] != '1' && strings.IndexByte("89ab", plain[16]) >= 0
}

// encodeID writes a property id the way answers carry it, like JavaScript's encodeURIComponent.
func encodeID(id string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(id); i++ {
		c := id[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			strings.IndexByte("-_.!~*'()", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + string(digits[c>>4]) + string(digits[c&15]))
		}
	}
	return b.String()
}

// propertyID is a property id as Notion makes them: four printable characters that depend on the name.
func propertyID(name string) string {
	h := hash(7, name)
	id := make([]byte, 4)
	for i := range id {
		id[i] = byte(':' + h>>(8*i)&0xff%('~'-':'+1))
	}
	return encodeID(string(id))
}
