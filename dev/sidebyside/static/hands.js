// What hands do to a week: move, lengthen, add, retitle and delete, with mouse, finger or keyboard.

import { clock, dayName, place, read, write } from "./week.js";

const THRESHOLD = 4; // pixels before a press becomes a drag
const COARSE = 15; // minutes; with Alt the fine grid
const FINE = 5;
const LENGTH = 60;
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const minutesOf = (entry) => (read(entry.end) - read(entry.start)) / MINUTE;

// `act` has: change(side, entry, fields, words), remove(side, entry), edit(side, entry), add(side, start, end), redraw(side)
export function giveHands(week, act) {
  let drag = null;
  const layer = week.layer;
  const snap = (minute, event) => Math.round(minute / grid(event)) * grid(event);
  const grid = (event) => (event.altKey ? FINE : COARSE);

  layer.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const element = event.target.closest(".entry");
    if (element) return takeEntry(event, element);
    if (event.pointerType === "mouse") takeSlot(event);
  });

  function takeEntry(event, element) {
    const entry = week.entryOf(element);
    if (!entry) return;
    element.focus({ preventScroll: true });
    const grip = week.minuteAt(event);
    const kind = event.target.closest(".edge") ? "lengthen" : "move";
    drag = { kind, entry, element, grip, x: event.clientX, y: event.clientY, going: false };
    // A mouse is captured once it drags: captured before, Chromium would send its clicks to the layer.
    if (event.pointerType !== "mouse" && kind === "lengthen") layer.setPointerCapture(event.pointerId);
    if (event.pointerType !== "mouse") drag.touch = true;
  }

  function takeSlot(event) {
    const { day, minute } = week.minuteAt(event);
    const from = Math.floor(minute / COARSE) * COARSE;
    const element = document.createElement("div");
    element.className = "ghost";
    layer.append(element);
    drag = { kind: "add", day, from, to: from + LENGTH, element, x: event.clientX, y: event.clientY, going: false };
    place(element, day, 1, from, LENGTH);
    layer.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  layer.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (!drag.going && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < THRESHOLD) return;
    if (drag.touch && drag.kind === "move") return void (drag = null); // a finger scrolls
    if (!drag.going && drag.entry) {
      drag.element.classList.add("dragged");
      if (!drag.touch) layer.setPointerCapture(event.pointerId);
    }
    drag.going = true;
    follow(event);
  });

  function follow(event) {
    const at = week.minuteAt(event);
    if (drag.kind === "add") {
      drag.to = Math.max(drag.from + COARSE, snap(at.minute, event));
      return place(drag.element, drag.day, 1, drag.from, drag.to - drag.from);
    }
    const { entry } = drag;
    let [start, end] = [read(entry.start), read(entry.end)];
    if (drag.kind === "move") {
      const first = (start - week.monday) % DAY / MINUTE;
      const shift = snap(first + at.minute - drag.grip.minute, event) - first;
      start += (at.day - drag.grip.day) * DAY + shift * MINUTE;
      end = start + minutesOf(entry) * MINUTE;
    } else {
      const day = Math.floor((end - 1 - week.monday) / DAY);
      end = Math.max(week.at(day, snap(at.minute, event)), start + grid(event) * MINUTE);
    }
    drag.start = write(start);
    drag.end = write(end);
    place(drag.element, Math.floor((start - week.monday) / DAY), 1, (start % DAY) / MINUTE, (end - start) / MINUTE);
    const time = drag.element.querySelector("time");
    if (time) time.textContent = `${clock(start)}–${clock(end)}`;
  }

  layer.addEventListener("pointerup", () => {
    const done = drag;
    drag = null;
    if (!done) return;
    if (done.kind === "add") {
      done.element.remove();
      return act.add(week.side, week.at(done.day, done.from), week.at(done.day, done.to));
    }
    done.element.classList.remove("dragged");
    if (done.start && (done.start !== done.entry.start || done.end !== done.entry.end)) {
      act.change(week.side, done.entry, { start: done.start, end: done.end }, done.kind === "move" ? "moved" : "lengthened");
    } else if (done.going) act.redraw(week.side);
  });
  layer.addEventListener("pointercancel", () => {
    const lost = drag;
    drag = null;
    if (lost?.kind === "add") lost.element.remove();
    else if (lost) act.redraw(week.side);
  });
  layer.addEventListener("click", (event) => {
    // Fingers tap a free slot; mice have had their turn.
    if (event.pointerType === "mouse" || event.target.closest(".entry")) return;
    const { day, minute } = week.minuteAt(event);
    const from = Math.floor(minute / 30) * 30;
    act.add(week.side, week.at(day, from), week.at(day, from + LENGTH));
  });

  week.root.addEventListener("dblclick", (event) => {
    const entry = week.entryOf(event.target);
    if (entry) act.edit(week.side, entry);
  });
  week.root.addEventListener("keydown", (event) => {
    const entry = event.target.closest?.(".entry") && week.entryOf(event.target);
    if (entry && press(event, entry)) event.preventDefault();
  });

  function press(event, entry) {
    if (event.key === "Enter" || event.key === "F2") return act.edit(week.side, entry) ?? true;
    if (event.key === "Delete" || event.key === "Backspace") return act.remove(week.side, entry) ?? true;
    const [days, minutes] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -FINE], ArrowDown: [0, FINE] }[event.key] ?? [];
    if (!event.altKey || days === undefined || entry.all_day) return false;
    const by = days * DAY + minutes * MINUTE;
    const start = read(entry.start) + (event.shiftKey ? 0 : by);
    const end = read(entry.end) + by;
    if (end <= start) return true;
    const words = event.shiftKey ? `until ${clock(end)}` : `to ${dayName(start)}, ${clock(start)}`;
    return act.change(week.side, entry, { start: write(start), end: write(end) }, words) ?? true;
  }

  return { busy: () => drag !== null };
}

export function scrollTogether(one, other) {
  const follow = (from, to) => from.scroll.addEventListener("scroll", () => {
    if (Math.abs(to.scroll.scrollTop - from.scroll.scrollTop) > 1) to.scroll.scrollTop = from.scroll.scrollTop;
  }, { passive: true });
  follow(one, other);
  follow(other, one);
}

// The same thing on the other side lights up.
export function pointOutTwins(root) {
  const mark = (event, on) => {
    const pair = event.target.closest?.(".entry")?.dataset.pair;
    if (!pair) return;
    for (const each of root.querySelectorAll(".entry")) each.classList.toggle("twin", on && each.dataset.pair === pair);
  };
  for (const name of ["pointerover", "focusin"]) root.addEventListener(name, (event) => mark(event, true));
  for (const name of ["pointerout", "focusout"]) root.addEventListener(name, (event) => mark(event, false));
}

