// Package notionsim is Notion as an in-process HTTP server, for tests and for the local demo.
//
// A [Workspace] holds pages, blocks, databases and their rows and is edited from Go; a [Server] made from it with
// [Workspace.Server] answers the read side of the REST API over that content. [Demo], [Generate] and [LoadRecordings]
// build workspaces. Everything is safe for concurrent use.
//
// The server follows recorded answers of the real API (field names, their order, error bodies) and Notion's
// documentation as of August 2026: Notion-Version 2022-06-28, 2025-09-03 and 2026-03-11, the limit of 180 requests a
// minute with its Retry-After, 10,000 rows a query, references cut at 25, stamps rounded down to the minute, 404 for
// what is not shared. [Server.Fail] makes it misbehave on command. [Workspace.Subscribe] sends webhook events of edits.
//
// Where neither says what Notion does, the choice is the one that is harder on a client:
//   - rows without a sort come in the order of their ids
//   - a trashed database still answers, without rows
//   - databases/{id}/query under 2025-09-03 and later, and data_sources under 2022-06-28, are 400 invalid_request_url
//   - a synced copy lists its original's children, parents unchanged, and nothing where the original is not shared
//   - a child page that is added, moved or trashed stamps the page it stands in; [Workspace.WithoutStamps] does without
//   - requests refused with 429 are not counted into the window; the window slides
//   - Markdown is unknown to 2022-06-28, and stops after MarkdownLimit blocks in the order in which they stand
//
// Not simulated: everything that writes, comments, views, users other than users/me, transcripts in Markdown.
package notionsim
