package page

import (
	"strconv"
	"strings"
)

// maxNumber is the largest number CommonMark takes for one of a list.
const maxNumber = 999_999_999

// listLength is how many of the blocks, from the first on, are items of one list: bullets and to-dos, or numbers. A
// number that says itself where to start begins a list.
func listLength(blocks []Block) int {
	n := 0
	for n < len(blocks) && isListItem(blocks[n]) && isNumbered(blocks[n]) == isNumbered(blocks[0]) {
		if n > 0 && isNumbered(blocks[n]) && blocks[n].content().StartIndex != nil {
			break
		}
		n++
	}
	return n
}

func isListItem(b Block) bool {
	return b.Type == "bulleted_list_item" || b.Type == "to_do" || isNumbered(b)
}

func isNumbered(b Block) bool { return b.Type == "numbered_list_item" }

// list appends the items as one list. What makes it a list of its own right below another is another marker.
func (r renderer) list(f *flow, items []Block) {
	list := chunk{marker: '-', snug: true}
	if isNumbered(items[0]) {
		list.marker = '.'
	}
	if n := len(f.chunks); n > 0 && f.chunks[n-1].marker == list.marker {
		list.marker = map[byte]byte{'-': '+', '.': ')'}[list.marker]
	}
	number := firstNumber(items[0])
	var text strings.Builder
	for i, item := range items {
		marker := string(list.marker)
		if isNumbered(item) {
			marker = strconv.Itoa(min(number+i, maxNumber)) + marker
		}
		body, tight := r.itemBody(item)
		if firstLine, _, _ := strings.Cut(body, "\n"); strings.Trim(firstLine, "-+* ") == "" {
			// Nothing at all, or dashes that would make a divider together with the marker.
			list.snug = list.snug && i > 0
			body = "\n" + body
		} else {
			body = " " + body
		}
		text.WriteString(strings.TrimRight(marker+indent(body, strings.Repeat(" ", len(marker)+1)), "\n"))
		if i < len(items)-1 {
			text.WriteString(map[bool]string{true: "\n", false: "\n\n"}[tight])
		}
	}
	list.text = text.String()
	// Below a paragraph's line, a list of numbers has to begin with 1.
	list.snug = list.snug && (!isNumbered(items[0]) || number == 1)
	f.chunks = append(f.chunks, list)
}

// itemBody is the item's text with its children. Tight is one that needs no blank lines.
func (r renderer) itemBody(item Block) (body string, tight bool) {
	c := item.content()
	text := r.paragraph(c.runs())
	if item.Type == "to_do" {
		text = strings.TrimSpace(map[bool]string{true: "[x] ", false: "[ ] "}[c.Checked] + text)
	}
	var f flow
	r.blocks(&f, item.Children)
	switch {
	case len(f.chunks) == 0:
		return text, true
	case text == "":
		return f.String(), len(f.chunks) == 1 && f.chunks[0].marker != 0
	case f.chunks[0].snug:
		return text + "\n" + f.String(), len(f.chunks) == 1
	default:
		return text + "\n\n" + f.String(), false
	}
}

func firstNumber(item Block) int {
	if start := item.content().StartIndex; start != nil && *start >= 0 && *start <= maxNumber {
		return *start
	}
	return 1
}
