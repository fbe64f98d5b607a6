package diagnosis

// What may be so of the file store. Codes are those of S3, R2, MinIO and Vercel Blob (read 2026-08).
const (
	FilesFine        ID = "files/fine"
	FilesNone        ID = "files/none"
	FilesKey         ID = "files/key"
	FilesDenied      ID = "files/denied"
	FilesRegion      ID = "files/region"
	FilesClock       ID = "files/clock"
	FilesQuota       ID = "files/quota"
	FilesBucket      ID = "files/bucket"
	FilesSuspended   ID = "files/suspended"
	FilesEndpoint    ID = "files/endpoint"
	FilesUnreachable ID = "files/unreachable"
	FilesTrouble     ID = "files/trouble"
	FilesRefusal     ID = "files/refusal"
	FilesNoPublicURL ID = "files/no-public-url"
	FilesNotPublic   ID = "files/not-public"
	FilesElsewhere   ID = "files/elsewhere"
	FilesPublicDown  ID = "files/public-down"
	FilesDelete      ID = "files/delete"
)

func filesRows() []Row {
	return []Row{{
		FilesFine, Words{"wrote, read and deleted a file in {store}", "a écrit, lu et supprimé un fichier dans {store}"}, Words{},
	}, {
		FilesNone,
		Words{"none: with BLOB_READ_WRITE_TOKEN, or the S3_ variables, files that Notion hosts are copied; without, every picture from Notion is gone " +
			"from the site an hour after its page was synced",
			"aucun : avec BLOB_READ_WRITE_TOKEN, ou les variables S3_, les fichiers hébergés par Notion sont copiés ; sans, toute image de Notion " +
				"disparaît du site une heure après la synchronisation de sa page"},
		Words{"Connect a public Blob store with the project in Vercel, Storage, which sets BLOB_READ_WRITE_TOKEN; or set the S3_ variables. Then deploy again.",
			"Reliez un store Blob public au projet dans Vercel, Storage, ce qui donne BLOB_READ_WRITE_TOKEN ; ou donnez les variables S3_. Puis redéployez."},
	}, {
		FilesKey,
		Words{"{store} refuses the key", "{store} refuse la clé"},
		Words{"Copy the store's credentials again, both halves of the key from one place: BLOB_READ_WRITE_TOKEN, or S3_ACCESS_KEY_ID and " +
			"S3_SECRET_ACCESS_KEY. Then deploy again.",
			"Recopiez les identifiants du stockage, les deux moitiés de la clé au même endroit : BLOB_READ_WRITE_TOKEN, ou S3_ACCESS_KEY_ID et " +
				"S3_SECRET_ACCESS_KEY. Puis redéployez."},
	}, {
		FilesDenied,
		Words{"the key may not do this in {store}", "la clé n’a pas ce droit dans {store}"},
		Words{"Give the key the right to write and delete objects in this bucket (s3:PutObject, s3:DeleteObject), or take one that has it; after a change " +
			"of the variables deploy again.",
			"Donnez à la clé le droit d’écrire et de supprimer des objets dans ce bucket (s3:PutObject, s3:DeleteObject), ou prenez-en une qui " +
				"l’a ; si vous changez des variables, redéployez."},
	}, {
		FilesRegion,
		Words{"the bucket is in another region than S3_REGION says", "le bucket est dans une autre région que ne le dit S3_REGION"},
		Words{"Set S3_REGION to the bucket's region, which the answer may name (for R2 it is auto), and S3_ENDPOINT to the address of that region; " +
			"then deploy again.",
			"Donnez à S3_REGION la région du bucket, que la réponse peut nommer (pour R2, c’est auto), et à S3_ENDPOINT l’adresse de cette " +
				"région ; puis redéployez."},
	}, {
		FilesClock,
		Words{"the clock of {store} and the clock of this machine differ by more than a quarter of an hour",
			"l’horloge de {store} et celle de cette machine diffèrent de plus d’un quart d’heure"},
		Words{"Set the clock of the machine that shows the wrong time: mostly that of a store which one runs oneself.",
			"Mettez à l’heure la machine dont l’horloge est fausse : le plus souvent celle d’un stockage que l’on gère soi-même."},
	}, {
		FilesQuota,
		Words{"{store} is full, or its plan used up", "{store} est plein, ou son offre épuisée"},
		Words{"Take a larger plan or raise the store's quota. Files that were not copied are copied by the next sync.",
			"Prenez une offre plus grande ou relevez le quota du stockage. Les fichiers qui n’ont pas été copiés le seront à la prochaine synchronisation."},
	}, {
		FilesBucket,
		Words{"this bucket or store does not exist", "ce bucket ou ce store n’existe pas"},
		Words{"Set S3_BUCKET to the bucket's name as it stands in the store's console, and S3_ENDPOINT to the address without it; or connect the Blob store " +
			"again in Vercel, Storage. Then deploy again.",
			"Donnez à S3_BUCKET le nom du bucket tel qu’il figure dans la console du stockage, et à S3_ENDPOINT l’adresse sans lui ; ou reliez de " +
				"nouveau le store Blob dans Vercel, Storage. Puis redéployez."},
	}, {
		FilesSuspended,
		Words{"the store is suspended", "le store est suspendu"},
		Words{"See its page in Vercel, Storage: mostly the plan's limit is reached, and it opens again with the next month or with a larger plan.",
			"Voyez sa page dans Vercel, Storage : le plus souvent la limite de l’offre est atteinte, et il rouvre le mois suivant ou avec une offre plus grande."},
	}, {
		FilesEndpoint,
		Words{"what answers is no file store", "ce qui répond n’est pas un stockage de fichiers"},
		Words{"Set S3_ENDPOINT to the store's S3 address, not that of its console or of the public files, and deploy again.",
			"Donnez à S3_ENDPOINT l’adresse S3 du stockage, et non celle de sa console ou des fichiers publics, et redéployez."},
	}, {
		FilesUnreachable,
		Words{"{store} cannot be reached", "{store} est injoignable"},
		Words{"See that the store runs and that S3_ENDPOINT is its address, reachable from the internet; after a change deploy again.",
			"Vérifiez que le stockage fonctionne et que S3_ENDPOINT est son adresse, joignable depuis Internet ; après un changement, redéployez."},
	}, {
		FilesTrouble,
		Words{"{store} has trouble", "{store} a des difficultés"},
		Words{"Check again in a few minutes; the store's own status page may say more.",
			"Vérifiez de nouveau dans quelques minutes ; la page d’état du stockage en dit peut-être plus."},
	}, {
		FilesRefusal,
		Words{"{store} refuses what it is asked", "{store} refuse ce qu’on lui demande"},
		Words{"See that the store exists, is public, and that its key may write and delete; copy its credentials again and deploy again.",
			"Vérifiez que le stockage existe, est public, et que sa clé permet d’écrire et de supprimer ; recopiez ses identifiants et redéployez."},
	}, {
		FilesNoPublicURL,
		Words{"files can be written, and not be read at {link}: S3_PUBLIC_URL is not set", "les fichiers s’écrivent, mais ne se lisent pas à {link} : S3_PUBLIC_URL n’est pas donnée"},
		Words{"Switch public access on for the bucket (at R2: a public r2.dev address or a domain of your own), set S3_PUBLIC_URL to that address and deploy again.",
			"Activez l’accès public au bucket (chez R2 : une adresse publique r2.dev ou votre propre domaine), donnez cette adresse à S3_PUBLIC_URL et redéployez."},
	}, {
		FilesNotPublic,
		Words{"files can be written, and not be read at {link}", "les fichiers s’écrivent, mais ne se lisent pas à {link}"},
		Words{"Let anybody read the files: public access of the bucket, or a public Blob store (a private one cannot be changed: create another and connect it).",
			"Laissez tout le monde lire les fichiers : accès public au bucket, ou store Blob public (un store privé ne peut être changé : créez-en un autre et reliez-le)."},
	}, {
		FilesElsewhere,
		Words{"at {link} is something else than what was written", "à {link} se trouve autre chose que ce qui a été écrit"},
		Words{"Set S3_PUBLIC_URL to the address of this bucket's files, with nothing of a file's own path, and deploy again.",
			"Donnez à S3_PUBLIC_URL l’adresse des fichiers de ce bucket, sans rien du chemin d’un fichier, et redéployez."},
	}, {
		FilesPublicDown,
		Words{"files can be written, and nothing answers at {link}", "les fichiers s’écrivent, mais rien ne répond à {link}"},
		Words{"Set S3_PUBLIC_URL to an address that browsers can reach, and deploy again.",
			"Donnez à S3_PUBLIC_URL une adresse que les navigateurs peuvent joindre, et redéployez."},
	}, {
		FilesDelete,
		Words{"files can be written, and not be deleted", "les fichiers s’écrivent, mais ne se suppriment pas"},
		Words{"Give the key the right to delete objects (s3:DeleteObject): what pages no longer show would stay for ever.",
			"Donnez à la clé le droit de supprimer des objets (s3:DeleteObject) : ce que les pages ne montrent plus resterait pour toujours."},
	}}
}
