package notionsim_test

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"notionsync/pkg/sim/notionsim"
)

func Example() {
	w := notionsim.New(func() time.Time { return time.Date(2026, 8, 3, 10, 20, 30, 0, time.UTC) })
	page := w.AddPage("Hello", notionsim.Divider())
	s := w.Server(notionsim.ServerOptions{Token: "secret"})
	s.Fail(notionsim.Rule{Kind: notionsim.KindPage, Times: 1, Fault: notionsim.RateLimited(time.Second, "")})

	client := &http.Client{Transport: s.Transport()} // or httptest.NewServer(s)
	for range 2 {
		r, _ := http.NewRequest("GET", "https://api.notion.com/v1/pages/"+page, nil)
		r.Header.Set("Authorization", "Bearer secret")
		r.Header.Set("Notion-Version", string(notionsim.V20250903))
		resp, err := client.Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Printf("%d %.16s\n", resp.StatusCode, body)
	}
	fmt.Println(s.Counts()[notionsim.KindPage], "requests,", s.Refused(), "refused")
	// Output:
	// 429 {"object":"error
	// 200 {"object":"page"
	// 2 requests, 1 refused
}
