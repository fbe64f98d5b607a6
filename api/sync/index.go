package handler

import (
	"net/http"

	"notionsync/pkg/app"
)

var direct app.Once

// Index answers /api/sync: a direct sync, in this one request.
func Index(w http.ResponseWriter, r *http.Request) { direct.Serve(app.Direct, w, r) }
