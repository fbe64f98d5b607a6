package handler

import (
	"net/http"

	"notionsync/pkg/app"
)

var webhook app.Once

// Webhook answers /api/sync/webhook: Notion says what has changed.
func Webhook(w http.ResponseWriter, r *http.Request) { webhook.Serve(app.Webhook, w, r) }
