// The page: what is chosen, what the stack tells, and what people do about it.

import { ask } from "./editor.js";
import { giveHands, pointOutTwins, scrollTogether } from "./hands.js";
import { showApp, showChoices, toast } from "./panels.js";
import { Week, dayName, read, write, writeDay } from "./week.js";

const find = (id) => document.getElementById(id);
const SIDES = ["outlook", "timify"];
const NAMES = { outlook: "Outlook", timify: "TIMIFY" };
const DAY = 86_400_000;
const PAUSE = 1000; // milliseconds before an address that failed is asked again

const choice = Object.fromEntries(["company", "resource", "mailbox", "calendar", "day"].map((name) =>
  [name, new URLSearchParams(location.search).get(name) ?? ""]));
const weeks = Object.fromEntries(SIDES.map((side) => [side, new Week(find(side).querySelector(".week"), side)]));
let scene = null;
let waiting = null; // ends the look that is under way

const act = {
  async change(side, entry, fields, words) {
    const done = await send("PATCH", `entries/${side}/${encodeURIComponent(entry.id)}`, fields);
    if (done) toast(`${NAMES[side]}: “${entry.title}” ${words}`);
    else act.redraw(side);
  },
  async remove(side, entry) {
    if (await send("DELETE", `entries/${side}/${encodeURIComponent(entry.id)}`)) toast(`${NAMES[side]}: “${entry.title}” deleted`);
  },
  async edit(side, entry) {
    const answer = await ask(side, entry, []);
    if (answer?.action === "delete") return act.remove(side, entry);
    if (answer && Object.keys(answer.fields).length) await act.change(side, entry, answer.fields, "changed");
  },
  async add(side, start, end) {
    const answer = await ask(side, { title: "", start: write(start), end: write(end), marks: [] }, scene?.services ?? []);
    if (answer && (await send("POST", `entries/${side}`, answer.fields))) toast(`${NAMES[side]}: “${answer.fields.title}” added`);
  },
  redraw: (side) => scene && weeks[side].redraw(scene),
  async administer(action, body = {}) {
    return send("POST", `actions/${action}`, body);
  },
};
const hands = SIDES.map((side) => giveHands(weeks[side], act));
scrollTogether(...SIDES.map((side) => weeks[side]));
pointOutTwins(document.querySelector("main"));

const query = (more = {}) => new URLSearchParams({ ...choice, ...more }).toString();

async function send(method, path, body = {}) {
  try {
    const answer = await fetch(`${path}?${query()}`, {
      method, headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
    if (answer.ok) return await answer.json();
    toast(await reason(answer), true);
  } catch {
    toast("The stack does not answer.", true);
  }
  return null;
}

async function reason(answer) {
  const said = await answer.json().catch(() => ({}));
  return said.problem ?? `The stack answered ${answer.status}.`;
}

async function watch() {
  for (;;) {
    if (document.hidden) await new Promise((seen) => document.addEventListener("visibilitychange", seen, { once: true }));
    waiting = new AbortController();
    try {
      const answer = await fetch(`scene?${query({ seen: scene?.tag ?? "" })}`, { signal: waiting.signal });
      if (answer.status === 200) await show(await answer.json());
      if (answer.status >= 400) throw new Error(await reason(answer));
      find("problem").hidden = true;
    } catch (error) {
      if (error.name === "AbortError") continue;
      find("problem").textContent = error instanceof TypeError ? "The stack does not answer: is it still running?" : error.message;
      find("problem").hidden = false;
      await new Promise((later) => setTimeout(later, PAUSE));
    }
  }
}

async function show(next) {
  while (hands.some((each) => each.busy())) await new Promise(requestAnimationFrame);
  scene = next;
  const first = read(scene.monday);
  const month = { day: "numeric", month: "long", year: "numeric" };
  find("range").textContent = `${dayName(first, { day: "numeric", month: "short" })} – ${dayName(first + 6 * DAY, month)}`;
  showChoices(scene, choose);
  for (const side of SIDES) {
    const news = weeks[side].show(scene);
    find(side).dataset.problem = scene[side].problem;
    if (news) pulse(side);
  }
  document.querySelector("main").style.setProperty("--rows", Math.max(...SIDES.map((side) => weeks[side].rows)));
  showApp(scene, act);
}

function pulse(side) {
  const bridge = find("bridge");
  bridge.className = "";
  void bridge.offsetWidth;
  bridge.className = `to-${side}`;
}

function choose(chosen) {
  Object.assign(choice, chosen);
  const kept = Object.entries(choice).filter(([, value]) => value);
  history.replaceState(null, "", `?${new URLSearchParams(kept)}`);
  if (scene) scene.tag = "";
  waiting?.abort();
}

const turn = (days) => scene && choose({ day: writeDay(read(scene.monday) + days * DAY) });
find("earlier").onclick = () => turn(-7);
find("later").onclick = () => turn(7);
find("today").onclick = () => choose({ day: "" });
find("mailbox").onchange = (event) => choose({ mailbox: event.target.value, calendar: "" });
find("calendar").onchange = (event) => choose({ calendar: event.target.value });
for (const button of document.querySelectorAll("button.add")) {
  button.onclick = () => {
    if (!scene) return;
    const today = read(scene.now.slice(0, 10));
    const inWeek = today >= read(scene.monday) && today < read(scene.monday) + 7 * DAY;
    const start = (inWeek ? today : read(scene.monday)) + 12 * 3_600_000;
    act.add(button.dataset.side, start, start + 3_600_000);
  };
}
watch();
