package app

import (
	"slices"
	"strings"
	"unicode"
)

// readEnvironment brings os.Environ's pairs into a map without the empty ones. Where a name stands twice the first
// one counts, as in os.Getenv.
func readEnvironment(environ []string) map[string]string {
	vars := make(map[string]string, len(environ))
	seen := make(map[string]bool, len(environ))
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if seen[name] {
			continue
		}
		seen[name] = true
		if value = clean(value); value != "" {
			vars[name] = value
		}
	}
	return vars
}

// clean drops what pasting adds to a value: white space, invisible marks, and one pair of quotes. No variable has a
// well-formed value that begins and ends with a quote; a secret that does is compared in this form on both sides.
func clean(value string) string {
	value = strings.TrimFunc(value, isMargin)
	if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		value = strings.TrimFunc(value[1:n-1], isMargin)
	}
	return value
}

func isMargin(r rune) bool {
	const zeroWidthSpace, byteOrderMark = '\u200b', '\ufeff'
	return unicode.IsSpace(r) || r == zeroWidthSpace || r == byteOrderMark
}

// resolve chooses the value of each row of the table, which may come from a second name or be the default. names says
// for each row which variable that was.
func (c *Config) resolve(vars map[string]string) (values, names map[string]string) {
	values, names = map[string]string{}, map[string]string{}
	for _, row := range Variables() {
		names[row.Name] = row.Name
		if row.Default != "" {
			values[row.Name] = row.Default
		}
		for _, name := range append([]string{row.Name}, c.substitutes(row)...) {
			if value, ok := vars[name]; ok {
				values[row.Name], names[row.Name], c.set[row.Name] = value, name, true
				break
			}
		}
	}
	return values, names
}

// substitutes are the names read where the row's own is unset. For the site's URL there is exactly one: a preview must
// not queue work for production, and the generated URL of a production deployment is behind Deployment Protection.
func (c *Config) substitutes(row Variable) []string {
	if row.Name != "NEXT_PUBLIC_SITE_URL" {
		return row.Also
	}
	unfit := "VERCEL_PROJECT_PRODUCTION_URL"
	if c.Production {
		unfit = "VERCEL_URL"
	}
	return slices.DeleteFunc(slices.Clone(row.Also), func(name string) bool { return name == unfit })
}

// publicQStash are the tokens and signing keys of the users that QStash's development server has: printed in Upstash's
// page "Local Development" (read 2026-08), the last two in an older state of it.
var publicQStash = [...]string{
	"eyJVc2VySUQiOiJkZWZhdWx0VXNlciIsIlBhc3N3b3JkIjoiZGVmYXVsdFBhc3N3b3JkIn0=",
	"sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r", "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs",
	"eyJVc2VySUQiOiJ0ZXN0VXNlcjEiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9",
	"sig_7GVPjvuwsfqF65iC8fSrs1dfYruM", "sig_5NoELc3EFnZn4DVS5bDs2Nk4b7Ua",
	"eyJVc2VySUQiOiJ0ZXN0VXNlcjIiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9",
	"sig_6jWGaWRxHsw4vMSPJprXadyvrybF", "sig_7qHbvhmahe5GwfePDiS5Lg3pi6Qx",
	"eyJVc2VySUQiOiJ0ZXN0VXNlcjMiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9",
	"sig_5T8FcSsynBjn9mMLBsXhpacRovJf", "sig_7GFR4YaDshFcqsxWRZpRB161jguD",
	"sig_7RvLjqfZBvP5KEUimQCE1pvpLuou", "sig_7W3ZNbfKWk5NWwEs3U4ixuQ7fxwE",
}

func isPublicQStash(s Secret) bool { return slices.Contains(publicQStash[:], s.Reveal()) }
