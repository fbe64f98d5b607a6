// Package blobsim is Vercel Blob as an in-process server, for tests and for running everything on one machine.
//
// A [Server] made by [New] is an [http.Handler]; its API lies under [Path], so VERCEL_BLOB_API_URL is the server's URL
// with that path. It answers as @vercel/blob 2.8.0 expects, read from that package's code and from requests captured
// while it ran (2026-08): put, head, list, delete, multipart uploads. With [Options.ServeFiles] it also serves what it
// stores, as the public host of a store would. [Server.Misbehave] makes it do on command what the real service does on
// a bad day; [Server.Files] and [Server.Requests] let a test see what it has and what it was asked for.
//
// It shares no code with the project's own client, so that neither can agree with itself.
//
// Copy, rename, client tokens and presigned URLs are not simulated: they are refused. Only the client's side of the
// protocol is documented; where the server's had to be guessed, the choice is marked "assumed" at its place.
package blobsim
