package app

import (
	"context"
	"errors"
	"fmt"

	"notionsync/pkg/diagnosis"
	"notionsync/pkg/media"
	"notionsync/pkg/syncer/model"
)

// files makes the media package's keeper the engine's.
type files struct{ *media.Keeper }

var _ model.Media = files{}

// Keep copies the file behind a link.
func (f files) Keep(ctx context.Context, link string, copy int) (model.KeptFile, error) {
	kept, err := f.Keeper.KeepCopy(ctx, link, copy)
	refused, _ := errors.AsType[*diagnosis.Error](err) // without the file's name: the same text counts once
	switch {
	case errors.Is(err, media.ErrExpired):
		err = fmt.Errorf("%w: %w", model.ErrLinkExpired, err)
	case errors.Is(err, media.ErrStore) && refused != nil:
		err = fmt.Errorf("%w: %w", model.ErrStoreRefused, refused)
	}
	return model.KeptFile{
		URL: kept.URL, Key: kept.Key, Width: kept.Width, Height: kept.Height, ContentType: kept.ContentType, Bytes: kept.Bytes,
	}, err
}

// Has reports whether a copy is where readers look for it.
func (f files) Has(ctx context.Context, kept model.KeptFile) (bool, error) {
	return f.Keeper.Has(ctx, kept.URL)
}

// media returns the configured file store; nil if there is none.
func (p *parts) media() (model.Media, error) {
	c := p.config
	var backend media.Backend
	var err error
	switch {
	case c.UsesS3():
		backend, err = media.NewS3(media.S3Options{
			Endpoint: string(c.S3Endpoint), Bucket: c.S3Bucket, Region: c.S3Region,
			KeyID: c.S3KeyID.Reveal(), Key: c.S3Key.Reveal(), PublicURL: string(c.S3PublicURL),
		})
	case c.BlobToken != "":
		backend, err = media.NewBlob(media.BlobOptions{Token: c.BlobToken.Reveal(), BaseURL: string(c.BlobURL)})
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	k, err := media.New(media.Options{Backend: backend, MaxBytes: c.MediaMax, AllowPrivate: c.MediaPrivate})
	if err != nil {
		return nil, err
	}
	return files{k}, nil
}
