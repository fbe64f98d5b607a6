package media

import (
	"context"
	"fmt"
	"io"
)

// Backend is a store of files that anyone can read by URL.
//
// Errors by which the store refuses are of type [*Error]. All methods are safe for concurrent use.
type Backend interface {
	// Put stores body under key, in place of what was there, and returns its lasting public URL. size is the number of
	// bytes, or -1 if that is not known. On an error, one of body included, the store holds under key what it held
	// before. body is not read after Put has returned.
	Put(ctx context.Context, key string, body io.Reader, size int64, contentType string) (url string, err error)
	// Delete removes files. Those that do not exist are no error.
	Delete(ctx context.Context, keys []string) error
	// Name is what people call the store.
	Name() string
}

// maxAge is how long copies may be cached, in seconds: a year, for what lies under a key never changes.
const maxAge = 365 * 24 * 60 * 60

// source reads the body of a Put. It makes sure that a body which broke off, or is not as long as announced, ends in an
// error that nobody takes for its end: to io.ReadFull and its kind io.ErrUnexpectedEOF means "that was the last part".
type source struct {
	body io.Reader
	size int64 // -1 if not known
	read int64
	err  error // the first error but io.EOF
}

func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.body.Read(p)
	s.read += int64(n)
	switch {
	case s.size >= 0 && s.read > s.size:
		s.err = fmt.Errorf("the file is longer than the %d bytes announced", s.size)
	case err == io.EOF && s.read < s.size:
		s.err = fmt.Errorf("the file ended after %d of %d bytes", s.read, s.size)
	case err != nil && err != io.EOF:
		s.err = fmt.Errorf("read the file: %w", err)
	default:
		return n, err
	}
	return 0, s.err
}

// first reads the beginning of the body, at most limit bytes. whole reports that this was all.
func (s *source) first(limit int64) (data []byte, whole bool, err error) {
	if s.size >= 0 && s.size < limit {
		limit = s.size + 1 // one more, to see the end
	}
	data = make([]byte, limit)
	n, err := io.ReadFull(s, data)
	switch err {
	case io.EOF, io.ErrUnexpectedEOF:
		return data[:n], true, nil
	default:
		return data[:n], false, err
	}
}

// blame is the reason why a Put failed: the body's error if it had one, for what clients make of that says less.
func (s *source) blame(err error) error {
	if s.err != nil {
		return s.err
	}
	return err
}
