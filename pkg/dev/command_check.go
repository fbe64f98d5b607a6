package main

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"notionsync/pkg/app"
)

// check says whether everything that the environment names is set up right. Nothing is simulated here.
func (c *command) check(ctx context.Context) error {
	dir, err := projectDir()
	if err != nil {
		return err
	}
	env, err := readEnvironment(c.environ, dir)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(app.Load(env.list()).Report(), func(s app.State) bool { return s.Set }) {
		c.screen.printf("Nothing is set yet: copy .env.example to %s and fill it in.\n\n", envFiles[0])
	}
	c.screen.progress("checking", "variables, and whatever they name")
	found := app.Examine(ctx, env.list())
	c.screen.endProgress()
	right, better, wrong, open := 0, 0, 0, 0
	for _, f := range found {
		isVariable := strings.HasPrefix(f.Name, "variable ")
		switch {
		case f.Recommended != "":
			better++
			c.screen.printf("better  %s: %s\n        %s\n", f.Name, f.Message, locally(f.Recommended))
		case f.Unchecked:
			open++
			c.screen.printf("-       %s: %s\n", f.Name, f.Message)
		case !f.OK && isVariable: // what is wrong names it
			wrong++
			c.screen.printf("FAILED  %s\n        %s\n", f.Message, locally(f.Fix))
		case !f.OK:
			wrong++
			c.screen.printf("FAILED  %s: %s\n        %s\n", f.Name, f.Message, locally(f.Fix))
		default:
			right++
			if c.verbose || !isVariable {
				c.screen.printf("ok      %s: %s\n", f.Name, f.Message)
			}
		}
	}
	c.screen.printf("\n%d failed, %d not checked, %d recommended, %d passed.\n", wrong, open, better, right)
	if wrong+open == 0 {
		return nil
	}
	c.screen.printf("The same for a deployment: GET /api/sync/check with its CRON_SECRET.\n" +
		"Without any of this, go run ./pkg/dev runs with a demo workspace.\n")
	return errFound
}

var redeploying = regexp.MustCompile(`(,? and|; then|\. Then) deploy again|; after a change(?: of the variables)? deploy again`)

// locally is what is to be done on this machine where a check says what is to be done with a deployment: values count at
// once.
func locally(fix string) string { return redeploying.ReplaceAllString(fix, "") }
