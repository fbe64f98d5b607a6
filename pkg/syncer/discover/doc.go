// Package discover finds out what there is: the data sources of collections, their rows, child pages and inner databases, and
// which of them have changed. What it finds are sightings, which put pages on the to-do list or count them as unchanged.
// What it has listed to its end is evidence for package removal.
package discover
