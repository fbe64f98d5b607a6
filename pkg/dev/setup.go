package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"notionsync/pkg/app"
	"notionsync/pkg/sim/notionsim"
)

// setup is what a run consists of: which parts are real, and the environment that says so to the routes.
type setup struct {
	env       *environment
	real      map[string]bool // by the part's name
	notes     []string        // what people might not expect
	malformed []app.Problem   // of variables, before any was set aside
	services  []*service      // of the parts that are not real, in the order of their start
}

func (s *setup) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// deployment is the address of a deployment that a real QStash would have sync in this program's stead; empty: there is
// none.
func (s *setup) deployment() string {
	site := s.env.get("NEXT_PUBLIC_SITE_URL")
	if !s.real[partQStash] || isLoopback(site) {
		return ""
	}
	return site
}

// complete makes sure that the environment is the deployment's where a deployment is to sync: else it would do so out of
// sight.
func (s *setup) complete() error {
	site := s.deployment()
	if site == "" {
		return nil
	}
	var missing []string
	for _, p := range parts() {
		if !s.real[p.name] {
			missing = append(missing, p.switches...)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return problem{
		fmt.Sprintf("QStash would have the deployment at %s sync, but nothing of it could be seen here without %s",
			site, strings.Join(missing, ", ")),
		"set what is missing as the deployment has it; or unset QSTASH_TOKEN to sync from here",
	}
}

// afterwards is what becomes of a job that this program leaves behind.
func (s *setup) afterwards() string {
	switch {
	case s.deployment() != "":
		return "the deployment goes on with the job"
	case s.real[partRedis]:
		return "the job goes on where it was with the next sync"
	}
	return "the embedded Redis is gone, and the job with it"
}

// start starts what stands in for the parts that are not real, and makes the environment the process's. The caller ends
// it with close, after an error too.
func (s *setup) start() (*app.Config, error) {
	for _, p := range parts() {
		if s.real[p.name] {
			continue
		}
		stand, err := p.start()
		if err != nil {
			return nil, err
		}
		s.services = append(s.services, stand)
		for name, value := range stand.vars {
			s.env.set(name, value)
		}
	}
	config := app.Load(s.env.list())
	if err := s.check(config); err != nil {
		return nil, err
	}
	return config, s.env.apply()
}

// world is the demo workspace; nil where Notion is the real one.
func (s *setup) world() *notionsim.Workspace {
	for _, stand := range s.services {
		if stand.world != nil {
			return stand.world
		}
	}
	return nil
}

// close ends what start has started, last first.
func (s *setup) close() {
	for _, stand := range slices.Backward(s.services) {
		stand.close()
	}
}

// check finds what the routes would complain about on every request.
func (s *setup) check(config *app.Config) error {
	err := config.Check(app.NeedAuth, app.NeedSite, app.NeedSigning, app.NeedQueue, app.NeedRedis, app.NeedNotion,
		app.NeedSync, app.NeedMedia, app.NeedNotify)
	var wrong *app.ConfigError
	if !errors.As(err, &wrong) {
		return err
	}
	var all []error
	for _, p := range wrong.Problems {
		name := p.Name
		if file := s.env.origin[name]; file != "" {
			name += " (in " + file + ")"
		}
		all = append(all, problem{name + " " + p.What, p.Fix})
	}
	return errors.Join(all...)
}
