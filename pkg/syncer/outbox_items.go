package syncer

import "time"

func (j *Job) end(state State, reason string, now time.Time, untold error) {
	j.State, j.Error, j.FinishedAt, j.UpdatedAt, j.NextID = state, reason, now, now, ""
	j.Outbox = []string{sendNext, sendNotice}
	if untold != nil {
		j.Outbox = append(j.Outbox, sendNews)
	}
}

// What is owed when a job has ended, each done at least once.
const (
	sendNext   = "next"   // the waiting job begins
	sendNotice = "notice" // whoever asked for it is told, and what events have named is noted again if it failed
	sendAgain  = "again"  // the same is triggered anew
	sendOnce   = "once"   // the same is triggered once more, but not a third time
	sendNews   = "news"   // the site is told what has changed, if it could not be before the end
)
