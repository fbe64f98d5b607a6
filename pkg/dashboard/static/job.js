// A job as the page shows it: its progress, its troubles, its line among the last ones.

import { $, announce, count, duration, facts, fill, h, locale, moment, pageLink, said, seconds, setText, t } from "./page.js";

const FEW = 7; // jobs that are listed at first
const PHASES = ["discover", "fetch", "prune", "publish"];
const KINDS = ["synced", "skipped", "failed", "removed"];

const phaseNames = () => [t("Listing"), t("Reading"), t("Removing"), t("Publishing")];
const kindNames = () => [t("Written"), t("Unchanged"), t("Failed"), t("Removed")];
const doneOf = ({ progress }) => progress.discovered - progress.pending;
const began = (job) => moment(job.startedAt ?? job.triggeredAt);

export const stateOf = (job) => job.stalled ? "stalled" : job.state;
const stateName = (state) => ({
  queued: t("Waiting"), running: t("Running"), done: t("Done"), failed: t("Failed"), stalled: t("Stalled"),
})[state] ?? state;

// kind says what a sync was asked to do.
function kind(job) {
  if (job.full) return job.force ? t("Full sync, every page anew") : t("Full sync");
  return job.failed && job.pages.length === 0 ? t("Sync of the pages that had failed") : t("Sync of single pages");
}

function headline(job) {
  if (!job) return t("No sync yet");
  switch (stateOf(job)) {
    case "queued": return t("The sync is waiting");
    case "stalled": return t("The sync has stalled");
    case "failed": return t("The sync failed");
    case "running": return {
      discover: t("Listing what Notion has"), fetch: t("Reading pages and writing them"),
      prune: t("Removing what is gone from Notion"), publish: t("Writing the indexes"),
    }[job.phase] ?? t("Running");
    default: return job.progress.failed > 0 ? t("Up to date, but for the failed pages") : t("Your site is up to date");
  }
}

function hint(job) {
  if (!job) return t("Sync now, and your Notion pages arrive at your site.");
  switch (stateOf(job)) {
    case "queued": return Date.now() - Date.parse(job.triggeredAt) < seconds(60) ? t("It begins in a moment.")
      : t("It waits for the sync before it, or for QStash: Upstash’s console shows its message.");
    case "stalled": return t("It should be running but is not. Sync again: it goes on where it was.");
    case "failed": return job.progress.synced + job.progress.removed > 0
      ? t("What it had done by then is on your site; all else is as it was.") : t("Your site keeps what it had.");
    default: return "";
  }
}

const progressText = (job) => job.phase === "discover"
  ? t("{found} pages found so far", { found: count(job.progress.discovered) })
  : t("{done} of {all} pages", { done: count(doneOf(job)), all: count(job.progress.discovered) });

/** tell announces what has changed between two looks: the job, its state and phase, and quarters of the way. */
export function tell(before, job) {
  const heard = (j) => j && JSON.stringify([j.id, stateOf(j), ...(j.state === "running"
    ? [j.phase, Math.floor(4 * doneOf(j) / (j.progress.discovered || 1))] : [])]);
  if (!job || heard(before) === heard(job)) return;
  announce([headline(job), hint(job), job.state === "running" ? progressText(job) : ""].filter(Boolean).join(". "));
}

let pace = { job: "", at: [] }; // when how many pages were done, in the last minute

// rate is how many pages a minute are done: lately, or on average while too little of it was seen.
function rate(job) {
  const now = performance.now();
  if (pace.job !== job.id) pace = { job: job.id, at: [] };
  pace.at = [...pace.at.filter(([time]) => now - time < seconds(60)), [now, doneOf(job)]];
  const [time, done] = pace.at[0];
  const [pages, ms] = now - time > seconds(10) ? [doneOf(job) - done, now - time] : [doneOf(job), job.metrics.durationMs];
  return ms > 0 ? t("{n} / min", { n: count(Math.round(pages * seconds(60) / ms)) }) : "–";
}

function figures(job) {
  const { progress, metrics } = job;
  if (stateOf(job) === "queued") return [];
  if (job.state === "running") {
    return [
      [t("Done so far"), count(doneOf(job))],
      [t("To go"), count(progress.pending)],
      [t("Rate"), rate(job)],
      [t("Time left"), job.etaSeconds == null ? "–" : duration(seconds(job.etaSeconds))],
      [t("Running for"), duration(metrics.durationMs)],
    ];
  }
  return [
    ...kindNames().map((name, i) => [name, count(progress[KINDS[i]])]),
    [t("Took"), duration(metrics.durationMs)],
    [t("Requests"), count(metrics.notionRequests)],
  ];
}

