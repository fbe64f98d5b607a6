// Package app is what all routes share: the configuration from the environment and the manners of HTTP.
//
// [Load] reads the environment once and never fails: what is wrong is kept per variable, and [Config.Check] reports it
// to the routes that need the variable. [Variables] is the table of all names, the one that README and .env.example
// are held against. A [Route] turns a function into an http.Handler that answers as the project's contract says
// (section "Routes"); [Authorize] and [ParseParams] are the first two things most of them do.
//
// Everything here is safe for concurrent use once it is built; nothing is global.
package app

import (
	"errors"
	"net/url"
	"reflect"
	"time"

	"github.com/caarlos0/env/v11"
)

// Config is the environment as the routes use it. A field may be relied on once [Config.Check] has passed for a [Need]
// of its variable; before that a missing or malformed value is the zero value. It does not change after [Load].
type Config struct {
	NotionToken   Secret       `env:"NOTION_API_KEY"`
	Collections   []Collection `env:"-"` // sorted by name
	NotionRate    RateLimit    `env:"NOTION_RATE_LIMIT"`
	NotionBaseURL BaseURL      `env:"NOTION_BASE_URL"`
	WebhookSecret Secret       `env:"NOTION_WEBHOOK_SECRET"`

	CronSecret Secret  `env:"CRON_SECRET"`
	SiteURL    SiteURL `env:"NEXT_PUBLIC_SITE_URL"`

	QStashToken      Secret  `env:"QSTASH_TOKEN"`
	QStashCurrentKey Secret  `env:"QSTASH_CURRENT_SIGNING_KEY"`
	QStashNextKey    Secret  `env:"QSTASH_NEXT_SIGNING_KEY"`
	QStashURL        BaseURL `env:"QSTASH_URL"` // empty: QStash's own
	ProtectionBypass Secret  `env:"VERCEL_AUTOMATION_BYPASS_SECRET"`

	RedisURL  RedisURL `env:"REDIS_URL"`
	KeyPrefix string   `env:"SYNC_KEY_PREFIX"`

	Budget  time.Duration `env:"SYNC_BUDGET"`
	GiveUp  time.Duration `env:"SYNC_GIVE_UP"`
	Content Content       `env:"SYNC_CONTENT"`

	BlobToken    Secret  `env:"BLOB_READ_WRITE_TOKEN"`
	BlobURL      BaseURL `env:"VERCEL_BLOB_API_URL"` // empty: Vercel's own
	S3Endpoint   BaseURL `env:"S3_ENDPOINT"`
	S3Bucket     string  `env:"S3_BUCKET"`
	S3Region     string  `env:"S3_REGION"`
	S3KeyID      Secret  `env:"S3_ACCESS_KEY_ID"`
	S3Key        Secret  `env:"S3_SECRET_ACCESS_KEY"`
	S3PublicURL  BaseURL `env:"S3_PUBLIC_URL"`
	MediaMax     int64   `env:"MEDIA_MAX_BYTES"`     // bytes
	MediaPrivate bool    `env:"MEDIA_ALLOW_PRIVATE"` // private and loopback addresses too

	RevalidateURL    HookURL `env:"REVALIDATE_URL"`
	RevalidateSecret Secret  `env:"REVALIDATE_SECRET"`
	EndHook          HookURL `env:"SYNC_WEBHOOK"`
	FailureHook      HookURL `env:"SYNC_FAILURE_WEBHOOK"`

	Vercel     bool   `env:"-"` // VERCEL is set: this is a Vercel deployment
	Production bool   `env:"-"` // VERCEL_ENV is production
	Deployment string `env:"-"` // VERCEL_DEPLOYMENT_ID: Vercel's id of it

	set      map[string]bool      // by row of the table: a value was given
	problems map[string][]Problem // by row of the table
}

