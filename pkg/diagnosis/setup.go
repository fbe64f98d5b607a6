package diagnosis

// What may be so of variables, and of a check itself.
const (
	VariableSet      ID = "setup/set"
	VariableDefault  ID = "setup/default"
	VariableUnset    ID = "setup/unset"
	VariableWrong    ID = "setup/wrong"
	VariableShort    ID = "setup/short"
	CheckNotYet      ID = "setup/not-yet"
	CheckPanicked    ID = "setup/panicked"
	CheckOutOfTime   ID = "setup/out-of-time"
	CheckUnavailable ID = "setup/unavailable"
)

func setupRows() []Row {
	return []Row{{
		VariableSet, Words{"set", "donnée"}, Words{},
	}, {
		VariableDefault, Words{"not set, so {default}: {help}", "pas donnée, donc {default} : {help}"}, Words{},
	}, {
		VariableUnset, Words{"not set, and not needed: {help}", "pas donnée, et pas nécessaire : {help}"}, Words{},
	}, {
		VariableWrong, Words{"{variable} {what}", "{variable} {what}"},
		Words{"{variable}: {fix}, and deploy again.", "{variable} : {fix}, puis redéployez."},
	}, {
		VariableShort,
		Words{"set, but short: whoever tries may guess it", "donnée, mais courte : qui essaie peut la deviner"},
		Words{"Set {variable} to what openssl rand -hex 32 prints, wherever it is sent from too, and deploy again.",
			"Donnez à {variable} ce qu’affiche openssl rand -hex 32, partout aussi d’où on l’envoie, et redéployez."},
	}, {
		CheckNotYet, Words{"not checked: {problem}", "non vérifié : {problem}"},
		Words{"{variable}: {fix}, and deploy again.", "{variable} : {fix}, puis redéployez."},
	}, {
		CheckPanicked, Words{"internal error", "erreur interne"}, Words{"See this function's log.", "Voyez le journal de cette fonction."},
	}, {
		CheckOutOfTime, Words{"no answer within {time}", "aucune réponse en {time}"},
		Words{"Check again in a minute.", "Vérifiez de nouveau dans une minute."},
	}, {
		CheckUnavailable, Words{"not checked: {problem}", "non vérifié : {problem}"},
		Words{"See this function's log.", "Voyez le journal de cette fonction."},
	}}
}
