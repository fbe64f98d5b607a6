// Package media makes files that expire in an hour into files that stay: what Notion hosts is copied into a store of
// the user's own, Vercel Blob or anything that speaks S3.
//
// Make a [Backend] with [NewBlob] or [NewS3], a [Keeper] on it with [New], and call [Keeper.Keep] with a file's URL as
// Notion signed it. The copy's place follows from the file's [Identity] alone, so a file kept twice lies in the store
// once; which file was kept already is for the caller to remember.
//
// A file is streamed: one call holds at most 9 MiB of it in memory, less of smaller files. It is stored whole or not
// at all, and only if it is a file: error pages, oversize files and files that broke off are refused. What is fetched
// is whatever URL a page holds, so addresses that are not public are refused where the connection is made, after the
// name was resolved.
//
// All types are safe for concurrent use. No environment variable is read, no proxy used.
package media
