package diagnosis

func notionRows() []Row { return nil }
