// Package qstashsim is QStash as an in-process server, for tests and for running everything on one machine.
//
// Start one with [New], serve it as an [http.Handler] and end it with [Server.Close]. What is published to it is
// delivered as Upstash describes it (docs pages qstash/howto/receiving, features/retry, features/callbacks,
// features/deduplication and howto/signature, read 2026-08): signed, at least once, again and again until the
// destination answers 2xx or the retries are spent. [Server.Misbehave] makes it do on command what the real service
// does on a bad day: duplicates, lost answers, messages overtaking each other. [Server.Wait] and [Server.Messages] let
// a test see the end of it without sleeping.
//
// It shares no code with the project's own publisher and verifier, so that neither can agree with itself.
//
// Routes: POST /v2/publish/{destination}, GET /v2/messages/{id}, GET /v2/dlq, GET /v2/keys, POST /v2/keys/rotate.
// Queues, URL groups, batches, schedules, flow control and logs are not simulated: their routes answer 404, a publish
// that asks for one of them is refused.
//
// Where Upstash says nothing, the choice made here is marked "assumed" at its place. The limits are the Free plan's.
package qstashsim
