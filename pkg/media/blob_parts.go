package media

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// blobUpload is a multipart upload under way.
type blobUpload struct {
	blob        *Blob
	key         string // ours
	contentType string
	id          string
	storeKey    string // the store's name for the key
	parts       []blobPartDone
}

type blobPartDone struct {
	PartNumber int    `json:"partNumber"` // from 1
	ETag       string `json:"etag"`
}

// putParts uploads a file in parts, one after the other, so that one is in memory at a time. part is the first, full
// one; its memory is used for the others. An upload that fails stays incomplete: the API has no way to abort one, and
// nothing of it is ever seen.
func (b *Blob) putParts(ctx context.Context, key, contentType string, part []byte, rest io.Reader) (string, error) {
	mpu := &blobUpload{blob: b, key: key, contentType: contentType}
	if err := mpu.create(ctx); err != nil {
		return "", err
	}
	for {
		if err := mpu.send(ctx, part); err != nil {
			return "", err
		}
		n, err := io.ReadFull(rest, part[:blobPart])
		switch err {
		case nil, io.ErrUnexpectedEOF: // a full part, the last part
			part = part[:n]
		case io.EOF:
			return mpu.complete(ctx)
		default:
			return "", err
		}
	}
}

func (u *blobUpload) create(ctx context.Context) error {
	var created struct {
		UploadID string `json:"uploadId"`
		Key      string `json:"key"`
	}
	err := u.blob.do(ctx, u.request("create", payload{}), &created)
	u.id, u.storeKey = created.UploadID, created.Key
	return err
}

func (u *blobUpload) send(ctx context.Context, part []byte) error {
	done := blobPartDone{PartNumber: len(u.parts) + 1}
	r := u.request("upload", bytesPayload(part))
	r.header["x-mpu-part-number"] = strconv.Itoa(done.PartNumber)
	if err := u.blob.do(ctx, r, &done); err != nil {
		return err
	}
	u.parts = append(u.parts, done)
	return nil
}

func (u *blobUpload) complete(ctx context.Context) (string, error) {
	body, err := jsonPayload(u.parts)
	if err != nil {
		return "", err
	}
	r := u.request("complete", body)
	r.header["Content-Type"] = "application/json"
	return u.blob.upload(ctx, r)
}

// request is one step. The store's key goes percent-encoded, for a header holds only ASCII.
func (u *blobUpload) request(action string, body payload) blobRequest {
	header := putHeader(u.contentType)
	header["x-mpu-action"] = action
	if u.id != "" {
		header["x-mpu-upload-id"] = u.id
		header["x-mpu-key"] = url.PathEscape(u.storeKey)
	}
	return blobRequest{
		op:     "multipart " + action,
		method: http.MethodPost,
		path:   "/mpu?" + pathname(u.key),
		header: header,
		body:   body,
	}
}
