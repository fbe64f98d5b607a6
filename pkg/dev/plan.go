package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"notionsync/pkg/app"
)

// The secret and the prefix of a demo, where the environment has none.
const (
	demoSecret = "demo"
	demoPrefix = "demo:"
)

// plan decides from the environment which parts are real, takes out of it what belongs to the others, and fills in what
// does not depend on a simulator. It starts nothing. site is the URL of this server on this machine; local says that no
// other machine reaches it.
func plan(env *environment, site string, local bool) (*setup, error) {
	s := &setup{env: env, real: map[string]bool{}}
	env.drop(isVercel)
	s.notes = env.unread()
	s.chooseParts()
	s.keepInside()
	if err := s.address(site); err != nil {
		return nil, err
	}
	if env.get("CRON_SECRET") == "" && local && isLoopback(env.get("NEXT_PUBLIC_SITE_URL")) {
		env.set("CRON_SECRET", demoSecret) // a secret that everybody knows will do where nobody else can call
	}
	if s.real[partRedis] && !s.real[partNotion] {
		if env.get("SYNC_KEY_PREFIX") == "" {
			env.set("SYNC_KEY_PREFIX", demoPrefix)
		}
		s.note("the demo's pages go into your Redis, under keys that begin with %s (SYNC_KEY_PREFIX)",
			env.get("SYNC_KEY_PREFIX"))
	}
	return s, nil
}

// isVercel: this is no deployment, whatever `vercel env pull` has written.
func isVercel(name string) bool {
	return slices.Contains([]string{"VERCEL", "VERCEL_ENV", "VERCEL_URL", "VERCEL_PROJECT_PRODUCTION_URL"}, name)
}

// chooseParts makes a part real if all variables that it cannot do without are set.
func (s *setup) chooseParts() {
	given := map[string]bool{}
	for _, state := range app.Load(s.env.list()).Report() {
		given[state.Name] = state.Set
		for _, p := range state.Problems {
			if !p.Missing {
				s.malformed = append(s.malformed, p)
			}
		}
	}
	for _, p := range parts() {
		missing := slices.DeleteFunc(slices.Clone(p.switches), func(name string) bool { return given[name] })
		if len(missing) == 0 {
			s.real[p.name] = true
			continue
		}
		if aside := s.env.drop(p.owns); len(aside) > 0 {
			s.note("%s is simulated for want of %s; set aside: %s",
				p.name, strings.Join(missing, ", "), strings.Join(aside, ", "))
			s.noteMalformed(aside)
		}
	}
}

// outward are the variables, beside those of the parts, that send what is synced to another machine: first the one with
// the address.
var outward = [...][]string{
	{"REVALIDATE_URL"},
	{"SYNC_WEBHOOK"},
	{"SYNC_FAILURE_WEBHOOK"},
	{"VERCEL_BLOB_API_URL", "BLOB_READ_WRITE_TOKEN"},
	{"S3_ENDPOINT", "S3_BUCKET", "S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "S3_PUBLIC_URL"},
}

// keepInside sets aside where the demo's pages would be sent to, unless that is on this machine.
func (s *setup) keepInside() {
	if s.real[partNotion] {
		return
	}
	for _, group := range outward {
		if isLoopback(s.env.get(group[0])) {
			continue
		}
		if aside := s.env.drop(func(name string) bool { return slices.Contains(group, name) }); len(aside) > 0 {
			s.note("the demo's pages stay on this machine; set aside: %s", strings.Join(aside, ", "))
			s.noteMalformed(aside)
		}
	}
}

// noteMalformed says what is wrong with variables that are set aside, which nobody else will before they count.
func (s *setup) noteMalformed(aside []string) {
	for _, p := range s.malformed {
		if slices.Contains(aside, p.Name) {
			s.note("%s, which is set aside, %s: %s", p.Name, p.What, p.Fix)
		}
	}
}

// address settles where QStash finds the worker. The simulated one delivers here and nowhere else: a deployment's
// address in an .env file must not get messages that the deployment would refuse.
func (s *setup) address(site string) error {
	const name = "NEXT_PUBLIC_SITE_URL"
	given := s.env.get(name)
	if !s.real[partQStash] {
		if given != "" && strings.TrimRight(given, "/") != site {
			s.note("%s is set aside: the simulated QStash delivers to %s", name, site)
		}
		s.env.set(name, site)
		return nil
	}
	if given == "" {
		s.env.set(name, site)
	}
	if !isLoopback(s.env.get(name)) || isLoopback(s.env.get("QSTASH_URL")) {
		return nil
	}
	return problem{
		fmt.Sprintf("QStash is real, but cannot reach this machine at %s", site),
		"start a tunnel to that address and set " + name + " to the tunnel's public one,\n" +
			"or unset QSTASH_TOKEN to use the simulated QStash",
	}
}

// isLoopback reports whether an address, with or without scheme, is on this machine.
func isLoopback(address string) bool {
	if !strings.Contains(address, "://") {
		address = "//" + address
	}
	u, err := url.Parse(address)
	return err == nil && app.IsLoopback(u.Hostname())
}
