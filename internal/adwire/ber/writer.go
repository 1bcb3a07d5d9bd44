package ber

import "encoding/binary"

// Open appends the header of a constructed element whose length is not known yet.
// Close puts it in. The length always takes four octets (84 xx xx xx xx): that is
// how Windows writes it, and it saves a second pass.
func Open(b []byte, tag byte) (out []byte, at int) {
	return append(b, tag, 0x84, 0, 0, 0, 0), len(b) + 2
}

// Close ends the element that Open returned at for.
func Close(b []byte, at int) []byte {
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}

// AppendHeader appends a tag and the shortest form of length.
func AppendHeader(b []byte, tag byte, length int) []byte {
	switch {
	case length < 0x80:
		return append(b, tag, byte(length))
	case length < 1<<8:
		return append(b, tag, 0x81, byte(length))
	case length < 1<<16:
		return append(b, tag, 0x82, byte(length>>8), byte(length))
	case length < 1<<24:
		return append(b, tag, 0x83, byte(length>>16), byte(length>>8), byte(length))
	default:
		return append(b, tag, 0x84, byte(length>>24), byte(length>>16), byte(length>>8), byte(length))
	}
}

// AppendString appends an octet string, or any primitive of s.
func AppendString[S string | []byte](b []byte, tag byte, s S) []byte {
	return append(AppendHeader(b, tag, len(s)), s...)
}

// AppendInt appends an integer or enumeration in its shortest form.
func AppendInt(b []byte, tag byte, v int) []byte {
	n := 1
	for x := v; x > 127 || x < -128; x >>= 8 {
		n++
	}
	b = append(b, tag, byte(n))
	for n--; n >= 0; n-- {
		b = append(b, byte(v>>(8*n)))
	}
	return b
}

// AppendBool appends a boolean.
func AppendBool(b []byte, tag byte, v bool) []byte {
	if v {
		return append(b, tag, 1, 0xff)
	}
	return append(b, tag, 1, 0)
}
