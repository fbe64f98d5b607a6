package convergence

import "slices"

// Shrink takes away what a failure does not need: fails reports whether a script fails. It runs at most so many.
func Shrink(s Script, most int, fails func(Script) bool) Script {
	for size := max(1, len(s.Steps)/2); size > 0; size /= 2 {
		for from := 0; from < len(s.Steps) && most > 0; {
			shorter := s
			shorter.Steps = slices.Delete(slices.Clone(s.Steps), from, min(len(s.Steps), from+size))
			if most--; fails(shorter) {
				s = shorter
			} else {
				from += size
			}
		}
	}
	return s
}
