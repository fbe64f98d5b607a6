"use strict";

// The page that shows a sync as it runs. It knows the secret only in sessionStorage, which ends with the tab, and
// sends it in a header, never in a URL. All texts from the server are put in as text.

const KEY = "sync-secret";
const BUSY_MS = 2000; // between two looks at a job that runs or waits
const IDLE_MS = 15000; // and at one that has ended
const TIMEOUT_MS = 20000;

const PHASES = {
  discover: "Listing what Notion has.",
  fetch: "Reading pages and writing them.",
  prune: "Removing what is gone from Notion.",
  publish: "Writing the indexes.",
};

const $ = (id) => document.getElementById(id);
let timer = 0;
let session = 0; // grows when the secret changes: answers to older requests are dropped

const active = (job) => job !== null && (job.state === "queued" || job.state === "running");
const number = (n) => Number(n ?? 0).toLocaleString();
const time = (t) => (t ? new Date(t).toLocaleString(undefined, { dateStyle: "short", timeStyle: "medium" }) : "–");

function duration(seconds) {
  const s = Math.round(seconds);
  if (s < 90) return `${s} s`;
  return s < 5400 ? `${Math.round(s / 60)} min` : `${(s / 3600).toFixed(1)} h`;
}

// setText leaves a node alone that says this already, so that a live region is read out on changes only.
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function element(name, text, attributes = {}) {
  const node = document.createElement(name);
  node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function showAlert(text) {
  $("alert").hidden = text === "";
  setText($("alert"), text);
}

// call asks one of the routes. It throws an Error with a text for people, and with the status if there is one.
async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, {
      ...options,
      headers: { ...options.headers, Authorization: `Bearer ${sessionStorage.getItem(KEY)}` },
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new Error("The site can’t be reached. Trying again.");
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  const said = answer?.error ?? `The site answered ${response.status} without saying why`;
  const error = new Error(answer?.details ? `${said}: ${answer.details}` : `${said}.`);
  error.status = response.status;
  throw error;
}

function signOut(reason) {
  clearTimeout(timer);
  session += 1;
  sessionStorage.removeItem(KEY);
  $("panel").hidden = true;
  $("forget").hidden = true;
  $("sign-in").hidden = false;
  setText($("outcome"), "");
  showAlert(reason);
  $("secret").focus();
}

// failed shows an error; a secret that was refused is forgotten.
function failed(error) {
  if (error.status === 401) signOut("That is not the secret.");
  else showAlert(error.message);
}

async function refresh() {
  clearTimeout(timer);
  const mine = session;
  let wait = IDLE_MS;
  try {
    const status = await call("/api/sync/status");
    if (mine !== session) return;
    showAlert("");
    render(status);
    if (active(status.job)) wait = BUSY_MS;
  } catch (error) {
    if (mine !== session) return;
    failed(error);
    if (mine !== session) return;
  }
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(refresh, wait);
}

function render({ job, jobs = [] }) {
  if ($("panel").hidden) {
    $("sign-in").hidden = true;
    $("panel").hidden = false;
    $("forget").hidden = false;
    $("job-title").focus();
  }
  const state = job?.stalled ? "stalled" : job?.state ?? "";
  $("state").dataset.state = state;
  setText($("state"), state);
  setText($("summary"), summary(job));
  renderProgress(job);
  renderFacts(job);
  renderTroubles(job);
  renderHistory(jobs);
}

function summary(job) {
  if (job === null) return "No sync has run yet.";
  if (job.stalled) return "This sync should be running but is not. Start another to wake it.";
  switch (job.state) {
    case "queued": return "Waiting for its turn.";
    case "running": return PHASES[job.phase] ?? "Running.";
    case "failed": return `Failed: ${job.error ?? "no reason given"}`;
    case "done": return job.progress.failed > 0 ? "Done, but some pages failed." : "Done.";
    default: return job.state;
  }
}

function renderProgress(job) {
  const running = job?.state === "running";
  $("progress-area").hidden = !running;
  if (!running) return;
  const { discovered = 0, pending = 0 } = job.progress;
  const listed = job.phase !== "discover" && discovered > 0; // until then the total still grows
  if (listed) $("progress").value = (discovered - pending) / discovered;
  else $("progress").removeAttribute("value");
  const left = job.etaSeconds == null ? "" : `, about ${duration(job.etaSeconds)} left`;
  setText($("progress-label"), listed
    ? `${number(discovered - pending)} of ${number(discovered)} pages${left}`
    : `${number(discovered)} pages found so far${left}`);
}

function renderFacts(job) {
  const facts = job === null ? [] : [
    ["Written", number(job.progress.synced)],
    ["Unchanged", number(job.progress.skipped)],
    ["Failed", number(job.progress.failed)],
    ["Removed", number(job.progress.removed)],
    ["Slices", number(job.slices)],
    ["Requests", number(job.metrics?.notionRequests)],
    ["Took", job.metrics ? duration(job.metrics.durationMs / 1000) : "–"],
  ];
  $("facts").replaceChildren(...facts.map(([name, value]) => {
    const pair = document.createElement("div");
    pair.append(element("dt", name), element("dd", value));
    return pair;
  }));
}

function renderTroubles(job) {
  const lines = [
    ...(job?.errors ?? []).map((e) => `${e.slug || e.pageId}: ${e.error}`),
    ...(job?.warnings ?? []),
  ];
  $("troubles").hidden = lines.length === 0;
  $("trouble-list").replaceChildren(...lines.map((line) => element("li", line)));
}

function renderHistory(jobs) {
  $("history").hidden = jobs.length === 0;
  $("jobs").replaceChildren(...jobs.map((job) => {
    const row = element("tr", "", { title: job.id });
    const counts = ["synced", "skipped", "failed", "removed"].map((name) => number(job.progress[name]));
    row.append(
      element("td", time(job.startedAt ?? job.triggeredAt)),
      element("td", job.force ? `${job.state}, forced` : job.state, { "data-state": job.state }),
      ...counts.map((count) => element("td", count, { class: "number" })),
    );
    return row;
  }));
}

async function start(event) {
  event.preventDefault();
  const button = $("start");
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true"); // unlike disabled, this leaves the focus where it is
  const mine = session;
  try {
    const answer = await call("/api/sync/trigger", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ force: $("force").checked }),
    });
    if (mine !== session) return;
    $("force").checked = false;
    setText($("outcome"), answer.deduplicated
      ? `Joined the sync that was waiting already (${answer.jobId}).`
      : `Started (${answer.jobId}).`);
    $("outcome").classList.remove("bad");
    await refresh();
  } catch (error) {
    if (mine !== session) return;
    if (error.status === 401) return failed(error);
    setText($("outcome"), error.message);
    $("outcome").classList.add("bad");
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

$("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const secret = $("secret").value.trim();
  $("secret").value = "";
  if (!/^[ -~]+$/.test(secret)) return signOut("That is not the secret."); // no header could carry it
  session += 1;
  sessionStorage.setItem(KEY, secret);
  refresh();
});
$("sync").addEventListener("submit", start);
$("forget").addEventListener("click", () => signOut(""));
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && sessionStorage.getItem(KEY) !== null) refresh();
});

if (sessionStorage.getItem(KEY) === null) $("sign-in").hidden = false;
else refresh();
