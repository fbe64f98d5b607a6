// Reads a Notion collection as people do today: rows, then each page's blocks, one request after the other.
// node walk.mjs client|notion-to-md URL TOKEN DATABASE
import { Client, collectPaginatedAPI } from "@notionhq/client";
import { NotionToMarkdown } from "notion-to-md";

const [how, baseUrl, auth, database_id] = process.argv.slice(2);
const notion = new Client({ auth, baseUrl, logLevel: "error" });
const markdown = new NotionToMarkdown({ notionClient: notion });

async function walk(block_id) {
  for (const block of await collectPaginatedAPI(notion.blocks.children.list, { block_id, page_size: 100 })) {
    if (block.has_children && block.type !== "child_page" && block.type !== "child_database") {
      await walk(block.id);
    }
  }
}

const began = performance.now();
let pages = 0;
for (const { id } of (await notion.databases.retrieve({ database_id })).data_sources) {
  for (const page of await collectPaginatedAPI(notion.dataSources.query, { data_source_id: id, page_size: 100 })) {
    if (how === "client") {
      await walk(page.id);
    } else {
      markdown.toMarkdownString(await markdown.pageToMarkdown(page.id));
    }
    pages++;
  }
}
const ms = performance.now() - began;
console.log(JSON.stringify({ pages, ms, rss: process.resourceUsage().maxRSS * 1024 }));
