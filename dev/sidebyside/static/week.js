// One side's week: columns, working times, now-line and entries. Only what changed is touched, so that things move.

export const HOUR = 44; // pixels
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const ARRIVAL = 1600;

// Times are the calendar's wall clock, so they are counted as if they were UTC: no zone of the browser plays in.
export const read = (text) => Date.parse(text.length > 10 ? `${text}Z` : text);
export const write = (at) => new Date(at).toISOString().slice(0, 16);
export const writeDay = (at) => new Date(at).toISOString().slice(0, 10);
export const clock = (at) => write(at).slice(11);
export const dayName = (at, style = { weekday: "short", day: "numeric" }) =>
  new Intl.DateTimeFormat("en-GB", { ...style, timeZone: "UTC" }).format(at);

export class Week {
  constructor(root, side) {
    this.root = root;
    this.side = side;
    this.entries = new Map();
    this.shown = new Map(); // key of a part -> {element, face}
    this.frame = "";
    root.innerHTML = `<div class="days"></div><div class="whole" role="list" aria-label="Whole days"></div>
      <div class="scroll" tabindex="-1"><div class="hours"></div><div class="layer" role="list"><i class="now" hidden></i></div></div>`;
    [this.days, this.whole, this.scroll] = root.children;
    this.layer = this.scroll.querySelector(".layer");
    this.nowLine = this.layer.querySelector(".now");
    this.scroll.querySelector(".hours").innerHTML = Array.from({ length: 24 }, (_, h) =>
      `<span style="top:${h * HOUR}px">${String(h).padStart(2, "0")}</span>`).join("");
    this.scroll.scrollTop = 7.25 * HOUR;
  }

  show(scene) {
    const fresh = this._drawFrame(scene);
    const entries = scene[this.side].entries;
    const conflicts = new Set(scene.app.conflicts?.flatMap((c) => [c.item, c.in_the_way?.item]));
    this.entries = new Map(entries.map((entry) => [entry.id, entry]));
    const parts = [...this._timed(entries), ...this._wholeDays(entries)];
    const keys = new Set(parts.map((part) => part.key));
    let news = 0;
    for (const [key, known] of this.shown) if (!keys.has(key)) this._remove(key, known, fresh);
    for (const part of parts) {
      part.conflict = conflicts.has(part.entry.pair);
      news += this._put(part, fresh) ? 1 : 0;
    }
    this._drawNow(scene.now);
    this.rows = Math.max(1, ...parts.map((part) => (part.whole ? part.whole[2] + 1 : 0)));
    return fresh ? 0 : news;
  }

  // A drag that was let go or refused: everything back to what the calendar says.
  redraw(scene) {
    for (const known of this.shown.values()) known.face = "";
    this.show(scene);
  }

  entryOf(element) {
    return this.entries.get(element.closest(".entry")?.dataset.id);
  }

  // What is under the pointer: minutes since Monday 00:00.
  minuteAt(event) {
    const box = this.layer.getBoundingClientRect();
    const day = Math.min(6, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * 7)));
    const minute = ((event.clientY - box.top) / HOUR) * 60;
    return { day, minute: Math.min(1440, Math.max(0, minute)) };
  }

  at(day, minute) {
    return this.monday + day * DAY + minute * MINUTE;
  }

  _drawFrame(scene) {
    const frame = JSON.stringify([scene.monday, scene.working, scene.resource, scene.mailbox, scene.calendar, scene.now.slice(0, 10)]);
    if (frame === this.frame) return false;
    this.frame = frame;
    this.monday = read(scene.monday);
    const today = scene.now.slice(0, 10);
    const days = Array.from({ length: 7 }, (_, number) => this.monday + number * DAY);
    this.days.innerHTML = days.map((at) =>
      `<span${writeDay(at) === today ? ' class="today" aria-current="date"' : ""}>${dayName(at)}</span>`).join("");
    for (const old of this.layer.querySelectorAll(".open")) old.remove();
    scene.working.forEach((times, day) => times.forEach(([from, to]) => {
      const open = document.createElement("div");
      open.className = "open";
      const [top, end] = [from, to].map((text) => (+text.slice(0, 2) + +text.slice(3) / 60) * HOUR);
      open.style.cssText = `left:${(day / 7) * 100}%;top:${top}px;height:${end - top}px`;
      this.layer.prepend(open);
    }));
    return true;
  }

  _drawNow(now) {
    const past = read(now) - this.monday;
    this.nowLine.hidden = past < 0 || past >= 7 * DAY;
    this.nowLine.style.cssText = `left:${(Math.floor(past / DAY) / 7) * 100}%;top:${((past % DAY) / MINUTE / 60) * HOUR}px`;
  }

  // An entry that goes past midnight has a part on each of its days.
  _timed(entries) {
    const parts = [];
    for (const entry of entries.filter((each) => !each.all_day)) {
      const [start, end] = [read(entry.start), read(entry.end)];
      for (let day = 0; day < 7; day++) {
        const from = Math.max(start, this.monday + day * DAY);
        const to = Math.min(Math.max(end, start + MINUTE), this.monday + (day + 1) * DAY);
        if (from < to) parts.push({ key: `${entry.id}#${from === start ? "" : day}`, entry, day, from, to, last: to >= end });
      }
    }
    return abreast(parts);
  }

  _wholeDays(entries) {
    const rows = [];
    return entries.filter((each) => each.all_day).map((entry) => {
      const first = Math.max(0, (read(entry.start) - this.monday) / DAY);
      const end = Math.min(7, Math.max(first + 1, (read(entry.end) - this.monday) / DAY));
      let row = rows.findIndex((until) => until <= first);
      if (row < 0) row = rows.length;
      rows[row] = end;
      return { key: `${entry.id}#whole`, entry, whole: [first, end, row] };
    });
  }

  _put(part, fresh) {
    const face = JSON.stringify([part.entry, part.day, part.from, part.to, part.column, part.columns, part.whole, part.conflict]);
    let known = this.shown.get(part.key);
    if (known?.face === face) return false;
    const isNew = !known;
    if (isNew) {
      known = { element: document.createElement("div"), at: "" };
      this.shown.set(part.key, known);
    }
    const where = part.entry.start + part.entry.end;
    const moved = known.at !== where;
    Object.assign(known, { face, at: where });
    draw(known.element, part, this.side);
    if (isNew) (part.whole ? this.whole : this.layer).append(known.element);
    if (!fresh && moved) flash(known.element, isNew ? "arrive" : "moved");
    return moved;
  }

  _remove(key, known, fresh) {
    this.shown.delete(key);
    if (fresh) return known.element.remove();
    known.element.classList.add("leave");
    known.element.removeAttribute("data-id");
    setTimeout(() => known.element.remove(), 350);
  }
}

