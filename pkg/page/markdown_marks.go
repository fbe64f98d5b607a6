package page

import (
	"cmp"
	"slices"
)

// step is one thing to write: a piece, or the beginning or end of a mark.
type step struct {
	kind  stepKind
	piece piece
	mark  mark
}

type stepKind int

const (
	writePiece stepKind = iota
	openMark
	closeMark
)

// arrange nests the marks. Each mark stays open as long as the pieces have it; of those that begin together the one
// that lasts longest is the outermost, so that few have to be closed only because one around them ends.
func arrange(pieces []piece) []step {
	var steps []step
	var open []mark
	closeTo := func(depth int) {
		for len(open) > depth {
			steps = append(steps, step{kind: closeMark, mark: open[len(open)-1]})
			open = open[:len(open)-1]
		}
	}
	for i, p := range pieces {
		depth := 0
		for depth < len(open) && slices.Contains(p.marks, open[depth]) {
			depth++
		}
		closeTo(depth)
		if p.kind == gap { // nothing begins with white space
			steps = append(steps, step{kind: writePiece, piece: p})
			continue
		}
		fresh := slices.DeleteFunc(slices.Clone(p.marks), func(m mark) bool { return slices.Contains(open, m) })
		slices.SortStableFunc(fresh, func(a, b mark) int {
			return cmp.Compare(extent(pieces[i:], b), extent(pieces[i:], a))
		})
		for _, m := range fresh {
			steps = append(steps, step{kind: openMark, mark: m})
			open = append(open, m)
		}
		steps = append(steps, step{kind: writePiece, piece: p})
	}
	closeTo(0)
	return steps
}

// extent is how many of the pieces, from the first on, have the mark.
func extent(pieces []piece, m mark) int {
	n := slices.IndexFunc(pieces, func(p piece) bool { return !slices.Contains(p.marks, m) })
	if n < 0 {
		return len(pieces)
	}
	return n
}
