package diagnosis

// What may be so of Notion, its collections and its webhook.
const (
	NotionToken        ID = "notion/token"
	NotionWorkspace    ID = "notion/workspace"
	NotionNameless     ID = "notion/nameless"
	NotionUsed         ID = "notion/used"
	NotionUnauthorized ID = "notion/unauthorized"
	NotionRefusal      ID = "notion/refusal"
	NotionNoAnswer     ID = "notion/no-answer"
	CollectionFine     ID = "notion/collection"
	CollectionID       ID = "notion/collection-id"
	CollectionUnshared ID = "notion/collection-unshared"
	CollectionTrash    ID = "notion/collection-trash"
	CollectionView     ID = "notion/collection-view"
	CollectionSlug     ID = "notion/collection-slug"
	CollectionFilter   ID = "notion/collection-filter"
	SlugProperty       ID = "notion/slug-property"
	SlugTitles         ID = "notion/slug-titles"
	WebhookSet         ID = "notion/webhook"
	WebhookNone        ID = "notion/webhook-none"
	WebhookToken       ID = "notion/webhook-token"
)

func notionRows() []Row {
	return []Row{{
		NotionToken, Words{`that of integration "{name}"`, "celui de l’intégration « {name} »"}, Words{},
	}, {
		NotionWorkspace,
		Words{`that of integration "{name}" in workspace "{workspace}"`, "celui de l’intégration « {name} » dans l’espace « {workspace} »"},
		Words{},
	}, {
		NotionNameless,
		Words{"accepted; the integration may not read who it is, which is not needed", "accepté ; l’intégration ne peut pas lire qui elle est, ce qui n’est pas nécessaire"},
		Words{},
	}, {
		NotionUsed,
		Words{"Notion could not be asked now", "Notion n’a pas pu être interrogé maintenant"},
		Words{"A sync is using Notion's requests: check again in {seconds} seconds.",
			"Une synchronisation utilise les requêtes à Notion : vérifiez de nouveau dans {seconds} secondes."},
	}, {
		NotionUnauthorized,
		Words{"Notion refuses the token", "Notion refuse le jeton"},
		Words{"Copy the integration's token again from https://www.notion.so/my-integrations into NOTION_API_KEY and deploy again.",
			"Recopiez le jeton de l’intégration depuis https://www.notion.so/my-integrations dans NOTION_API_KEY et redéployez."},
	}, {
		NotionRefusal,
		Words{"Notion refuses what it is asked", "Notion refuse ce qu’on lui demande"},
		Words{"In the integration's settings allow it to read content.", "Dans les réglages de l’intégration, autorisez-la à lire le contenu."},
	}, {
		NotionNoAnswer,
		Words{"Notion does not answer", "Notion ne répond pas"},
		Words{"See https://status.notion.so and check again; if it is set, NOTION_BASE_URL must be Notion's address.",
			"Voyez https://status.notion.so et vérifiez de nouveau ; si elle est donnée, NOTION_BASE_URL doit être l’adresse de Notion."},
	}, {
		CollectionFine, Words{`database "{title}", data sources: {sources}; {slugs}`, "base « {title} », sources de données : {sources} ; {slugs}"}, Words{},
	}, {
		CollectionID,
		Words{"Notion does not understand the id in {variable}", "Notion ne comprend pas l’id contenu dans {variable}"},
		Words{"Set {variable} to the id or URL of a database and deploy again.", "Donnez à {variable} l’id ou l’URL d’une base de données et redéployez."},
	}, {
		CollectionUnshared,
		Words{"database {id} is not shared with the integration, or does not exist", "la base {id} n’est pas partagée avec l’intégration, ou n’existe pas"},
		Words{"In Notion open the database, ••• → Connections → add the integration; if it is shared, copy its id again into {variable} and deploy again.",
			"Dans Notion, ouvrez la base, ••• → Connexions → ajoutez l’intégration ; si elle est partagée, recopiez son id dans {variable} et redéployez."},
	}, {
		CollectionTrash,
		Words{`database "{title}" is in the trash`, "la base « {title} » est dans la corbeille"},
		Words{"Restore it in Notion, or set {variable} to another database and deploy again.",
			"Restaurez-la dans Notion, ou donnez à {variable} une autre base et redéployez."},
	}, {
		CollectionView,
		Words{`database "{title}" has no data source that the integration may see; it may be a linked view`,
			"la base « {title} » n’a pas de source de données visible pour l’intégration ; c’est peut-être une vue liée"},
		Words{"Set {variable} to the original database, share that (••• → Connections) and deploy again.",
			"Donnez à {variable} la base d’origine, partagez celle-ci (••• → Connexions) et redéployez."},
	}, {
		CollectionSlug,
		Words{`property "{property}" of "{source}" is of the type {type}, which holds no slug: slugs are made from the titles`,
			"la propriété « {property} » de « {source} » est du type {type}, qui ne contient pas de slug : les slugs viennent des titres"},
		Words{"In Notion change the property's type to Text, or give it another name.",
			"Dans Notion, donnez à la propriété le type Texte, ou un autre nom."},
	}, {
		CollectionFilter,
		Words{"{variable} is refused", "{variable} est refusée"},
		Words{"Correct {variable}: names and types of its properties must be those of the database; then deploy again.",
			"Corrigez {variable} : noms et types de ses propriétés doivent être ceux de la base ; puis redéployez."},
	}, {
		SlugProperty,
		Words{`slugs from the property "{property}"; pages without one are drafts`, "slugs de la propriété « {property} » ; les pages sans slug sont des brouillons"},
		Words{},
	}, {
		SlugTitles,
		Words{"no property named slug, so slugs are made from the titles", "pas de propriété nommée slug, donc les slugs viennent des titres"},
		Words{},
	}, {
		WebhookSet,
		Words{"set: what Notion signs with it is synced seconds after an edit", "donné : ce que Notion signe avec lui est synchronisé quelques secondes après une modification"},
		Words{},
	}, {
		WebhookNone,
		Words{"not set, and not needed: with it pages are synced seconds after an edit. In Notion open the integration's settings, Webhooks, create " +
			"a subscription to {site}/api/sync/webhook, find the verification token in this deployment's log, paste it there, set " +
			"NOTION_WEBHOOK_SECRET to it and deploy again",
			"pas donné, et pas nécessaire : avec lui, les pages sont synchronisées quelques secondes après une modification. Dans Notion, ouvrez " +
				"les réglages de l’intégration, Webhooks, créez un abonnement à {site}/api/sync/webhook, trouvez le jeton de vérification dans " +
				"le journal de ce déploiement, collez-le là, donnez-le à NOTION_WEBHOOK_SECRET et redéployez"},
		Words{},
	}, {
		WebhookToken,
		Words{"it is the integration's API token, with which Notion signs nothing: every event is refused",
			"c’est le jeton d’API de l’intégration, avec lequel Notion ne signe rien : chaque événement est refusé"},
		Words{"Set NOTION_WEBHOOK_SECRET to the subscription's verification token, which begins with secret_: unset it, deploy again, create the subscription " +
			"anew in Notion, and find the token in this deployment's log. Then deploy again.",
			"Donnez à NOTION_WEBHOOK_SECRET le jeton de vérification de l’abonnement, qui commence par secret_ : supprimez-la, redéployez, créez de " +
				"nouveau l’abonnement dans Notion, et trouvez le jeton dans le journal de ce déploiement. Puis redéployez."},
	}}
}
