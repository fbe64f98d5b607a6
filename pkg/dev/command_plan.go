package main

import (
	"context"
	"maps"
	"net/url"
	"strings"
)

// planAnswer is what the plan route says.
type planAnswer struct {
	Plan struct {
		Add, Update, Remove []struct{ Slug, Title string }
		Unchanged, Drafts   int
		Conflicts           []struct {
			Slug  string
			Pages []string
		}
		Counts                           struct{ Add, Update, Remove int } // of which the lists show the first
		NotionRequests, EstimatedSeconds int
	}
	Warnings []string
}

// maxPlanned is how many pages of each kind are shown.
const maxPlanned = 100

// plan says what a sync would do.
func (c *command) plan(ctx context.Context) error {
	s, err := c.open(ctx, false)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	c.about(s)
	c.screen.progress("planning", "listing what there is")
	query := url.Values{"plan": {"1"}}
	maps.Copy(query, c.scope)
	var answer planAnswer
	if err := s.client.get(ctx, "/api/sync", query, &answer); err != nil {
		return wayOut(err)
	}
	c.screen.endProgress()
	p := answer.Plan
	for _, group := range []struct {
		mark, name string
		pages      []struct{ Slug, Title string }
		count      int
	}{
		{"+", "to add", p.Add, p.Counts.Add}, {"~", "to update", p.Update, p.Counts.Update},
		{"-", "to remove", p.Remove, p.Counts.Remove},
	} {
		c.screen.printf("%s %s\n", counted(group.count, "page"), group.name)
		shown := group.pages[:min(len(group.pages), maxPlanned)]
		for _, page := range shown {
			c.screen.printf("  %s %-40s %s\n", group.mark, page.Slug, page.Title)
		}
		if more := group.count - len(shown); more > 0 {
			c.screen.printf("  … and %d more\n", more)
		}
	}
	c.screen.printf("%s unchanged, %s\n", counted(p.Unchanged, "page"), counted(p.Drafts, "draft"))
	for _, conflict := range p.Conflicts {
		c.screen.printf("Conflict: %q is wanted by %s; the first gets it\n", conflict.Slug, strings.Join(conflict.Pages, ", "))
	}
	for _, warning := range answer.Warnings {
		c.screen.printf("Warning: %s\n", warning)
	}
	c.screen.printf("A sync would make about %s to Notion and take about %d s.\n",
		counted(p.NotionRequests, "request"), p.EstimatedSeconds)
	return nil
}
