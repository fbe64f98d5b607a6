// The playground's page. It looks for news once a second while it is in sight; an edit is made when a field is left.

const $ = (id) => document.getElementById(id);

let last = 0; // number of the journal's newest entry
let opened = ""; // id of the page that is being edited
let shown = ""; // slug of the page that is shown as the site has it
let state = { notion: null, site: [] };
const syncedAt = new Map(); // by slug

function h(name, properties, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value !== false && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function say(text, bad = false) {
  $("said").textContent = text;
  $("said").className = bad ? "bad" : "";
}

async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(path, { ...options, cache: "no-store" });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error);
  return said;
}

// act runs what a button or field is for, and says what comes of it.
async function act(text, action) {
  try {
    await action();
    say(text);
  } catch (error) {
    say(error.message, true);
  }
  await look();
}

// Who edits a page again sooner than a minute after the last time waits for the rest of it, as on a real site.
const soon = "Notion tells the webhook of it: it is on the site in some eleven seconds, or a minute after the page’s last edit.";

const edit = (text, change) => act(`${text} ${soon}`, async () => {
  const { page } = await ask("edit", change);
  if (["add", "many"].includes(change.do) || opened === page) await open(page);
});

// fill builds a node's children, unless it was built of the same data the last time.
const built = new Map();
function fill(id, data, build) {
  const key = JSON.stringify(data);
  if (built.get(id) === key) return;
  built.set(id, key);
  const focused = $(id).contains(document.activeElement) ? document.activeElement.id : "";
  $(id).replaceChildren(...build());
  if (focused) $(focused)?.focus();
}

const spaces = (depth) => "\u2003".repeat(depth);

function renderTree(notion) {
  $("real").hidden = notion !== null;
  $("notion").hidden = notion === null;
  if (notion === null) return;
  fill("tree", [notion, opened], () => notion.collections.flatMap((collection) => [
    h("li", null, h("h3", null, collection.title)),
    ...notion.pages.filter((page) => page.under === collection.id).map((page) =>
      h("li", { "aria-current": page.id === opened && "true" }, h("button", {
        type: "button", id: `page-${page.id}`, class: page.trashed && "trashed", click: () => open(page.id),
      }, spaces(page.depth) + (page.title || "Untitled"), h("small", null, page.trashed ? "in the trash" : "")))),
  ]));
  const places = [...notion.collections.map((c) => [c.id, c.title]),
    ...notion.pages.filter((page) => !page.trashed).map((page) => [page.id, spaces(page.depth + 1) + page.title])];
  for (const id of ["add-to", "move-to"]) {
    const value = $(id).value;
    fill(id, places, () => places.map(([place, title]) => h("option", { value: place }, title)));
    if (value) $(id).value = value;
  }
}

async function open(id) {
  opened = id;
  const page = await ask(`page?id=${id}`);
  renderTree(state.notion);
  $("editor").hidden = false;
  $("editor-title").textContent = page.title || "Untitled";
  $("trash").textContent = page.trashed ? "Take out of the trash" : "Trash";
  $("trash").dataset.do = page.trashed ? "restore" : "trash";
  const field = (name, label, value) => [
    h("label", { for: `field-${name}` }, label),
    h("input", { id: `field-${name}`, value, change: (e) => edit(`${label} changed.`, { do: name, id, value: e.target.value }) }),
  ];
  fill("fields", page, () => [
    ...field("title", "Title", page.title), ...(page.slug === null ? [] : field("slug", "Slug", page.slug)),
  ]);
  fill("blocks", page, () => page.blocks.map((block) => h("li", null,
    h("label", { for: `block-${block.id}` }, spaces(block.depth) + block.type.replaceAll("_", " ")),
    block.plain
      ? h("input", { id: `block-${block.id}`, value: block.text,
        change: (e) => edit("Text changed.", { do: "write", id: block.id, to: id, value: e.target.value }) })
      : h("span", { id: `block-${block.id}` }, block.text),
    ...(block.type.startsWith("child_") ? [] : [h("button", { type: "button", "aria-label": "Remove this block",
      click: () => edit("Block removed.", { do: "trash", id: block.id, to: id }) }, "×")]))));
}