function flash(element, name) {
  element.classList.remove(name);
  void element.offsetWidth; // the animation begins anew
  element.classList.add(name);
  setTimeout(() => element.classList.remove(name), ARRIVAL);
}

// Parts that overlap stand next to each other: each gets a column, and all of a cluster share the width.
function abreast(parts) {
  parts.sort((one, other) => one.from - other.from || other.to - one.to);
  let cluster = [];
  let until = -Infinity;
  const close = () => cluster.forEach((part) => (part.columns = Math.max(...cluster.map((each) => each.column)) + 1));
  for (const part of parts) {
    if (part.from >= until) {
      close();
      cluster = [];
      until = -Infinity;
    }
    const taken = new Set(cluster.filter((each) => each.to > part.from).map((each) => each.column));
    part.column = [...Array(cluster.length + 1).keys()].find((column) => !taken.has(column));
    cluster.push(part);
    until = Math.max(until, part.to);
  }
  close();
  return parts;
}

const icon = (name) => `<svg class="icon" aria-hidden="true"><use href="#${name}"/></svg>`;
const ICONS = { recurring: "repeat", "connected series": "repeat", series: "repeat", group: "people", "with guests": "people", split: "split" };
const STATES = { tentative: "tentative", free: "free", oof: "out of office", workingElsewhere: "working elsewhere" };

function draw(element, part, side) {
  const { entry } = part;
  const origin = entry.copy === (side === "outlook") ? "timify" : "outlook";
  const times = entry.all_day ? "all day" : `${clock(read(entry.start))}–${clock(read(entry.end))}`;
  const words = [STATES[entry.show_as], entry.private && "private", entry.copy && "copy", part.conflict && "in conflict", ...entry.marks].filter(Boolean);
  element.className = `entry from-${origin} ${entry.show_as} ${["arrive", "moved"].filter((name) => element.classList.contains(name)).join(" ")}`;
  for (const [name, holds] of Object.entries({ copy: entry.copy, private: entry.private, conflict: part.conflict, declined: entry.marks.includes("declined") }))
    element.classList.toggle(name, Boolean(holds));
  Object.assign(element.dataset, { id: entry.id, pair: entry.pair, title: entry.title });
  element.tabIndex = 0;
  element.setAttribute("role", "listitem");
  element.setAttribute("aria-label", [entry.title || "(no title)", times, entry.note, ...words].filter(Boolean).join(", "));
  element.title = [entry.title, entry.note, times, words.join(", ")].filter(Boolean).join("\n");
  const icons = [part.conflict && "alert", entry.private && "lock", ...entry.marks.map((mark) => ICONS[mark])].filter(Boolean);
  const content = document.createElement("span");
  content.innerHTML = [...new Set(icons)].map(icon).join("") + "<b></b><time></time><em></em>";
  content.querySelector("b").textContent = entry.title || "(no title)";
  content.querySelector("time").textContent = entry.all_day ? "" : times;
  content.querySelector("em").textContent = entry.note;
  element.replaceChildren(content);
  if (part.whole) {
    const [first, end, row] = part.whole;
    element.style.cssText = `grid-column:${first + 1}/${end + 1};grid-row:${row + 1}`;
    return;
  }
  const minutes = (part.to - part.from) / MINUTE;
  place(element, part.day + part.column / part.columns, 1 / part.columns, part.from % DAY / MINUTE, minutes);
  element.classList.toggle("short", minutes < 40);
  if (part.last) element.insertAdjacentHTML("beforeend", '<i class="edge"></i>');
}

// `day` and `width` in days, the rest in minutes.
export function place(element, day, width, minute, minutes) {
  element.style.left = `calc(${(day / 7) * 100}% + 1px)`;
  element.style.width = `calc(${(width / 7) * 100}% - 3px)`;
  element.style.top = `${(minute / 60) * HOUR}px`;
  element.style.height = `${Math.max((minutes / 60) * HOUR - 1, 13)}px`;
}
