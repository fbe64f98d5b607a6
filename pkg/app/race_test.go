//go:build race

package app_test

// raceDetector tells whether the race detector is on, which slows everything down.
const raceDetector = true
