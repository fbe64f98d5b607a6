package diagnosis

// What may be so of Redis. Texts of answers are those of Redis 6 and 7 and of Upstash (read 2026-08).
const (
	RedisFine          ID = "redis/fine"
	RedisNoHost        ID = "redis/no-host"
	RedisClosed        ID = "redis/closed"
	RedisSilent        ID = "redis/silent"
	RedisBrokeOff      ID = "redis/broke-off"
	RedisSpeaksTLS     ID = "redis/speaks-tls"
	RedisSpeaksNoTLS   ID = "redis/speaks-no-tls"
	RedisUnknownSigner ID = "redis/unknown-signer"
	RedisOtherName     ID = "redis/other-name"
	RedisOutOfDate     ID = "redis/out-of-date"
	RedisPassword      ID = "redis/password"
	RedisNoPassword    ID = "redis/no-password"
	RedisNeedsNone     ID = "redis/needs-none"
	RedisProtected     ID = "redis/protected"
	RedisDatabase      ID = "redis/database"
	RedisCommand       ID = "redis/command"
	RedisKey           ID = "redis/key"
	RedisUnknown       ID = "redis/unknown-command"
	RedisOld           ID = "redis/old"
	RedisCluster       ID = "redis/cluster"
	RedisReadOnly      ID = "redis/read-only"
	RedisReplica       ID = "redis/replica"
	RedisPrimaryDown   ID = "redis/primary-down"
	RedisNoReplicas    ID = "redis/no-replicas"
	RedisLoading       ID = "redis/loading"
	RedisBusy          ID = "redis/busy"
	RedisFull          ID = "redis/full"
	RedisTooLarge      ID = "redis/too-large"
	RedisClients       ID = "redis/clients"
	RedisQuota         ID = "redis/quota"
	RedisCannotSave    ID = "redis/cannot-save"
	RedisForeign       ID = "redis/foreign"
	RedisAnswer        ID = "redis/answer"
	RedisKeeps         ID = "redis/keeps"
	RedisUnlimited     ID = "redis/unlimited"
	RedisEvicts        ID = "redis/evicts"
	RedisMayEvict      ID = "redis/may-evict"
)

