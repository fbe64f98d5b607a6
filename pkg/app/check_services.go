package app

import (
	"context"
	"errors"
	"strings"

	"notionsync/pkg/diagnosis"
)

// checkFiles writes, reads and deletes a file.
func (p *parts) checkFiles(ctx context.Context) []finding {
	const name = "file store"
	if err := p.config.Check(NeedMedia); err != nil {
		return []finding{unchecked(name, err)}
	}
	files, err := p.media()
	if err != nil {
		return []finding{unchecked(name, err)}
	}
	if files == nil {
		return []finding{{name: name, tier: better, said: diagnosis.Of(diagnosis.FilesNone)}}
	}
	store := "Vercel Blob"
	if p.config.UsesS3() {
		store = "S3"
	}
	if err := files.(interface{ Check(context.Context) error }).Check(ctx); err != nil {
		return []finding{diagnosed(name, err, diagnosis.Of(diagnosis.FilesRefusal, "store", store))}
	}
	return []finding{passed(name, diagnosis.Of(diagnosis.FilesFine, "store", store))}
}

// checkWebhook says how to set up the webhook; whether Notion signs with this secret shows with the first event.
func (p *parts) checkWebhook(context.Context) []finding {
	const name = "webhook secret"
	err := p.config.Check(NeedWebhook)
	config := (*ConfigError)(nil)
	secret := p.config.WebhookSecret
	switch {
	case err == nil && (secret == p.config.NotionToken || strings.HasPrefix(secret.Reveal(), "ntn_")):
		return []finding{failed(name, diagnosis.Of(diagnosis.WebhookToken))}
	case err == nil:
		return []finding{passed(name, diagnosis.Of(diagnosis.WebhookSet))}
	case errors.As(err, &config) && config.OnlyMissing():
		return []finding{passed(name, diagnosis.Of(diagnosis.WebhookNone, "site", p.config.SiteURL))}
	default:
		return []finding{unchecked(name, err)}
	}
}
