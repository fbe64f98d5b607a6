package notion_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"notionsync/pkg/notion"
	"notionsync/pkg/syncer/model"
)

// Every page of a database: resolve it to its data sources, and list each to its end.
func Example() {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			fmt.Fprint(w, `{"object":"database","id":"11111111-1111-4111-8111-111111111111",
				"data_sources":[{"id":"22222222-2222-4222-8222-222222222222","name":"Posts"}]}`)
			return
		}
		fmt.Fprint(w, `{"object":"list","has_more":false,"next_cursor":null,"results":[
			{"object":"page","id":"33333333-3333-4333-8333-333333333333",
			 "created_time":"2026-01-02T03:04:00.000Z","last_edited_time":"2026-01-02T03:05:00.000Z"}]}`)
	}))
	defer api.Close()

	ctx := context.Background()
	client, err := notion.New(notion.Options{Token: "ntn_example", BaseURL: api.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	db, err := client.Database(ctx, "11111111111141118111111111111111")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, source := range db.Sources {
		for q := (model.Query{DataSource: source.ID}); ; {
			rows, err := client.Rows(ctx, q)
			if err != nil {
				fmt.Println(err)
				return
			}
			for _, p := range rows.Pages {
				fmt.Println(source.Name, p.ID)
			}
			if q.Cursor = rows.Next; q.Cursor == "" {
				break
			}
		}
	}
	// Output: Posts 33333333-3333-4333-8333-333333333333
}
