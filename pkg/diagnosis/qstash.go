package diagnosis

// What may be so of QStash.
const (
	QStashAccepted      ID = "qstash/accepted"
	QStashToken         ID = "qstash/token"
	QStashReadOnly      ID = "qstash/read-only"
	QStashRegion        ID = "qstash/region"
	QStashDisabled      ID = "qstash/disabled"
	QStashAddress       ID = "qstash/address"
	QStashSpaces        ID = "qstash/spaces"
	QStashDestination   ID = "qstash/destination"
	QStashOutside       ID = "qstash/outside"
	QStashLimit         ID = "qstash/limit"
	QStashDay           ID = "qstash/day"
	QStashBurst         ID = "qstash/burst"
	QStashTrouble       ID = "qstash/trouble"
	QStashNoAnswer      ID = "qstash/no-answer"
	QStashRefusal       ID = "qstash/refusal"
	QStashKeys          ID = "qstash/keys"
	QStashKeysMissing   ID = "qstash/keys-missing"
	QStashKeysExchanged ID = "qstash/keys-exchanged"
	QStashKeysRolled    ID = "qstash/keys-rolled"
	QStashKeysNext      ID = "qstash/keys-next"
	QStashKeysOther     ID = "qstash/keys-other"
	QStashKeysUnseen    ID = "qstash/keys-unseen"
	QStashHook          ID = "qstash/hook"
	QStashHookRefused   ID = "qstash/hook-refused"
)

