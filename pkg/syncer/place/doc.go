// Package place knows where a page stands, and reserves slugs. Who is denied one is decided in package publish, conflicts.go.
//
//	standing.go  finds a page's place by its own word and what is known of the pages above it
//	locate.go    the task of a page that was named, or that was not where something has shown it
//	target.go    what a page is to become: its record, at its place
//	reserve.go   slugs are reserved for the page that outranks the others that want them
//	leave.go     how a page leaves the site, or stays as it is
//	checks.go    tasks that look after what stands below an unchanged page
//	explain.go   what somebody has named who named no page
package place
