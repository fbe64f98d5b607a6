// The page that shows syncs as they run. It knows the secret only in sessionStorage, which ends with the tab, and sends
// it in a header, never in a URL.
//
// Every look at the status costs a function call and commands to Redis. So it looks often while a sync is young, less
// the longer it takes, and seldom while nothing runs, the tab is hidden, or answers fail.

import { focusMore, overdue, renderEdits, renderJob, renderJobs, renderTroubles, tell } from "./job.js";
import { $, advice, announce, fill, locale, said, seconds, setText, t, translate } from "./page.js";
import { checked, planned } from "./plan.js";

const KEY = "sync-secret";

let timer = 0;
let session = 0; // grows when the secret changes: answers to older requests are dropped
let failures = 0; // looks in a row that failed
let started = ""; // the id of the job that a button has started, until it runs
let picked = ""; // the id of the job that is shown; empty: the running or newest one
let all = false; // all jobs are listed
let last = { job: null, jobs: [] }; // the last status

class Problem extends Error {
  constructor(what, todo, status = 0, wait = 0) {
    super(what);
    Object.assign(this, { todo, status, wait });
  }
}

// call asks one of the routes. It throws a Problem.
async function call(path, { patience = 20, ...options } = {}) {
  let response;
  try {
    response = await fetch(path, {
      ...options,
      headers: { ...options.headers, Authorization: `Bearer ${sessionStorage.getItem(KEY)}` },
      cache: "no-store",
      signal: AbortSignal.timeout(seconds(patience)),
    });
  } catch {
    throw new Problem(t("The site can’t be reached."), t("Check your connection; this page goes on trying."));
  }
  const { status } = response;
  const answer = await response.json().catch(() => null);
  if (answer?.ok || answer?.checks) return answer;
  const wait = Number(response.headers.get("Retry-After")) || 0;
  if (typeof answer?.error === "string") {
    const what = answer.details ? `${answer.error}: ${answer.details}` : answer.error;
    throw new Problem(what, advice(what, status), status, wait);
  }
  const what = t("Something else than this project answered, with {status}.", { status });
  if (status !== 401) throw new Problem(what, advice("", status), status, wait);
  throw new Problem(what, t("It is Vercel’s Deployment Protection: sign in to Vercel, or use the production address."));
}

function showAlert(problem) {
  $("alert").hidden = !problem;
  fill("alert", problem && [problem.message, problem.todo], () => problem ? said(problem.message, problem.todo) : []);
}

// --- The secret

const refused = () => new Problem(t("That is not the secret."),
  t("It is the value of CRON_SECRET: see Vercel, Settings → Environment Variables. A new value needs a new deployment."));

function signOut(problem) {
  clearTimeout(timer);
  session += 1;
  [failures, picked] = [0, ""];
  sessionStorage.removeItem(KEY);
  for (const id of ["panel", "forget", "plan", "checks", "outcome"]) $(id).hidden = true;
  $("sign-in").hidden = false;
  setText("seen", "");
  showAlert(problem);
  $("secret").setAttribute("aria-invalid", problem !== undefined);
  $("secret").focus();
}

function signIn(event) {
  event.preventDefault();
  const secret = $("secret").value.trim();
  $("secret").value = "";
  if (!/^[ -~]+$/.test(secret)) return signOut(refused()); // no header could carry it
  session += 1;
  sessionStorage.setItem(KEY, secret);
  look();
}

// --- Looking

// pause is for how many seconds not to look; wait is for how many the site has asked for.
function pause(wait) {
  let pause = 20;
  if (failures > 0) {
    pause = Math.max(wait, Math.min(4 * 2 ** failures, 300));
  } else if (last.jobs.some((job) => ["queued", "running"].includes(job.state) && !job.stalled)) {
    const running = last.jobs.find((job) => job.state === "running");
    pause = Math.min(Math.max((running?.metrics.durationMs ?? 0) / seconds(30), 1.5), 10);
  } else if (last.edits && !overdue(last.edits)) {
    pause = Math.min(Math.max((Date.parse(last.edits.dueAt) - Date.now()) / seconds(1), 2), pause);
  }
  return document.hidden ? Math.max(pause, 60) : pause;
}

