package app

import (
	"context"
	"errors"

	"notionsync/pkg/diagnosis"
	"notionsync/pkg/queue"
)

// checkQStash asks for the signing keys, for which the token must be right, compares them, and tries whether messages are
// taken for those who are to be told.
func (p *parts) checkQStash(ctx context.Context) []finding {
	const token, keys = "qstash: token", "qstash: signing keys"
	c := p.config
	if own := c.problemsOf("QSTASH_TOKEN", "QSTASH_URL"); own != nil {
		return []finding{unchecked(token, own), unchecked(keys, own)}
	}
	q, err := queue.New(queue.Options{
		Token: c.QStashToken.Reveal(), BaseURL: string(c.QStashURL), Logger: p.log, Transport: p.outside.transport,
	})
	if err != nil {
		return []finding{because(token, err, diagnosis.Of(diagnosis.QStashToken))}
	}
	current, next, err := q.Keys(ctx)
	if err != nil {
		return []finding{qstashFailed(token, err), {name: keys, tier: open, said: diagnosis.Of(diagnosis.QStashKeysUnseen)}}
	}
	said := c.compareKeys(Secret(current), Secret(next))
	compared := finding{name: keys, said: diagnosis.Of(said)}
	if said != diagnosis.QStashKeys {
		compared.tier = wrong
	}
	return append([]finding{passed(token, diagnosis.Of(diagnosis.QStashAccepted)), compared}, p.checkHooks(ctx, q)...)
}

// qstashFailed is a check that QStash's answer, or its absence, has failed.
func qstashFailed(name string, err error) finding {
	if refused := (*queue.Error)(nil); errors.As(err, &refused) {
		return because(name, refused.Said(), refused.Diagnosis)
	}
	said := queue.Diagnose(err)
	if said.ID == "" {
		said = diagnosis.Of(diagnosis.QStashNoAnswer)
	}
	return because(name, err, said)
}

// compareKeys compares the configured signing keys with those that QStash has now.
func (c *Config) compareKeys(current, next Secret) diagnosis.ID {
	switch {
	case c.QStashCurrentKey == "" || c.QStashNextKey == "":
		return diagnosis.QStashKeysMissing
	case c.QStashCurrentKey == current && c.QStashNextKey == next:
		return diagnosis.QStashKeys
	case c.QStashNextKey == current && c.QStashCurrentKey == next:
		return diagnosis.QStashKeysExchanged
	case c.QStashNextKey == current:
		return diagnosis.QStashKeysRolled
	case c.QStashCurrentKey == current:
		return diagnosis.QStashKeysNext
	}
	return diagnosis.QStashKeysOther
}

// checkHooks tries whether QStash takes messages for those who are to be told.
func (p *parts) checkHooks(ctx context.Context, q *queue.Queue) (found []finding) {
	for _, hook := range []struct {
		variable string
		url      HookURL
	}{
		{"REVALIDATE_URL", p.config.RevalidateURL}, {"SYNC_WEBHOOK", p.config.EndHook}, {"SYNC_FAILURE_WEBHOOK", p.config.FailureHook},
	} {
		if hook.url.Secret == "" {
			continue
		}
		name := "qstash: " + hook.variable
		err := q.Takes(ctx, hook.url.Reveal())
		var refused *queue.Error
		switch {
		case err == nil:
			found = append(found, passed(name, diagnosis.Of(diagnosis.QStashHook)))
		case errors.As(err, &refused) && refused.Permanent():
			found = append(found, because(name, refused.Said(), diagnosis.Of(diagnosis.QStashHookRefused, "variable", hook.variable)))
		default:
			found = append(found, qstashFailed(name, err))
		}
	}
	return found
}

// problemsOf are the problems of some variables; nil if there are none.
func (c *Config) problemsOf(names ...string) error {
	own := &ConfigError{}
	for _, name := range names {
		for _, state := range c.Report() {
			if state.Name == name {
				own.Problems = append(own.Problems, state.Problems...)
			}
		}
	}
	if len(own.Problems) == 0 {
		return nil
	}
	return own
}
