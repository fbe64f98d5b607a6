package diagnosis

// What may be so of the public address. Vercel's words are those of its page "Error Codes", Cloudflare's those of its page
// "Detect a Challenge Page" (read 2026-08).
const (
	SiteFine            ID = "site/fine"
	SiteNotHTTPS        ID = "site/not-https"
	SiteNoHost          ID = "site/no-host"
	SiteCertificate     ID = "site/certificate"
	SiteNoAnswer        ID = "site/no-answer"
	SiteItself          ID = "site/itself"
	SiteSlash           ID = "site/slash"
	SitePath            ID = "site/path"
	SiteElsewhere       ID = "site/elsewhere"
	SiteProtected       ID = "site/protected"
	SiteStillProtected  ID = "site/still-protected"
	SiteDenied          ID = "site/denied"
	SiteChallenged      ID = "site/challenged"
	SiteCloudflare      ID = "site/cloudflare"
	SitePaused          ID = "site/paused"
	SiteDisabled        ID = "site/disabled"
	SiteThrottled       ID = "site/throttled"
	SiteCrashed         ID = "site/crashed"
	SiteTimedOut        ID = "site/timed-out"
	SiteNothingThere    ID = "site/nothing-there"
	SiteStranger        ID = "site/stranger"
	SiteOther           ID = "site/other"
	SiteOtherDeployment ID = "site/other-deployment"
)

