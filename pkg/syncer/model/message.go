package model

import "time"

// Delivery is a message as the worker got it.
type Delivery struct {
	Job     string
	Slice   int
	Trigger *TriggerMessage // set: the job's first message, whose id is Job
}

// Asks reports whether the message asks for what webhook events have named, and begins a job if there is any.
func (d Delivery) Asks() bool { return d.Trigger != nil && d.Trigger.Events != nil }

// TriggerMessage is the body of a job's first message. Its sender decides the scope; where the job is known already, what is
// stored counts, since triggers may have been folded into it.
type TriggerMessage struct {
	Force       bool      `json:"force"`
	Pages       []string  `json:"pages"`
	Failed      bool      `json:"failed"`
	TriggeredAt time.Time `json:"triggeredAt"`

	// Again is set where a job whose to-do list Redis has lost starts over.
	Again bool `json:"again,omitempty"`

	// Events is set in a message that asks for what webhook events have named and is due by then. The rest counts for
	// nothing: what is enqueued then is the scope.
	Events *time.Time `json:"events,omitempty"`
}

// Scope is what is asked for.
func (f TriggerMessage) Scope() Scope {
	scope := NewScope(f.Force, f.Failed, f.Pages)
	scope.Again = f.Again
	return scope
}

// Continuation is the body of every further message of a job.
type Continuation struct {
	Job   string `json:"job"`
	Slice int    `json:"slice"`
}
