// Package removal finds out what is gone. The sweep walks all records for pages that nothing has shown although everything
// that could show them was listed to its end, counts what would go with all that stands below it, and has the brake pulled
// if that is too much. Each page is then read once more before it is removed: absence is no evidence.
//
// A full job also looks here for what Redis has lost of pages that stay, and for copies of files that no page shows.
package removal
