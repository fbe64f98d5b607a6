package handler

import (
	"net/http"

	"notionsync/pkg/app"
)

var check app.Once

// Check answers /api/sync/check: whether everything is set up right, and what to do about what isn't.
func Check(w http.ResponseWriter, r *http.Request) { check.Serve(app.Check, w, r) }
