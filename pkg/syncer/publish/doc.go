// Package publish makes of a page what the site reads.
//
//	kinds.go      joins all rooms to one invocation
//	page.go       decides what is to become of a page, before its content is read
//	content.go    reads the content: blocks (tree.go), or Notion's own Markdown; lists.go reads and checkpoints both
//	media.go      copies files
//	compose.go    makes the change that publishes the page
//	refresh.go    makes it from what is stored, where only the pages around it have changed; relink.go finds those
//	synced.go     pages with copies of a synced block follow the original
//	conflicts.go  pages that want a slug that another has; conflicts_below.go what that means for what stands below them
//	labels.go     titles by which a page calls others, and blocks that links lead to
//	restore.go    what Redis has lost of records is made anew from bundles
//	indexes.go    indexes; restore_lists.go their lists, where Redis has lost them
package publish
