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
	o.once.Do(func() { o.route = build(os.Environ()) })
	o.route.ServeHTTP(w, r)
}
