package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// signpost answers at a path that nobody can guess: whoever does so at a public address is this very program.
func signpost(next http.Handler) (path string, handler http.Handler) {
	path = "/" + rand.Text()
	return path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// reachPatience is how long a tunnel may take.
const reachPatience = 15 * time.Second

// leadsHere makes sure that a real QStash finds this program at its public address. At that of a deployment it would have
// the deployment sync. path is the signpost's, local the address on this machine.
func leadsHere(ctx context.Context, public, path, local string) error {
	away := func(format string, args ...any) error {
		return problem{
			fmt.Sprintf("QStash is real and calls NEXT_PUBLIC_SITE_URL, but %s does not lead to this machine: ", public) + fmt.Sprintf(format, args...),
			"start a tunnel to " + local + " and set NEXT_PUBLIC_SITE_URL to its public address; or unset QSTASH_TOKEN to use\n" +
				"the simulated QStash. To have a deployment sync: go run ./pkg/dev sync",
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, public+path, nil)
	if err != nil {
		return err
	}
	asker := http.Client{
		Timeout:       reachPatience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // nor does QStash
	}
	answer, err := asker.Do(request)
	if err != nil {
		return away("%s", strings.ReplaceAll(err.Error(), path, "/…"))
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		return away("another program answers there (%s)", answer.Status)
	}
	return nil
}
