package media_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"notionsync/pkg/media"
	"notionsync/pkg/sim/blobsim"
)

func TestKeeper_Check(t *testing.T) {
	t.Parallel()
	blob, sim := newBlob(t, media.BlobOptions{})
	s3, _ := newS3(t)
	for _, store := range []media.Backend{blob, s3} {
		if err := newKeeper(t, media.Options{Backend: store}).Check(t.Context()); err != nil {
			t.Errorf("%s: Check(): %v", store.Name(), err)
		}
	}
	if files := sim.Files(); len(files) != 0 {
		t.Errorf("after Check the store holds %v, want nothing", files)
	}
}

// TestKeeper_Check_faults: the error says which step failed, and nothing stays behind.
func TestKeeper_Check_faults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		op   blobsim.Op
		want string
		left int
	}{
		{"write", blobsim.OpPut, "media: write to Vercel Blob: Vercel Blob refuses the key: put: status 403, forbidden", 0},
		{"read", blobsim.OpFile, "media: read from Vercel Blob: files can be written, and not be read at http", 0},
		{"delete", blobsim.OpDelete, "files can be written, and not be deleted: media: remove 1 files from Vercel Blob: delete: status 403, forbidden", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			blob, sim := newBlob(t, media.BlobOptions{})
			sim.Misbehave(blobsim.Faults{
				Fail: 9, Status: 403, Code: "forbidden",
				Only: func(r blobsim.Request) bool { return r.Op == tt.op },
			})
			err := newKeeper(t, media.Options{Backend: blob}).Check(t.Context())
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("Check() error %v, want one beginning with %q", err, tt.want)
			}
			if got := len(sim.Files()); got != tt.left {
				t.Errorf("after Check the store holds %d files, want %d", got, tt.left)
			}
		})
	}
}

// elsewhere is a store whose public URL leads to something else.
type elsewhere struct {
	media.Backend
	link string
}

func (e elsewhere) Put(context.Context, string, io.Reader, int64, string) (string, error) {
	return e.link, nil
}

func TestKeeper_Check_elsewhere(t *testing.T) {
	t.Parallel()
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) })
	closed := serve(t, func(http.ResponseWriter, *http.Request) {})
	closed.Close()
	for _, link := range []string{other.URL, closed.URL, "http://%zz"} {
		store := &memory{}
		k := newKeeper(t, media.Options{Backend: elsewhere{store, link}})
		if err := k.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "read from memory") {
			t.Errorf("Check() at %s: error %v, want one about reading", link, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	k := newKeeper(t, media.Options{Backend: elsewhere{&memory{}, other.URL}})
	if err := k.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Check() under an ended context: error %v, want %v", err, context.Canceled)
	}
}
