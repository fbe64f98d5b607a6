package app

// Need is something a route does for which it needs variables.
type Need string

// The needs of the routes.
const (
	NeedAuth    Need = "auth"    // ask callers for the secret
	NeedSite    Need = "site"    // know the public address
	NeedSigning Need = "signing" // verify QStash's signatures; includes the address they are made for
	NeedQueue   Need = "queue"   // publish to QStash; includes the worker's address
	NeedRedis   Need = "redis"   // read and write what the site reads
	NeedNotion  Need = "notion"  // read the collections
	NeedSync    Need = "sync"    // run slices
	NeedMedia   Need = "media"   // mirror files; asks for nothing, but what is set must be right
	NeedNotify  Need = "notify"  // tell others about changes; asks for nothing, but what is set must be right
	NeedWebhook Need = "webhook" // verify Notion's signatures
)

// Variable is one row of the table of environment variables.
type Variable struct {
	Name     string   // <NAME> in it stands for a collection's name
	Also     []string // names read where Name is unset, in this order
	Needs    []Need
	Required bool // for each of Needs
	Secret   bool
	Default  string
	Help     string // one line: what it is
	Fix      string // what to do where it is missing or malformed
}

// Variables is the table of all environment variables, in the order of the project's contract. That order decides
// which of several problems is named first. VERCEL and VERCEL_ENV, which say where this runs, are no rows of it.
func Variables() []Variable {
	return []Variable{{
		Name: "NOTION_API_KEY", Also: []string{"NOTION_TOKEN"}, Needs: []Need{NeedNotion}, Required: true, Secret: true,
		Help: "token of the Notion integration",
		Fix:  "create an integration at https://www.notion.so/my-integrations and set its token",
	}, {
		Name: "NOTION_<NAME>_DB", Needs: []Need{NeedNotion}, Required: true,
		Help: "a Notion database or data source, as id or URL: its pages become the collection <name>",
		Fix:  "set NOTION_POSTS_DB or the like (letters, digits, underscores) to the id or URL of a Notion database",
	}, {
		Name: "NOTION_<NAME>_FILTER", Needs: []Need{NeedNotion},
		Help: "a Notion filter object: only the pages of the collection that match it are published",
		Fix:  "set a Notion filter as a JSON object with at most one level of and/or, beside the collection's _DB",
	}, {
		Name: "CRON_SECRET", Needs: []Need{NeedAuth}, Required: true, Secret: true,
		Help: "the secret that callers must know; Vercel Cron sends it by itself",
		Fix:  "set a random text in ASCII, such as openssl rand -hex 32 prints",
	}, {
		Name: "NEXT_PUBLIC_SITE_URL", Also: []string{"VERCEL_PROJECT_PRODUCTION_URL", "VERCEL_URL"},
		Needs: []Need{NeedSite, NeedSigning, NeedQueue}, Required: true,
		Help: "public address of this deployment: QStash calls the worker there",
		Fix:  "set the address alone, such as https://www.example.com",
	}, {
		Name: "QSTASH_TOKEN", Needs: []Need{NeedQueue}, Required: true, Secret: true,
		Help: "token for publishing to QStash",
		Fix:  "copy it from https://console.upstash.com/qstash",
	}, {
		Name: "QSTASH_CURRENT_SIGNING_KEY", Needs: []Need{NeedSigning}, Required: true, Secret: true,
		Help: "the key QStash signs with",
		Fix:  "copy it from https://console.upstash.com/qstash",
	}, {
		Name: "QSTASH_NEXT_SIGNING_KEY", Needs: []Need{NeedSigning}, Required: true, Secret: true,
		Help: "the key QStash will sign with after the next rotation",
		Fix:  "copy it from https://console.upstash.com/qstash",
	}, {
		Name: "QSTASH_URL", Needs: []Need{NeedQueue},
		Help: "another QStash endpoint: a region or a local server",
		Fix:  "set the base URL alone, such as https://qstash-us-east-1.upstash.io, or unset it",
	}, {
		Name: "REDIS_URL", Also: []string{"KV_URL"}, Needs: []Need{NeedRedis}, Required: true, Secret: true,
		Help: "the Redis that the site reads",
		Fix:  "set redis:// or rediss:// with user, password and host (not the https:// REST URL), at most a /<database>",
	}, {
		Name: "SYNC_KEY_PREFIX", Needs: []Need{NeedRedis},
		Help: "put before every key in Redis",
		Fix:  "set printable characters without white space, or unset it",
	}, {
		Name: "SYNC_BUDGET", Needs: []Need{NeedSync}, Default: "45s",
		Help: "how long one invocation may work; keep it well below the function's maxDuration",
		Fix:  "set a Go duration above 0 and up to 15m, such as 45s",
	}, {
		Name: "NOTION_RATE_LIMIT", Needs: []Need{NeedNotion}, Default: "180/1m",
		Help: "requests Notion allows per window; 600/1m on Business and Enterprise plans",
		Fix:  "set <number of requests>/<Go duration up to 1h>, such as 180/1m",
	}, {
		Name: "NOTION_BASE_URL", Needs: []Need{NeedNotion}, Default: "https://api.notion.com",
		Help: "another Notion endpoint, for tests and the local demo",
		Fix:  "set an http(s) URL without /v1, or unset it",
	}, {
		Name: "NOTION_WEBHOOK_SECRET", Needs: []Need{NeedWebhook}, Required: true, Secret: true,
		Help: "verification token of the Notion webhook subscription: pages are synced seconds after an edit",
		Fix:  "set the verification token from the function's log after Notion's first call",
	}, {
		Name: "BLOB_READ_WRITE_TOKEN", Needs: []Need{NeedMedia}, Secret: true,
		Help: "Vercel Blob store for mirrored files; without a store files keep Notion's URLs, which expire",
		Fix:  "copy it from the Blob store's page in the Vercel dashboard, or unset it",
	}, {
		Name: "VERCEL_BLOB_API_URL", Needs: []Need{NeedMedia},
		Help: "another Vercel Blob endpoint",
		Fix:  "set an http(s) URL, or unset it",
	}, {
		Name: "S3_ENDPOINT", Needs: []Need{NeedMedia},
		Help: "S3-compatible store (R2, MinIO, AWS) instead of Vercel Blob",
		Fix:  "set the store's http(s) URL without the bucket, or unset every S3_ variable",
	}, {
		Name: "S3_BUCKET", Needs: []Need{NeedMedia},
		Help: "its bucket",
		Fix:  "set the bucket's name, or unset every S3_ variable",
	}, {
		Name: "S3_REGION", Needs: []Need{NeedMedia},
		Help: "its region; unset, the one that an AWS endpoint names, else us-east-1, which R2 and MinIO take",
		Fix:  "set the region's name, or unset it",
	}, {
		Name: "S3_ACCESS_KEY_ID", Needs: []Need{NeedMedia}, Secret: true,
		Help: "its access key's id",
		Fix:  "set the id of a key that may read, write and delete, or unset every S3_ variable",
	}, {
		Name: "S3_SECRET_ACCESS_KEY", Needs: []Need{NeedMedia}, Secret: true,
		Help: "its access key's secret",
		Fix:  "set the secret of that key, or unset every S3_ variable",
	}, {
		Name: "S3_PUBLIC_URL", Needs: []Need{NeedMedia},
		Help: "where the bucket's files can be read by visitors, if not at endpoint and bucket",
		Fix:  "set an http(s) URL, or unset it",
	}, {
		Name: "MEDIA_MAX_BYTES", Needs: []Need{NeedMedia}, Default: "104857600",
		Help: "largest file copied, in bytes",
		Fix:  "set a whole number of bytes, such as 104857600",
	}, {
		Name: "MEDIA_ALLOW_PRIVATE", Needs: []Need{NeedMedia},
		Help: "1: files may also be fetched from private and loopback addresses; local runs and tests only",
		Fix:  "set 1, or unset it",
	}, {
		Name: "SYNC_CONTENT", Needs: []Need{NeedSync}, Default: "blocks",
		Help: "blocks (with Markdown made from them), or markdown (Notion's own, one request a page, no blocks)",
		Fix:  "set blocks or markdown",
	}, {
		Name: "SYNC_GIVE_UP", Needs: []Need{NeedSync}, Default: "24h",
		Help: "how long a job may go without progress before it fails",
		Fix:  "set a Go duration above 0 and up to 168h, such as 24h",
	}, {
		Name: "REVALIDATE_URL", Needs: []Need{NeedNotify}, Secret: true,
		Help: "told which slugs and collections changed, after each slice that wrote",
		Fix:  "set an http(s) URL without user and password, or unset it",
	}, {
		Name: "REVALIDATE_SECRET", Needs: []Need{NeedNotify}, Secret: true,
		Help: "sent there as Authorization: Bearer",
		Fix:  "set a text in ASCII, or unset it",
	}, {
		Name: "SYNC_WEBHOOK", Needs: []Need{NeedNotify}, Secret: true,
		Help: "told when a job ends, through QStash",
		Fix:  "set an http(s) URL without user and password, or unset it",
	}, {
		Name: "SYNC_FAILURE_WEBHOOK", Needs: []Need{NeedNotify}, Secret: true,
		Help: "told only when a job failed or ended with failed pages",
		Fix:  "set an http(s) URL without user and password, or unset it",
	}, {
		Name: "VERCEL_AUTOMATION_BYPASS_SECRET", Needs: []Need{NeedQueue}, Secret: true,
		Help: "set by Vercel where Deployment Protection has a bypass; lets QStash reach the worker",
		Fix:  "make a new one under Deployment Protection in the Vercel dashboard",
	}}
}
