// What the pages do beside htmx: close open menus, let notices go, tell TIMIFY that a session has ended.
"use strict";

document.addEventListener("htmx:sendError", () => say(document.body.dataset.offline));
document.addEventListener("htmx:timeout", () => say(document.body.dataset.offline));

document.addEventListener("toggle", (event) => {
  // One menu is open at a time.
  if (!(event.target instanceof HTMLDetailsElement) || !event.target.open || !event.target.classList.contains("menu")) return;
  for (const other of document.querySelectorAll("details.menu[open]")) if (other !== event.target) other.open = false;
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

function say(text) {
  const notices = document.getElementById("notices");
  if (!notices || !text) return;
  const line = document.createElement("p");
  line.className = "notice bad";
  line.textContent = text;
  notices.replaceChildren(line);
}

function ended() {
  return document.querySelector('[data-code="session-ended"]');
}

function tell() {
  // Whoever frames us may open a new session; nothing but the fact is told.
  if (ended() && window.parent !== window) window.parent.postMessage({ type: "timify-calendar-sync:session-ended" }, "*");
}

document.addEventListener("DOMContentLoaded", tell);
document.addEventListener("htmx:afterSettle", tell);
