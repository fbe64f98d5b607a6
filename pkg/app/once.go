package app

import (
	"net/http"
	"os"
	"sync"
)

// Once is a route that is built from the process's environment on its first request and kept while the function is warm.
// The zero value is ready; it is safe for concurrent use.
//
// The route to build is an argument of Serve rather than of a constructor, so that nothing refers to it before: a
// function's binary then holds that one route and not its neighbours.
type Once struct {
	once  sync.Once
	route http.Handler
}

// Serve answers a request with the route that build makes.
func (o *Once) Serve(build func(environ []string) http.Handler, w http.ResponseWriter, r *http.Request) {
	o.once.Do(func() {
		cleanForLibrary()
		o.route = build(os.Environ())
	})
	o.route.ServeHTTP(w, r)
}

// cleanForLibrary brings the one variable that a library reads for itself into the form that [Load] gives it: qstash-go
// puts QSTASH_URL in front of every path whatever it is told, the line break of a pasted value included.
func cleanForLibrary() {
	const name = "QSTASH_URL"
	if raw := os.Getenv(name); raw != clean(raw) {
		_ = os.Setenv(name, clean(raw)) // what is wrong with it then, publishing says
	}
}
