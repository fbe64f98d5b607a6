package convergence

import (
	"cmp"
	"fmt"
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
	DoDrop     = "drop" // from the configuration
	DoPause    = "pause"
	DoSync     = "sync"
	DoAmid     = "amid"     // the next step, an edit, comes after N more requests to Notion
	DoKill     = "kill"     // the function that makes the N-th change from now on
	DoEvents   = "events"   // what happens to events from now on
	DoForget   = "forget"   // keys of sync:…, when all jobs are done
	DoSettle   = "settle"   // all jobs are done
	DoConverge = "converge" // a full sync, undisturbed; then all must be right
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
	case DoConverge:
		return fmt.Sprintf("full sync, forced: %t", s.Yes)
	case DoLive, DoDrop:
		return fmt.Sprintf("%s %s: %t", s.Do, s.Of, s.Yes)
	case DoFilter:
		return fmt.Sprintf("filter %s: %s", s.Of, cmp.Or(s.To, "none"))
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
