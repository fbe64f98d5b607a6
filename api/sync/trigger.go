package handler

import (
	"net/http"

	"notionsync/pkg/app"
)

var trigger app.Once

// Trigger answers /api/sync/trigger: publishes a sync job to QStash and answers at once.
func Trigger(w http.ResponseWriter, r *http.Request) { trigger.Serve(app.Trigger, w, r) }
