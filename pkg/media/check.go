package media

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Check writes a small file to the store, reads it where the public would, and removes it. The error says which of the
// three failed, and is a [*diagnosis.Error] where it is known what to do.
func (k *Keeper) Check(ctx context.Context) error {
	content := []byte(rand.Text())
	key := keyPrefix + "check-" + rand.Text() + ".txt"
	link, err := k.write(ctx, key, content)
	if err != nil {
		return fmt.Errorf("media: write to %s: %w", k.backend.Name(), k.notWritten(err))
	}
	if err := readBack(ctx, link, content); err != nil {
		base := strings.TrimSuffix(link, "/"+key)
		return fmt.Errorf("media: read from %s: %w", k.backend.Name(), errors.Join(k.notRead(err, base), k.Drop(ctx, []string{key})))
	}
	if err := k.Drop(ctx, []string{key}); err != nil {
		return k.notDeleted(err)
	}
	return nil
}

func (k *Keeper) write(ctx context.Context, key string, content []byte) (url string, err error) {
	ctx, cancel := within(ctx, stepTimeout)
	defer cancel()
	return k.backend.Put(ctx, key, bytes.NewReader(content), int64(len(content)), "text/plain; charset=utf-8")
}

var errSomethingElse = errors.New("what is there is not what was written")

// unreadable is an answer to a browser that is not the file.
type unreadable int

func (status unreadable) Error() string { return fmt.Sprintf("status %d", int(status)) }

// readBack asks for the file as a browser would. The store is the owner's, so it may well be private.
func readBack(ctx context.Context, link string, want []byte) error {
	ctx, cancel := within(ctx, stepTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return withoutURL(err)
	}
	transport := newTransport(nil)
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return reason(ctx, withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written
	got, err := io.ReadAll(io.LimitReader(resp.Body, int64(len(want))+1))
	switch {
	case err != nil:
		return reason(ctx, err)
	case resp.StatusCode != http.StatusOK:
		return unreadable(resp.StatusCode)
	case !bytes.Equal(got, want):
		return errSomethingElse
	}
	return nil
}
