package model

import "time"

// End gives a job its final state, with the reason of a failure, and fills its outbox. untold is why the site could not be told
// its news; nil if it was.
func (j *Job) End(state State, reason string, now time.Time, untold error) {
	j.State, j.Error, j.FinishedAt, j.UpdatedAt, j.NextID = state, reason, now, now, ""
	j.Outbox = []string{sendNext, sendNotice}
	if untold != nil {
		j.Outbox = append(j.Outbox, SendNews)
	}
}

// What an outbox holds when a job has ended, each sent at least once. The first two are not
// looked up: flush does both whenever an outbox is not empty.
const (
	sendNext   = "next"   // the waiting job begins
	sendNotice = "notice" // whoever asked for it is told, and what events have named is enqueued again if it failed
	SendAgain  = "again"  // the same is triggered anew
	SendOnce   = "once"   // the same is triggered once more, but not a third time
	SendNews   = "news"   // the site is told what has changed, if it could not be before the end
)