func siteRows() []Row {
	return []Row{{
		SiteFine, Words{"{site} leads here", "{site} mène ici"}, Words{},
	}, {
		SiteNotHTTPS,
		Words{"{site} is not https", "{site} n’est pas en https"},
		Words{"Set NEXT_PUBLIC_SITE_URL to the https:// address and deploy again.",
			"Donnez à NEXT_PUBLIC_SITE_URL l’adresse en https:// et redéployez."},
	}, {
		SiteNoHost,
		Words{"no answer from {site}: no name server knows its host", "aucune réponse de {site} : aucun serveur de noms ne connaît son hôte"},
		Words{"Correct NEXT_PUBLIC_SITE_URL and deploy again; or add the domain in Vercel, Settings → Domains, and at its registrar the " +
			"records that Vercel shows there.",
			"Corrigez NEXT_PUBLIC_SITE_URL et redéployez ; ou ajoutez le domaine dans Vercel, Settings → Domains, et chez son bureau " +
				"d’enregistrement les entrées que Vercel y affiche."},
	}, {
		SiteCertificate,
		Words{"the certificate of {site} is not one for this address", "le certificat de {site} n’est pas fait pour cette adresse"},
		Words{"See in Vercel, Settings → Domains, that the domain is valid and its certificate there: after a domain is added that takes some " +
			"minutes.",
			"Voyez dans Vercel, Settings → Domains, si le domaine est valide et son certificat présent : après l’ajout d’un domaine, cela " +
				"prend quelques minutes."},
	}, {
		SiteNoAnswer,
		Words{"no answer from {site}", "aucune réponse de {site}"},
		Words{"Set NEXT_PUBLIC_SITE_URL to the address at which this deployment is reached, see that its domain leads to Vercel, and deploy again.",
			"Donnez à NEXT_PUBLIC_SITE_URL l’adresse à laquelle ce déploiement est joignable, vérifiez que son domaine mène à Vercel, " +
				"et redéployez."},
	}, {
		SiteItself,
		Words{"{site} redirects to itself, without end", "{site} se redirige vers elle-même, sans fin"},
		Words{"At Cloudflare set SSL/TLS to Full (strict), not Flexible; elsewhere take away the rule that sends https to https.",
			"Chez Cloudflare, réglez SSL/TLS sur Full (strict) et non Flexible ; ailleurs, ôtez la règle qui renvoie https vers https."},
	}, {
		SiteSlash,
		Words{"{site} adds a slash to the address, or takes it away, by a redirect, and QStash does not follow",
			"{site} ajoute une barre oblique à l’adresse, ou l’ôte, par une redirection, et QStash ne suit pas"},
		Words{"Take the rule for slashes away for /api/: trailingSlash in vercel.json or the site's configuration, or a rule at Cloudflare.",
			"Ôtez la règle sur les barres obliques pour /api/ : trailingSlash dans vercel.json ou la configuration du site, ou une règle " +
				"chez Cloudflare."},
	}, {
		SitePath,
		Words{"{site} redirects to another page of itself, {location}, and QStash does not follow",
			"{site} redirige vers une autre de ses pages, {location}, et QStash ne suit pas"},
		Words{"Leave /api/sync out of the site's redirects, rewrites and middleware, such as a log-in.",
			"Laissez /api/sync hors des redirections, réécritures et middlewares du site, comme une page de connexion."},
	}, {
		SiteElsewhere,
		Words{"{site} redirects to {location}, and QStash does not follow", "{site} redirige vers {location}, et QStash ne suit pas"},
		Words{"Set NEXT_PUBLIC_SITE_URL to the final address, {location}, and deploy again.",
			"Donnez à NEXT_PUBLIC_SITE_URL l’adresse finale, {location}, et redéployez."},
	}, {
		SiteProtected,
		Words{"{site} answers {status}: Vercel's Deployment Protection is before it",
			"{site} répond {status} : la Deployment Protection de Vercel est devant elle"},
		Words{"Set NEXT_PUBLIC_SITE_URL to the production domain; or create a secret in Vercel, Settings → Deployment Protection, Protection " +
			"Bypass for Automation. Then deploy again.",
			"Donnez à NEXT_PUBLIC_SITE_URL le domaine de production ; ou créez un secret dans Vercel, Settings → Deployment Protection, " +
				"Protection Bypass for Automation. Puis redéployez."},
	}, {
		SiteStillProtected,
		Words{"{site} answers {status}: Vercel's Deployment Protection does not take VERCEL_AUTOMATION_BYPASS_SECRET",
			"{site} répond {status} : la Deployment Protection de Vercel n’accepte pas VERCEL_AUTOMATION_BYPASS_SECRET"},
		Words{"If the address is of this project, deploy again: the secret was changed since. If it is of another, set NEXT_PUBLIC_SITE_URL to " +
			"this project's address and deploy again.",
			"Si l’adresse est celle de ce projet, redéployez : le secret a changé depuis. Si c’est celle d’un autre, donnez à " +
				"NEXT_PUBLIC_SITE_URL l’adresse de ce projet et redéployez."},
	}, {
		SiteDenied,
		Words{"{site} answers {status}: Vercel's firewall refuses requests without a browser",
			"{site} répond {status} : le pare-feu de Vercel refuse les requêtes sans navigateur"},
		Words{"In Vercel, Firewall, add a rule that lets the path /api/sync through (Bypass), before the one that refuses.",
			"Dans Vercel, Firewall, ajoutez une règle qui laisse passer le chemin /api/sync (Bypass), avant celle qui refuse."},
	}, {
		SiteChallenged,
		Words{"{site} answers {status}: Vercel's Security Checkpoint asks for a browser",
			"{site} répond {status} : le Security Checkpoint de Vercel demande un navigateur"},
		Words{"In Vercel, Firewall, switch Attack Challenge Mode off, or add a rule that lets the path /api/sync through (Bypass).",
			"Dans Vercel, Firewall, désactivez l’Attack Challenge Mode, ou ajoutez une règle qui laisse passer le chemin /api/sync (Bypass)."},
	}, {
		SiteCloudflare,
		Words{"{site} answers {status}: Cloudflare asks for a browser, or refuses the request",
			"{site} répond {status} : Cloudflare demande un navigateur, ou refuse la requête"},
		Words{"At Cloudflare, Security → WAF, add a rule that skips all checks for the path /api/sync, and leave Bot Fight Mode and Under Attack " +
			"Mode off for it.",
			"Chez Cloudflare, Security → WAF, ajoutez une règle qui omet tous les contrôles pour le chemin /api/sync, et n’y activez ni Bot " +
				"Fight Mode ni Under Attack Mode."},
	}, {
		SitePaused,
		Words{"{site} answers {status}: the deployment is paused", "{site} répond {status} : le déploiement est en pause"},
		Words{"Resume the project in Vercel: Settings → General, at its end. It pauses by itself when a limit for spending is reached.",
			"Relancez le projet dans Vercel : Settings → General, tout en bas. Il se met de lui-même en pause quand un plafond de dépenses est atteint."},
	}, {
		SiteDisabled,
		Words{"{site} answers {status}: Vercel has switched the deployment off, for its plan is used up or not paid",
			"{site} répond {status} : Vercel a désactivé le déploiement, car son offre est épuisée ou impayée"},
		Words{"See Usage and Billing in Vercel: wait until the plan's limits begin anew, take a larger plan, or pay what is open.",
			"Voyez Usage et Billing dans Vercel : attendez que les limites de l’offre repartent, prenez une offre plus grande, ou réglez ce qui est dû."},
	}, {
		SiteThrottled,
		Words{"{site} answers {status}: as many functions run as the plan allows", "{site} répond {status} : autant de fonctions tournent que l’offre le permet"},
		Words{"Check again in a minute. If it stays so, see Usage in Vercel for what uses its functions up.",
			"Vérifiez de nouveau dans une minute. Si rien ne change, voyez dans Usage, chez Vercel, ce qui occupe ses fonctions."},
	}, {
		SiteCrashed,
		Words{"{site} answers {status}: the function crashed", "{site} répond {status} : la fonction s’est arrêtée sur une erreur"},
		Words{"Its log in Vercel, Logs, says why. After a change of go.mod or vercel.json deploy again without the build cache.",
			"Son journal dans Vercel, Logs, dit pourquoi. Après un changement de go.mod ou de vercel.json, redéployez sans le cache de build."},
	}, {
		SiteTimedOut,
		Words{"{site} answers {status}: the function took longer than Vercel lets it", "{site} répond {status} : la fonction a pris plus de temps que Vercel ne lui en laisse"},
		Words{"Set maxDuration in vercel.json to 60 and deploy again; SYNC_BUDGET must stay well below it.",
			"Mettez maxDuration à 60 dans vercel.json et redéployez ; SYNC_BUDGET doit rester bien en dessous."},
	}, {
		SiteNothingThere,
		Words{"{site} answers {status}: no deployment of this project is there", "{site} répond {status} : aucun déploiement de ce projet ne s’y trouve"},
		Words{"Set NEXT_PUBLIC_SITE_URL to the address of this deployment, or connect the domain with this project in Vercel, Settings → Domains; " +
			"then deploy again.",
			"Donnez à NEXT_PUBLIC_SITE_URL l’adresse de ce déploiement, ou reliez le domaine à ce projet dans Vercel, Settings → Domains ; " +
				"puis redéployez."},
	}, {
		SiteStranger,
		Words{"{site} answers {status}, and not as notionsync does", "{site} répond {status}, et pas comme notionsync"},
		Words{"Set NEXT_PUBLIC_SITE_URL to the address of this deployment and deploy again.",
			"Donnez à NEXT_PUBLIC_SITE_URL l’adresse de ce déploiement et redéployez."},
	}, {
		SiteOther,
		Words{"{site} leads to another deployment, or to one with other settings", "{site} mène à un autre déploiement, ou à un déploiement réglé autrement"},
		Words{"Set NEXT_PUBLIC_SITE_URL to the address of this deployment, give both the same CRON_SECRET, signing keys and REDIS_URL, and deploy again.",
			"Donnez à NEXT_PUBLIC_SITE_URL l’adresse de ce déploiement, et aux deux les mêmes CRON_SECRET, clés de signature et REDIS_URL, " +
				"puis redéployez."},
	}, {
		SiteOtherDeployment,
		Words{"{site} leads to deployment {other}, this is {own}", "{site} mène au déploiement {other}, celui-ci est {own}"},
		Words{"Ask the check at that address, or set NEXT_PUBLIC_SITE_URL to the address of this deployment and deploy again.",
			"Lancez la vérification à cette adresse, ou donnez à NEXT_PUBLIC_SITE_URL l’adresse de ce déploiement et redéployez."},
	}}
}
