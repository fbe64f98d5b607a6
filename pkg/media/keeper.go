package media

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"syscall"
	"time"
)

// Options shape a Keeper.
type Options struct {
	// Backend is the store. Required.
	Backend Backend
	// MaxBytes is the size of the largest file kept. Default 100 MiB.
	MaxBytes int64
	// AllowPrivate also fetches from private and loopback addresses: local runs and tests only.
	AllowPrivate bool
	// Timeout bounds one Keep, upload included. Default 5 minutes.
	Timeout time.Duration
	// Transport makes the requests for files instead of one that minds AllowPrivate: for tests.
	Transport http.RoundTripper
}

const (
	defaultMaxBytes = 100 << 20
	defaultTimeout  = 5 * time.Minute
	// stallTimeout is how long a file may be silent in the middle.
	stallTimeout = 30 * time.Second
	// stepTimeout bounds the removal of one batch of files, and each step of a Check.
	stepTimeout = 30 * time.Second
	// dropBatch is how many files are removed at a time.
	dropBatch = 100
)

// Keeper copies files into a store.
type Keeper struct {
	backend  Backend
	maxBytes int64
	timeout  time.Duration
	client   *http.Client
	reader   *http.Client // reads copies where the public does
}

// New refuses options without a backend and negative values.
func New(opts Options) (*Keeper, error) {
	if opts.Backend == nil {
		return nil, errors.New("media: no backend")
	}
	if opts.MaxBytes < 0 || opts.Timeout < 0 {
		return nil, fmt.Errorf("media: negative option: MaxBytes %d, Timeout %s", opts.MaxBytes, opts.Timeout)
	}
	transport := opts.Transport
	if transport == nil {
		var control func(string, string, syscall.RawConn) error
		if !opts.AllowPrivate {
			control = onlyPublic
		}
		transport = newTransport(control)
	}
	return &Keeper{
		backend:  opts.Backend,
		maxBytes: cmp.Or(opts.MaxBytes, defaultMaxBytes),
		timeout:  cmp.Or(opts.Timeout, defaultTimeout),
		client:   &http.Client{Transport: transport, CheckRedirect: checkRedirect},
		reader:   &http.Client{Transport: newTransport(nil)}, // the store is the owner's, so it may well be private
	}, nil
}

// Kept is a copy in the store.
type Kept struct {
	URL           string // public, lasting
	Key           string // for [Keeper.Drop]
	Width, Height int    // pixels as displayed; 0 for anything but images, and for images that do not say
	ContentType   string
	Bytes         int64
}

// Keep copies the file at sourceURL into the store, in place of an earlier copy. It tries once. Errors name the file by
// its [Identity], never by its signed URL; see [ErrExpired] and its neighbours for what they are.
func (k *Keeper) Keep(ctx context.Context, sourceURL string) (Kept, error) {
	return k.KeepCopy(ctx, sourceURL, 0)
}

// KeepCopy is Keep where earlier copies were dropped: copy counts them. Each copy has a key of its own, so that a [Keeper.Drop]
// of an earlier one that comes late does not remove it.
func (k *Keeper) KeepCopy(ctx context.Context, sourceURL string, copy int) (Kept, error) {
	identity := Identity(sourceURL)
	ctx, cancel := within(ctx, k.timeout)
	defer cancel()
	f, err := k.fetch(ctx, sourceURL)
	if err != nil {
		return Kept{}, fmt.Errorf("media: fetch %q: %w", identity, err)
	}
	defer f.close()
	kept := Kept{Key: copyKey(identity, copy), ContentType: f.contentType}
	kept.Width, kept.Height = dimensions(f.head)
	kept.URL, err = k.backend.Put(ctx, kept.Key, f, f.size, f.contentType)
	if err != nil {
		return Kept{}, fmt.Errorf("media: keep %q in %s: %w", identity, k.backend.Name(), k.refused(err))
	}
	kept.Bytes = f.body.read
	return kept, nil
}

// Drop removes copies by their keys. Those that do not exist are no error. On an error some may be gone, and all can
// be dropped again.
func (k *Keeper) Drop(ctx context.Context, keys []string) error {
	for batch := range slices.Chunk(keys, dropBatch) {
		if err := k.drop(ctx, batch); err != nil {
			return fmt.Errorf("media: remove %d files from %s: %w", len(batch), k.backend.Name(), err)
		}
	}
	return nil
}

func (k *Keeper) drop(ctx context.Context, keys []string) error {
	ctx, cancel := within(ctx, stepTimeout)
	defer cancel()
	return k.backend.Delete(ctx, keys)
}

// within bounds a piece of work; the context's cause says by how much.
func within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, fmt.Errorf("not done after %s: %w", d, context.DeadlineExceeded))
}
