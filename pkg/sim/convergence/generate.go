package convergence

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// generator makes a script.
type generator struct {
	*rand.Rand
	pages     []string
	databases []string
	serial    int
	steps     []Step
}

// Generate makes the script of a seed.
func Generate(seed uint64, length int) Script {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 3))}
	g.pages, g.databases = slices.Clone(firstPages), slices.Clone(firstDatabases)
	s := Script{Seed: seed, Budget: []int{45, 3, 1}[g.IntN(3)]}
	// Half of the scripts have no other trouble than edits and events: what these get wrong is easy to read.
	rough := seed%2 == 0
	for len(g.steps) < length {
		g.step(rough)
	}
	s.Steps = append(g.steps, Step{Do: DoSettle}, Step{Do: DoConverge})
	return s
}

func (g *generator) any(of []string) string { return of[g.IntN(len(of))] }

func (g *generator) name(kind string) string {
	g.serial++
	return fmt.Sprint(kind, g.serial)
}

// place is where a page can stand.
func (g *generator) place() string {
	if g.IntN(2) == 0 {
		return g.any(g.databases)
	}
	return g.any(g.pages)
}

// step adds a step that is no edit, or an edit. The shares are of a hundred steps.
func (g *generator) step(rough bool) {
	roll := g.IntN(100)
	for _, it := range []struct {
		share int
		rough bool
		step  func() Step
	}{
		{12, false, func() Step { return Step{Do: DoPause, N: []int{1, 5, 15, 70}[g.IntN(4)]} }},
		{10, false, func() Step {
			return Step{Do: DoSync, To: g.any([]string{"full", "full", "forced", "page", "failed", "direct"}), Of: g.any(g.pages)}
		}},
		{5, false, func() Step { return Step{Do: DoSettle} }},
		{3, false, func() Step { return Step{Do: DoConverge, Yes: g.IntN(4) == 0} }},
		{4, true, func() Step { return Step{Do: DoKill, N: g.IntN(40)} }},
		{3, true, func() Step { return Step{Do: DoEvents, To: g.any([]string{"lost", "twice", "late", "good"})} }},
		{3, true, func() Step { return Step{Do: DoForget, N: g.IntN(1000)} }},
		{4, true, func() Step {
			filters := []string{FilterNone, FilterNone, FilterLive, FilterNothing}
			return Step{Do: DoFilter, Of: g.any([]string{"pages", "posts"}), To: g.any(filters)}
		}},
		{2, true, func() Step { return Step{Do: DoDrop, Of: g.any([]string{"pages", "posts"}), Yes: g.IntN(2) == 0} }},
	} {
		if roll -= it.share; roll < 0 && (rough || !it.rough) {
			g.add(it.step())
			return
		}
	}
	if g.IntN(4) == 0 {
		g.add(Step{Do: DoAmid, N: g.IntN(25)})
	}
	g.edit(rough)
}

func (g *generator) add(s Step) { g.steps = append(g.steps, s) }

func (g *generator) edit(rough bool) {
	s := Step{Of: g.any(g.pages), N: g.IntN(len(slugs))}
	switch roll := g.IntN(20); {
	case roll < 3:
		s.Do, s.Of, s.To = DoRow, g.name("row"), g.any(g.databases)
		g.pages = append(g.pages, s.Of)
	case roll < 6:
		s.Do, s.Of, s.To = DoChild, g.name("child"), g.any(g.pages)
		g.pages = append(g.pages, s.Of)
	case roll < 7:
		s.Do, s.Of, s.To = DoInner, g.name("table"), g.any(g.pages)
		g.databases = append(g.databases, s.Of)
	case roll < 9:
		s.Do, s.To, s.N = DoText, g.any(g.pages), len(g.steps)
	case roll < 10:
		s.Do, s.To = DoRename, g.any([]string{"child", "new name", "A", s.Of})
	case roll < 12:
		s.Do = DoSlug
	case roll < 15:
		s.Do, s.To = DoMove, g.place()
	case roll < 17:
		s.Do = DoTrash
	case roll < 19 || !rough:
		s.Do = DoRestore
	default:
		g.access(&s)
	}
	g.add(s)
}

// access changes what the connection or the configuration lets through.
func (g *generator) access(s *Step) {
	switch g.IntN(4) {
	case 0:
		s.Do, s.Yes = DoLive, g.IntN(2) == 0
	case 1:
		s.Do = DoShare
	case 2:
		s.Do, s.Of = DoUnshare, g.any(append([]string{"posts"}, g.pages...))
	case 3:
		s.Do, s.Of = DoShare, "posts"
	}
}
