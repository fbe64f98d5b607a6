// Words and elements: what every part of the page is made of.

// locale is the first language that the browser asks for and this page speaks.
export const locale = navigator.languages.find((tag) => /^(en|fr)\b/i.test(tag)) ?? "en";

let french = {}; // by the English text; stays empty for those who do not want French

/** t is a text in the reader's language, with {name} replaced by values.name. */
export const t = (text, values = {}) => (french[text] ?? text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
export const count = (n) => Number(n ?? 0).toLocaleString(locale);
export const moment = (at) => new Date(at).toLocaleString(locale, {
  day: "numeric", month: "short", hour: "numeric", minute: "2-digit",
});
export const seconds = (n) => 1000 * n;

/** duration is a time in at most two units, each number kept together with its own. */
export function duration(ms) {
  const together = (n, unit) => n > 0 ? `${n.toLocaleString(locale, { maximumFractionDigits: 1 })}\u00a0${unit}` : "";
  if (ms < seconds(10)) return together(ms / seconds(1), "s") || "0\u00a0s";
  const s = Math.round(ms / seconds(1));
  if (s < 60) return together(s, "s");
  const [large, small, rest] = s < 3600 ? ["min", "s", s] : ["h", "min", Math.round(s / 60)];
  return `${together(Math.floor(rest / 60), large)} ${together(rest % 60, small)}`.trim();
}

/** translate puts the page into French where the browser asks for it. */
export async function translate() {
  if (!/^fr/i.test(locale)) return;
  french = await fetch("fr.json").then((answer) => answer.json()).catch(() => ({}));
  document.documentElement.lang = "fr";
  for (const node of document.querySelectorAll("[data-t]")) {
    node.textContent = t(node.textContent.replace(/\s+/g, " ").trim());
  }
}

export const $ = (id) => document.getElementById(id);

/** h makes an element. A property that is a function listens; one that is false or undefined is left out. */
export function h(name, properties, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value !== undefined && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== "")); // texts become text, never markup
  return node;
}

export const facts = (pairs) => pairs.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value)));

const notionLink = (id, properties, text) => h("a", {
  href: `https://www.notion.so/${encodeURIComponent(String(id).replaceAll("-", ""))}`, target: "_blank", rel: "noreferrer",
  ...properties,
}, text);

export const pageLink = (id, name) =>
  notionLink(id, { "aria-label": `${t("Open in Notion")}: ${name || id}` }, t("Open in Notion"));

// ids are those of pages and databases in a text, whose every second part they are if it is split at them.
const ids = /\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/;

export function icon(name) {
  const [svg, use] = ["svg", "use"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  use.setAttribute("href", `icons.svg#${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", name);
  svg.append(use);
  return svg;
}

/** setText leaves a node alone that says this already, so that a live region is read out on changes only. */
export function setText(id, text) {
  if ($(id).textContent !== text) $(id).textContent = text;
}

const built = new Map();

/**
 * fill builds a node's children, unless it was built of the same data the last time: what people read, have opened or
 * have the focus on stays as it is.
 */
export function fill(id, data, build) {
  const key = JSON.stringify(data);
  if (built.get(id) === key) return;
  built.set(id, key);
  const focused = $(id).contains(document.activeElement) ? document.activeElement.id : "";
  $(id).replaceChildren(...build());
  if (focused) $(focused)?.focus();
}

/** announce says something to those who do not see the page change. */
export const announce = (text) => setText("announcer", text);

/** said is a sentence of the server's, which are all in English, and below it what to do about it. */
export const said = (text, todo = advice(text)) => [
  h("span", { lang: "en" }, ...text.split(ids).map((part, i, parts) =>
    i % 2 === 0 || parts[i - 1].endsWith("[request ") ? part : notionLink(part, {}, part))),
  todo ? h("span", { class: "todo" }, todo) : "",
];

/**
 * advice is what to do about an error, a failed job's reason or a warning; empty where there is nothing to say. Where
 * something else than a route has answered, there is no text but the status.
 */
export function advice(text, status = 0) {
  const found = [
    [/^Missing CRON_SECRET/, t("Set CRON_SECRET in Vercel, Settings → Environment Variables, then redeploy.")],
    [/^(Missing|Invalid) [A-Z]/, t("Set it in Vercel, Settings → Environment Variables, then redeploy.")],
    [/^Redis unreachable/, t("Check that this Redis is up, and REDIS_URL: rediss://default:<password>@<host>:<port>.")],
    [/^Failed to trigger/, t("Check QSTASH_TOKEN, and QSTASH_URL if your account is in another region than the EU.")],
    [/NOTION_API_KEY/, t("Copy the integration’s token again into NOTION_API_KEY, then redeploy.")],
    [/gave up after.*answer was (?!401|404|3\d\d)/s, t("The worker’s log in Vercel says why. Once that is mended, sync again.")],
    [/gave up after/, t("Look at the message in Upstash’s console: a 401, 404 or 3xx there means that NEXT_PUBLIC_SITE_URL is not this deployment’s final address, or that Deployment Protection is in the way.")],
    [/linked view/, t("A linked view has no rows of its own. Share the original database with the integration, or leave it: the rest of the page is there.")],
    [/could (not )?be listed/, t("In Notion open the database, ••• → Connections → add the integration.")],
    [/pages would go/, t("If that is right, sync all anew.")],
    [/makes no plans/, t("Redeploy the newest version of this project, then try again.")],
  ].find(([pattern]) => pattern.test(text));
  if (found) return found[1];
  if (text === "" && status === 404) return t("This deployment lacks that route: redeploy the newest version of this project.");
  return status >= 500 ? t("The function’s log in Vercel says more.") : "";
}
