package handler

import (
	"net/http"

	"notionsync/pkg/app"
)

var callback app.Once

// Callback answers /api/sync/callback: QStash has given up on a slice.
func Callback(w http.ResponseWriter, r *http.Request) { callback.Serve(app.Callback, w, r) }
