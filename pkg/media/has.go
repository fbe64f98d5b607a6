package media

import (
	"context"
	"fmt"
	"net/http"
)

// Has reports whether a copy can be read at its public URL, with one HEAD request. 403 counts as no: that is how S3 says
// it where listing is not allowed (docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html, read 2026-08), and what
// nobody may read is of no use. On any other answer, and on an error, nobody can tell.
func (k *Keeper) Has(ctx context.Context, url string) (bool, error) {
	ctx, cancel := within(ctx, stepTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return false, withoutURL(err)
	}
	resp, err := k.reader.Do(req)
	if err != nil {
		return false, reason(ctx, withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written
	switch resp.StatusCode {
	case http.StatusOK:
		return true, nil
	case http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return false, nil
	}
	return false, fmt.Errorf("media: look for %q in %s: status %d", Identity(url), k.backend.Name(), resp.StatusCode)
}
