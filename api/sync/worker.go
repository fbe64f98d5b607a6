package handler

import (
	"net/http"

	"notionsync/pkg/app"
)

var worker app.Once

// Worker answers /api/sync/worker: runs one slice of a job.
func Worker(w http.ResponseWriter, r *http.Request) { worker.Serve(app.Worker, w, r) }
