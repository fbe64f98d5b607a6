// Package notion reads Notion for the sync: [Client] implements model.Source on github.com/jomei/notionapi.
//
// Build one [Client] with [New] and share it; all methods are safe for concurrent use. Each call is one request (with
// its retries), except [Client.Database], which asks a second time when the id is not a database's.
//
// notionapi v1.13.3 makes the requests: method, headers, bodies, pagination, and the token's only way out. Everything
// that decides whether a sync survives the night is in the http.RoundTripper it is given:
//
//   - Pacing. Every attempt, retries too, passes one gate: a limit of requests in flight, which follows how fast Notion
//     answers, then the [Window] that all processes of the connection share. Callers that wait at the same time cost one
//     Take between them.
//   - Retries. 429, 529, 5xx, 408, 409, transport errors, and a 200 or 4xx that is not Notion's JSON: up to four attempts
//     with growing, jittered pauses, the body sent whole each time. Notion's Retry-After is obeyed, and after a 429 or 529 passed on
//     to the Window, so that all workers back off together. A pause above Options.MaxWait is never slept through: it
//     comes back as *model.Wait for the queue to keep.
//   - Verbatim JSON. The body is kept as it arrived and decoded here, only as far as the sync needs it. notionapi is
//     handed a stub in its place: its own decoding fails a whole page of rows on one unknown property type, drops
//     unknown blocks, panics on incomplete ones, and nobody would read its result.
//
// A 200 that is not what was asked for is an error, never an empty listing: an empty listing would have pages removed.
//
// The API version is 2025-09-03: a database is a container of data sources, and these are queried. Facts about the API
// are from developers.notion.com, pages "Request limits", "Status codes", "Query a data source" and "Upgrading to
// Version 2025-09-03" (read 2026-08).
package notion
