package notionsim

const demoCovers = "https://www.notion.so/images/page-cover/"

// pages fills the collection Pages.
func (d *demo) pages() {
	d.home = d.page("The Tide Library", "/", "🌊",
		map[string]any{"description": "A small library about tides, and how it is run.", "visibility": "public",
			"Order": 1, "In menu": true},
		Heading(1, Text("Welcome ashore")),
		Paragraph(Join(Text("We collect "), Styled("tide tables", "bold"), Text(", harbour charts and "),
			Styled("letters", "italic"), Text(" about the sea. Everything here is written in Notion."))),
		Callout("💡", Text("Edit this page in the workspace, and see it change here.")),
		Image(demoCovers+"met_william_morris_1875.jpg", Text("Wallpaper of the reading room")),
	)
	about := d.page("About us", "about", "🏛️",
		map[string]any{"description": "Who keeps the books dry.", "Tags": []string{"about"}, "Order": 2,
			"In menu": true, "visibility": "public", "Contact": "desk@example.com"},
		Paragraph(Text("The library was founded in 1887 by three pilots and a baker.")),
		Columns(
			[]Block{Heading(3, Text("Then")), Paragraph(Text("Two shelves above a bakery."))},
			[]Block{Heading(3, Text("Now")), Paragraph(Text("Eleven rooms, and still the smell of bread."))},
		),
		Quote(Text("A tide table is a promise that is always kept."), Paragraph(Text("First catalogue, 1889"))),
		Paragraph(Join(Text("Back to "), PageMention(d.home, "The Tide Library"), Text("."))),
	)
	d.child(about, "1887 – 1911", "📜",
		Paragraph(Text("Three pilots, one baker, two shelves.")), Bullet(Text("1889: first catalogue")),
		Bullet(Text("1911: the long Tuesday")))
	d.child(about, "Who we are", "👥",
		Bullet(Join(UserMention("Grace Hopper"), Text(", tables"))),
		Bullet(Join(UserMention("Émilie du Châtelet"), Text(", translations"))))
	d.docs()
	d.tables()
	d.styleGuide()
	d.page("Frequently asked questions", "faq", "❓",
		map[string]any{"description": "Opening hours, wet books, seals.", "Tags": []string{"docs"}, "Order": 5,
			"In menu": true, "visibility": "public"},
		Contents(),
		Toggle(Text("When are you open?"), Paragraph(Text("From two hours before high water until it is dark."))),
		Toggle(Text("May I bring a wet book?"),
			Paragraph(Text("Yes. Put it on the")), Bullet(Text("drying rack, if it is paper")),
			Bullet(Text("balcony, if it is parchment"), Bullet(Text("away from the gulls")))),
		Toggle(Join(Text("Is there a "), Styled("seal", "code"), Text("?")), Paragraph(Text("On Tuesdays."))),
	)
	d.page("Café „Zur Möwe“ à la carte", "cafe", "☕",
		map[string]any{"description": "Crème brûlée, Käsekuchen, jalapeño & façade.", "Tags": []string{"about", "café"},
			"Order": 6, "visibility": "public"},
		Paragraph(Text("Grüße! Nous avons des crêpes, des œufs et du thé. 日本茶もあります。")),
		Table(true, []Rich{Text("Dish"), Text("Price")}, []Rich{Text("Crème brûlée"), Text("4,50 €")},
			[]Rich{Text("Käsekuchen"), Styled("3,80 €", "bold")}),
	)
	d.page("Visit", "visit/by-land", "🚲",
		map[string]any{"description": "Trains, tides and bicycles.", "Tags": []string{"about"}, "Order": 9,
			"visibility": "public"},
		Numbered(Text("Train to the coast.")), Numbered(Text("Wait for low water.")),
		Embed("https://example.com/map"), Block{Type: "link_preview", Payload: payload{"url": "https://example.com/"}})
	d.page("Imprint", "imprint", "",
		map[string]any{"description": "Who answers for this.", "Order": 10, "visibility": "public",
			"Contact": "desk@example.com"},
		Paragraph(Join(Text("The Tide Library, Quay 3. "), Link("Write to us", "mailto:desk@example.com"))))
	d.page("For members", "members", "🔑",
		map[string]any{"description": "Where the spare key hangs.", "visibility": "members", "Order": 7},
		Paragraph(Text("Behind the third barometer from the left.")))
	d.page("Nothing here yet", "empty", "", map[string]any{"visibility": "public"})
	d.page("Opening a second room", "", "🚧", map[string]any{"Tags": []string{"about"}},
		Paragraph(Text("A draft: this page has no slug, so it is not published.")))
}

