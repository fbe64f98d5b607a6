package app

import "slices"

// shortSecret is below what anybody should guess at, in characters.
const shortSecret = 16

// checkVariables checks each variable by itself.
func (p *parts) checkVariables() []Finding {
	var all []Finding
	for _, state := range p.config.Report() {
		name := "variable " + state.Name
		if !state.Set && slices.Equal(state.Needs, []Need{NeedWebhook}) {
			state.Problems = nil // without it there is just no webhook
		}
		for _, problem := range state.Problems {
			all = append(all, failed("variable "+problem.Name, problem.Name+" "+problem.What, fixText(problem)))
		}
		switch {
		case len(state.Problems) > 0:
		case state.Set && state.Name == "CRON_SECRET" && len(p.config.CronSecret) < shortSecret:
			all = append(all, passed(name, "set, but short: openssl rand -hex 32 prints one that nobody guesses"))
		case state.Set:
			all = append(all, passed(name, "set"))
		case state.Default != "":
			all = append(all, passed(name, "not set, so %s: %s", state.Default, state.Help))
		default:
			all = append(all, passed(name, "not set, and not needed: %s", state.Help))
		}
	}
	return all
}
