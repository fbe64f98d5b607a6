package media_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"notionsync/pkg/media"
	"notionsync/pkg/sim/blobsim"
)

func ExampleKeeper_Keep() {
	notion := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = w.Write([]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"/>`))
	}))
	defer notion.Close()
	store := httptest.NewServer(blobsim.New(blobsim.Options{}))
	defer store.Close()

	blob, err := media.NewBlob(media.BlobOptions{Token: blobsim.DefaultToken, BaseURL: store.URL + blobsim.Path})
	if err != nil {
		panic(err)
	}
	keeper, err := media.New(media.Options{Backend: blob, AllowPrivate: true}) // the "Notion" above is local
	if err != nil {
		panic(err)
	}
	kept, err := keeper.Keep(context.Background(), notion.URL+"/space/file/plan.svg?X-Amz-Signature=0123")
	if err != nil {
		panic(err)
	}
	fmt.Println(kept.ContentType, kept.Width, kept.Height, kept.Bytes)
	// Output: image/svg+xml 640 480 66
}