/** renderJob shows one job, or that there is none. */
export function renderJob(job, window) {
  const state = job ? stateOf(job) : "";
  const running = job?.state === "running";
  setText("job-title", headline(job));
  $("state").dataset.state = state;
  setText("state", stateName(state));
  setText("about", job ? `${kind(job)} · ${began(job)}` : "");
  setText("hint", hint(job));
  $("reason").hidden = !job?.error;
  fill("reason", job?.error, () => said(job?.error ?? ""));
  $("live").hidden = !running;
  if (running) renderProgress(job);
  document.title = [running ? $("percent").textContent : "", t("Notion sync")].filter(Boolean).join(" · ");
  const pairs = job ? figures(job) : [];
  fill("facts", pairs, () => facts(pairs));
  renderWindow(window);
}

function renderProgress(job) {
  const { discovered } = job.progress;
  const at = PHASES.indexOf(job.phase);
  fill("phases", at, () => phaseNames().map((name, i) =>
    h("li", { class: i < at && "past", "aria-current": i === at && "step" }, name)));
  const listed = job.phase !== "discover" && discovered > 0; // until then the total still grows
  const percent = Math.floor(100 * doneOf(job) / discovered);
  $("progress").ariaValueNow = listed ? percent : null;
  $("progress").ariaValueText = progressText(job);
  for (const kind of ["synced", "skipped", "failed"]) {
    $("progress").querySelector(`.${kind}`).style.width = `${listed ? 100 * job.progress[kind] / discovered : 0}%`;
  }
  setText("percent", listed ? (percent / 100).toLocaleString(locale, { style: "percent" }) : "");
  setText("progress-text", progressText(job));
}

function renderWindow(window) {
  $("window").hidden = !window;
  if (!window) return;
  setText("window-label", t("{used} of {limit} requests to Notion in {span}", {
    used: count(window.used), limit: count(window.limit), span: duration(seconds(window.seconds)),
  }));
  Object.assign($("window-meter"), { max: window.limit, value: window.used });
}

/** overdue reports whether nobody has come for edits in a minute: the message that was to ask for them is lost. */
export const overdue = (edits) => Date.now() - Date.parse(edits.dueAt) > seconds(60);

/** renderEdits says what Notion's webhook has told of that no sync has taken over yet. */
export function renderEdits(edits) {
  $("edits").hidden = !edits;
  if (!edits) return;
  const n = count(edits.waiting);
  setText("edits", overdue(edits)
    ? t("Edits that wait: {n}, longer than they should. Sync now, and they are asked for again.", { n })
    : t("Edits that wait: {n}. Next sync of them: {time}.", { n, time: new Date(edits.dueAt).toLocaleTimeString(locale) }));
}

/** renderTroubles lists the pages that failed, and the warnings. */
export function renderTroubles(job) {
  const errors = job?.errors ?? [], warnings = job?.warnings ?? [];
  const more = (job?.progress.failed ?? 0) - errors.length;
  $("failures").hidden = errors.length === 0;
  setText("failures-count", count(job?.progress.failed));
  setText("failures-help", [t("Your site keeps what it had of them; the next sync tries them again."),
    more > 0 ? t("{more} more are not shown.", { more: count(more) }) : ""].join(" "));
  fill("failure-list", errors, () => errors.map((e) => h("li", null,
    h("span", { class: "row" }, h("span", { class: "name" }, e.slug || e.pageId), pageLink(e.pageId, e.slug)),
    ...said(e.error))));
  $("warnings").hidden = warnings.length === 0;
  fill("warning-list", warnings, () => warnings.map((text) => h("li", null, ...said(text))));
}

/** renderJobs lists the last jobs, the longest bar being the job with the most pages. */
export function renderJobs(jobs, shown, all, pick) {
  $("history").hidden = jobs.length === 0;
  $("more").hidden = all || jobs.length <= FEW;
  fill("legend", 0, () => kindNames().map((name, i) => h("li", null, h("span", { class: KINDS[i] }), name)));
  const most = Math.max(1, ...jobs.map(({ progress }) => progress.discovered + progress.removed));
  const listed = all ? jobs : jobs.slice(0, FEW);
  fill("jobs", [listed, most, shown], () => listed.map((job) => {
    const bar = h("span", { class: "bar", "aria-hidden": "true" }, ...[...KINDS, "pending"].map((kind) => {
      const part = h("span", { class: kind });
      part.style.width = `${100 * job.progress[kind] / most}%`;
      return part;
    }));
    const counts = kindNames().map((name, i) => job.progress[KINDS[i]] > 0 ? `${name} ${count(job.progress[KINDS[i]])}` : "");
    return h("li", { "aria-current": job.id === shown && "true" },
      h("button", { type: "button", id: `job-${job.id}`, click: () => pick(job.id) }, began(job)),
      h("span", { class: "badge", "data-state": stateOf(job) }, stateName(stateOf(job))),
      bar, h("span", { class: "took" }, duration(job.metrics.durationMs)), h("span", { class: "counts" },
        counts.filter(Boolean).join(" · ") || t("No pages")));
  }));
}

/** focusMore puts the focus on the first of the jobs that "Show all" has brought. */
export const focusMore = () => $("jobs").querySelectorAll("button")[FEW]?.focus();
