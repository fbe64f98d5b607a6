package diagnosis

func siteRows() []Row { return nil }