function renderSite(pages) {
  const fresh = new Set(pages.filter((page) => syncedAt.size > 0 && syncedAt.get(page.slug) !== page.syncedAt).map((p) => p.slug));
  if (fresh.size > 0 || syncedAt.size === 0) renderSite.fresh = fresh;
  syncedAt.clear();
  for (const page of pages) syncedAt.set(page.slug, page.syncedAt);
  if (shown === "" && pages.length > 0) show(pages.find((page) => page.slug === "index")?.slug ?? pages[0].slug);
  else if (fresh.has(shown) || (shown !== "" && !syncedAt.has(shown) && renderSite.had)) show(shown);
  renderSite.had = syncedAt.has(shown);
  const marked = renderSite.fresh ?? new Set();
  fill("site", [pages, shown, [...marked]], () => pages.map((page) =>
    h("li", { "aria-current": page.slug === shown && "true", class: marked.has(page.slug) && "fresh" },
      h("button", { type: "button", id: `site-${page.slug}`, click: () => {
        show(page.slug);
        renderSite(state.site);
      } }, spaces(page.depth) + page.title, h("small", null, `/${page.slug}`)))));
}

function show(slug) {
  shown = slug;
  $("shown").src = `site?slug=${encodeURIComponent(slug)}&at=${encodeURIComponent(syncedAt.get(slug) ?? "")}`;
}

function renderJournal(entries) {
  $("journal").prepend(...entries.reverse().map((entry) => h("tr", { class: entry.bad && "bad" },
    h("td", null, new Date(entry.at).toLocaleTimeString()),
    h("td", null, h("strong", null, entry.what), ` ${entry.text}`),
    h("td", null, entry.status ? String(entry.status) : ""),
    h("td", null, entry.status ? `${entry.ms ?? 0} ms` : ""))));
}

let timer = 0;
async function look() {
  clearTimeout(timer);
  try {
    const news = await ask(`state?after=${last}`);
    if (news.last < last) return location.reload(); // it was started anew
    const first = last === 0 && state.notion === null;
    [state, last] = [news, news.last];
    $("dashboard").href = news.dashboard;
    renderTree(news.notion);
    renderSite(news.site ?? []);
    renderJournal(news.journal);
    if (first && news.notion?.pages.length > 0) await open(news.notion.pages[0].id);
    $("site-error").hidden = !news.siteError;
    $("site-error").textContent = news.siteError ?? "";
  } catch {
    say("go run ./pkg/dev does not answer any more.", true);
  }
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(look, 1000);
}

function submitted(id, action) {
  $(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    await action();
    event.target.reset();
  });
}

$("sync").addEventListener("click", () => act("A sync was asked for.", () => ask("sync", {})));
$("force").addEventListener("click", () => act("A sync of all pages was asked for.", () => ask("sync?force=1", {})));
$("kill").addEventListener("click", () => act("See below what becomes of the worker.", () => ask("kill", {})));
submitted("add", () => edit("Page added.", { do: "add", to: $("add-to").value, value: $("add-title").value }));
submitted("append", () => edit("Paragraph added.", { do: "append", id: opened, value: $("append-text").value }));
submitted("move", () => edit("Page moved.", { do: "move", id: opened, to: $("move-to").value }));
$("many").addEventListener("click", () => edit("200 pages added.",
  { do: "many", to: $("add-to").value, value: $("add-title").value || "Tide" }));
$("trash").addEventListener("click", () => edit(
  $("trash").dataset.do === "trash" ? "Page put into the trash." : "Page taken out of the trash.",
  { do: $("trash").dataset.do, id: opened }));
document.addEventListener("visibilitychange", () => document.hidden || look());
look();