// Load reads the configuration from an environment in the form of os.Environ. White space and one pair of quotes
// around a value are dropped, as they come from pasting a line of an .env file; what is empty then counts as unset.
func Load(environ []string) *Config {
	vars := readEnvironment(environ)
	c := &Config{
		Vercel:     vars["VERCEL"] != "",
		Production: vars["VERCEL_ENV"] == "production",
		Deployment: vars["VERCEL_DEPLOYMENT_ID"],
		set:        map[string]bool{},
		problems:   map[string][]Problem{},
	}
	values, names := c.resolve(vars)
	c.parse(values, names)
	c.readCollections(vars)
	c.judge(names)
	return c
}

// parse fills the tagged fields. names says which variable the value of a row came from.
func (c *Config) parse(values, names map[string]string) {
	var failed env.AggregateError
	if !errors.As(env.ParseWithOptions(c, env.Options{Environment: values}), &failed) {
		return
	}
	for _, err := range failed.Errors {
		// Errors of other types are about the struct itself, and the tests parse every field of it.
		if parse := (env.ParseError{}); errors.As(err, &parse) {
			field, _ := reflect.TypeFor[Config]().FieldByName(parse.Name)
			row := field.Tag.Get("env")
			reason := malformed("cannot be read")
			errors.As(parse.Err, &reason) // else a parser of the library's, whose words hold the value
			c.invalid(row, names[row], string(reason))
		}
	}
}

// The upper bounds of durations.
const (
	// maxBudget: no Go function on Vercel runs for longer (limits page, 2026-08), so more is a slip such as 45m.
	maxBudget = 15 * time.Minute
	// maxGiveUp is how long a job is kept: there is nothing left to give up after that.
	maxGiveUp = 7 * 24 * time.Hour
)

// judge looks at what a value's form alone does not tell.
func (c *Config) judge(names map[string]string) {
	demand := func(row string, ok bool, what string) {
		if c.set[row] && len(c.problems[row]) == 0 && !ok {
			c.invalid(row, names[row], what)
		}
	}
	demand("SYNC_BUDGET", c.Budget > 0 && c.Budget <= maxBudget, "is out of bounds")
	demand("SYNC_GIVE_UP", c.GiveUp > 0 && c.GiveUp <= maxGiveUp, "is out of bounds")
	demand("MEDIA_MAX_BYTES", c.MediaMax > 0, "is not above 0")
	demand("SYNC_KEY_PREFIX", isGraphic(c.KeyPrefix), "holds white space or unprintable characters")
	const spaced = "holds white space"
	demand("NOTION_API_KEY", isGraphic(c.NotionToken.Reveal()), spaced)
	demand("QSTASH_TOKEN", isGraphic(c.QStashToken.Reveal()), spaced)
	demand("VERCEL_AUTOMATION_BYPASS_SECRET", isGraphic(c.ProtectionBypass.Reveal()), spaced)
	demand("NOTION_BASE_URL", !c.NotionBaseURL.hasVersion(), "ends with an API version")
	demand("QSTASH_URL", !c.QStashURL.hasVersion(), "ends with an API version")
	if c.Production {
		const public = "is a public value of QStash's development server, with which anyone could sign"
		demand("QSTASH_TOKEN", !isPublicQStash(c.QStashToken), public)
		demand("QSTASH_CURRENT_SIGNING_KEY", !isPublicQStash(c.QStashCurrentKey), public)
		demand("QSTASH_NEXT_SIGNING_KEY", !isPublicQStash(c.QStashNextKey), public)
	}
	c.judgeStores(demand)
}

// WorkerURL is where QStash delivers slices, and so the URL their signatures are checked against. Like the other URLs
// it needs [NeedSite].
func (c *Config) WorkerURL() string { return string(c.SiteURL) + "/api/sync/worker" }

// CallbackURL is where QStash reports that it has given up on a slice.
func (c *Config) CallbackURL() string { return string(c.SiteURL) + "/api/sync/callback" }

// StatusURL is where a job's progress is shown.
func (c *Config) StatusURL(job string) string {
	return string(c.SiteURL) + "/api/sync/status?job=" + url.QueryEscape(job)
}
