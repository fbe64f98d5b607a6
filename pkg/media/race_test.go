//go:build race

package media_test

// underRace: everything is many times slower, and takes more memory.
const underRace = true
