// Package plan says what a sync would do by doing it: the engine runs on a job of its own over an overlay of the store, which
// keeps to itself what is written, and with a forecast in place of reading pages' content. So what a plan says, a sync does.
package plan
