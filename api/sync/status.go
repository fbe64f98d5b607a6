package handler

import (
	"net/http"

	"notionsync/pkg/app"
)

var status app.Once

// Status answers /api/sync/status: job state and progress.
func Status(w http.ResponseWriter, r *http.Request) { status.Serve(app.Status, w, r) }
