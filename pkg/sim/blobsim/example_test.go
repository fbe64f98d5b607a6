package blobsim_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"notionsync/pkg/sim/blobsim"
)

func Example() {
	store := blobsim.New(blobsim.Options{ServeFiles: true})
	server := httptest.NewServer(store)
	defer server.Close()

	// Set VERCEL_BLOB_API_URL to this address, BLOB_READ_WRITE_TOKEN to blobsim.DefaultToken.
	api := server.URL + blobsim.Path
	req, err := http.NewRequest(http.MethodPut, api+"/?pathname=notes.txt", strings.NewReader("hello"))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Authorization", "Bearer "+blobsim.DefaultToken)
	req.Header.Set("x-api-version", "12")
	req.Header.Set("x-vercel-blob-access", "public")
	if _, err := http.DefaultClient.Do(req); err != nil {
		panic(err)
	}
	resp, err := http.Get(server.URL + blobsim.FilesPath + "notes.txt")
	if err != nil {
		panic(err)
	}
	content, err := io.ReadAll(resp.Body)
	fmt.Println(string(content), err)
	// Output: hello <nil>
}
