package notionsim

import (
	"fmt"
	"time"
)

// demoPost is one row of the collection Posts.
type demoPost struct {
	title, slug, description, cover string
	date                            string
	tags                            []string
	status                          string
	blocks                          []Block
}

// posts fills the collection Posts.
func (d *demo) posts() {
	grace, emilie := []string{"Grace Hopper"}, []string{"Émilie du Châtelet", author}
	for i, p := range d.postTexts() {
		properties := map[string]any{
			"Description": p.description, "Tags": p.tags, "Status": p.status, "Authors": grace,
			"Featured": i%4 == 0, "Minutes": payload{"type": "number", "number": 2 + i%5},
			"ID": payload{"prefix": "POST", "number": i + 1},
		}
		if p.date != "" {
			properties["Date"] = p.date
			properties["Source"] = "https://example.com/log/" + p.date
		}
		if i%3 == 1 {
			properties["Authors"], properties["Excerpt"] = emilie, p.description+" An excerpt of its own."
			properties["Attachments"] = []string{"https://example.com/files/log.txt"}
		}
		d.post(p.title, p.slug, p.cover, properties, p.blocks...)
	}
}

func (d *demo) postTexts() []demoPost {
	home := PageMention(d.home, "The Tide Library")
	return []demoPost{
		{"We have a website", "hello", "Hello, world.", demoCovers + "gradients_8.png", "2024-04-02", []string{"news"},
			"Published", []Block{
				Paragraph(Join(Text("It starts at "), home, Text(" and is written where we write everything else."))),
				Image(demoCovers+"gradients_8.png", Text("Dawn, roughly")),
			}},
		{"How a tide table is made", "how-a-tide-table-is-made", "Sines, patience, and a large brass machine.",
			demoCovers + "nasa_tim_peake_spacewalk.jpg", "2024-04-19", []string{"how to", "science"}, "Published",
			[]Block{
				Heading(2, Text("The sum")), Formula(`h(t) = H_0 + \sum_i A_i \cos(\omega_i t + \varphi_i)`),
				Paragraph(Text("Thirty-seven terms are enough for Brest.")),
				Code("python", "def height(t, terms):\n    return sum(a * cos(w * t + p) for a, w, p in terms)"),
			}},
		{"L’été à Saint-Malo", "ete-a-saint-malo", "Douze mètres, deux fois par jour.", "", "2024-05-11",
			[]string{"été"}, "Published", []Block{
				Paragraph(Text("À marée basse, on marche jusqu’au Grand Bé ; à marée haute, on attend.")),
				Quote(Text("« La mer est haute, la ville est une île. »")),
			}},
		{"Eleven rooms, one dehumidifier", "eleven-rooms", "A note on budgets.", "", "2024-05-30", []string{"notes"},
			"Published", []Block{
				Table(true, []Rich{Text("Room"), Text("Humidity")}, []Rich{Text("Charts"), Text("61 %")},
					[]Rich{Text("Letters"), Text("74 %")}),
				Todo(false, Text("Buy a second one")),
			}},
		{"The seal has a name now", "seal", "It is Ångström.", demoCovers + "met_the_unicorn_in_captivity.jpg",
			"2024-06-18", []string{"news"}, "Published", []Block{
				Paragraph(Text("After a long vote.")), Numbered(Text("Ångström: 41")), Numbered(Text("Flipper: 3")),
			}},
		{"Reading the logbook of 1911", "logbook-1911", "Salt, ink, and one very long Tuesday.", "", "2024-07-07",
			[]string{"notes", "science"}, "Published", d.logbook()},
		{"Spring tides explained with two apples", "two-apples", "And an orange, for the sun.", "", "2024-08-21",
			[]string{"how to"}, "Published", []Block{
				Columns([]Block{Paragraph(Text("🍎 Moon"))}, []Block{Paragraph(Text("🍊 Sun"))}),
				Toggle(Text("What about the second apple?"), Paragraph(Text("It is for the reader."))),
			}},
		{"Our style", "our-style", "A post that links to the style guide.", "", "2024-09-02", []string{"notes"},
			"In review", []Block{LinkToPage(d.styles),
				Paragraph(Join(Text("See "), PageMention(d.styles, "Style guide"), Text(".")))}},
		{"A letter from Büsum", "brief-aus-buesum", "Watt, Wind und Würstchen.", "", "2024-10-13", []string{"notes"},
			"Published", []Block{Paragraph(Text("Liebe Bibliothek, das Wasser war heute nicht da. Grüße, Jörg"))}},
		{"Why our clocks run late", "late-clocks", "Fifty minutes a day.", "", "2024-11-25", []string{"science"},
			"Published", []Block{Paragraph(Join(Text("The moon rises "), Styled("about 50 minutes", "bold"),
				Text(" later each day.")))}},
		{"A map you can fold both ways", "folding-map", "Paper engineering for wet hands.",
			demoCovers + "woodcuts_3.jpg", "2024-12-08", []string{"how to"}, "Published", []Block{
				Numbered(Text("Fold"), Numbered(Text("then unfold"))), Image(demoCovers+"woodcuts_3.jpg", Text("Folded")),
			}},
		{"Plans for next year", "", "Not ready.", "", "", nil, "Draft",
			[]Block{Todo(false, Text("Write the plans"))}},
		{"Untitled tide", "", "", "", "", nil, "Draft", nil},
	}
}

// logbook is a long post: more blocks than one page of a listing holds.
func (d *demo) logbook() []Block {
	blocks := []Block{Paragraph(Text("Every entry of a long Tuesday.")), Divider()}
	for i := range 120 {
		at := time.Date(1911, 3, 14, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 12 * time.Minute)
		blocks = append(blocks, Bullet(Text(fmt.Sprintf("%s  water %d cm", at.Format("15:04"), 200+(i*37)%380))))
	}
	return blocks
}
