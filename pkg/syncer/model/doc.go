// Package model has the nouns of the engine: jobs, scopes, tasks, records, changes, and the ports through which it reaches a
// store, Notion, a queue and a file store. It does nothing by itself. The glossary stands in the comment of package syncer.
package model
