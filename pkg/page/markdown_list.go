package page

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

// maxNumber is the largest number that CommonMark takes for one of a list.
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

// list appends the items as one list.
func (r renderer) list(f *flow, items []Block) {
	numbered := isNumbered(items[0])
	list := chunk{marker: f.listMarker(numbered)}
	number := firstNumber(items[0])
	var text strings.Builder
	for i, item := range items {
		marker := string(list.marker)
		if numbered {
			marker = strconv.Itoa(min(number+i, maxNumber)) + marker
		}
		body, tight := r.itemBody(item)
		if i > 0 {
			text.WriteString("\n")
		}
		text.WriteString(marker + " " + indent(body, strings.Repeat(" ", len(marker)+1)))
		if !tight && i < len(items)-1 {
			text.WriteString("\n")
		}
	}
	list.text = text.String()
	list.snug = !otherNumber.MatchString(list.text)
	f.chunks = append(f.chunks, list)
}

// otherNumber is a list of numbers, be it inside of others, that does not begin with 1: right below a paragraph's line it
// would be text.
var otherNumber = regexp.MustCompile(`^(?:[-+] |1[.)] )*(?:[02-9]|1[0-9])[0-9]*[.)] `)

// listMarker is what stands before a bullet's text, or behind a number. Another one than that of a list right above is
// what makes two lists of them.
func (f *flow) listMarker(numbered bool) byte {
	marker, other := byte('-'), byte('+')
	if numbered {
		marker, other = '.', ')'
	}
	if n := len(f.chunks); n > 0 && f.chunks[n-1].marker == marker {
		return other
	}
	return marker
}

// emptyText shows nothing. Of items that hold nothing at all parsers make different things, and of markers alone dividers.
const emptyText = "&nbsp;"

// itemBody is the item's text with its children. A tight one needs no blank lines around it.
func (r renderer) itemBody(item Block) (body string, tight bool) {
	c := item.content()
	text := r.paragraph(r.runs(item, c))
	if item.Type == "to_do" {
		text = checkbox(c.Checked) + " " + cmp.Or(text, emptyText) // GitHub has no box without a text
	}
	var f flow
	r.blocks(&f, item.Children)
	switch {
	case len(f.chunks) == 0:
		return cmp.Or(text, emptyText), true
	case text == "":
		return f.String(), len(f.chunks) == 1 && f.chunks[0].marker != 0
	case f.chunks[0].snug:
		return text + "\n" + f.String(), len(f.chunks) == 1
	default:
		return text + "\n\n" + f.String(), false
	}
}

func checkbox(checked bool) string {
	if checked {
		return "[x]"
	}
	return "[ ]"
}

func firstNumber(item Block) int {
	if start := item.content().StartIndex; start != nil && *start >= 0 && *start <= maxNumber {
		return *start
	}
	return 1
}