async function look() {
  clearTimeout(timer);
  const mine = session;
  let wait = 0;
  try {
    const status = await call(`/api/sync/status${picked && `?job=${encodeURIComponent(picked)}`}`);
    if (mine !== session) return;
    failures = 0;
    showAlert();
    render(status);
  } catch (error) {
    if (mine !== session) return;
    if (error.status === 401) return signOut(refused());
    if (error.status === 404) picked = "";
    failures += 1;
    wait = error.wait;
    $("sign-in").hidden = true;
    $("forget").hidden = false;
    showAlert(error);
  }
  clearTimeout(timer);
  timer = setTimeout(look, seconds(pause(wait)));
}

function render(status) {
  const first = $("panel").hidden;
  if (!first) tell(last.job, status.job);
  last = status;
  renderJob(status.job, status.window);
  renderEdits(status.edits);
  renderTroubles(status.job);
  renderJobs(status.jobs, status.job?.id, all, pick);
  if (status.jobs.some(({ id, state }) => id === started && state !== "queued")) {
    [$("outcome").hidden, started] = [true, ""];
  }
  $("latest").hidden = picked === "";
  setText("seen", t("As of {time}", { time: new Date().toLocaleTimeString(locale) }));
  if (!first) return;
  $("sign-in").hidden = true;
  for (const id of ["panel", "forget"]) $(id).hidden = false;
  $("job-title").focus();
}

function pick(id) {
  picked = id;
  $("job-title").focus();
  return look();
}

// --- What the buttons do

// busy runs an action unless it is running already. Unlike disabled, aria-disabled leaves the focus where it is.
async function busy(id, action) {
  if ($(id).getAttribute("aria-disabled") === "true") return;
  $(id).setAttribute("aria-disabled", "true");
  const mine = session;
  try {
    await action(() => mine === session);
  } catch (error) {
    if (mine !== session) return;
    if (error.status === 401) signOut(refused());
    else showOutcome("note bad", error.message, error.todo);
  } finally {
    $(id).removeAttribute("aria-disabled");
  }
}

function showOutcome(look, text, todo = "") {
  $("outcome").hidden = false;
  $("outcome").className = look;
  $("outcome").replaceChildren(...said(text, todo));
  announce(`${text} ${todo}`);
}

const start = (id, parameters) => busy(id, async (current) => {
  const answer = await call("/api/sync/trigger", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(parameters),
  });
  if (!current()) return;
  showOutcome("good", answer.deduplicated ? t("It joins the sync that waits already.") : t("The sync is on its way."));
  [started, picked] = [answer.jobId, ""];
  await look();
});

// open shows what a slow route answers in a section of its own.
const open = (id, path, show) => busy(`${id}-button`, async (current) => {
  announce(t("One moment…"));
  const answer = await call(path, { patience: 70 });
  if (!current()) return;
  const [verdict, nodes] = show(answer);
  $("outcome").hidden = true;
  $(id).hidden = false;
  $(`${id}-body`).replaceChildren(...nodes);
  $(`${id}-title`).focus();
  announce(verdict);
});

function close(id) {
  $(id).hidden = true;
  $(`${id}-button`).focus();
}

for (const [id, event, action] of [
  ["sign-in", "submit", signIn],
  ["forget", "click", () => signOut()],
  ["latest", "click", () => pick("")],
  ["sync", "click", () => start("sync", {})],
  ["retry", "click", () => start("retry", { failed: true })],
  ["force", "click", () => {
    $("sure").returnValue = ""; // Escape leaves the last one
    $("sure").showModal();
  }],
  ["sure", "close", () => $("sure").returnValue === "yes" && start("force", { force: true })],
  ["plan-button", "click", () => open("plan", "/api/sync?plan=1", planned)],
  ["plan-close", "click", () => close("plan")],
  ["checks-button", "click", () => open("checks", "/api/sync/check", checked)],
  ["checks-close", "click", () => close("checks")],
  ["more", "click", () => {
    all = true;
    render(last);
    focusMore();
  }],
]) $(id).addEventListener(event, action);

document.addEventListener("visibilitychange", () => {
  if (sessionStorage.getItem(KEY) !== null && !document.hidden) look();
});

setText("host", location.host);
await translate();
if (sessionStorage.getItem(KEY) === null) signOut();
else look();
