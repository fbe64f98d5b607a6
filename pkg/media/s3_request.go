package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/minio/minio-go/v7/pkg/signer"
)

// s3Request is one call of the API.
type s3Request struct {
	op     string // for people
	method string
	key    string
	query  url.Values
	header map[string]string
	body   payload // bytes, for their sum is signed
}

// do makes a request and has read look at a good answer, unless that is nil.
func (s *S3) do(ctx context.Context, r s3Request, read func(*answer) error) error {
	u := fileURL(s.bucket, r.key)
	u.RawQuery = r.query.Encode()
	sum := sha256.Sum256(r.body.bytes)
	return retry(ctx, r.op, r.body, func(int) (time.Duration, error) {
		req, err := http.NewRequestWithContext(ctx, r.method, u.String(), nil)
		if err != nil {
			return noRetry, withoutURL(err)
		}
		for name, value := range r.header {
			req.Header.Set(name, value)
		}
		req.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
		req = signer.SignV4(*req, s.keyID, s.key, "", s.region)
		a, wait, err := send(s.client, req, r.body)
		if err != nil {
			return wait, err
		}
		return readS3Answer(a, read)
	})
}

// readS3Answer has a good answer read; of any other it makes an error, and says how long to wait before another attempt.
// S3 takes so long to complete an upload that it says 200 before it knows: such an answer may hold an error too.
func readS3Answer(a *answer, read func(*answer) error) (wait time.Duration, err error) {
	if !a.ok() || isErrorDocument(a.body) {
		return s3Refusal(a)
	}
	if read == nil {
		return 0, nil
	}
	if err := read(a); err != nil {
		return noRetry, fmt.Errorf("read the answer: %w", err)
	}
	return 0, nil
}

// s3Refusal reads an error and says how long to wait before another attempt
// (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, read 2026-08).
func s3Refusal(a *answer) (time.Duration, error) {
	e := &Error{
		Status: a.status, Code: xmlText(a.body, "Code"), Message: xmlText(a.body, "Message"), RetryAfter: a.retryAfter(),
	}
	switch e.Code {
	case "NoSuchBucket", "AllAccessDisabled", "AuthorizationHeaderMalformed", "InvalidRegionName", "PermanentRedirect":
		e.fatal = true
		return noRetry, e
	case "InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown", "OperationAborted":
		return e.wait(), e
	}
	switch {
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden, e.Status/100 == 3, slices.Contains(quotaCodes, e.Code):
		e.fatal = true
	case e.Status == http.StatusTooManyRequests, e.Status >= 500 && e.Status != http.StatusNotImplemented:
		return e.wait(), e
	}
	return noRetry, e
}

// wait is how long to wait at least before another attempt, unless that is too long.
func (e *Error) wait() time.Duration {
	if e.RetryAfter > storeMaxWait {
		return noRetry
	}
	return e.RetryAfter
}

// xmlText is the text of the first element of that name; empty if there is none, as in a page of HTML. xml.Unmarshal
// would do it too, and take 0.1 MB of a function's binary.
func xmlText(document []byte, name string) string {
	dec := xml.NewDecoder(bytes.NewReader(document))
	for found := false; ; {
		token, err := dec.Token()
		if err != nil {
			return ""
		}
		switch token := token.(type) {
		case xml.StartElement:
			found = token.Name.Local == name
		case xml.EndElement:
			found = false
		case xml.CharData:
			if found {
				return string(token)
			}
		}
	}
}
