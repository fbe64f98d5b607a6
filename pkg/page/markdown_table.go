package page

import (
	"slices"
	"strings"
)

// rowsLength is how many of the blocks, from the first on, are rows of one table. It ends below a row with blocks
// inside, which Notion never makes, so that these keep their place.
func rowsLength(blocks []Block) int {
	n := 0
	for n < len(blocks) && blocks[n].Type == "table_row" {
		n++
		if len(blocks[n-1].Children) > 0 {
			break
		}
	}
	return n
}

// table appends the rows as one table, and below it the blocks inside the last of them.
func (r renderer) table(f *flow, c content, rows []Block) {
	var cells [][]string
	for i, row := range rows {
		cells = append(cells, r.cells(row, c.HeaderCol && (i > 0 || !c.HeaderRow)))
	}
	f.add(tableText(cells, c.HeaderRow))
	for _, row := range rows {
		r.blocks(f, row.Children)
	}
}

// tableText is as wide as the longest row, for cells beyond the header's would be dropped. GitHub has no table without
// a header: where Notion has none, its cells stay empty.
func tableText(cells [][]string, header bool) string {
	width := 0
	for _, row := range cells {
		width = max(width, len(row))
	}
	if width == 0 {
		return ""
	}
	if !header {
		cells = slices.Insert(cells, 0, nil)
	}
	lines := []string{tableLine(cells[0], width), tableLine(slices.Repeat([]string{"---"}, width), width)}
	for _, row := range cells[1:] {
		lines = append(lines, tableLine(row, width))
	}
	return strings.Join(lines, "\n")
}

// cells are the texts of a row. Markdown has headers for columns only: with header, the one of the row is bold.
func (r renderer) cells(row Block, header bool) []string {
	var texts []string
	for i, cell := range row.content().Cells {
		runs := decodeRichText(cell)
		if header && i == 0 {
			embolden(runs)
		}
		if i == 0 {
			runs = r.anchored(row, runs)
		}
		texts = append(texts, markdownText(r.pieces(runs), inCell))
	}
	return texts
}

func tableLine(cells []string, width int) string {
	var line strings.Builder
	line.WriteByte('|')
	for i := range width {
		if i < len(cells) && cells[i] != "" {
			line.WriteString(" " + cells[i])
		}
		line.WriteString(" |")
	}
	return line.String()
}
