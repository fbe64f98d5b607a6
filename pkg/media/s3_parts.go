package media

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// s3Upload is a multipart upload under way.
type s3Upload struct {
	s3    *S3
	key   string
	id    string
	parts []s3PartDone
}

type s3PartDone struct {
	number int    // from 1
	eTag   string // as the store gave it
}

// abortTimeout bounds the removal of an upload that failed.
const abortTimeout = 10 * time.Second

// putParts uploads a file in parts, one after the other, so that one is in memory at a time. part is the first, full
// one; its memory is used for the others.
func (s *S3) putParts(ctx context.Context, key, contentType string, part []byte, rest io.Reader) (err error) {
	u := &s3Upload{s3: s, key: key}
	if err := u.create(ctx, contentType); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			u.abort(ctx)
		}
	}()
	for {
		if err := u.send(ctx, part); err != nil {
			return err
		}
		n, err := io.ReadFull(rest, part[:s3Part])
		switch err {
		case nil, io.ErrUnexpectedEOF: // a full part, the last part
			part = part[:n]
		case io.EOF:
			return u.complete(ctx)
		default:
			return err
		}
	}
}

func (u *s3Upload) create(ctx context.Context, contentType string) error {
	r := u.request("create", http.MethodPost, nil)
	r.query, r.header = url.Values{"uploads": {""}}, s3Header(contentType)
	return u.s3.do(ctx, r, func(a *answer) error {
		if u.id = xmlText(a.body, "UploadId"); u.id == "" {
			return errors.New("it has no upload id")
		}
		return nil
	})
}

func (u *s3Upload) send(ctx context.Context, part []byte) error {
	done := s3PartDone{number: len(u.parts) + 1}
	r := u.request("part", http.MethodPut, part)
	r.query.Set("partNumber", strconv.Itoa(done.number))
	err := u.s3.do(ctx, r, func(a *answer) error {
		if done.eTag = a.header.Get("ETag"); done.eTag == "" {
			return errors.New("it has no ETag")
		}
		return nil
	})
	u.parts = append(u.parts, done)
	return err
}

func (u *s3Upload) complete(ctx context.Context) error {
	var body bytes.Buffer
	body.WriteString(`<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`)
	for _, part := range u.parts {
		fmt.Fprintf(&body, "<Part><PartNumber>%d</PartNumber><ETag>", part.number)
		_ = xml.EscapeText(&body, []byte(part.eTag)) // a buffer takes everything
		body.WriteString("</ETag></Part>")
	}
	body.WriteString("</CompleteMultipartUpload>")
	r := u.request("complete", http.MethodPost, body.Bytes())
	r.header = map[string]string{"Content-Type": "application/xml"}
	return u.s3.do(ctx, r, nil)
}

// abort removes the parts, which the store would be paid for, also when ctx has ended. Why the upload failed is what
// people have to know, not that its parts are still there.
func (u *s3Upload) abort(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	_ = u.s3.do(ctx, u.request("abort", http.MethodDelete, nil), nil)
}

func (u *s3Upload) request(action, method string, body []byte) s3Request {
	return s3Request{
		op: "multipart " + action, method: method, key: u.key,
		query: url.Values{"uploadId": {u.id}}, body: bytesPayload(body),
	}
}