func qstashRows() []Row {
	copyKeys := Words{"Copy both signing keys again from https://console.upstash.com/qstash, of the region of QSTASH_TOKEN, and deploy again.",
		"Recopiez les deux clés de signature depuis https://console.upstash.com/qstash, dans la région de QSTASH_TOKEN, et redéployez."}
	return []Row{{
		QStashAccepted, Words{"accepted", "accepté"}, Words{},
	}, {
		QStashToken,
		Words{"QStash refuses the token", "QStash refuse le jeton"},
		Words{"Copy QSTASH_TOKEN again from https://console.upstash.com/qstash, and QSTASH_URL with it: each region has a token of its own. " +
			"Then deploy again.",
			"Recopiez QSTASH_TOKEN depuis https://console.upstash.com/qstash, et QSTASH_URL avec lui : chaque région a son propre jeton. " +
				"Puis redéployez."},
	}, {
		QStashReadOnly,
		Words{"QSTASH_TOKEN may only read", "QSTASH_TOKEN ne permet que de lire"},
		Words{"Copy QSTASH_TOKEN again from https://console.upstash.com/qstash, not the read-only one, and deploy again.",
			"Recopiez QSTASH_TOKEN depuis https://console.upstash.com/qstash, et non celui en lecture seule, puis redéployez."},
	}, {
		QStashRegion,
		Words{"QSTASH_TOKEN is of another region than the address that it was sent to", "QSTASH_TOKEN vient d’une autre région que l’adresse à laquelle il a été envoyé"},
		Words{"Copy QSTASH_URL and QSTASH_TOKEN together from https://console.upstash.com/qstash, for instance https://qstash-us-east-1.upstash.io, " +
			"the signing keys of that region too, and deploy again. Without QSTASH_URL the region is the EU.",
			"Recopiez ensemble QSTASH_URL et QSTASH_TOKEN depuis https://console.upstash.com/qstash, par exemple https://qstash-us-east-1.upstash.io, " +
				"ainsi que les clés de signature de cette région, et redéployez. Sans QSTASH_URL, la région est l’UE."},
	}, {
		QStashDisabled,
		Words{"this QStash account is switched off", "ce compte QStash est désactivé"},
		Words{"Switch QStash on again in https://console.upstash.com/qstash; if it cannot be, see the billing of the account there.",
			"Réactivez QStash dans https://console.upstash.com/qstash ; si c’est impossible, voyez-y la facturation du compte."},
	}, {
		QStashAddress,
		Words{"what answers is not QStash", "ce qui répond n’est pas QStash"},
		Words{"Set QSTASH_URL to QStash's own address, such as https://qstash.upstash.io, where nothing redirects, or unset it, and deploy again.",
			"Donnez à QSTASH_URL l’adresse même de QStash, comme https://qstash.upstash.io, où rien ne redirige, ou supprimez la variable, " +
				"et redéployez."},
	}, {
		QStashSpaces,
		Words{"QSTASH_URL holds more than a URL", "QSTASH_URL contient plus qu’une URL"},
		Words{"Remove spaces, line breaks and quotes around the URL in QSTASH_URL and deploy again.",
			"Ôtez espaces, retours à la ligne et guillemets autour de l’URL dans QSTASH_URL et redéployez."},
	}, {
		QStashDestination,
		Words{"QStash takes no message for this deployment's address", "QStash n’accepte aucun message pour l’adresse de ce déploiement"},
		Words{"Set NEXT_PUBLIC_SITE_URL to an address that the internet can reach, and QSTASH_URL, if it is set, to QStash's address alone; then deploy again.",
			"Donnez à NEXT_PUBLIC_SITE_URL une adresse joignable depuis Internet, et à QSTASH_URL, si elle est donnée, la seule adresse de " +
				"QStash ; puis redéployez."},
	}, {
		QStashOutside,
		Words{"QStash takes no message for that address", "QStash n’accepte aucun message pour cette adresse"},
		Words{"The address must be one that the internet can reach: correct it, or unset its variable, and deploy again.",
			"L’adresse doit être joignable depuis Internet : corrigez-la, ou supprimez sa variable, et redéployez."},
	}, {
		QStashLimit,
		Words{"a limit of the Upstash plan is reached", "une limite de l’offre Upstash est atteinte"},
		Words{"See in https://console.upstash.com/qstash which, and take a larger plan.",
			"Voyez laquelle dans https://console.upstash.com/qstash, et prenez une offre plus grande."},
	}, {
		QStashDay,
		Words{"the Upstash plan's messages of the day are used up", "les messages du jour de l’offre Upstash sont épuisés"},
		Words{"Wait until tomorrow, or take a larger plan in https://console.upstash.com/qstash. The next trigger goes on where the sync stopped.",
			"Attendez demain, ou prenez une offre plus grande dans https://console.upstash.com/qstash. Le prochain déclenchement reprend là où " +
				"la synchronisation s’est arrêtée."},
	}, {
		QStashBurst,
		Words{"QStash was asked too often in one second", "QStash a été sollicité trop souvent en une seconde"},
		Words{"Try again in a moment.", "Réessayez dans un instant."},
	}, {
		QStashTrouble,
		Words{"QStash has trouble", "QStash a des difficultés"},
		Words{"See https://status.upstash.com and try again in a few minutes.", "Voyez https://status.upstash.com et réessayez dans quelques minutes."},
	}, {
		QStashNoAnswer,
		Words{"QStash does not answer", "QStash ne répond pas"},
		Words{"Try again in a minute; if it is set, QSTASH_URL must be QStash's address. See https://status.upstash.com too.",
			"Réessayez dans une minute ; si elle est donnée, QSTASH_URL doit être l’adresse de QStash. Voyez aussi https://status.upstash.com."},
	}, {
		QStashRefusal,
		Words{"QStash refuses what it is asked", "QStash refuse ce qu’on lui demande"},
		Words{"See https://console.upstash.com/qstash for the state of the account, and deploy the newest version of this project.",
			"Voyez dans https://console.upstash.com/qstash l’état du compte, et déployez la dernière version de ce projet."},
	}, {
		QStashKeys, Words{"those that QStash has now", "celles que QStash a maintenant"}, Words{},
	}, {
		QStashKeysMissing, Words{"one of them is not set", "l’une d’elles n’est pas donnée"}, copyKeys,
	}, {
		QStashKeysExchanged,
		Words{"QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY hold each other's value",
			"QSTASH_CURRENT_SIGNING_KEY et QSTASH_NEXT_SIGNING_KEY ont chacune la valeur de l’autre"},
		Words{"Exchange the two, and deploy again.", "Échangez les deux et redéployez."},
	}, {
		QStashKeysRolled,
		Words{"rolled since they were copied: messages are still accepted, after another roll none will be",
			"renouvelées depuis leur copie : les messages sont encore acceptés, mais aucun ne le sera après un autre renouvellement"},
		copyKeys,
	}, {
		QStashKeysNext,
		Words{"QSTASH_NEXT_SIGNING_KEY is not the one that QStash has: messages are accepted until the keys are rolled",
			"QSTASH_NEXT_SIGNING_KEY n’est pas celle de QStash : les messages sont acceptés jusqu’au renouvellement des clés"},
		copyKeys,
	}, {
		QStashKeysOther,
		Words{"they are not those that QStash has, so no message is accepted", "ce ne sont pas celles de QStash, donc aucun message n’est accepté"},
		copyKeys,
	}, {
		QStashKeysUnseen,
		Words{"not checked: QStash has not shown them", "non vérifié : QStash ne les a pas montrées"},
		Words{"Mend first what the check says of the QStash token.", "Corrigez d’abord ce que la vérification dit du jeton QStash."},
	}, {
		QStashHook, Words{"QStash takes messages for it", "QStash accepte des messages pour elle"}, Words{},
	}, {
		QStashHookRefused,
		Words{"QStash takes no message for {variable}, so nobody is told there", "QStash n’accepte aucun message pour {variable}, donc personne n’y est averti"},
		Words{"Set {variable} to an address that the internet can reach, or unset it, and deploy again.",
			"Donnez à {variable} une adresse joignable depuis Internet, ou supprimez-la, et redéployez."},
	}}
}
