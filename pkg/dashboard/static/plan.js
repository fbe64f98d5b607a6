// What a sync would do, and whether everything is set up right.

import { count, duration, facts, h, icon, pageLink, said, seconds, t } from "./page.js";

const LONG = 100; // pages of one kind that are listed
const OPEN = 10; // lists up to this length are open at first

/** planned shows a plan: in one sentence, and in elements. */
export function planned({ plan, warnings = [] }) {
  const lists = [[t("New"), plan.add, plan.counts?.add], [t("Changed"), plan.update, plan.counts?.update],
    [t("Removed"), plan.remove, plan.counts?.remove]].map(([name, pages, n]) => [name, pages, n ?? pages.length]);
  const nothing = lists.every(([, pages]) => pages.length === 0);
  const forecast = t("A sync would take {requests} requests to Notion and about {time}.", {
    requests: count(plan.notionRequests), time: duration(seconds(plan.estimatedSeconds)),
  });
  let verdict = nothing ? t("Nothing to do: your site is up to date.") : forecast;
  if (plan.complete === false) verdict = t("This is not all: not everything could be listed.");
  return [verdict, [
    h("p", null, verdict),
    h("dl", { class: "facts" }, ...facts([
      ...lists.map(([name, , n]) => [name, count(n)]),
      [t("Unchanged"), count(plan.unchanged)], [t("Drafts"), count(plan.drafts)],
    ])),
    ...lists.filter(([, pages]) => pages.length > 0).map(([name, pages, n]) => pagesOf(name, pages, n)),
    ...(plan.conflicts ?? []).map(({ slug, pages }) => h("p", { class: "note bad" },
      t("The slug {slug} is wanted by several pages, of which one gets it. Give the others another.", { slug }),
      ...pages.flatMap((id) => [" ", pageLink(id)]))),
    ...warnings.map((text) => h("p", null, ...said(text))),
  ]];
}

function pagesOf(name, pages, n) {
  const rows = pages.slice(0, LONG).map((page) => h("li", { class: "row" },
    h("span", { class: "name" }, page.title || page.slug), h("code", null, `/${page.slug}`), pageLink(page.notionId)));
  if (n > rows.length) rows.push(h("li", null, t("{more} more are not shown.", { more: count(n - rows.length) })));
  return h("details", { open: pages.length <= OPEN && "" },
    h("summary", null, `${name} (${count(n)})`), h("ul", null, ...rows));
}

/**
 * checked shows checks, those first that failed, then those with something to recommend: in one sentence, and in elements.
 * The server says them in the reader's language.
 */
export function checked({ checks }) {
  const of = (wanted) => checks.filter((check) => kind(check) === wanted);
  const [bad, open, advised, good] = ["bad", "open", "advised", "good"].map(of);
  const works = checks.every((check) => check.ok);
  const verdict = works ? t("Everything works.") : t("To be mended: {n}", { n: count(bad.length) });
  return [verdict, [
    h("p", { class: works ? "good" : "bad" }, verdict),
    works ? "" : h("ul", { class: "list" }, ...[...bad, ...open].map(line)),
    advised.length > 0 ? h("h3", null, t("Recommended: {n}", { n: count(advised.length) })) : "",
    advised.length > 0 ? h("ul", { class: "list" }, ...advised.map(line)) : "",
    good.length > 0 ? h("details", { open: good.length <= OPEN && "" },
      h("summary", null, t("{n} passed", { n: count(good.length) })), h("ul", { class: "list" }, ...good.map(line))) : "",
  ].filter(Boolean)];
}

/** kind is the list that a check stands in. */
const kind = (check) => check.ok ? check.recommended ? "advised" : "good" : check.unchecked ? "open" : "bad";

function line(check) {
  const state = { bad: t("Wrong:"), open: t("Not checked:"), advised: t("Recommended:"), good: t("Right:") }[kind(check)];
  const todo = check.fix || check.recommended;
  return h("li", { class: "check" },
    icon({ advised: "open" }[kind(check)] ?? kind(check)),
    h("span", { class: "name" }, h("span", { class: "unseen" }, state), " ", h("span", { lang: "en" }, check.name)),
    h("span", null, check.message ?? ""),
    todo ? h("strong", null, todo) : "");
}
