package app_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"notionsync/pkg/app"
)

func ExampleConfig_Check() {
	c := app.Load([]string{"CRON_SECRET=0123456789abcdef", "SYNC_BUDGET=45"})

	fmt.Println("status page:", c.Check(app.NeedAuth))
	err := c.Check(app.NeedAuth, app.NeedSync, app.NeedRedis)
	fmt.Println("direct sync:", err)

	var config *app.ConfigError
	if errors.As(err, &config) {
		for _, p := range config.Problems {
			fmt.Println(" ", p.Name, p.What)
		}
	}
	// Output:
	// status page: <nil>
	// direct sync: Missing REDIS_URL
	//   REDIS_URL is not set
	//   SYNC_BUDGET cannot be read
}

func ExampleRoute() {
	c := app.Load([]string{"CRON_SECRET=0123456789abcdef"})
	route := app.Route{
		Methods: []string{"GET"},
		Log:     slog.New(slog.DiscardHandler),
		Handle: func(_ context.Context, r *http.Request) (app.Answer, error) {
			if err := app.Authorize(c, r); err != nil {
				return app.Answer{}, err
			}
			return app.Answer{Body: map[string]any{"job": nil}}, nil
		},
	}
	for _, secret := range []string{"0123456789abcdef", "guessed"} {
		w := httptest.NewRecorder()
		route.ServeHTTP(w, httptest.NewRequest("GET", "/api/sync/status?secret="+secret, nil))
		fmt.Print(w.Code, " ", w.Body)
	}
	// Output:
	// 200 {"ok":true,"job":null}
	// 401 {"ok":false,"error":"Unauthorized"}
}
