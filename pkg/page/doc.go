// Package page says what a Notion page becomes: its slug, meta, properties, block tree and Markdown, as the site reads
// them from Redis.
//
// Everything here is a pure function of Notion's own JSON, safe for concurrent use. [DecodeObject] and [DecodeBlock]
// read the few fields the sync decides by and keep the rest verbatim, so that types and fields nobody knows yet neither
// fail nor vanish. [NewMeta] and [NewItem] make what a page object alone can say, once [Object.Complete] has filled the
// lists of [Object.Cut]; [CollectionSlug], [RowSlug] and [ChildSlug] say where it goes; [MarshalBlocks] puts a block
// tree together again; [LinkTargets] and [Markdown] read it.
//
// The shapes are those of the project's contract, section "What the site reads from Redis".
package page
