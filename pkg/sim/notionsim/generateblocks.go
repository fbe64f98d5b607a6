package notionsim

import (
	"math/rand/v2"
	"strings"
	"time"
)

var (
	titleWords = []string{
		"Café", "Naïve", "Grüße aus", "Señor", "Łódź:", "Quiet", "Notes on", "The last", "Ångström &", "Über", "日本語",
		"Fünf", "Crème", "A short", "“Quoted”", "On",
	}
	words2 = []string{
		"rivers", "harbour", "lanterns", "machines", "wörter", "letters", "maps", "gardens", "tides", "engines",
		"stars", "bridges", "voices", "paper", "winter", "signals",
	}
	tagNames = []string{"go", "notion", "design", "travel", "how to", "été", "news", "archive"}
	people   = []string{author, "Grace Hopper", "Émilie du Châtelet"}
)

func sentence(d *rand.Rand) string {
	n := 4 + d.IntN(12)
	all := make([]string, n)
	for i := range all {
		all[i] = words2[d.IntN(len(words2))]
	}
	return strings.ToUpper(all[0][:1]) + strings.Join(all, " ")[1:] + "."
}

func tags(d *rand.Rand) []string {
	from := d.IntN(len(tagNames))
	return append([]string{}, tagNames[from:min(len(tagNames), from+d.IntN(4))]...)
}

// syncedSerial numbers the synced block of a page that has a copy; no page has so many blocks.
const syncedSerial = 1 << 13

// content implements maker: varied blocks, then child pages and databases.
func (g *generator) content(p *page) []*block {
	d := g.dice(p, "content")
	n := g.Blocks/2 + d.IntN(g.Blocks+1)
	if g.chance(p, "long", g.LongShare) {
		n = maxPage + 1 + d.IntN(2*maxPage)
	}
	blocks := make([]Block, 0, n+1)
	for range max(1, n) {
		blocks = append(blocks, g.any(d, p, g.BlockDepth))
	}
	if d.IntN(4) == 0 {
		synced := g.id(p.number, syncedSerial)
		blocks = append(blocks, Synced(synced, g.any(d, p, 1), g.any(d, p, 1)), Divider(), SyncedCopy(synced))
	}
	serial := 0
	built := g.finish(p, parent{inPage, p.id}, blocks, &serial)
	return append(built, g.below[p.number]...)
}

// finish gives blocks ids and stamps that depend on the page alone.
func (g *generator) finish(p *page, at parent, blocks []Block, serial *int) []*block {
	built := make([]*block, 0, len(blocks))
	for _, in := range blocks {
		*serial++
		b := &block{
			id: g.id(p.number, *serial), kind: in.Type, parent: at, owner: p,
			created: p.created, edited: p.created.Add(time.Hour), by: p.by, payload: marshal(in.Payload),
		}
		if in.ID != "" {
			b.id = in.ID
		}
		b.copyOf = original(b.kind, b.payload)
		if len(in.Children) > 0 {
			b.children = g.finish(p, parent{inBlock, b.id}, in.Children, serial)
		}
		built = append(built, b)
	}
	return built
}

// any is a block of any type. depth levels may be nested in it.
func (g *generator) any(d *rand.Rand, p *page, depth int) Block {
	if depth > 1 && d.IntN(5) == 0 {
		return g.nested(d, p, depth-1)
	}
	switch d.IntN(16) {
	case 0:
		return Heading(1+d.IntN(3), Text(sentence(d)))
	case 1:
		return Bullet(Text(sentence(d)))
	case 2:
		return Numbered(Join(Text("Step: "), Styled(sentence(d), "bold")))
	case 3:
		return Todo(d.IntN(2) == 0, Text(sentence(d)))
	case 4:
		return Code("go", "func main() {\n\tprintln(\""+sentence(d)+"\") // <&>\n}")
	case 5:
		return Formula(`e^{i\pi} + 1 = 0`)
	case 6:
		return Image("https://example.com/images/"+words2[d.IntN(len(words2))]+".jpg", Text(sentence(d)))
	case 7:
		return Divider()
	case 8:
		return Quote(Text(sentence(d)))
	case 9:
		return Paragraph(Join(Text("See "), g.mention(d), Text(" and "), Link("a site", "https://example.com/")))
	case 10:
		return Bookmark("https://example.com/bookmark", Text(""))
	case 11:
		return Block{Type: "unsupported", Payload: payload{"block_type": "button"}}
	case 12:
		return Paragraph(Join(Text("Energy is "), Equation("E=mc^2"), Text(", written on "), DateMention(p.created)))
	}
	return Paragraph(Text(sentence(d) + " " + sentence(d)))
}

// nested is a block that holds others.
func (g *generator) nested(d *rand.Rand, p *page, depth int) Block {
	inside := make([]Block, 1+d.IntN(3))
	for i := range inside {
		inside[i] = g.any(d, p, depth)
	}
	switch d.IntN(7) {
	case 0:
		return Toggle(Text(sentence(d)), inside...)
	case 1:
		return Columns(inside, []Block{Paragraph(Text(sentence(d)))})
	case 2:
		return Table(true, []Rich{Text("Name"), Text("Value")}, []Rich{Text(sentence(d)), Text("1")})
	case 3:
		return Callout("💡", Text(sentence(d)), inside...)
	case 4:
		return Synced("", inside...)
	case 5:
		return Heading(2, Text(sentence(d)), inside...)
	}
	return Bullet(Text(sentence(d)), inside...)
}

// mention is of any row of the first collection.
func (g *generator) mention(d *rand.Rand) Rich {
	rows := g.rows[pageRow]
	if len(rows) == 0 {
		return Text("nothing")
	}
	target := rows[d.IntN(len(rows))]
	return PageMention(target.id, g.title(target))
}
