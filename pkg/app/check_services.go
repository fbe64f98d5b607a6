package app

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"notionsync/pkg/queue"
	"notionsync/pkg/store"
)

// redis writes, reads and deletes a value.
func (e *examination) redis(ctx context.Context) []Finding {
	const name = "redis"
	if e.noStore != nil {
		return []Finding{unchecked(name, e.noStore)}
	}
	err := e.store.Rehearse(ctx)
	switch {
	case err == nil:
		host := ""
		if u, err := url.Parse(e.config.RedisURL.Reveal()); err == nil {
			host = u.Hostname() // without the password
		}
		return []Finding{passed(name, "wrote, read and deleted a value at %s", host)}
	case errors.Is(err, store.ErrUnreachable):
		return []Finding{failed(name, err.Error(),
			"Copy REDIS_URL again from the database's page, rediss://default:<password>@<host>:<port> and not the https:// "+
				"REST URL, and deploy again.")}
	default:
		return []Finding{failed(name, err.Error(),
			"The database must take writes: see its page for its limits, and that REDIS_URL is no read-only replica's.")}
	}
}

const qstashConsole = "https://console.upstash.com/qstash"

// checkQStash asks for the signing keys, for which the token must be right, and compares them.
func (p *parts) checkQStash(ctx context.Context) []Finding {
	const token, keys = "qstash: token", "qstash: signing keys"
	c := p.config
	problem := c.Check(NeedQueue)
	if config := (*ConfigError)(nil); errors.As(problem, &config) {
		own := &ConfigError{}
		for _, one := range config.Problems {
			if one.Name == "QSTASH_TOKEN" || one.Name == "QSTASH_URL" {
				own.Problems = append(own.Problems, one)
			}
		}
		if len(own.Problems) > 0 {
			return []Finding{unchecked(token, own), unchecked(keys, own)}
		}
	}
	q, err := queue.New(queue.Options{Token: c.QStashToken.Reveal(), BaseURL: string(c.QStashURL)})
	if err != nil {
		return []Finding{failed(token, err.Error(), "Copy QSTASH_TOKEN again from "+qstashConsole+" and deploy again.")}
	}
	current, next, err := q.Keys(ctx)
	if err != nil {
		fix := "Try again in a minute; if it is set, QSTASH_URL must be QStash's address."
		if refused := (*queue.Error)(nil); errors.As(err, &refused) && refused.Fix != "" {
			fix = strings.ToUpper(refused.Fix[:1]) + refused.Fix[1:] + "."
			if strings.Contains(fix, "QSTASH_") {
				fix += " Then deploy again."
			}
		}
		return []Finding{failed(token, err.Error(), fix), {
			Name: keys, Message: "not checked: QStash has not shown them", Fix: fix, Unchecked: true,
		}}
	}
	return []Finding{passed(token, "accepted"), p.checkKeys(keys, Secret(current), Secret(next))}
}

// checkKeys compares the configured signing keys with those that QStash has now.
func (p *parts) checkKeys(name string, current, next Secret) Finding {
	const fix = "Copy both signing keys again from " + qstashConsole + ", of the region of QSTASH_TOKEN, and deploy again."
	c := p.config
	switch {
	case c.QStashCurrentKey == "" || c.QStashNextKey == "":
		return failed(name, "one of them is not set", fix)
	case c.QStashCurrentKey == current && c.QStashNextKey == next:
		return passed(name, "those that QStash has now")
	case c.QStashNextKey == current && c.QStashCurrentKey == next:
		return failed(name, "QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY hold each other's value", "Exchange the two, and deploy again.")
	case c.QStashNextKey == current:
		return failed(name, "rolled since they were copied: messages are still accepted, after another roll none will be", fix)
	case c.QStashCurrentKey == current:
		return failed(name, "QSTASH_NEXT_SIGNING_KEY is not the one that QStash has: messages are accepted until the keys are rolled", fix)
	default:
		return failed(name, "they are not those that QStash has, so no message is accepted", fix)
	}
}

// checkFiles writes, reads and deletes a file.
func (p *parts) checkFiles(ctx context.Context) []Finding {
	const name = "file store"
	if err := p.config.Check(NeedMedia); err != nil {
		return []Finding{unchecked(name, err)}
	}
	files, err := p.media()
	if err != nil {
		return []Finding{failed(name, err.Error(), "Unset what is named, or correct it, and deploy again.")}
	}
	if files == nil {
		return []Finding{passed(name, "none, and not needed: with BLOB_READ_WRITE_TOKEN, or the S3_ variables, files that Notion "+
			"hosts are copied; their links at Notion expire after an hour")}
	}
	if err := files.(interface{ Check(context.Context) error }).Check(ctx); err != nil {
		return []Finding{failed(name, err.Error(),
			"See that the store exists, is public, and that its credentials may write and delete; copy them again and deploy again.")}
	}
	return []Finding{passed(name, "wrote, read and deleted a file")}
}

// checkWebhook says how to set up the webhook; whether Notion signs with this secret shows with the first event.
func (p *parts) checkWebhook(context.Context) []Finding {
	const name = "webhook secret"
	err := p.config.Check(NeedWebhook)
	config := (*ConfigError)(nil)
	switch {
	case err == nil:
		return []Finding{passed(name, "set: what Notion signs with it is synced seconds after an edit")}
	case errors.As(err, &config) && config.OnlyMissing():
		return []Finding{passed(name, "not set, and not needed: with it pages are synced seconds after an edit. In Notion open the "+
			"integration's settings, Webhooks, create a subscription to %s/api/sync/webhook, find the verification token in this "+
			"deployment's log, paste it there, set NOTION_WEBHOOK_SECRET to it and deploy again", p.config.SiteURL)}
	default:
		return []Finding{unchecked(name, err)}
	}
}
