// What the pages do beside htmx: open drop-downs and dialogues, count what is ticked, tell TIMIFY that a session ended.
"use strict";

const all = (selector) => [...document.querySelectorAll(selector)];
let opener = "";
let seen = Date.now();

document.addEventListener("htmx:sendError", () => say(document.body.dataset.offline));
document.addEventListener("htmx:timeout", () => say(document.body.dataset.offline));
document.addEventListener("htmx:responseError", () => all("dialog[open]").forEach((dialog) => dialog.close()));

document.addEventListener("toggle", (event) => {
  // The drop-down of a resource is a part of its page, read when it is opened.
  const opened = event.target;
  if (!(opened instanceof HTMLDetailsElement) || !opened.open || !opened.dataset.into) return;
  const from = document.getElementById(opened.dataset.from).getAttribute("href");
  htmx.ajax("GET", from, { target: `#${opened.dataset.into}`, swap: "innerHTML" });
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  const more = document.activeElement?.closest("details.more[open]");
  if (!more) return;
  more.open = false;
  more.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  // Pressed twice, a line's button sends once; it may be pressed again when the answer is there.
  const button = event.target.closest?.("button[form=one]");
  if (button?.dataset.sent) event.preventDefault();
  else if (button) button.dataset.sent = "yes";
}, true);

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt.id === "one") for (const button of all("[data-sent]")) delete button.dataset.sent;
});

document.addEventListener("click", (event) => {
  const close = event.target.closest?.("dialog [data-close]");
  if (!close) return;
  event.preventDefault();
  close.closest("dialog").close();
});

document.addEventListener("close", (event) => {
  event.target.remove();
  back();
  // What was begun in it may have changed lines behind it.
  htmx.trigger(document.body, "seen");
}, true);

document.addEventListener("change", count);
document.addEventListener("visibilitychange", () => {
  // Whoever comes back sees how things are now.
  if (document.hidden || Date.now() - seen < 5000) return;
  seen = Date.now();
  htmx.trigger(document.body, "seen");
});

setInterval(() => {
  // A page that is looked at follows by itself; one that is not costs nothing.
  if (!document.hidden && !ended()) htmx.trigger(document.body, "seen");
}, 15000);

window.addEventListener("beforeunload", (event) => {
  if (document.getElementById("unsaved")?.textContent.trim()) event.preventDefault();
});

document.addEventListener("htmx:oobAfterSwap", (event) => {
  // A good word goes by itself; a bad one stays until the next.
  const good = event.detail.target?.id === "notices" && document.querySelector(".notice.good");
  if (good) setTimeout(() => good.remove(), 8000);
});

document.addEventListener("htmx:afterSettle", () => {
  for (const dialog of all("dialog:not([open])")) {
    opener ||= document.activeElement.id;
    dialog.showModal();
  }
  if (!document.querySelector("dialog")) back();
  count();
  tell();
});

document.addEventListener("DOMContentLoaded", () => {
  document.body.classList.add("scripted");
  count();
  tell();
});

function back() {
  // To where a dialogue was opened, unless somebody is elsewhere by now.
  if (!opener) return;
  const place = document.getElementById(opener);
  if (document.activeElement === document.body) (place ?? document.getElementById("main")).focus();
  opener = "";
}

function count() {
  const shown = document.getElementById("chosen");
  if (!shown) return;
  const chosen = all(".pick :checked").length;
  shown.hidden = !chosen;
  shown.textContent = chosen || "";
}

function say(text) {
  const notices = document.getElementById("notices");
  if (!notices || !text) return;
  const line = document.createElement("p");
  line.className = "notice bad";
  line.textContent = text;
  notices.replaceChildren(line);
}

function ended() {
  return document.querySelector('[data-code="session-ended"]') !== null;
}

function tell() {
  if (!ended()) return;
  for (const poll of all('[hx-trigger^="every"]')) poll.remove();
  // Whoever frames us may open a new session; nothing but the fact is told.
  if (window.parent !== window) window.parent.postMessage({ type: "timify-calendar-sync:session-ended" }, "*");
}
