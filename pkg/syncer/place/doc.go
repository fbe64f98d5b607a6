// Package place knows where a page stands and whose slug is whose.
//
//	standing.go  finds a page's place by its own word and what is known of the pages above it
//	locate.go    the task of a page that was named, or that was not where something has shown it
//	target.go    what a page is to become: its record, at its place
//	reserve.go   slugs are reserved for the page that outranks the others that want them
//	leave.go     how a page leaves the site, or stays as it is
package place
