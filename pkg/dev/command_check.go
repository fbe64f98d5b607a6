package main

import (
	"context"
	"fmt"
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
	right, wrong := 0, 0
	for _, f := range found {
		if !f.OK {
			wrong++
			c.screen.printf("FAILED  %s: %s\n        %s\n", f.Name, f.Message, f.Fix)
			continue
		}
		right++
		if c.verbose || !strings.HasPrefix(f.Name, "variable ") {
			c.screen.printf("ok      %s: %s\n", f.Name, f.Message)
		}
	}
	c.screen.printf("\n%s, %s.\n", counted(right, "check")+" passed", fmt.Sprint(wrong, " failed"))
	if wrong > 0 {
		c.screen.printf("The same for a deployment: GET /api/sync/check with its CRON_SECRET.\n" +
			"Without any of this, go run ./pkg/dev runs with a demo workspace.\n")
		return errFound
	}
	return nil
}