func redisRows() []Row {
	return []Row{{
		RedisFine,
		Words{"everything that a sync does was done at {host}{version}",
			"tout ce que fait une synchronisation a été fait sur {host}{version}"},
		Words{},
	}, {
		RedisNoHost,
		Words{"no name server knows the host {host} of REDIS_URL", "aucun serveur de noms ne connaît l’hôte {host} de REDIS_URL"},
		Words{"Copy REDIS_URL again from the database's page and deploy again. If it is the same there, the database was deleted: " +
			"services do so with those that nobody has used for weeks.",
			"Recopiez REDIS_URL depuis la page de la base et redéployez. Si elle y est identique, la base a été supprimée : les " +
				"services le font quand personne ne s’en sert pendant des semaines."},
	}, {
		RedisClosed,
		Words{"nothing takes connections at {host}", "rien n’accepte de connexions sur {host}"},
		Words{"See that the database runs and takes connections from outside, and that host and port in REDIS_URL are those of its " +
			"page, rediss://default:<password>@<host>:<port>; after a change deploy again.",
			"Vérifiez que la base fonctionne et accepte des connexions de l’extérieur, et que l’hôte et le port de REDIS_URL sont " +
				"ceux de sa page, rediss://default:<mot de passe>@<hôte>:<port> ; après un changement, redéployez."},
	}, {
		RedisSilent,
		Words{"{host} does not answer in time", "{host} ne répond pas à temps"},
		Words{"See that the database runs, and that no firewall and no list of allowed addresses keeps Vercel's functions out; host " +
			"and port in REDIS_URL must be those of its page.",
			"Vérifiez que la base fonctionne, et qu’aucun pare-feu ni aucune liste d’adresses autorisées n’écarte les fonctions de " +
				"Vercel ; l’hôte et le port de REDIS_URL doivent être ceux de sa page."},
	}, {
		RedisBrokeOff,
		Words{"the connection to {host} broke off", "la connexion à {host} a été rompue"},
		Words{"Check again in a moment. If it stays so, see that the database runs, and copy REDIS_URL again from its page.",
			"Vérifiez de nouveau dans un instant. Si rien ne change, voyez si la base fonctionne et recopiez REDIS_URL depuis sa page."},
	}, {
		RedisSpeaksTLS,
		Words{"{host} speaks TLS, and REDIS_URL begins with redis://", "{host} parle TLS, et REDIS_URL commence par redis://"},
		Words{"Begin REDIS_URL with rediss:// (with two s) and deploy again.",
			"Faites commencer REDIS_URL par rediss:// (avec deux s) et redéployez."},
	}, {
		RedisSpeaksNoTLS,
		Words{"{host} does not speak TLS, and REDIS_URL begins with rediss://", "{host} ne parle pas TLS, et REDIS_URL commence par rediss://"},
		Words{"Take the port that speaks TLS, or begin REDIS_URL with redis:// (with one s), and deploy again.",
			"Prenez le port qui parle TLS, ou faites commencer REDIS_URL par redis:// (avec un seul s), et redéployez."},
	}, {
		RedisUnknownSigner,
		Words{"the certificate of {host} was signed by itself, or by an authority that nobody knows",
			"le certificat de {host} est signé par lui-même, ou par une autorité que personne ne connaît"},
		Words{"Give this Redis a certificate of a public authority, such as Let's Encrypt. Only where nobody can listen on the way, " +
			"begin REDIS_URL with redis:// and deploy again.",
			"Donnez à ce Redis un certificat d’une autorité publique, comme Let’s Encrypt. Là seulement où personne ne peut écouter " +
				"en chemin, faites commencer REDIS_URL par redis:// et redéployez."},
	}, {
		RedisOtherName,
		Words{"the certificate of {host} is that of another host", "le certificat de {host} est celui d’un autre hôte"},
		Words{"Write the name that the certificate is for into REDIS_URL, no address made of numbers, and deploy again.",
			"Écrivez dans REDIS_URL le nom pour lequel le certificat est fait, et non une adresse faite de nombres, puis redéployez."},
	}, {
		RedisOutOfDate,
		Words{"the certificate of {host} is not valid at this time", "le certificat de {host} n’est pas valable en ce moment"},
		Words{"Renew the certificate of this Redis.", "Renouvelez le certificat de ce Redis."},
	}, {
		RedisPassword,
		Words{"Redis refuses the user or the password in REDIS_URL", "Redis refuse l’utilisateur ou le mot de passe de REDIS_URL"},
		Words{"Copy REDIS_URL again from the database's page, rediss://default:<password>@<host>:<port> and not the https:// REST URL, " +
			"and deploy again. Special characters of a password are percent-encoded.",
			"Recopiez REDIS_URL depuis la page de la base, rediss://default:<mot de passe>@<hôte>:<port> et non l’URL REST en https://, " +
				"puis redéployez. Les caractères spéciaux d’un mot de passe s’écrivent avec % et leur code."},
	}, {
		RedisNoPassword,
		Words{"Redis wants a password, and REDIS_URL holds none", "Redis demande un mot de passe, et REDIS_URL n’en contient pas"},
		Words{"Copy REDIS_URL again from the database's page, password and all, rediss://default:<password>@<host>:<port>, and deploy again.",
			"Recopiez REDIS_URL depuis la page de la base, mot de passe compris, rediss://default:<mot de passe>@<hôte>:<port>, et redéployez."},
	}, {
		RedisNeedsNone,
		Words{"REDIS_URL holds a password, and this Redis has none", "REDIS_URL contient un mot de passe, et ce Redis n’en a pas"},
		Words{"See that REDIS_URL leads to the right Redis. If it does, give that a password (requirepass), or take it out of REDIS_URL, and " +
			"deploy again.",
			"Vérifiez que REDIS_URL mène au bon Redis. Si c’est le cas, donnez-lui un mot de passe (requirepass), ou ôtez celui de " +
				"REDIS_URL, et redéployez."},
	}, {
		RedisProtected,
		Words{"this Redis has no password, so it lets only its own machine in", "ce Redis n’a pas de mot de passe, donc il n’admet que sa propre machine"},
		Words{"Give it a password (requirepass), write that into REDIS_URL and deploy again.",
			"Donnez-lui un mot de passe (requirepass), écrivez-le dans REDIS_URL et redéployez."},
	}, {
		RedisDatabase,
		Words{"this Redis has no database with the number at the end of REDIS_URL", "ce Redis n’a pas de base portant le numéro qui termine REDIS_URL"},
		Words{"Take the number at the end of REDIS_URL away and deploy again: many services have number 0 alone, and SYNC_KEY_PREFIX keeps " +
			"several sites apart in it.",
			"Ôtez le numéro qui termine REDIS_URL et redéployez : beaucoup de services n’ont que le numéro 0, et SYNC_KEY_PREFIX y " +
				"sépare plusieurs sites."},
	}, {
		RedisCommand,
		Words{"the user in REDIS_URL may not run {command}", "l’utilisateur de REDIS_URL n’a pas le droit d’exécuter {command}"},
		Words{"Take the URL of a user who may do everything, such as default, and not a read-only one; or allow it in the database's " +
			"access rules (ACL): ACL SETUSER <user> +@all. Then deploy again.",
			"Prenez l’URL d’un utilisateur qui a tous les droits, comme default, et non celle en lecture seule ; ou accordez-le dans " +
				"les règles d’accès de la base (ACL) : ACL SETUSER <utilisateur> +@all. Puis redéployez."},
	}, {
		RedisKey,
		Words{"the user in REDIS_URL may not use the key {key}", "l’utilisateur de REDIS_URL n’a pas le droit d’utiliser la clé {key}"},
		Words{"Allow it in the database's access rules (ACL): ACL SETUSER <user> ~{prefix}*. Or set SYNC_KEY_PREFIX to what they allow, site and " +
			"sync alike. Then deploy again.",
			"Accordez-la dans les règles d’accès de la base (ACL) : ACL SETUSER <utilisateur> ~{prefix}*. Ou donnez à SYNC_KEY_PREFIX ce " +
				"qu’elles permettent, pour le site comme pour la synchronisation. Puis redéployez."},
	}, {
		RedisUnknown,
		Words{"this Redis does not know {command}", "ce Redis ne connaît pas {command}"},
		Words{"Take Redis 6.2 or newer, Valkey or Upstash, with none of its commands switched off (rename-command), and deploy again.",
			"Prenez Redis 6.2 ou plus récent, Valkey ou Upstash, dont aucune commande n’est désactivée (rename-command), et redéployez."},
	}, {
		RedisOld,
		Words{"this is Redis {version}, and a sync needs 6.2 or newer", "ceci est Redis {version}, et une synchronisation demande 6.2 ou plus récent"},
		Words{"Update it to version 6.2 or newer, or take another database, and deploy again.",
			"Mettez-le à jour vers la version 6.2 ou plus récente, ou prenez une autre base, et redéployez."},
	}, {
		RedisCluster,
		Words{"this Redis is a cluster: it spreads keys over servers, and a sync changes several keys at once",
			"ce Redis est un cluster : il répartit les clés sur des serveurs, et une synchronisation en change plusieurs à la fois"},
		Words{"Take a database with cluster mode switched off (at AWS, Azure and Google an option of it) and deploy again.",
			"Prenez une base dont le mode cluster est désactivé (une option chez AWS, Azure et Google) et redéployez."},
	}, {
		RedisReadOnly,
		Words{"this Redis is a replica, which takes no writes", "ce Redis est un réplica, qui n’accepte pas d’écritures"},
		Words{"Set REDIS_URL to the primary's address, the one for writing, and deploy again. After a failover the next request finds the " +
			"new primary by itself.",
			"Donnez à REDIS_URL l’adresse du primaire, celle qui sert à écrire, et redéployez. Après une bascule, la requête suivante " +
				"trouve d’elle-même le nouveau primaire."},
	}, {
		RedisReplica,
		Words{"this Redis is a replica: what is written to it is lost", "ce Redis est un réplica : ce qu’on y écrit est perdu"},
		Words{"Set REDIS_URL to the primary's address, the one for writing, and deploy again.",
			"Donnez à REDIS_URL l’adresse du primaire, celle qui sert à écrire, et redéployez."},
	}, {
		RedisPrimaryDown,
		Words{"this Redis is a replica, and has lost its primary", "ce Redis est un réplica, et il a perdu son primaire"},
		Words{"Wait for the failover: the next request connects anew. If it stays so, see that the primary runs, and set REDIS_URL to its address.",
			"Attendez la bascule : la requête suivante se reconnecte. Si rien ne change, voyez si le primaire fonctionne et donnez son " +
				"adresse à REDIS_URL."},
	}, {
		RedisNoReplicas,
		Words{"this Redis takes no writes while fewer replicas are connected than it must have",
			"ce Redis n’accepte pas d’écritures tant que moins de réplicas sont connectés qu’il n’en exige"},
		Words{"See that its replicas run, or set min-replicas-to-write to 0. Then syncs go on by themselves.",
			"Vérifiez que ses réplicas fonctionnent, ou mettez min-replicas-to-write à 0. Les synchronisations reprennent alors d’elles-mêmes."},
	}, {
		RedisLoading,
		Words{"Redis has just been started and is still loading its data", "Redis vient de démarrer et charge encore ses données"},
		Words{"Wait: in a moment it takes commands, and syncs go on by themselves.",
			"Attendez : dans un instant il acceptera des commandes, et les synchronisations reprendront d’elles-mêmes."},
	}, {
		RedisBusy,
		Words{"a script of somebody else's keeps Redis busy", "un script de quelqu’un d’autre occupe Redis"},
		Words{"Wait until it is over, or end it with SCRIPT KILL; then syncs go on by themselves.",
			"Attendez qu’il soit fini, ou arrêtez-le avec SCRIPT KILL ; les synchronisations reprennent alors d’elles-mêmes."},
	}, {
		RedisFull,
		Words{"the database is full", "la base est pleine"},
		Words{"Take a larger plan, or delete what nobody needs from it. Leave eviction off: it would delete pages of your site. Nothing is " +
			"lost, the next sync goes on.",
			"Prenez une offre plus grande, ou supprimez-en ce dont personne n’a besoin. Laissez l’éviction désactivée : elle supprimerait " +
				"des pages de votre site. Rien n’est perdu, la synchronisation suivante continue."},
	}, {
		RedisTooLarge,
		Words{"a value is larger than the database's plan takes", "une valeur est plus grande que ne l’accepte l’offre de la base"},
		Words{"Take a plan with a higher limit for a request and a record, or divide the page in Notion.",
			"Prenez une offre dont la limite par requête et par enregistrement est plus haute, ou divisez la page dans Notion."},
	}, {
		RedisClients,
		Words{"this Redis has as many connections as it may have", "ce Redis a autant de connexions qu’il peut en avoir"},
		Words{"Raise its limit (maxclients), take a larger plan, or close what else is connected; then the next request gets through.",
			"Relevez sa limite (maxclients), prenez une offre plus grande, ou fermez ce qui est connecté par ailleurs ; la requête " +
				"suivante passera alors."},
	}, {
		RedisQuota,
		Words{"the commands of the database's plan are used up", "les commandes de l’offre de la base sont épuisées"},
		Words{"Take a larger plan in the Upstash console, https://console.upstash.com, or wait until the day or month of the limit is over. " +
			"Nothing is lost, the next sync goes on.",
			"Prenez une offre plus grande dans la console d’Upstash, https://console.upstash.com, ou attendez la fin du jour ou du mois " +
				"de la limite. Rien n’est perdu, la synchronisation suivante continue."},
	}, {
		RedisCannotSave,
		Words{"this Redis cannot save its data to disk, so it takes no writes", "ce Redis ne peut pas enregistrer ses données sur disque, donc il n’accepte pas d’écritures"},
		Words{"See in its log why: mostly its disk is full, or its folder may not be written to. Then syncs go on by themselves.",
			"Son journal dit pourquoi : le plus souvent son disque est plein, ou son dossier est interdit d’écriture. Les synchronisations " +
				"reprennent ensuite d’elles-mêmes."},
	}, {
		RedisForeign,
		Words{`redis holds another type of value than notionsync keeps in the key "{key}"`,
			"Redis contient sous la clé « {key} » une valeur d’un autre type que celui de notionsync"},
		Words{"Rename or delete that key, or set SYNC_KEY_PREFIX to keep ours apart. Nothing is lost, the job goes on by itself.",
			"Renommez ou supprimez cette clé, ou donnez une valeur à SYNC_KEY_PREFIX pour séparer les nôtres. Rien n’est perdu, la " +
				"tâche continue d’elle-même."},
	}, {
		RedisAnswer,
		Words{"Redis answers with an error", "Redis répond par une erreur"},
		Words{"See the page of the database for its state and limits, and that REDIS_URL is the one that stands there.",
			"Voyez sur la page de la base son état et ses limites, et si REDIS_URL est bien celle qui s’y trouve."},
	}, {
		RedisKeeps,
		Words{"Redis deletes no key by itself ({policy})", "Redis ne supprime aucune clé de lui-même ({policy})"},
		Words{},
	}, {
		RedisUnlimited,
		Words{"Redis deletes no key by itself as long as its memory has no limit (maxmemory 0)",
			"Redis ne supprime aucune clé de lui-même tant que sa mémoire n’a pas de limite (maxmemory 0)"},
		Words{},
	}, {
		RedisEvicts,
		Words{"when its memory is full, Redis deletes keys by itself (maxmemory-policy {policy}): pages of your site, or what a sync needs to go on",
			"quand sa mémoire est pleine, Redis supprime de lui-même des clés (maxmemory-policy {policy}) : des pages de votre site, ou ce " +
				"dont une synchronisation a besoin pour continuer"},
		Words{"Set maxmemory-policy to noeviction, or in the service's console switch eviction off.",
			"Mettez maxmemory-policy à noeviction, ou désactivez l’éviction dans la console du service."},
	}, {
		RedisMayEvict,
		Words{"not checked: this Redis does not tell whether it deletes keys by itself when it is full",
			"non vérifié : ce Redis ne dit pas s’il supprime de lui-même des clés quand il est plein"},
		Words{"See on the page of the database that eviction is off (maxmemory-policy noeviction): it would delete pages of your site.",
			"Voyez sur la page de la base si l’éviction est désactivée (maxmemory-policy noeviction) : elle supprimerait des pages de votre site."},
	}}
}
