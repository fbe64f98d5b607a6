package convergence

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Step is one thing that happens. Pages and databases are called by the names that the step gave them which made them;
// a step about something that is not there does nothing.
type Step struct {
	Do  string // one of the Do constants
	Of  string // what it is about
	To  string // where it goes, what it is called from now on, …
	N   int    // seconds, or a count
	Yes bool
}

// What can happen. The first group are edits, see [World.Edit].
const (
	DoRow      = "add row"
	DoChild    = "add child"
	DoInner    = "add database"
	DoText     = "write"
	DoRename   = "rename"
	DoSlug     = "slug"
	DoMove     = "move"
	DoTrash    = "trash"
	DoRestore  = "restore"
	DoShare    = "share"
	DoUnshare  = "unshare"
	DoLive     = "live"
	DoFilter   = "filter"
	DoDrop     = "configure"
	DoPause    = "pause"
	DoSync     = "sync"
	DoAmid     = "amid"   // the next step, an edit, comes after N more requests to Notion
	DoKill     = "kill"   // the function that makes the N-th change from now on
	DoEvents   = "events" // what happens to events from now on
	DoForget   = "forget" // keys of sync:…, when all jobs are done
	DoSettle   = "settle" // all jobs are done
	DoConverge = "converge"
)

// String is the step in words.
func (s Step) String() string {
	switch s.Do {
	case DoRow:
		return fmt.Sprintf("add row %s to %s, slug %q", s.Of, s.To, slugOf(s.N))
	case DoChild:
		return fmt.Sprintf("add page %s below %s", s.Of, s.To)
	case DoInner:
		return fmt.Sprintf("add database %s in %s", s.Of, s.To)
	case DoText:
		return fmt.Sprintf("write %q into %s, mentioning %s", fmt.Sprint("text ", s.N), s.Of, s.To)
	case DoRename:
		return fmt.Sprintf("rename %s to %q", s.Of, s.To)
	case DoSlug:
		return fmt.Sprintf("give %s the slug %q", s.Of, slugOf(s.N))
	case DoMove:
		return fmt.Sprintf("move %s to %s (slug %q there)", s.Of, s.To, slugOf(s.N))
	case DoLive, DoFilter, DoDrop:
		return fmt.Sprintf("%s %s: %t", s.Do, s.Of, s.Yes)
	case DoPause, DoAmid, DoKill, DoForget:
		return fmt.Sprintf("%s %d", s.Do, s.N)
	case DoSync, DoEvents:
		return strings.TrimSpace(fmt.Sprintf("%s: %s %s", s.Do, s.To, s.Of))
	default:
		return strings.TrimSpace(s.Do + " " + s.Of)
	}
}

// Script is what one run does after a first sync.
type Script struct {
	Seed   uint64
	Budget int // seconds that an invocation may work
	Steps  []Step
}

func (s Script) String() string {
	var b strings.Builder
	for i, step := range s.Steps {
		fmt.Fprintf(&b, "\n  %2d. %s", i+1, step)
	}
	return fmt.Sprintf("seed %d, budget %ds:%s", s.Seed, s.Budget, b.String())
}

// slugs are few, so that pages often want the same. The last three are none, the front page, and one of a child's form.
var slugs = []string{"a", "b", "c", "d", "e", "f", "g", "", "/", "a/child", "/top"}

func slugOf(n int) string { return slugs[n%len(slugs)] }

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

func (g *generator) step(rough bool) {
	switch roll := g.IntN(100); {
	case roll < 12:
		g.add(Step{Do: DoPause, N: []int{1, 5, 15, 70}[g.IntN(4)]})
	case roll < 22:
		kinds := []string{"full", "full", "forced", "page", "failed", "direct"}
		g.add(Step{Do: DoSync, To: g.any(kinds), Of: g.any(g.pages)})
	case roll < 27:
		g.add(Step{Do: DoSettle})
	case roll < 30:
		g.add(Step{Do: DoConverge})
	case rough && roll < 34:
		g.add(Step{Do: DoKill, N: g.IntN(40)})
	case rough && roll < 37:
		g.add(Step{Do: DoEvents, To: g.any([]string{"lost", "twice", "late", "good"})})
	case rough && roll < 40:
		g.add(Step{Do: DoForget, N: g.IntN(1000)})
	case rough && roll < 44:
		g.add(Step{Do: DoFilter, Of: g.any([]string{"pages", "posts"}), Yes: g.IntN(2) == 0})
	case rough && roll < 46:
		g.add(Step{Do: DoDrop, Of: "posts", Yes: g.IntN(2) == 0})
	default:
		if g.IntN(4) == 0 {
			g.add(Step{Do: DoAmid, N: g.IntN(25)})
		}
		g.edit(rough)
	}
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
