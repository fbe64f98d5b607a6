package app

import (
	"slices"

	"notionsync/pkg/diagnosis"
)

// shortSecret is below what anybody should guess at, in characters.
const shortSecret = 16

// checkVariables checks each variable by itself.
func (p *parts) checkVariables() []finding {
	var all []finding
	for _, state := range p.config.Report() {
		name := "variable " + state.Name
		if !state.Set && slices.Equal(state.Needs, []Need{NeedWebhook}) {
			state.Problems = nil // without it there is just no webhook
		}
		for _, problem := range state.Problems {
			all = append(all, failed("variable "+problem.Name, diagnosis.Of(diagnosis.VariableWrong,
				"variable", problem.Name, "what", diagnosis.Phrase(problem.What), "fix", diagnosis.Phrase(problem.Fix))))
		}
		help := diagnosis.Phrase(state.Help)
		switch {
		case len(state.Problems) > 0:
		case state.Set && state.Name == "CRON_SECRET" && len(p.config.CronSecret) < shortSecret:
			all = append(all, finding{name: name, tier: better, said: diagnosis.Of(diagnosis.VariableShort, "variable", state.Name)})
		case state.Set:
			all = append(all, passed(name, diagnosis.Of(diagnosis.VariableSet)))
		case state.Default != "":
			all = append(all, passed(name, diagnosis.Of(diagnosis.VariableDefault, "default", state.Default, "help", help)))
		default:
			all = append(all, passed(name, diagnosis.Of(diagnosis.VariableUnset, "help", help)))
		}
	}
	return all
}