// docs is a page with child pages in two levels.
func (d *demo) docs() {
	docs := d.page("Handbook", "handbook", "📚",
		map[string]any{"description": "How the library works, for those who work in it.", "Tags": []string{"docs"},
			"Order": 3, "In menu": true, "visibility": "public"},
		Paragraph(Text("Read these in order, or as the tide takes you.")),
	)
	start := d.child(docs, "Getting started", "🚀",
		Numbered(Text("Learn where the towels are.")),
		Numbered(Text("Read the barometer."), Code("bash", "curl -s http://barometer.local/ | jq '.hPa < 1000'")),
		Numbered(Text("Write down the first high water.")),
	)
	d.child(start, "Where the towels are", "🧺",
		Paragraph(Text("In the cupboard marked “charts”. The charts are in the cupboard marked “towels”.")),
		Todo(true, Text("Swap the labels")), Todo(false, Text("Swap the contents instead")))
	d.child(start, "Reading the barometer", "",
		Formula(`p = p_0 \, e^{-\frac{M g h}{R T}}`),
		Paragraph(Join(Text("At the top of the stairs it reads about "), Equation(`0.8\,\text{hPa}`), Text(" less."))))
	care := d.child(docs, "Caring for wet books", "📖",
		Heading(2, Text("First hour"), Paragraph(Text("Do not open it.")), Paragraph(Text("Do not close it."))),
		Heading(2, Text("First day"), Bullet(Text("Interleave with blotting paper"),
			Bullet(Text("change it every tide"), Bullet(Text("or twice, in spring"))))),
	)
	d.child(care, "Salt", "🧂", Paragraph(Text("Rinse once in fresh water. Only once.")))
	d.child(docs, "Glossary", "",
		Table(true, []Rich{Text("Word"), Text("Meaning")},
			[]Rich{Styled("Slack", "bold"), Text("The pause between flood and ebb")},
			[]Rich{Styled("Neap", "bold"), Text("The smallest tides of the fortnight")}),
		LinkToPage(start))
	must(d.w.AppendBlock(docs, Paragraph(Join(Text("New here? Begin with "), PageMention(start, "Getting started"),
		Text(".")))))
}

// tables is a page with a database inside, whose rows are pages with content.
func (d *demo) tables() {
	page := d.page("Tide stations", "stations", "📍",
		map[string]any{"description": "Every station we read, one page each.", "Tags": []string{"reference"},
			"Order": 4, "In menu": true, "visibility": "public"},
		Paragraph(Text("The table below is a database inside this page.")),
	)
	d.nextDay()
	_, stations := must2(d.w.AddDatabase(page, "Stations",
		Column{Name: "Name", Type: "title"}, Column{Name: "slug", Type: "rich_text"},
		selectColumn("Coast", "select", "north", "west"),
		Column{Name: "Range", Type: "number", Config: payload{"format": "number"}},
		Column{Name: "Staffed", Type: "checkbox"}, Column{Name: "Phone", Type: "phone_number"},
	))
	for _, s := range []struct {
		name, slug, coast string
		metres            float64
	}{
		{"Saint-Malo", "saint-malo", "north", 12.2}, {"Büsum", "", "north", 3.2}, {"Brest", "/brest", "west", 6.1},
		{"Penzance", "stations/cornwall/penzance", "west", 4.9}, {"Åland (no tide)", "aland", "north", 0},
	} {
		d.nextDay()
		must(d.w.AddRow(stations, s.name, map[string]any{
			"slug": s.slug, "Coast": s.coast, "Range": s.metres, "Staffed": s.metres > 5, "Phone": "+1 555 0100",
		}, Paragraph(Text("Readings for "+s.name+" since 1901.")), Divider(), Bullet(Text("Spring range: 12 m"))))
	}
	must(d.w.AddLinkedView(page, DemoLinkedView))
}
