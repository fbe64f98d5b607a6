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
//
// # Readers of Markdown
//
// Markdown is written so that goldmark, cmark-gfm, remark-gfm, marked, markdown-it and the stack that README.md
// recommends show the same: with HTML where they read its own notation differently, so a reader has to let that through.
// On this they don't agree:
//   - Boxes of to-dos: markdown-it knows none and cmark-gfm (0.29.0.gfm.6) none in quotes; they show [x] and [ ].
//   - Alerts: who doesn't know them shows a quote that begins with [!TIP].
//   - Formulas: who doesn't know them shows TeX between dollars. TeX that would be other Markdown is written with spaces
//     and words, \lbrace for \{. A few signs have no such form, \% for one, and neither has what stands in a toggle's
//     title: they are code of the language math, which rehype-katex draws and GitHub shows as code. GitHub draws none in
//     links.
//   - Bare host names: markdown-it with linkify makes links of them. Of addresses that GFM knows nobody does.
//   - White space in code: goldmark drops it in lists where a line has nothing else, marked makes spaces of tabs there,
//     and rehype-raw drops an empty first line.
package page
