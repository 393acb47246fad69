// The small form behind "add" and "retitle": exact to the minute, and usable without a mouse.

import { read, write, writeDay } from "./week.js";

const DAY = 86_400_000;
const NAMES = { outlook: "Outlook event", timify: "TIMIFY booking" };

// Asks a person; answers {action: "save", fields} with what changed, {action: "delete"}, or null.
export function ask(side, entry, services) {
  const dialog = document.getElementById("editor");
  const form = dialog.querySelector("form");
  const fields = form.elements;
  const isNew = !entry.id;
  dialog.className = `${side} ${isNew ? "new" : "known"}`;
  form.querySelector("h2").textContent = `${isNew ? "New " : ""}${NAMES[side]}`;
  form.querySelector('[value="delete"]').hidden = isNew;
  for (const part of form.querySelectorAll("[data-only]")) {
    part.hidden = !part.dataset.only.split(" ").every((name) => dialog.classList.contains(name));
  }
  const choices = services.map((each) => new Option(each.name, each.id));
  fields.service_id.replaceChildren(new Option("None: a plain entry", ""), ...choices);
  fields.title.value = entry.title ?? "";
  fields.show_as.value = entry.show_as ?? "busy";
  fields.private.checked = Boolean(entry.private);
  fields.all_day.checked = Boolean(entry.all_day);
  fields.start.value = fields.end.value = "";
  const label = () => (fields.title.parentElement.firstChild.data = fields.service_id.value ? "Customer" : "Title");
  const times = () => showTimes(fields, entry);
  fields.service_id.onchange = label;
  fields.all_day.onchange = times;
  label();
  times();
  document.getElementById("about").textContent = about(side, entry, isNew);
  const before = values(fields, side);
  dialog.returnValue = "";
  dialog.showModal();
  fields.title.select();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      if (dialog.returnValue === "delete") return resolve({ action: "delete" });
      if (dialog.returnValue !== "save") return resolve(null);
      const after = values(fields, side);
      resolve({ action: "save", fields: isNew ? after : changed(before, after) });
    };
    form.onkeydown = (event) => {
      if (event.key !== "Enter" || event.target.tagName === "BUTTON") return;
      event.preventDefault();
      if (form.reportValidity()) dialog.close("save");
    };
  });
}

// Whole days are asked for by their first and last day; the calendars want the day after the last.
function showTimes(fields, entry) {
  const whole = fields.all_day.checked;
  const start = read(fields.start.value || entry.start);
  const end = fields.end.value ? read(fields.end.value) : read(entry.end) - (entry.all_day ? DAY : 0);
  for (const [field, at] of [[fields.start, start], [fields.end, end]]) {
    field.type = whole ? "date" : "datetime-local";
    field.value = whole ? writeDay(at) : write(at);
  }
  if (!whole && fields.end.value <= fields.start.value) fields.end.value = write(start + 3_600_000);
}

function values(fields, side) {
  const whole = fields.all_day.checked;
  const end = whole ? writeDay(read(fields.end.value) + DAY) : fields.end.value;
  const own = { title: fields.title.value, start: fields.start.value, end, all_day: whole };
  if (side === "timify") return { ...own, service_id: fields.service_id.value };
  return { ...own, show_as: fields.show_as.value, private: fields.private.checked };
}

// Only what a person changed is written; a time is written as a whole.
function changed(before, after) {
  const time = ["start", "end", "all_day"];
  const moved = time.some((name) => before[name] !== after[name]);
  return Object.fromEntries(Object.entries(after).filter(([name, value]) =>
    time.includes(name) ? moved : before[name] !== value));
}

function about(side, entry, isNew) {
  if (isNew) return side === "timify" ? "TIMIFY keeps a grid of five minutes." : "";
  const marks = [entry.copy && (side === "outlook" ? "copy of a TIMIFY booking" : "copy of an Outlook event"), ...entry.marks];
  return marks.filter(Boolean).join(" · ");
}
