package qsverify

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// readBody reads the whole body, up to MaxBodyBytes. Whatever length was announced, or none, the cap holds.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	var buf bytes.Buffer
	buf.Grow(int(max(r.ContentLength, 0)) + bytes.MinRead) // MinRead to spare: no growing when the length was true
	n, err := buf.ReadFrom(io.LimitReader(r.Body, MaxBodyBytes+1))
	var lower *http.MaxBytesError // of a handler in front of ours that caps bodies too
	if errors.As(err, &lower) {
		return nil, fmt.Errorf("%w: %w", ErrBodyTooLarge, err)
	}
	if err != nil {
		return nil, fmt.Errorf("qsverify: reading the body: %w", err)
	}
	if n > MaxBodyBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrBodyTooLarge, MaxBodyBytes)
	}
	return buf.Bytes(), nil
}
