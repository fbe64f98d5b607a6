package main

import (
	"context"
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
	c.screen.progress("checking", "")
	found := app.Examine(ctx, env.list())
	c.screen.endProgress()
	right, wrong, open := 0, 0, 0
	again := false
	for _, f := range found {
		again = again || strings.Contains(f.Fix, "deploy again")
		switch {
		case f.Unchecked:
			open++
			c.screen.printf("-       %s: %s\n", f.Name, f.Message)
		case !f.OK:
			wrong++
			c.screen.printf("FAILED  %s: %s\n        %s\n", f.Name, f.Message, f.Fix)
		default:
			right++
			if c.verbose || !strings.HasPrefix(f.Name, "variable ") {
				c.screen.printf("ok      %s: %s\n", f.Name, f.Message)
			}
		}
	}
	c.screen.printf("\n%s passed, %d failed, %d not checked.\n", counted(right, "check"), wrong, open)
	if wrong+open == 0 {
		return nil
	}
	if again {
		c.screen.printf("“Deploy again” is for a deployment; here, correct %s or the environment, and check again.\n",
			strings.Join(envFiles[:], ", "))
	}
	if nothing := !slices.ContainsFunc(app.Load(env.list()).Report(), func(s app.State) bool { return s.Set }); nothing {
		c.screen.printf("Nothing is set yet: copy .env.example to .env.local and fill it in.\n")
	}
	c.screen.printf("The same for a deployment: GET /api/sync/check with its CRON_SECRET.\n" +
		"Without any of this, go run ./pkg/dev runs with a demo workspace.\n")
	return errFound
}
